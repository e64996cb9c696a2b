/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples in the order they were taken: dependence, drift, when to stop. */
#ifndef TB_STATS_SERIES_H
#define TB_STATS_SERIES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Drift: Mann's and Kendall's S with its tie-corrected, continuity-corrected z
 * (Mann 1945, Kendall 1975), and the Theil-Sen slope (Sen 1968), in units of x
 * per place in the series. A constant series has z = 0, p = 1. No slope for n = 1.
 * Holds n^2/2 slopes: -E2BIG above n = TB_TREND_MAX.
 */
struct tb_trend {
	double s, z, p;
	bool has_slope;
	double slope;
};

enum { TB_TREND_MAX = 2000 };

int tb_stats_trend(const double *x, size_t n, struct tb_trend *out);

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

/* The number of launches at which to look next: 10, 15, 22, 33, 50, 75, ..., the first above n. */
size_t tb_stats_next_look(size_t n);

#endif
