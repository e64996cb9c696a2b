/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How threads of a launch are scheduled: the real-time class, idle states of their CPUs, who sleeps. */
#ifndef TB_SCHED_H
#define TB_SCHED_H

#include <stdbool.h>
#include <sys/types.h>

/* The real-time class, in which nothing of the normal class preempts a launch. */

enum { TB_FIFO_PRIORITY = 10 };

/* SCHED_FIFO for the calling thread and those that it creates. 0 or -errno. */
int tb_realtime_enter(void);
/* Whether it could: tried by a thread of its own. 0 or -errno. */
int tb_realtime_try(void);

/* How deeply CPUs may idle: the one setting that no journal has to restore, as it ends with its file. */

bool tb_idle_allowed(void);
/*
 * Forbids idle states with an exit latency until the returned file is closed, also by the end of
 * the process (Documentation/power/pm_qos_interface). -errno on failure.
 */
int tb_idle_hold_shallow(void);

/* Whether another thread of this process really sleeps: asked of the scheduler, not of a flag. */

/* Opens the thread's state for tb_asleep_wait(). Returns a file for close(), or -errno. */
int tb_asleep_open(pid_t tid);
/*
 * Waits until the thread sleeps (waiters of the kernel module sleep uninterruptibly). A thread that
 * announced its sleep may still be awake. Yields between tests, for a thread on the same CPU.
 * 0; -ETIMEDOUT after a second.
 */
int tb_asleep_wait(int fd);

#endif
