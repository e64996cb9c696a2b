// SPDX-License-Identifier: GPL-2.0-or-later
/* harness/stats: samples with an order, with levels, with two modes, and shares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "stats/bootstrap.h"
#include "stats/describe.h"
#include "stats/excess.h"
#include "stats/levels.h"
#include "stats/modes.h"
#include "stats/series.h"
#include "stats_help.h"

static void test_autocorrelation(void **state)
{
	double x[400], same[7], acf[10];
	struct tb_autocorrelation a;
	struct tb_random r;

	(void)state;
	tb_random_seed(&r, 1, 0);
	for (size_t i = 0; i < COUNT(same); i++)
		same[i] = 0.1; /* the sum of seven is not 0.7 */
	assert_int_equal(tb_stats_autocorrelation(same, COUNT(same), 10, acf, &a), 0);
	assert_false(a.defined);
	x[0] = 0;
	for (size_t i = 1; i < COUNT(x); i++)
		x[i] = 0.7 * x[i - 1] + random_normal(&r);
	assert_int_equal(tb_stats_autocorrelation(x, COUNT(x), 10, acf, &a), 0);
	assert_near(acf[0], 0.7, 0.15);
	assert_near(a.tau, 17.0 / 3, 0.5);
	assert_near(a.ess * a.tau, 400, 1e-14);
	assert_true(a.ljung_box_p < 1e-10);
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = (i & 1) ? 1e308 : -1e308; /* squares beyond any double; tau below 1 */
	assert_int_equal(tb_stats_autocorrelation(x, COUNT(x), 1, acf, &a), 0);
	assert_near(acf[0], -399. / 400, 1e-15);
	assert_near(a.tau, 1, 0);
	assert_int_equal(tb_stats_autocorrelation(x, 10, 10, acf, &a), -EINVAL);
	assert_int_equal(tb_stats_autocorrelation(x, 10, 0, acf, &a), -EINVAL);
	assert_int_equal(tb_stats_autocorrelation(x, 0, 1, acf, &a), -EINVAL);
}

static void test_trend(void **state)
{
	double x[20];
	struct tb_trend t;

	(void)state;
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = 100 + 3 * (double)i;
	x[4] = 1e9; /* the slope does not see one outlier */
	assert_int_equal(tb_stats_trend(x, COUNT(x), &t), 0);
	assert_near(t.slope, 3, 1e-15);
	assert_true(t.p < 1e-6 && t.z > 0);
	assert_int_equal(tb_stats_trend((double[]){ 1, 1, 2, 2, 3, 3 }, 6, &t), 0);
	assert_near(t.z, 11 / sqrt((510 - 3 * 18) / 18.), 1e-14); /* S = 12, three ties of two */
	assert_int_equal(tb_stats_trend(x, 1, &t), 0);
	assert_false(t.has_slope);
	assert_near(t.p, 1, 0);
	assert_int_equal(tb_stats_trend(x, TB_TREND_MAX + 1, &t), -E2BIG);
	assert_int_equal(tb_stats_trend((double[]){ -1.7e308, 1.7e308 }, 2, &t), -ERANGE);
	assert_int_equal(tb_stats_trend(x, 0, &t), -EINVAL);
}

static void test_stop(void **state)
{
	static const size_t looks[] = { 10, 15, 22 };
	struct tb_stop_rule rule = { 0.95, 0.01, 0, 10, 20, looks, COUNT(looks) };
	size_t n = 0;
	double x[25];
	struct tb_precision p;
	struct tb_stop stop;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		n = tb_stats_next_look(n);
	assert_int_equal(n, 75);
	assert_int_equal(tb_stats_next_look(22), 33);
	assert_int_equal(tb_stats_next_look(9), 10);

	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = 100;
	assert_int_equal(tb_stats_precision(x, 5, 0.95, -1, &p), -EINVAL);
	assert_int_equal(tb_stats_precision(x, 5, 0.95, NAN, &p), -EINVAL);
	assert_int_equal(tb_stats_precision(x, 5, 0.95, 0, &p), 0);
	assert_false(p.present);
	assert_int_equal(tb_stats_precision(x, 10, 0.95, 4, &p), 0);
	assert_near(p.relative, 0.02, 0); /* half a step of 4 */
	assert_int_equal(tb_stats_sequential(x, COUNT(x), &rule, &stop), 0);
	assert_true(stop.precise && stop.n == 10);
	rule.resolution = 4;
	assert_int_equal(tb_stats_sequential(x, COUNT(x), &rule, &stop), 0);
	assert_true(!stop.precise && stop.n == 20); /* n_max, which no look hits */
	assert_near(stop.precision.relative, 0.02, 0);
	memset(x, 0, sizeof(x));
	assert_int_equal(tb_stats_precision(x, 10, 0.95, 0, &p), 0);
	assert_true(p.present && !(p.relative > 0));
	x[0] = x[1] = x[2] = 1;
	assert_int_equal(tb_stats_precision(x, 10, 0.95, 0, &p), 0);
	assert_false(p.present);
	assert_int_equal(tb_stats_sequential(x, 0, &rule, &stop), -EINVAL);
}

/* The note's 4 x 2 example: S1^2 = 2.25, S2^2 = 13.5, T2^2 = 12.375, half-width 5.84652719. */
static void test_two_level(void **state)
{
	static const double deviation = 1.0606601717798212; /* sqrt(9/8) */
	static const double centres[] = { -4.5, 0, 0, 4.5 };
	struct tb_two_level_design d = { 4, 2, 0.95, 100, 1 };
	struct tb_two_level r;
	double x[8];

	(void)state;
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = 100 + centres[i / 2] + (i % 2 ? deviation : -deviation);
	assert_int_equal(tb_stats_two_level(x, &d, &r), 0);
	assert_near(r.mean, 100, 1e-15);
	assert_near(r.s1_sq, 2.25, 1e-12);
	assert_near(r.s2_sq, 13.5, 1e-12);
	assert_near(r.t2_sq, 12.375, 1e-12);
	assert_near(r.half_width, 5.84652719, 1e-9);
	assert_near(r.best, 5, 0); /* sqrt(100 * 2.25 / 12.375) = 4.26 */
	d.iterations = 1;
	assert_int_equal(tb_stats_two_level(x, &d, &r), -EINVAL);
	d = (struct tb_two_level_design){ 1, 8, 0.95, 100, 1 };
	assert_int_equal(tb_stats_two_level(x, &d, &r), -EINVAL);
	assert_int_equal(tb_stats_geomean(x, 0, x), -EINVAL);
	assert_int_equal(tb_stats_geomean((double[]){ 1, -1 }, 2, x), -EDOM);
	assert_int_equal(tb_stats_geomean((double[]){ 1e308, 1e308, 4e-308 }, 3, x), 0);
	assert_near(x[0], cbrt(400) * 1e102, 1e-12);
}

static void test_bootstrap(void **state)
{
	static const double median = 0.5;
	struct tb_bootstrap plan = { tb_statistic_quantile, &median, 0.95, 2000, 7 };
	struct tb_bootstrap_interval a, b;
	struct tb_bootstrap_law law;
	struct tb_random r;
	double x[31];

	(void)state;
	tb_random_seed(&r, 5, 0);
	fill_lognormal(&r, x, COUNT(x), 5, 0.3);
	assert_int_equal(tb_stats_bootstrap(x, COUNT(x), &plan, &a), 0);
	plan.statistic = tb_statistic_median;
	assert_int_equal(tb_stats_bootstrap(x, COUNT(x), &plan, &b), 0);
	assert_near(a.lo, b.lo, 0); /* the same seed, the same draws */
	assert_near(a.hi, b.hi, 0);
	plan.seed = 8;
	plan.statistic = tb_statistic_mean;
	assert_int_equal(tb_stats_bootstrap(x, COUNT(x), &plan, &b), 0);
	assert_true(b.lo < b.hi && (a.lo < b.lo || a.lo > b.lo));
	plan.statistic = tb_statistic_geomean;
	x[0] = 0;
	assert_int_equal(tb_stats_bootstrap(x, COUNT(x), &plan, &a), 0); /* exp(-inf) is 0 */
	x[0] = -1;
	assert_int_equal(tb_stats_bootstrap(x, COUNT(x), &plan, &a), -ERANGE);
	plan.resamples = 0;
	assert_int_equal(tb_stats_bootstrap(x, COUNT(x), &plan, &a), -EINVAL);
	assert_int_equal(tb_stats_bootstrap_median_law(x, 30, 0.95, &law), -EINVAL);
	assert_int_equal(tb_stats_bootstrap_median_law(x, 0, 0.95, &law), -EINVAL);
}

/* share of the values from the upper law, which lies gap above 100; sigma 1 */
static void fill_mixture(struct tb_random *r, double *x, size_t n, double share, double gap)
{
	for (size_t i = 0; i < n; i++)
		x[i] = 100 + random_normal(r) + (tb_random_unit(r) < share ? gap : 0);
}

static void test_modes_found(void **state)
{
	struct tb_modes m;
	struct tb_random r;
	double x[200];

	(void)state;
	tb_random_seed(&r, 6, 0);
	for (int i = 0; i < 100; i++) {
		fill_mixture(&r, x, COUNT(x), 0.2, 15);
		x[0] = 1e6; /* one huge value must not become the upper mode */
		assert_int_equal(tb_stats_modes(x, COUNT(x), 0, &m), 0);
		assert_true(m.two);
		assert_near(m.low, 100, 0.01);
		assert_near(m.high, 115, 0.01);
		assert_near(m.share_high, 0.2, 0.6);
	}
	/* Two exact values: no spread at all but the resolution's. */
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = i % 4 ? 44 : 54;
	assert_int_equal(tb_stats_modes(x, COUNT(x), 2, &m), 0);
	assert_true(m.two);
	assert_near(m.share_high, 0.25, 0);
	assert_int_equal(tb_stats_modes(x, COUNT(x), 3, &m), 0);
	assert_false(m.two); /* four steps of the clock apart, no more */
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = i % 4 ? 1000 : 1020; /* clear, and too small to matter */
	assert_int_equal(tb_stats_modes(x, COUNT(x), 0, &m), 0);
	assert_false(m.two);
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = i & 1 ? 44 : 54;
	assert_int_equal(tb_stats_modes(x, 20, 0, &m), 0);
	assert_true(m.two);
	assert_int_equal(tb_stats_modes(x, 19, 0, &m), 0); /* too few to say */
	assert_false(m.two);
	assert_near(m.low, 54, 0);
	assert_int_equal(tb_stats_modes(x, 0, 2, &m), -EINVAL);
	assert_int_equal(tb_stats_modes(x, 20, NAN, &m), -EINVAL);
}

static void test_modes_absent(void **state)
{
	static const double scales[] = { 0.01, 0.1, 0.5, 1 };
	size_t false_alarms = 0;
	struct tb_modes m;
	struct tb_random r;
	double x[300];

	(void)state;
	tb_random_seed(&r, 9, 0);
	for (size_t i = 0; i < 1000; i++) {
		size_t n = 20 + i % 280;

		fill_lognormal(&r, x, n, 5, scales[i % COUNT(scales)]);
		assert_int_equal(tb_stats_modes(x, n, 0, &m), 0);
		false_alarms += m.two;
	}
	assert_within(false_alarms, 0, 5);
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = 44 + 2 * (double)tb_random_below(&r, 3); /* a clock of 2 */
	assert_int_equal(tb_stats_modes(x, COUNT(x), 2, &m), 0);
	assert_false(m.two);
	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = 7;
	assert_int_equal(tb_stats_modes(x, COUNT(x), 0, &m), 0);
	assert_false(m.two);
	for (size_t i = 0; i < 9; i++)
		x[i] = 70; /* 3 %: outliers, to be shown as such */
	assert_int_equal(tb_stats_modes(x, COUNT(x), 0, &m), 0);
	assert_false(m.two);
}

/* A share of n trials with the given chance of each. */
static double draw_share(struct tb_random *r, uint64_t n, double chance)
{
	uint64_t hits = 0;

	for (uint64_t i = 0; i < n; i++)
		hits += tb_random_unit(r) < chance;
	return (double)hits / (double)n;
}

static void test_excess_bounds(void **state)
{
	double zero[10] = { 0 }, share[10];
	uint64_t trials[10];
	struct tb_excess e;

	(void)state;
	assert_near(tb_stats_newcombe_upper(0, 0, 3000), 2.705543454095404 / 3002.705543454095,
		    1e-12);
	for (size_t i = 0; i < COUNT(trials); i++) {
		trials[i] = 300;
		share[i] = i < 5 ? 0 : 0.02;
	}
	assert_int_equal(tb_stats_excess(zero, zero, trials, 10, &e), 0);
	assert_near(e.estimate, 0, 0);
	assert_near(e.upper, 2.705543454095404 / 3002.705543454095, 1e-12);
	assert_int_equal(e.trials, 3000);
	/* Launches that differ: Student's, 0.01 + 1.8331 * 0.010541 / sqrt(10). */
	assert_int_equal(tb_stats_excess(share, zero, trials, 10, &e), 0);
	assert_near(e.upper, 0.01 + 1.8331129326536335 / 300, 1e-9);
	assert_int_equal(tb_stats_excess(share, zero, trials, 1, &e), 0);
	assert_near(e.upper, 1, 0);
	trials[3] = 0;
	assert_int_equal(tb_stats_excess(share, zero, trials, 10, &e), -EINVAL);
	trials[3] = UINT64_MAX;
	assert_int_equal(tb_stats_excess(share, zero, trials, 10, &e), -ERANGE);
	trials[3] = 300;
	share[3] = NAN;
	assert_int_equal(tb_stats_excess(share, zero, trials, 10, &e), -EINVAL);
	share[3] = 1.5;
	assert_int_equal(tb_stats_excess(zero, share, trials, 10, &e), -EINVAL);
	assert_int_equal(tb_stats_excess(zero, zero, trials, 0, &e), -EINVAL);
}

/* The bound must hold the truth 95 times of 100, also when launches differ. */
static void test_excess_covers(void **state)
{
	double share[10], reference[10];
	uint64_t trials[10];
	size_t held = 0;
	struct tb_excess e;
	struct tb_random r;

	(void)state;
	tb_random_seed(&r, 11, 0);
	for (int round = 0; round < 1000; round++) {
		for (size_t i = 0; i < COUNT(share); i++) {
			double drift = 0.004 * tb_random_unit(&r);

			trials[i] = 300;
			share[i] = draw_share(&r, 300, 0.003 + drift);
			reference[i] = draw_share(&r, 300, 0.002);
		}
		assert_int_equal(tb_stats_excess(share, reference, trials, COUNT(share), &e), 0);
		held += e.upper >= 0.003;
	}
	assert_within(held, 930, 990);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_autocorrelation),
		cmocka_unit_test(test_trend),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_two_level),
		cmocka_unit_test(test_bootstrap),
		cmocka_unit_test(test_modes_found),
		cmocka_unit_test(test_modes_absent),
		cmocka_unit_test(test_excess_bounds),
		cmocka_unit_test(test_excess_covers),
	};

	return cmocka_run_group_tests_name("stats-series", tests, NULL, NULL);
}
