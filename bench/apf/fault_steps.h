/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fault in four steps, each measured separately. None is a remainder of another, so
 * their sum over the latency of an ordinary round detects a wrong step.
 */
#ifndef TB_FAULT_STEPS_H
#define TB_FAULT_STEPS_H

#include "apf/fault_round.h"
#include "apf/switch_trace.h"
#include "measure/clock.h"

/* Medians of a round, TSC. */
struct fault_steps {
	double fault;	 /* touch to switch away, plus switch back to the touch's end */
	double switches; /* two, by sched_yield() */
	double read;	 /* of an event that has arrived already */
	double ioctl;	 /* resolves and wakes, without a switch */
};

/* The stamps of a round in steps, TSC. */
struct fault_step_stamps {
	uint64_t before[FAULT_ROUND_PAGES], after[FAULT_ROUND_PAGES]; /* by the faulting thread */
	uint64_t came[FAULT_ROUND_PAGES],
		gave[FAULT_ROUND_PAGES]; /* the handler got the CPU; it yielded */
	double read[FAULT_ROUND_PAGES], ioctl[FAULT_ROUND_PAGES];
};

/*
 * Computes the steps from the thread's switches in this round and the marks around it.
 * -EAGAIN: the scheduler interleaved the two threads differently.
 */
int fault_steps_of(const struct fault_step_stamps *stamps, const struct thread_switch *switches,
		   size_t n, const struct tb_clock_mark mark[2], double one_switch,
		   struct fault_steps *steps);
/* The sum of the steps over the latency. */
double fault_steps_sum(const struct fault_steps *steps, double whole);
/*
 * Whether a sum is near 1. The lower bound is 0.75, since the handler's sleep in read()
 * is in the latency only. The upper is 1.3: the records of switches are in the fault only.
 */
bool fault_steps_add_up(double sum);

/*
 * Runs one more round in steps, with one thread on the handler's CPU. After a wake the
 * handler runs on until it yields the CPU. 0, -EAGAIN as above, or -errno.
 */
int fault_rounds_steps(struct rounds *rounds, struct fault_steps *steps);

#endif
