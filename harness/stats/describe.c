// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/describe.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool all_finite(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return false;
	return true;
}

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

int tb_stats_sorted(const double *x, size_t n, double **sorted)
{
	double *copy;

	if (n == 0 || !all_finite(x, n))
		return -EINVAL;
	copy = reallocarray(NULL, n, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	memcpy(copy, x, n * sizeof(*copy));
	qsort(copy, n, sizeof(*copy), by_value);
	*sorted = copy;
	return 0;
}

double tb_stats_midpoint(double a, double b)
{
	double sum = a + b;

	/* Halving before the addition would lose the last bit of subnormal numbers. */
	return isfinite(sum) ? sum / 2 : a / 2 + b / 2;
}

int tb_stats_mean(const double *x, size_t n, double *mean)
{
	long double sum = 0; /* its wider exponent prevents an overflow */

	if (n == 0 || !all_finite(x, n))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	*mean = (double)(sum / (long double)n);
	return 0;
}

double tb_stats_median_sorted(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : tb_stats_midpoint(sorted[n / 2 - 1], sorted[n / 2]);
}

int tb_stats_median(const double *x, size_t n, double *median)
{
	double *sorted;
	int err = tb_stats_sorted(x, n, &sorted);

	if (err)
		return err;
	*median = tb_stats_median_sorted(sorted, n);
	free(sorted);
	return 0;
}

double tb_stats_quantile_sorted(const double *sorted, size_t n, double p)
{
	double h = (double)(n - 1) * p, part, gap;
	size_t i = (size_t)h;

	if (i >= n - 1)
		return sorted[n - 1];
	part = h - (double)i;
	gap = sorted[i + 1] - sorted[i];
	if (!isfinite(gap))
		return (1 - part) * sorted[i] + part * sorted[i + 1];
	return sorted[i] + part * gap;
}

int tb_stats_quantiles(const double *x, size_t n, const double *p, size_t np, double *q)
{
	double *sorted;
	int err;

	for (size_t i = 0; i < np; i++)
		if (!(p[i] >= 0 && p[i] <= 1))
			return -EINVAL;
	err = tb_stats_sorted(x, n, &sorted);
	if (err)
		return err;
	for (size_t i = 0; i < np; i++)
		q[i] = tb_stats_quantile_sorted(sorted, n, p[i]);
	free(sorted);
	return 0;
}

/* Replaces the sorted sample by its sorted distances from the median. */
static double mad_of_sorted(double *sorted, size_t n)
{
	double median = tb_stats_median_sorted(sorted, n);

	for (size_t i = 0; i < n; i++)
		sorted[i] = fabs(sorted[i] - median);
	qsort(sorted, n, sizeof(*sorted), by_value);
	return tb_stats_median_sorted(sorted, n);
}

int tb_stats_spread(const double *x, size_t n, struct tb_spread *out)
{
	double *sorted, median, mad;
	int err = tb_stats_sorted(x, n, &sorted);

	if (err)
		return err;
	median = tb_stats_median_sorted(sorted, n);
	mad = mad_of_sorted(sorted, n);
	free(sorted);
	if (!isfinite(1.4826 * mad))
		return -ERANGE;
	*out = (struct tb_spread){ median, 1.4826 * mad };
	return 0;
}

static void count_beyond_fences(const double *x, size_t n, struct tb_outliers *out)
{
	double range = out->q3 - out->q1;

	for (size_t i = 0; i < n; i++) {
		if (x[i] < out->q1 - 3 * range)
			out->low_severe++;
		else if (x[i] < out->q1 - 1.5 * range)
			out->low_mild++;
		else if (x[i] > out->q3 + 3 * range)
			out->high_severe++;
		else if (x[i] > out->q3 + 1.5 * range)
			out->high_mild++;
	}
}

int tb_stats_outliers(const double *x, size_t n, struct tb_outliers *out)
{
	struct tb_outliers found = { 0 };
	double *sorted, median, mad;
	int err = tb_stats_sorted(x, n, &sorted);

	if (err)
		return err;
	found.q1 = tb_stats_quantile_sorted(sorted, n, 0.25);
	found.q3 = tb_stats_quantile_sorted(sorted, n, 0.75);
	count_beyond_fences(x, n, &found);
	median = tb_stats_median_sorted(sorted, n);
	mad = mad_of_sorted(sorted, n);
	free(sorted);

	found.has_far = mad > 0;
	for (size_t i = 0; found.has_far && i < n; i++)
		found.far += fabs(x[i] - median) > 14.826 * mad;
	*out = found;
	return 0;
}
