// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/interval.h"

#include <errno.h>
#include <stdlib.h>

#include "stats/describe.h"
#include "stats/special.h"

bool tb_stats_confidence_valid(double confidence)
{
	return confidence > 0 && confidence < 1;
}

bool tb_stats_tail_within(double tail, double limit)
{
	/* (1 - 0.9) / 2 is below 0.05 in doubles, and 1/20 is a tail of 3 against 3. */
	return tail <= limit * (1 + 1e-12);
}

/* The largest k in [0, n] with P(Bin < k) within the limit; 0 always is. */
static size_t lower_rank(size_t n, double p, double limit)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo + 1) / 2;

		if (tb_stats_tail_within(tb_stats_binomial_below(mid, n, p), limit))
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

/* The smallest k in [1, n + 1] with P(Bin >= k) within the limit; n + 1 always is. */
static size_t upper_rank(size_t n, double p, double limit)
{
	size_t lo = 1, hi = n + 1;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (tb_stats_tail_within(tb_stats_binomial_at_least(mid, n, p), limit))
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

int tb_stats_median_ranks(size_t n, double confidence, struct tb_ranks *out)
{
	size_t k;

	if (n == 0 || !tb_stats_confidence_valid(confidence))
		return -EINVAL;
	k = lower_rank(n, 0.5, (1 - confidence) / 2);
	*out = (struct tb_ranks){ 0 };
	if (k > 0) {
		out->lo = k;
		out->hi = n + 1 - k;
		out->coverage = 1 - 2 * tb_stats_binomial_below(k, n, 0.5);
	}
	return 0;
}

int tb_stats_quantile_ranks(size_t n, double p, double confidence, struct tb_ranks *out)
{
	size_t lo, hi;

	if (n == 0 || !(p >= 0 && p <= 1) || !tb_stats_confidence_valid(confidence))
		return -EINVAL;
	lo = lower_rank(n, p, (1 - confidence) / 2);
	hi = upper_rank(n, p, (1 - confidence) / 2);
	out->lo = lo;
	out->hi = hi > n ? 0 : hi;
	/* Rank n + 1 is plus infinity, rank 0 minus infinity: both tails are then zero. */
	out->coverage =
		1 - tb_stats_binomial_below(lo, n, p) - tb_stats_binomial_at_least(hi, n, p);
	return 0;
}

static int interval_of_sorted(const double *sorted, size_t n, double confidence,
			      struct tb_interval *out)
{
	struct tb_ranks ranks;
	int err = tb_stats_median_ranks(n, confidence, &ranks);

	if (err)
		return err;
	*out = (struct tb_interval){ 0 };
	if (ranks.lo == 0)
		return 0;
	*out = (struct tb_interval){
		.present = true,
		.lo = sorted[ranks.lo - 1],
		.hi = sorted[ranks.hi - 1],
		.lo_rank = ranks.lo,
		.hi_rank = ranks.hi,
		.coverage = ranks.coverage,
	};
	return 0;
}

int tb_stats_median_interval(const double *x, size_t n, double confidence, struct tb_interval *out)
{
	double *sorted;
	int err = tb_stats_sorted(x, n, &sorted);

	if (err)
		return err;
	err = interval_of_sorted(sorted, n, confidence, out);
	free(sorted);
	return err;
}

int tb_stats_estimate(const double *centres, size_t n, double confidence, struct tb_estimate *out)
{
	struct tb_interval ci;
	double *sorted;
	int err = tb_stats_sorted(centres, n, &sorted);

	if (err)
		return err;
	err = interval_of_sorted(sorted, n, confidence, &ci);
	if (!err)
		*out = (struct tb_estimate){
			.n = n,
			.estimate = tb_stats_median_sorted(sorted, n),
			.has_interval = ci.present,
			.lo = ci.lo,
			.hi = ci.hi,
			.coverage = ci.coverage,
		};
	free(sorted);
	return err;
}
