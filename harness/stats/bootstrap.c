// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/bootstrap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/describe.h"
#include "stats/interval.h"
#include "stats/random.h"
#include "stats/special.h"

double tb_statistic_mean(const double *sorted, size_t n, const void *arg)
{
	double mean;

	(void)arg;
	return tb_stats_mean(sorted, n, &mean) ? NAN : mean;
}

double tb_statistic_median(const double *sorted, size_t n, const void *arg)
{
	(void)arg;
	return tb_stats_median_sorted(sorted, n);
}

double tb_statistic_quantile(const double *sorted, size_t n, const void *arg)
{
	return tb_stats_quantile_sorted(sorted, n, *(const double *)arg);
}

double tb_statistic_geomean(const double *sorted, size_t n, const void *arg)
{
	long double sum = 0;

	(void)arg;
	for (size_t i = 0; i < n; i++)
		sum += logl(sorted[i]);
	return (double)expl(sum / (long double)n);
}

/* Places are drawn and counted, so a resample of a sorted sample comes out sorted. */
struct resampler {
	double *sorted, *resample;
	size_t *times;
	size_t n;
	struct tb_random random;
};

static void resample(struct resampler *r)
{
	double *to = r->resample;

	memset(r->times, 0, r->n * sizeof(*r->times));
	for (size_t i = 0; i < r->n; i++)
		r->times[tb_random_below(&r->random, r->n)]++;
	for (size_t i = 0; i < r->n; i++)
		for (size_t t = r->times[i]; t > 0; t--)
			*to++ = r->sorted[i];
}

static int bootstrap_run(struct resampler *r, const struct tb_bootstrap *plan, double *values,
			 struct tb_bootstrap_interval *out)
{
	double p[2] = { (1 - plan->confidence) / 2, (1 + plan->confidence) / 2 }, q[2];
	int err;

	for (size_t b = 0; b < plan->resamples; b++) {
		resample(r);
		values[b] = plan->statistic(r->resample, r->n, plan->arg);
	}
	if (tb_stats_refusal(values, plan->resamples))
		return -ERANGE;
	err = tb_stats_quantiles(values, plan->resamples, p, 2, q);
	if (!err)
		*out = (struct tb_bootstrap_interval){ q[0], q[1] };
	return err;
}

int tb_stats_bootstrap(const double *x, size_t n, const struct tb_bootstrap *plan,
		       struct tb_bootstrap_interval *out)
{
	struct resampler r = { .n = n };
	double *values;
	int err;

	if (plan->resamples == 0 || !tb_stats_confidence_valid(plan->confidence))
		return -EINVAL;
	err = tb_stats_sorted(x, n, &r.sorted);
	if (err)
		return err;
	r.resample = reallocarray(NULL, n, sizeof(*r.resample));
	r.times = reallocarray(NULL, n, sizeof(*r.times));
	values = reallocarray(NULL, plan->resamples, sizeof(*values));
	tb_random_seed(&r.random, plan->seed, 0);
	if (r.resample && r.times && values)
		err = bootstrap_run(&r, plan, values, out);
	else
		err = -ENOMEM;
	free(r.sorted);
	free(r.resample);
	free(r.times);
	free(values);
	return err;
}

static double median_cdf(size_t rank, size_t n)
{
	return tb_stats_binomial_at_least((n + 1) / 2, n, (double)rank / (double)n);
}

static size_t first_rank_reaching(size_t n, double level)
{
	size_t lo = 1, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (median_cdf(mid, n) >= level)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

int tb_stats_bootstrap_median_law(const double *x, size_t n, double confidence,
				  struct tb_bootstrap_law *out)
{
	size_t lo, hi;
	double *sorted;
	int err;

	if (n % 2 == 0 || !tb_stats_confidence_valid(confidence))
		return -EINVAL;
	err = tb_stats_sorted(x, n, &sorted);
	if (err)
		return err;
	lo = first_rank_reaching(n, (1 - confidence) / 2);
	hi = first_rank_reaching(n, (1 + confidence) / 2);
	*out = (struct tb_bootstrap_law){
		.lo = sorted[lo - 1],
		.hi = sorted[hi - 1],
		.lo_rank = lo,
		.hi_rank = hi,
		.cdf_lo = median_cdf(lo, n),
		.cdf_hi = median_cdf(hi, n),
	};
	free(sorted);
	return 0;
}
