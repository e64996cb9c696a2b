/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Describes a sample: quantiles, median, spread, outliers. */
#ifndef TB_STATS_DESCRIBE_H
#define TB_STATS_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Rules for all of stats/: functions return 0 or -errno, and write *out only on 0. They do not
 * change or keep their input, print nothing and have no state. Results have the unit of the input
 * unless stated otherwise. -EINVAL: the input is empty or has a NaN or an infinity. -ERANGE: a
 * result does not fit a double. -ENOMEM: out of memory.
 */

/* A sorted copy; the caller frees it. */
int tb_stats_sorted(const double *x, size_t n, double **sorted);

/* The midpoint of two values, even if their sum would overflow. */
double tb_stats_midpoint(double a, double b);

int tb_stats_mean(const double *x, size_t n, double *mean);
int tb_stats_median(const double *x, size_t n, double *median);

/* Quantiles of type 7 (Hyndman & Fan 1996) at p[0..np-1], each in [0, 1], in any order. */
int tb_stats_quantiles(const double *x, size_t n, const double *p, size_t np, double *q);

/* The same for a sample that is sorted and finite. */
double tb_stats_median_sorted(const double *sorted, size_t n);
double tb_stats_quantile_sorted(const double *sorted, size_t n, double p);

/* mad_normal: the median absolute deviation times 1.4826, the sigma of a normal sample. */
struct tb_spread {
	double median, mad_normal;
};

int tb_stats_spread(const double *x, size_t n, struct tb_spread *out);

/*
 * Counts outside Tukey's fences (1977): mild beyond 1.5, severe beyond 3
 * interquartile ranges from the quartiles; a severe one is not counted as mild.
 * far: values more than ten normal-scaled MADs from the median; has_far is false
 * if the MAD is zero (constant or quantised sample). The counts are for display;
 * no value is ever removed.
 */
struct tb_outliers {
	double q1, q3;
	size_t low_severe, low_mild, high_mild, high_severe;
	bool has_far;
	size_t far;
};

int tb_stats_outliers(const double *x, size_t n, struct tb_outliers *out);

#endif
