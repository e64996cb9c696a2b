// SPDX-License-Identifier: GPL-2.0-or-later
/* Threads without a library: clone3 and clone, and a child that needs no stack. */
#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "thread/thread.h"

/* What pthread_create asks for, but TLS: the children never touch it. */
static const uint64_t thread_flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
				     CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
				     CLONE_CHILD_CLEARTID;

_Static_assert(offsetof(struct thread_child, map_bytes) == 24,
	       "the child's assembly knows the offsets");

/*
 * After the syscall: rax is 0 in the child, and rbx still the child's struct. The
 * touch is of the top word, where a shadow stack's first return address would go.
 */
#define CHILD                          \
	"test %%rax, %%rax\n\t"        \
	"jnz 2f\n\t"                   \
	"rdtsc\n\t"                    \
	"shl $32, %%rdx\n\t"           \
	"or %%rdx, %%rax\n\t"          \
	"mov %%rax, (%%rbx)\n\t"       \
	"incq 8(%%rbx)\n\t"            \
	"mov 16(%%rbx), %%rdi\n\t"     \
	"test %%rdi, %%rdi\n\t"        \
	"jz 1f\n\t"                    \
	"mov 24(%%rbx), %%rsi\n\t"     \
	"movq $1, -8(%%rdi,%%rsi)\n\t" \
	"mov %[munmap], %%eax\n\t"     \
	"syscall\n"                    \
	"1:\txor %%edi, %%edi\n\t"     \
	"mov %[exit], %%eax\n\t"       \
	"syscall\n"                    \
	"2:"

int thread_clone3(struct thread_child *child, void *stack, size_t stack_bytes)
{
	struct clone_args args = { .flags = thread_flags,
				   .child_tid = (uintptr_t)&child->tid,
				   .parent_tid = (uintptr_t)&child->tid,
				   .stack = (uintptr_t)stack,
				   .stack_size = stack_bytes };
	long ret = SYS_clone3;

	asm volatile("syscall\n\t" CHILD
		     : "+a"(ret)
		     : "D"(&args), "S"(sizeof(args)),
		       "b"(child), [munmap] "i"(SYS_munmap), [exit] "i"(SYS_exit)
		     : "rcx", "rdx", "r11", "memory", "cc");
	return ret < 0 ? (int)ret : 0;
}

int thread_clone(struct thread_child *child, void *stack, size_t stack_bytes)
{
	/* cppcheck-suppress constStatement ; it takes the register's name for an expression */
	register void *child_tid asm("r10") = &child->tid;
	register long tls asm("r8") = 0;
	void *parent_tid = &child->tid;
	long ret = SYS_clone;

	asm volatile("syscall\n\t" CHILD
		     : "+a"(ret), "+d"(parent_tid)
		     : "D"(thread_flags), "S"((char *)stack + stack_bytes), "r"(child_tid),
		       "r"(tls), "b"(child), [munmap] "i"(SYS_munmap), [exit] "i"(SYS_exit)
		     : "rcx", "r11", "memory", "cc");
	return ret < 0 ? (int)ret : 0;
}

void thread_join(struct thread_child *child)
{
	uint32_t tid;

	/* CLONE_CHILD_CLEARTID wakes without the private flag. */
	while ((tid = __atomic_load_n(&child->tid, __ATOMIC_ACQUIRE)))
		syscall(SYS_futex, &child->tid, FUTEX_WAIT, tid, NULL, NULL, 0);
}
