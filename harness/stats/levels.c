// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/levels.h"

#include <errno.h>
#include <math.h>

#include "stats/describe.h"
#include "stats/interval.h"
#include "stats/special.h"

static long double mean_of(const double *x, size_t n)
{
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	return sum / (long double)n;
}

static long double squares_about(const double *x, size_t n, long double mean)
{
	long double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (x[i] - mean) * (x[i] - mean);
	return sum;
}

static int design_check(const double *x, const struct tb_two_level_design *d)
{
	size_t total;

	if (d->processes < 2 || d->iterations < 2 ||
	    __builtin_mul_overflow(d->processes, d->iterations, &total) ||
	    !tb_stats_confidence_valid(d->confidence) || !(d->cost_process > 0) ||
	    !(d->cost_iteration > 0) || tb_stats_refusal(x, total))
		return -EINVAL;
	return 0;
}

int tb_stats_two_level(const double *x, const struct tb_two_level_design *d,
		       struct tb_two_level *out)
{
	size_t processes = d->processes, iterations = d->iterations;
	double size = (double)processes, each = (double)iterations;
	long double inner = 0, outer = 0, grand;
	struct tb_two_level found = { 0 };

	if (design_check(x, d))
		return -EINVAL;
	grand = mean_of(x, processes * iterations);
	for (size_t p = 0; p < processes; p++) {
		const double *row = x + p * iterations;
		long double mean = mean_of(row, iterations);

		inner += squares_about(row, iterations, mean);
		outer += (mean - grand) * (mean - grand);
	}
	found.mean = (double)grand;
	found.s1_sq = (double)(inner / (size * (each - 1)));
	found.s2_sq = (double)(outer / (size - 1));
	found.t1_sq = found.s1_sq;
	found.t2_sq = fmax(0, found.s2_sq - found.s1_sq / each);
	found.half_width =
		tb_stats_t_quantile((1 + d->confidence) / 2, size - 1) * sqrt(found.s2_sq / size);
	if (found.t2_sq > 0)
		found.best = fmax(1, ceil(sqrt(d->cost_process / d->cost_iteration * found.t1_sq /
					       found.t2_sq)));
	if (!isfinite(found.s1_sq) || !isfinite(found.s2_sq))
		return -ERANGE;
	*out = found;
	return 0;
}

int tb_stats_geomean(const double *x, size_t n, double *out)
{
	long double sum = 0;

	if (tb_stats_refusal(x, n))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (x[i] <= 0)
			return -EDOM;
		sum += logl(x[i]);
	}
	*out = (double)expl(sum / (long double)n);
	return 0;
}
