/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real-time class, in which nothing of the normal class preempts a launch. */
#ifndef TB_REALTIME_H
#define TB_REALTIME_H

enum { TB_FIFO_PRIORITY = 10 };

/* SCHED_FIFO for the calling thread and those that it creates. 0 or -errno. */
int tb_realtime_enter(void);
/* Whether it could: tried by a thread of its own. 0 or -errno. */
int tb_realtime_try(void);

#endif
