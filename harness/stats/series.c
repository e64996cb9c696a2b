// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/describe.h"
#include "stats/interval.h"
#include "stats/special.h"

/* A centred series; long double, so that squares of any doubles can be summed. */
struct centred {
	long double *y;
	size_t n;
	long double power; /* sum of squares */
};

static int centre(const double *x, size_t n, struct centred *c)
{
	long double sum = 0, mean;

	c->y = reallocarray(NULL, n, sizeof(*c->y));
	if (!c->y)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	mean = sum / (long double)n;
	c->n = n;
	c->power = 0;
	for (size_t i = 0; i < n; i++) {
		c->y[i] = x[i] - mean;
		c->power += c->y[i] * c->y[i];
	}
	return 0;
}

static double correlation(const struct centred *c, size_t lag)
{
	long double sum = 0;

	for (size_t i = lag; i < c->n; i++)
		sum += c->y[i] * c->y[i - lag];
	return (double)(sum / c->power);
}

/*
 * Sums of neighbouring pairs of autocorrelations are positive for a reversible
 * chain; from the first that is not, noise is all there is to add.
 */
static double integrated_time(const struct centred *c)
{
	double sum = 0;

	for (size_t lag = 0; lag + 1 < c->n; lag += 2) {
		double pair = correlation(c, lag) + correlation(c, lag + 1);

		if (pair <= 0)
			break;
		sum += pair;
	}
	return fmax(1, 2 * sum - 1);
}

/* Not by the variance: the mean of equal values can be rounded away from them. */
static bool is_constant(const double *x, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (x[i] < x[0] || x[i] > x[0])
			return false;
	return true;
}

int tb_stats_autocorrelation(const double *x, size_t n, size_t lags, double *acf,
			     struct tb_autocorrelation *out)
{
	struct centred c;
	double q = 0, size = (double)n, tau;
	int err;

	if (tb_stats_refusal(x, n) || lags == 0)
		return -EINVAL;
	if (is_constant(x, n)) {
		for (size_t k = 0; k < lags; k++)
			acf[k] = 0;
		*out = (struct tb_autocorrelation){ 0 };
		return 0;
	}
	if (lags >= n)
		return -EINVAL;
	err = centre(x, n, &c);
	if (err)
		return err;
	for (size_t k = 1; k <= lags; k++) {
		acf[k - 1] = correlation(&c, k);
		q += acf[k - 1] * acf[k - 1] / (double)(n - k);
	}
	tau = integrated_time(&c);
	free(c.y);
	q *= size * (size + 2);
	*out = (struct tb_autocorrelation){
		.defined = true,
		.ljung_box_q = q,
		.ljung_box_p = tb_stats_gamma_tail((double)lags / 2, q / 2),
		.tau = tau,
		.ess = size / tau,
	};
	return 0;
}

/* Variance of S, less what groups of equal values take from it. */
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

/* Fills the slopes of all pairs, returns S. */
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
	/* A slope out of range, and only that, is refused here. */
	err = found.has_slope && tb_stats_median(slopes, pairs, &found.slope) ? -ERANGE : 0;
	free(slopes);
	free(sorted);
	if (!err)
		*out = found;
	return err;
}
