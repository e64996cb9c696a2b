/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one sample looks like: quantiles, median, spread, how many values lie far out. */
#ifndef TB_STATS_DESCRIBE_H
#define TB_STATS_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * All of stats/: functions return 0 or -errno, write *out only on 0, never
 * change or keep their input, print nothing and have no state. Results carry
 * the unit of the input unless said otherwise. Every function refuses an empty
 * input and one with a NaN or an infinity with -EINVAL; -ERANGE means that a
 * result does not fit a double, -ENOMEM that there was no memory.
 */

/* A sorted copy; the caller frees it. */
int tb_stats_sorted(const double *x, size_t n, double **sorted);

/* Half way between two values, also where their sum would overflow. */
double tb_stats_midpoint(double a, double b);

int tb_stats_mean(const double *x, size_t n, double *mean);
int tb_stats_median(const double *x, size_t n, double *median);

/* Quantiles of type 7 (Hyndman & Fan 1996) at p[0..np-1], each in [0, 1], in any order. */
int tb_stats_quantiles(const double *x, size_t n, const double *p, size_t np, double *q);

/* The same of a sample that is sorted and known to be fit. */
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
 * where the MAD is zero (constant or quantised sample). These are for showing,
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
