// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Special functions: the classical series and continued fractions (Abramowitz &
 * Stegun 1964, 6.5 and 26.5; modified Lentz evaluation, Thompson & Barnett 1986).
 *
 * Log-gamma is taken in long double: its value grows like n log n, and what is
 * wanted is the exponential of a difference of such values.
 */
#include "stats/special.h"

#include <math.h>

enum { TERMS_MAX = 100000 };

/* Lentz divides by its own partial results; this stands for a zero among them. */
static const double TINY = 1e-300;

static long double log_gamma(long double x)
{
	int sign; /* lgammal() would store it in a global */

	return lgammal_r(x, &sign);
}

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

/* One more term of the fraction: both ends of Lentz's quotient, and their product's change. */
static double lentz_step(double term, double *c, double *d)
{
	*d = 1 + term * *d;
	*d = 1 / (fabs(*d) < TINY ? TINY : *d);
	*c = 1 + term / *c;
	*c = fabs(*c) < TINY ? TINY : *c;
	return *c * *d;
}

static double beta_fraction(double x, double a, double b)
{
	double c = 1 / TINY, d = 1, h = lentz_step(-(a + b) * x / (a + 1), &c, &d);

	for (int m = 1; m < TERMS_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double step;

		h *= lentz_step(even, &c, &d);
		step = lentz_step(odd, &c, &d);
		h *= step;
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return h;
}

double tb_stats_beta(double x, double a, double b)
{
	double front;

	if (x <= 0 || x >= 1)
		return x >= 1;
	front = (double)expl(log_gamma((long double)a + b) - log_gamma(a) - log_gamma(b) +
			     a * logl(x) + b * log1pl(-(long double)x));
	/* Either side of the mean the other form converges faster. */
	if (x < (a + 1) / (a + b + 2))
		return front * beta_fraction(x, a, b) / a;
	return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double tb_stats_t_tail(double t, double df)
{
	double square = t * t;

	/* df / (df + t^2) is near 1 for a small t and loses its digits there: turn it round. */
	if (square < df)
		return 0.5 - tb_stats_beta(square / (df + square), 0.5, df / 2) / 2;
	return tb_stats_beta(df / (df + square), df / 2, 0.5) / 2;
}

double tb_stats_t_quantile(double p, double df)
{
	double lo = 0, hi = 1, mid, tail = p < 0.5 ? p : 1 - p;

	while (tb_stats_t_tail(hi, df) > tail && hi < 1e150)
		hi *= 2;
	mid = hi / 2;
	while (lo < mid && mid < hi) {
		if (tb_stats_t_tail(mid, df) > tail)
			lo = mid;
		else
			hi = mid;
		mid = lo + (hi - lo) / 2;
	}
	return p < 0.5 ? -mid : mid;
}

static double binomial_mass(size_t k, size_t n, double p)
{
	long double rest = (long double)(n - k);

	return (double)expl(log_gamma(n + 1.0L) - log_gamma(k + 1.0L) - log_gamma(rest + 1) +
			    (long double)k * logl(p) + rest * log1pl(-(long double)p));
}

/* Mass at k and below; the terms must be falling, that is k <= np. */
static double lower_sum(size_t k, size_t n, double p)
{
	double term = binomial_mass(k, n, p), sum = term;

	for (; k > 0 && term > sum * 1e-18; k--) {
		term *= (double)k / (double)(n - k + 1) * ((1 - p) / p);
		sum += term;
	}
	return sum;
}

/* Mass at k and above, k >= np. */
static double upper_sum(size_t k, size_t n, double p)
{
	double term = binomial_mass(k, n, p), sum = term;

	for (; k < n && term > sum * 1e-18; k++) {
		term *= (double)(n - k) / (double)(k + 1) * (p / (1 - p));
		sum += term;
	}
	return sum;
}

double tb_stats_binomial_below(size_t k, size_t n, double p)
{
	if (k == 0 || k > n)
		return k > n;
	if (p <= 0 || p >= 1) /* all the mass at 0, or at n */
		return p <= 0;
	if ((double)k <= (double)n * p)
		return lower_sum(k - 1, n, p);
	return 1 - upper_sum(k, n, p);
}

double tb_stats_binomial_at_least(size_t k, size_t n, double p)
{
	if (k == 0 || k > n)
		return k == 0;
	if (p <= 0 || p >= 1)
		return p >= 1;
	if ((double)k > (double)n * p)
		return upper_sum(k, n, p);
	return 1 - lower_sum(k - 1, n, p);
}
