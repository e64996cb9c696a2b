/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests that play the kernel: they define open(), ioctl() or syscall() themselves, and the
 * program calls these instead of libc's. real_call() makes the real system call in such a test.
 */
#ifndef TB_TEST_PLAYED_H
#define TB_TEST_PLAYED_H

#include <errno.h>
#include <stdarg.h>

/* As syscall(2). Tests may play syscall() itself, so this is assembly. */
static inline long real_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 asm("r10") = d;
	register long r8 asm("r8") = e;
	register long r9 asm("r9") = f;
	long result;

	asm volatile("syscall"
		     : "=a"(result)
		     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
		     : "rcx", "r11", "memory");
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

/* Stores the first n arguments after `last` in word[6], the rest is 0. n: at most those passed. */
#define PLAYED_WORDS(word, last, n)                                      \
	do {                                                             \
		va_list list_;                                           \
		va_start(list_, last);                                   \
		for (int i_ = 0; i_ < 6; i_++)                           \
			(word)[i_] = i_ < (n) ? va_arg(list_, long) : 0; \
		va_end(list_);                                           \
	} while (0)

/* How many arguments a played syscall() reads: six for futex(2), five for the others. */
#define PLAYED_ARGUMENTS(number) ((number) == SYS_futex ? 6 : 5)

#endif
