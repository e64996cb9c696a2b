/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exact intervals by order statistics, and the estimate over launches. */
#ifndef TB_STATS_INTERVAL_H
#define TB_STATS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The limits are the lo-th and hi-th smallest values, counted from 1; 0 marks a
 * side that n is too small to bound. coverage is the probability reached, at
 * least the confidence asked for (0 < confidence < 1, else -EINVAL) wherever
 * both sides are bounded.
 */
struct tb_ranks {
	size_t lo, hi;
	double coverage;
};

/* Of the median: the largest k with P(Bin(n,1/2) <= k-1) <= alpha/2; both sides or none. */
int tb_stats_median_ranks(size_t n, double confidence, struct tb_ranks *out);

/* Of the quantile p in [0, 1]: each side by its own binomial tail. */
int tb_stats_quantile_ranks(size_t n, double p, double confidence, struct tb_ranks *out);

/* present is false, and the rest 0, where n is too small for the confidence. */
struct tb_interval {
	bool present;
	double lo, hi;
	size_t lo_rank, hi_rank;
	double coverage;
};

int tb_stats_median_interval(const double *x, size_t n, double confidence, struct tb_interval *out);

/*
 * The headline figure: the median of the launches' own centres. The launch is
 * the unit; samples of one launch are not independent, and an interval over them
 * covers far less than it claims. Below six launches there is no 95 % interval.
 */
struct tb_estimate {
	size_t n;
	double estimate;
	bool has_interval;
	double lo, hi, coverage;
};

int tb_stats_estimate(const double *centres, size_t n, double confidence, struct tb_estimate *out);

/* Whether 0 < confidence < 1; NaN is not. */
bool tb_stats_confidence_valid(double confidence);

/* tail <= limit; a tail that equals the limit but for rounding counts as equal. */
bool tb_stats_tail_within(double tail, double limit);

#endif
