/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether another thread of this process really sleeps: asked of the scheduler, not of a flag. */
#ifndef TB_ASLEEP_H
#define TB_ASLEEP_H

#include <sys/types.h>

/* A file to ask by; -errno. Closed with close(). */
int tb_asleep_open(pid_t tid);
/*
 * Returns once the thread sleeps (the kernel module's waiters do so
 * uninterruptibly): it announced itself before, but may still be on its way down. Gives the CPU away between looks, so that a
 * thread on the same one can get there. -ETIMEDOUT after a second.
 */
int tb_asleep_wait(int fd);

#endif
