// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/trend.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/describe.h"
#include "stats/distributions.h"

/* Variance of S, corrected for groups of equal values. */
static double trend_variance(const double *sorted, size_t n)
{
	double size = (double)n, variance = size * (size - 1) * (2 * size + 5);
	size_t end;

	for (size_t start = 0; start < n; start = end) {
		double t;

		for (end = start; end < n && sorted[end] <= sorted[start];)
			end++;
		t = (double)(end - start);
		variance -= t * (t - 1) * (2 * t + 5);
	}
	return variance / 18;
}

/* Fills the slopes of all pairs. Returns S. */
static double pair_slopes(const double *x, size_t n, double *slopes)
{
	double s = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			s += (x[j] > x[i]) - (x[j] < x[i]);
			*slopes++ = (double)(((long double)x[j] - x[i]) / (long double)(j - i));
		}
	return s;
}

int tb_stats_trend(const double *x, size_t n, struct tb_trend *out)
{
	size_t pairs = n * (n - 1) / 2;
	struct tb_trend found = { .p = 1 };
	double *sorted, *slopes;
	int err;

	if (n > TB_TREND_MAX)
		return -E2BIG;
	err = tb_stats_sorted(x, n, &sorted);
	if (err)
		return err;
	slopes = reallocarray(NULL, pairs + 1, sizeof(*slopes));
	if (!slopes) {
		free(sorted);
		return -ENOMEM;
	}
	found.s = pair_slopes(x, n, slopes);
	if (fabs(found.s) > 0) {
		found.z = (found.s - copysign(1, found.s)) / sqrt(trend_variance(sorted, n));
		found.p = fmin(1, 2 * tb_stats_normal_tail(fabs(found.z)));
	}
	found.has_slope = pairs > 0;
	/* Only a slope out of range is refused here. */
	err = found.has_slope && tb_stats_median(slopes, pairs, &found.slope) ? -ERANGE : 0;
	free(slopes);
	free(sorted);
	if (!err)
		*out = found;
	return err;
}
