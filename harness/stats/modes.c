// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/modes.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/describe.h"

enum { VALUES_MIN = 20, PART_MIN = 5 };

static const double CLIP = 0.01;
static const double PART_SHARE = 0.05;
static const double GAP_SHARE = 0.03;
static const double GAP_SPREADS = 4;
static const double BETWEEN_SHARE = 0.05;

/*
 * The size of the lower part, 0 if all values are equal. Least squares within the
 * parts means most squares between them: low * high * (difference of means)^2.
 */
static size_t best_cut(const double *sorted, size_t n)
{
	double floor = tb_stats_quantile_sorted(sorted, n, CLIP);
	double ceiling = tb_stats_quantile_sorted(sorted, n, 1 - CLIP);
	long double total = 0, below = 0, most = 0;
	size_t cut = 0;

	for (size_t i = 0; i < n; i++)
		total += fmin(fmax(sorted[i], floor), ceiling);
	for (size_t i = 1; i < n; i++) {
		long double low = (long double)i, high = (long double)(n - i), apart, between;

		below += fmin(fmax(sorted[i - 1], floor), ceiling);
		if (sorted[i] <= sorted[i - 1])
			continue; /* equal values stay together */
		apart = (total - below) / high - below / low;
		between = low * high * apart * apart;
		if (between > most) {
			most = between;
			cut = i;
		}
	}
	return cut;
}

static size_t count_within(const double *sorted, size_t n, double from, double to)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += sorted[i] > from && sorted[i] < to;
	return count;
}

static int judge_cut(const double *sorted, size_t n, size_t cut, double resolution,
		     struct tb_modes *out)
{
	double least = fmax(PART_MIN, PART_SHARE * (double)n), gap, spread;
	struct tb_spread low, high;
	int err;

	if ((double)cut < least || (double)(n - cut) < least)
		return 0;
	err = tb_stats_spread(sorted, cut, &low);
	if (!err)
		err = tb_stats_spread(sorted + cut, n - cut, &high);
	if (err)
		return err;
	gap = high.median - low.median;
	spread = fmax(fmax(low.mad_normal, high.mad_normal), resolution);
	if (gap < GAP_SHARE * fabs(out->low) || gap <= GAP_SPREADS * spread)
		return 0;
	if ((double)count_within(sorted, n, low.median + gap / 4, high.median - gap / 4) >=
	    BETWEEN_SHARE * (double)n)
		return 0;
	*out = (struct tb_modes){
		.two = true,
		.low = low.median,
		.high = high.median,
		.share_high = (double)(n - cut) / (double)n,
	};
	return 0;
}

int tb_stats_modes(const double *x, size_t n, double resolution, struct tb_modes *out)
{
	struct tb_modes found = { 0 };
	double *sorted;
	int err;

	if (!(resolution >= 0))
		return -EINVAL;
	err = tb_stats_sorted(x, n, &sorted);
	if (err)
		return err;
	found.low = found.high = tb_stats_median_sorted(sorted, n);
	if (n >= VALUES_MIN)
		err = judge_cut(sorted, n, best_cut(sorted, n), resolution, &found);
	free(sorted);
	if (!err)
		*out = found;
	return err;
}
