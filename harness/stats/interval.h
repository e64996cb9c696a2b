/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The median of the launches, its exact interval, and the precision. */
#ifndef TB_STATS_INTERVAL_H
#define TB_STATS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The limits are the lo_rank-th and hi_rank-th smallest values, counted from 1.
 * coverage is the probability reached, at least the requested confidence. present
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

/*
 * How wide the median's interval is: max(hi - m, m - lo) / |m|, no unit. present
 * is false without an interval, and where the quotient has no finite value; a zero
 * width is 0 at any median.
 */
struct tb_precision {
	bool present;
	double relative;
};

int tb_stats_precision(const double *x, size_t n, double confidence, struct tb_precision *out);

/* The number of launches at the next check: the first of 10, 15, 22, 33, 50, 75, ... above n. */
size_t tb_stats_next_look(size_t n);

/* Whether tail <= limit. A tail that differs from the limit by rounding only counts as equal. */
bool tb_stats_tail_within(double tail, double limit);

#endif
