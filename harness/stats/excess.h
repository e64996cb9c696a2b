/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much larger a share of events is than its reference at most: the verdict "empty". */
#ifndef TB_STATS_EXCESS_H
#define TB_STATS_EXCESS_H

#include <stddef.h>
#include <stdint.h>

/*
 * estimate: the mean over launches of share - reference (no unit, 1 = all trials);
 * upper: its one-sided 95 % upper bound, at most 1. The larger of two bounds:
 * - Student's over the launches' differences. Trials of one launch share pages,
 *   placement and machine state, so the launch is the unit. But launches that all
 *   saw nothing have no spread, and this bound is then the estimate itself.
 * - of two pooled proportions, by the hybrid score method (Newcombe 1998, method
 *   10). It takes trials for independent, which is too narrow where launches
 *   differ, yet knows that 0 of 3000 does not prove a share of 0.
 * One launch says nothing about others: upper is 1.
 */
struct tb_excess {
	double estimate;
	double upper;
	size_t launches;
	uint64_t trials; /* on each side */
};

/*
 * share[i] and reference[i], both in [0, 1], are means over trials[i] > 0 trials
 * each of launch i; -EINVAL otherwise.
 */
int tb_stats_excess(const double *share, const double *reference, const uint64_t *trials,
		    size_t launches, struct tb_excess *out);

/* The second of the bounds above: of p - q, each a share of n trials. */
double tb_stats_newcombe_upper(double p, double q, double n);

#endif
