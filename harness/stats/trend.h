/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests whether a sample drifts in the order in which it was taken. */
#ifndef TB_STATS_TREND_H
#define TB_STATS_TREND_H

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

#endif
