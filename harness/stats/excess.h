/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An upper bound of a share of events minus its reference: the verdict "empty". */
#ifndef TB_STATS_EXCESS_H
#define TB_STATS_EXCESS_H

#include <stddef.h>
#include <stdint.h>

/*
 * estimate: the mean over launches of share - reference (no unit, 1 = all trials);
 * upper: its one-sided 95 % upper bound, at most 1. The larger of two bounds:
 * - Student's over the launches' differences. Trials of one launch share pages,
 *   placement and machine state, so the launch is the unit. If no launch has an
 *   event, there is no spread, and this bound is the estimate itself.
 * - that of two pooled proportions, by the hybrid score method (Newcombe 1998,
 *   method 10). It assumes independent trials and is too narrow if launches differ,
 *   but for 0 of 3000 trials it is above 0.
 * With one launch upper is 1.
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
