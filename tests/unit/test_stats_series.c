// SPDX-License-Identifier: GPL-2.0-or-later
/* harness/stats: samples with an order, with two modes, and shares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "stats/describe.h"
#include "stats/excess.h"
#include "stats/interval.h"
#include "stats/modes.h"
#include "stats/trend.h"
#include "stats_help.h"

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
	struct tb_precision p;
	double x[25];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		n = tb_stats_next_look(n);
	assert_int_equal(n, 75);
	assert_int_equal(tb_stats_next_look(22), 33);
	assert_int_equal(tb_stats_next_look(9), 10);

	for (size_t i = 0; i < COUNT(x); i++)
		x[i] = 100;
	assert_int_equal(tb_stats_precision(x, 5, 0.95, &p), 0);
	assert_false(p.present);
	assert_int_equal(tb_stats_precision(x, 10, 0.95, &p), 0);
	assert_true(p.present && !(p.relative > 0));
	/* Ten values are cut at the second and the ninth: 4 below 100, 10 above. */
	x[0] = x[1] = 96;
	x[8] = x[9] = 110;
	assert_int_equal(tb_stats_precision(x, 10, 0.95, &p), 0);
	assert_near(p.relative, 0.1, 1e-12);
	x[8] = x[9] = 102;
	assert_int_equal(tb_stats_precision(x, 10, 0.95, &p), 0);
	assert_near(p.relative, 0.04, 1e-12);
	memset(x, 0, sizeof(x));
	assert_int_equal(tb_stats_precision(x, 10, 0.95, &p), 0);
	assert_true(p.present && !(p.relative > 0));
	x[0] = x[1] = x[2] = 1;
	assert_int_equal(tb_stats_precision(x, 10, 0.95, &p), 0);
	assert_false(p.present);
	assert_int_equal(tb_stats_precision(x, 0, 0.95, &p), -EINVAL);
}

/* share of the values from the upper law, which lies gap above 100; sigma 1 */
static void fill_mixture(struct tb_random *r, double *x, size_t n, double share, double gap)
{
	for (size_t i = 0; i < n; i++)
		x[i] = 100 + random_normal(r) + (random_unit(r) < share ? gap : 0);
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
		hits += random_unit(r) < chance;
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
			double drift = 0.004 * random_unit(&r);

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
		cmocka_unit_test(test_trend),	      cmocka_unit_test(test_stop),
		cmocka_unit_test(test_modes_found),   cmocka_unit_test(test_modes_absent),
		cmocka_unit_test(test_excess_bounds), cmocka_unit_test(test_excess_covers),
	};

	return cmocka_run_group_tests_name("stats-series", tests, NULL, NULL);
}
