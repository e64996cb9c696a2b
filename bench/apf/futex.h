/* SPDX-License-Identifier: GPL-2.0-or-later */
/* futex(2) between the threads of one process. */
#ifndef TB_FUTEX_H
#define TB_FUTEX_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* op: FUTEX_WAIT, for `timeout` at most, or FUTEX_WAKE. The result of the call; -1 with errno. */
static inline long futex_for(atomic_uint *word, int op, unsigned int val,
			     const struct timespec *timeout)
{
	return syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, timeout, NULL, 0);
}

static inline long futex(atomic_uint *word, int op, unsigned int val)
{
	return futex_for(word, op, val, NULL);
}

#endif
