/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault in four steps, each measured by itself: none is the rest of another, so
 * that their sum over the latency of an ordinary round can come out wrong.
 */
#ifndef TB_FAULT_STEPS_H
#define TB_FAULT_STEPS_H

#include "apf/fault_round.h"
#include "apf/switch_trace.h"
#include "measure/clock.h"

/* Medians of a round, TSC. */
struct fault_steps {
	double fault; /* touch to the switch away from the thread, and switch back to the touch's end */
	double switches; /* two, by sched_yield() */
	double read;	 /* of an event that is there already */
	double ioctl;	 /* resolves and wakes, and does not switch */
};

/* The stamps of a round in steps, TSC. */
struct fault_step_stamps {
	uint64_t before[FAULT_ROUND_PAGES], after[FAULT_ROUND_PAGES]; /* by the thread */
	uint64_t came[FAULT_ROUND_PAGES],
		gave[FAULT_ROUND_PAGES]; /* the CPU, to and by the handler */
	double read[FAULT_ROUND_PAGES], ioctl[FAULT_ROUND_PAGES];
};

/*
 * The arithmetic: switches are the thread's in this round, the marks stand around it.
 * -EAGAIN: the scheduler interleaved the two otherwise, and nothing stands alone.
 */
int fault_steps_of(const struct fault_step_stamps *stamps, const struct thread_switch *switches,
		   size_t n, const struct tb_clock_mark mark[2], double one_switch,
		   struct fault_steps *steps);
/* The sum of the steps over the whole. */
double fault_steps_sum(const struct fault_steps *steps, double whole);
/*
 * Whether a sum is near 1: from 0.75, since the handler's sleep in read() is in the
 * whole only, to 1.3, since the records of switches are in the fault only.
 */
bool fault_steps_add_up(double sum);

/*
 * One more round, taken apart: one thread on the handler's CPU, so that the handler
 * runs on when it woke the thread, until it gives the CPU away. 0, -EAGAIN as
 * above, or -errno.
 */
int fault_rounds_steps(struct rounds *rounds, struct fault_steps *steps);

#endif
