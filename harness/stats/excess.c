// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/excess.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>

#include "stats/describe.h"
#include "stats/distributions.h"

static const double CONFIDENCE = 0.95;

/* Wilson's score limit (1927): side is +1 for the upper, -1 for the lower one. */
static double wilson_limit(double p, double n, double z, int side)
{
	double centre = p + z * z / (2 * n);
	double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n));

	return fmin(1, fmax(0, (centre + side * half) / (1 + z * z / n)));
}

double tb_stats_newcombe_upper(double p, double q, double n)
{
	double z = tb_stats_normal_quantile(CONFIDENCE);

	return p - q + hypot(wilson_limit(p, n, z, 1) - p, q - wilson_limit(q, n, z, -1));
}

static bool is_share(double value)
{
	return value >= 0 && value <= 1;
}

struct sums {
	long double share, reference, difference, trials;
	uint64_t count;
};

static int sum_up(const double *share, const double *reference, const uint64_t *trials,
		  size_t launches, struct sums *s)
{
	for (size_t i = 0; i < launches; i++) {
		if (!is_share(share[i]) || !is_share(reference[i]) || trials[i] == 0)
			return -EINVAL;
		if (__builtin_add_overflow(s->count, trials[i], &s->count))
			return -ERANGE;
		s->share += (long double)trials[i] * share[i];
		s->reference += (long double)trials[i] * reference[i];
		s->difference += (long double)share[i] - reference[i];
	}
	s->trials = s->count;
	return 0;
}

static double launch_upper(const double *share, const double *reference, size_t launches,
			   double mean)
{
	double n = (double)launches, squares = 0;

	for (size_t i = 0; i < launches; i++)
		squares += pow(share[i] - reference[i] - mean, 2);
	return mean + tb_stats_t_quantile(CONFIDENCE, launches - 1) * sqrt(squares / (n - 1) / n);
}

int tb_stats_excess(const double *share, const double *reference, const uint64_t *trials,
		    size_t launches, struct tb_excess *out)
{
	struct sums s = { 0 };
	double mean, upper = 1;
	int err;

	if (launches == 0)
		return -EINVAL;
	err = sum_up(share, reference, trials, launches, &s);
	if (err)
		return err;
	mean = (double)(s.difference / (long double)launches);
	if (launches > 1)
		upper = fmax(launch_upper(share, reference, launches, mean),
			     tb_stats_newcombe_upper((double)(s.share / s.trials),
						     (double)(s.reference / s.trials),
						     (double)s.trials));
	*out = (struct tb_excess){
		.estimate = mean,
		.upper = fmin(1, upper),
		.launches = launches,
		.trials = s.count,
	};
	return 0;
}
