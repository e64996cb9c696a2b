// SPDX-License-Identifier: GPL-2.0-or-later
/* Small samples with results computed by hand, on both sides of each limit. */
#include <stdlib.h>

#include "stats_help.h"

#include "stats/describe.h"
#include "stats/excess.h"
#include "stats/interval.h"
#include "stats/modes.h"
#include "stats/trend.h"
#include "stats/verdict.h"

static struct tb_outliers outliers(double a, double b, double c, double d)
{
	/* Quartiles 10 and 14: fences at 4 and -2, at 20 and 26. */
	const double x[9] = { 12, a, 14, c, 10, b, 11, d, 13 };
	struct tb_outliers o;

	assert_int_equal(tb_stats_outliers(x, 9, &o), 0);
	assert_near(o.q1, 10, 0);
	assert_near(o.q3, 14, 0);
	return o;
}

static void fences(void **state)
{
	struct tb_outliers o = outliers(-2.1, 3.9, 20.1, 26.1);

	(void)state;
	assert_int_equal(o.low_severe, 1);
	assert_int_equal(o.low_mild, 1);
	assert_int_equal(o.high_mild, 1);
	assert_int_equal(o.high_severe, 1);
	o = outliers(-2, 4, 20, 26);
	assert_int_equal(o.low_severe, 0);
	assert_int_equal(o.low_mild, 1);
	assert_int_equal(o.high_mild, 1);
	assert_int_equal(o.high_severe, 0);
	/* The MAD is 2: ten of 1.4826 times that from 12 are 41.652. */
	assert_int_equal(outliers(3, 5, 21, 41.6).far, 0);
	assert_int_equal(outliers(3, 5, 21, 41.7).far, 1);
}

/* Of two launches with 0.1 and 0.3: Student's bound with one degree of freedom. */
static void excess(void **state)
{
	static const double share[2] = { 0.1, 0.3 }, reference[2] = { 0, 0 };
	static const uint64_t trials[2] = { 1000000, 1000000 };
	const double t = 6.313751514675043; /* tan of 0.45 pi */
	struct tb_excess e;

	(void)state;
	assert_int_equal(tb_stats_excess(share, reference, trials, 2, &e), 0);
	assert_near(e.estimate, 0.2, 1e-12);
	assert_near(e.upper, 0.2 + t * 0.1, 1e-9);
	assert_int_equal(e.trials, 2000000);
	assert_int_equal(e.launches, 2);
	/* Few trials: Newcombe's is larger, and the larger one holds. */
	assert_int_equal(tb_stats_excess(reference, reference, (uint64_t[]){ 10, 10 }, 2, &e), 0);
	assert_near(e.estimate, 0, 0);
	assert_near(e.upper, tb_stats_newcombe_upper(0, 0, 20), 1e-12);
	assert_true(e.upper > 0.1);
}

enum { MIXED = 40 };

/* Half of the values at a and b, half at c and d, of which `between` move to the middle. */
static struct tb_modes modes(const double at[4], size_t between, double resolution)
{
	struct tb_modes m;
	double x[MIXED];

	for (size_t i = 0; i < MIXED; i++)
		x[i] = i < between ? (at[0] + at[3]) / 2 : at[i % 4];
	assert_int_equal(tb_stats_modes(x, MIXED, resolution, &m), 0);
	return m;
}

static void mixtures(void **state)
{
	static const double apart[] = { 100, 100, 200, 200 }, near[] = { 100, 110, 129, 139 },
			    far[] = { 100, 110, 131, 141 }, coarse[] = { 100, 100, 110, 110 };
	struct tb_modes m = modes(apart, 0, 0);

	(void)state;
	assert_true(m.two);
	assert_near(m.low, 100, 0);
	assert_near(m.high, 200, 0);
	assert_near(m.share_high, 0.5, 0);
	/* A tail is no mode: 5 % in the middle half are too many. */
	assert_true(modes(apart, 1, 0).two);
	assert_false(modes(apart, 2, 0).two);
	/* Medians 105: a scaled MAD is 7.413, four of them 29.65. */
	assert_false(modes(near, 0, 0).two);
	assert_true(modes(far, 0, 0).two);
	/* Four times the resolution. */
	assert_false(modes(coarse, 0, 2.5).two);
	assert_true(modes(coarse, 0, 2.4).two);
}

static void adjusted(void **state)
{
	static const double p[4] = { 0.01, 0.04, 0.03, 0.5 };
	static const double want[4] = { 0.04, 0.16 / 3, 0.16 / 3, 0.5 };
	double q[4];

	(void)state;
	assert_int_equal(tb_stats_adjust_bh(p, 4, q), 0);
	for (size_t i = 0; i < 4; i++)
		assert_near(q[i], want[i], 1e-12);
}

/* Six times of monotone launches: S = 15, variance 6 * 5 * 17 / 18. */
static void trend(void **state)
{
	static const double rising[6] = { 1, 2, 3, 4, 5, 6 };
	struct tb_trend t;

	(void)state;
	assert_int_equal(tb_stats_trend(rising, 6, &t), 0);
	assert_near(t.s, 15, 0);
	assert_near(t.z, 14 / sqrt(510.0 / 18), 1e-12);
	assert_near(t.p, 2 * tb_stats_normal_tail(t.z), 1e-12);
	assert_near(t.slope, 1, 1e-12);
}

static void interim_looks(void **state)
{
	static const size_t want[] = { 10, 15, 22, 33, 50, 75, 113, 170 };
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_int_equal(tb_stats_next_look(want[i] - 1), want[i]);
		n = tb_stats_next_look(n);
		assert_int_equal(n, want[i]);
	}
}

/* A remainder alone would draw the lower third of 3 * 2^30 twice as often as the rest. */
static void unbiased(void **state)
{
	static const uint64_t n[] = { 3ull << 30, 3ull << 62 };
	struct tb_random r;

	(void)state;
	for (size_t k = 0; k < COUNT(n); k++) {
		size_t low = 0;

		tb_random_seed(&r, 11, k);
		for (int i = 0; i < 30000; i++)
			low += tb_random_below(&r, n[k]) < n[k] / 3;
		assert_within(low, 9500, 10500);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fences),   cmocka_unit_test(excess),
		cmocka_unit_test(mixtures), cmocka_unit_test(adjusted),
		cmocka_unit_test(trend),    cmocka_unit_test(interim_looks),
		cmocka_unit_test(unbiased),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
