// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/distributions.h"

#include <math.h>
#include <stdbool.h>

double tb_stats_normal_tail(double z)
{
	return erfc(z / M_SQRT2) / 2;
}

double tb_stats_normal_quantile(double p)
{
	double lo = 0, hi = 40, mid = 20, tail = p < 0.5 ? p : 1 - p;

	while (lo < mid && mid < hi) {
		if (tb_stats_normal_tail(mid) > tail)
			lo = mid;
		else
			hi = mid;
		mid = lo + (hi - lo) / 2;
	}
	return p < 0.5 ? -mid : mid;
}

/* P(|T| <= t) for whole degrees of freedom: Abramowitz & Stegun 1964, 26.7.3 and 26.7.4. */
static double t_within(double t, size_t df)
{
	double cos2 = (double)df / ((double)df + t * t), angle = atan(t / sqrt((double)df));
	bool odd = df % 2;
	double term = odd ? sqrt(cos2) : 1, sum = df > 1 ? term : 0;

	for (size_t j = odd ? 3 : 2; j < df; j += 2) {
		term *= cos2 * (double)(j - 1) / (double)j;
		sum += term;
	}
	return odd ? 2 / M_PI * (angle + sin(angle) * sum) : sin(angle) * sum;
}

double tb_stats_t_quantile(double p, size_t df)
{
	double lo = 0, hi = 1, mid, within = 2 * p - 1;

	while (t_within(hi, df) < within && hi < 1e150)
		hi *= 2;
	mid = hi / 2;
	while (lo < mid && mid < hi) {
		if (t_within(mid, df) < within)
			lo = mid;
		else
			hi = mid;
		mid = lo + (hi - lo) / 2;
	}
	return mid;
}

/*
 * Log-gamma grows like n log n, and the result is the exponential of a difference of such values.
 * This needs long double.
 */
static long double log_factorial(size_t n)
{
	int sign; /* lgammal() would store it in a global variable */

	return lgammal_r((long double)n + 1, &sign);
}

/* P(Bin(n, p) <= k) for k <= np, where the terms decrease towards 0. */
static double binomial_lower(size_t k, size_t n, double p)
{
	double term, sum;

	term = (double)expl(log_factorial(n) - log_factorial(k) - log_factorial(n - k) +
			    (long double)k * logl(p) +
			    (long double)(n - k) * log1pl(-(long double)p));
	sum = term;
	for (; k > 0 && term > sum * 1e-18; k--) {
		term *= (double)k / (double)(n - k + 1) * ((1 - p) / p);
		sum += term;
	}
	return sum;
}

double tb_stats_binomial_below(size_t k, size_t n, double p)
{
	if (k == 0 || k > n)
		return k > n;
	if ((double)k <= (double)n * p)
		return binomial_lower(k - 1, n, p);
	return 1 - binomial_lower(n - k, n, 1 - p);
}
