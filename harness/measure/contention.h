/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Detects another task on a CPU. The gate tests the caches of one CPU; this tests the run queue of
 * any CPU: a thread of the normal class yields. If no other task is ready, it continues within
 * microseconds, otherwise after a time slice of the other task.
 */
#ifndef TB_CONTENTION_H
#define TB_CONTENTION_H

#include <stdint.h>

enum {
	TB_YIELDS = 10,
	TB_YIELDS_SLOW = 2, /* so many make a busy CPU: a kernel thread alone makes one */
	TB_YIELD_SLOW_NS =
		500000, /* a slice is 0.7 ms and more, a switch to a short task far below */
};

/* How many of TB_YIELDS yields on this CPU waited for another task; -errno: not tested. */
int tb_contention(int32_t cpu);

/* The name of a run's claim to a CPU, which other runs and the doctor look for. */

/* How a name begins in /proc/net/unix, where '@' stands for the first NUL; the CPU and a place follow. */
#define TB_CLAIM_NAME "tollbooth-cpu"

#endif
