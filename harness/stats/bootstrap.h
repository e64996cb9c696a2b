/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The percentile bootstrap (Efron 1979), for statistics that have no exact interval. */
#ifndef TB_STATS_BOOTSTRAP_H
#define TB_STATS_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

/* Of a sorted sample; arg is what tb_bootstrap carries. */
typedef double (*tb_statistic)(const double *sorted, size_t n, const void *arg);

double tb_statistic_mean(const double *sorted, size_t n, const void *arg);
double tb_statistic_median(const double *sorted, size_t n, const void *arg);
double tb_statistic_quantile(const double *sorted, size_t n, const void *arg); /* const double *p */
double tb_statistic_geomean(const double *sorted, size_t n, const void *arg);

/* The same seed gives the same interval on any machine. */
struct tb_bootstrap {
	tb_statistic statistic;
	const void *arg;
	double confidence;
	size_t resamples; /* some 10000 */
	uint64_t seed;
};

/* Limits in the unit of the statistic, type-7 quantiles of the resampled values. */
struct tb_bootstrap_interval {
	double lo, hi;
};

/* -ERANGE: the statistic of some resample is not finite. */
int tb_stats_bootstrap(const double *x, size_t n, const struct tb_bootstrap *plan,
		       struct tb_bootstrap_interval *out);

/*
 * What the above tends to for the median of an odd number of values: a resample's
 * median is at most the k-th smallest value when (n+1)/2 draws or more are, so
 * cdf(k) = P(Bin(n, k/n) >= (n+1)/2). The limits are the first values whose cdf
 * reaches alpha/2 and 1 - alpha/2. Used to judge the random one. -EINVAL: n is even.
 */
struct tb_bootstrap_law {
	double lo, hi;
	size_t lo_rank, hi_rank; /* from 1 */
	double cdf_lo, cdf_hi;
};

int tb_stats_bootstrap_median_law(const double *x, size_t n, double confidence,
				  struct tb_bootstrap_law *out);

#endif
