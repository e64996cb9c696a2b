// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/interval.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/describe.h"
#include "stats/distributions.h"

bool tb_stats_tail_within(double tail, double limit)
{
	/*
	 * In doubles (1 - 0.9) / 2 is below 0.05, and 3 against 3 values have a tail of exactly
	 * 1/20.
	 */
	return tail <= limit * (1 + 1e-12);
}

/* The largest k in [0, n] with P(Bin(n, 1/2) < k) within the limit; 0 always is. */
static size_t lower_rank(size_t n, double limit)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo + 1) / 2;

		if (tb_stats_tail_within(tb_stats_binomial_below(mid, n, 0.5), limit))
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

static struct tb_interval interval_of_sorted(const double *sorted, size_t n, double confidence)
{
	size_t k = lower_rank(n, (1 - confidence) / 2);

	if (k == 0)
		return (struct tb_interval){ 0 };
	return (struct tb_interval){
		.present = true,
		.lo = sorted[k - 1],
		.hi = sorted[n - k],
		.lo_rank = k,
		.hi_rank = n + 1 - k,
		.coverage = 1 - 2 * tb_stats_binomial_below(k, n, 0.5),
	};
}

int tb_stats_estimate(const double *centres, size_t n, double confidence, struct tb_estimate *out)
{
	struct tb_interval ci;
	double *sorted;
	int err;

	if (!(confidence > 0 && confidence < 1))
		return -EINVAL;
	err = tb_stats_sorted(centres, n, &sorted);
	if (err)
		return err;
	ci = interval_of_sorted(sorted, n, confidence);
	*out = (struct tb_estimate){
		.n = n,
		.estimate = tb_stats_median_sorted(sorted, n),
		.has_interval = ci.present,
		.lo = ci.lo,
		.hi = ci.hi,
		.coverage = ci.coverage,
	};
	free(sorted);
	return 0;
}

int tb_stats_precision(const double *x, size_t n, double confidence, struct tb_precision *out)
{
	struct tb_estimate e;
	double half, centre;
	int err;

	err = tb_stats_estimate(x, n, confidence, &e);
	if (err)
		return err;
	*out = (struct tb_precision){ 0 };
	if (!e.has_interval)
		return 0;
	centre = fabs(e.estimate);
	half = fmax(e.hi - e.estimate, e.estimate - e.lo);
	if (half > 0 && !isfinite(half / centre))
		return 0;
	out->present = true;
	out->relative = half > 0 ? half / centre : 0;
	return 0;
}

size_t tb_stats_next_look(size_t n)
{
	double look = 10;

	while ((size_t)look <= n)
		look *= 1.5;
	return (size_t)look;
}
