/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples in the order they were taken: dependence, drift, when to stop. */
#ifndef TB_STATS_SERIES_H
#define TB_STATS_SERIES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Ljung & Box (1978) over the given lags; tau, the integrated autocorrelation
 * time in samples, by Geyer's initial positive sequence (1992), at least 1;
 * ess = n / tau independent samples' worth. defined is false, and the rest 0,
 * for a constant sample.
 */
struct tb_autocorrelation {
	bool defined;
	double ljung_box_q, ljung_box_p;
	double tau, ess;
};

/*
 * acf[0..lags-1] receives the autocorrelations at lags 1, 2, ... (denominator n;
 * all 0 if undefined). -EINVAL also unless 0 < lags, and lags < n where the
 * sample varies.
 */
int tb_stats_autocorrelation(const double *x, size_t n, size_t lags, double *acf,
			     struct tb_autocorrelation *out);

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
 * How wide the median's interval is: max(hi - m, m - lo) / |m|, no unit. The
 * width of values quantised to resolution (unit of x, 0: none) counts as at least
 * half of it. present is false without an interval, and where the quotient has no
 * finite value; a zero width is 0 at any median.
 */
struct tb_precision {
	bool present;
	double relative;
};

int tb_stats_precision(const double *x, size_t n, double confidence, double resolution,
		       struct tb_precision *out);

/* The number of launches at which to look next: 10, 15, 22, 33, 50, 75, ..., the first above n. */
size_t tb_stats_next_look(size_t n);

/*
 * Look at the scheduled sizes from n_min to n_max only: a look after every launch
 * stops on lucky streaks and covers less than it claims.
 */
struct tb_stop_rule {
	double confidence;
	double target;	   /* relative half-width to reach */
	double resolution; /* unit of x, 0: none */
	size_t n_min, n_max;
	const size_t *looks; /* ascending */
	size_t n_looks;
};

struct tb_stop {
	size_t n;     /* launches used */
	bool precise; /* the target was reached; else the budget is used up */
	struct tb_precision precision;
};

int tb_stats_sequential(const double *x, size_t n, const struct tb_stop_rule *rule,
			struct tb_stop *out);

#endif
