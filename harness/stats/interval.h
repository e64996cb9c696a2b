/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exact intervals by order statistics, and the estimate over launches. */
#ifndef TB_STATS_INTERVAL_H
#define TB_STATS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The limits are the lo_rank-th and hi_rank-th smallest values, counted from 1.
 * coverage is the probability reached, at least the confidence asked for. present
 * is false, and the rest 0, where n is too small for the confidence.
 */
struct tb_interval {
	bool present;
	double lo, hi;
	size_t lo_rank, hi_rank;
	double coverage;
};

/*
 * The headline figure: the median of the launches' own centres. The launch is
 * the unit; samples of one launch are not independent, and an interval over them
 * covers far less than it claims. Its interval is cut at the largest rank k with
 * P(Bin(n, 1/2) <= k - 1) <= alpha / 2: below six launches there is none of 95 %.
 * -EINVAL unless 0 < confidence < 1.
 */
struct tb_estimate {
	size_t n;
	double estimate;
	bool has_interval;
	double lo, hi, coverage;
};

int tb_stats_estimate(const double *centres, size_t n, double confidence, struct tb_estimate *out);

/* tail <= limit; a tail that equals the limit but for rounding counts as equal. */
bool tb_stats_tail_within(double tail, double limit);

#endif
