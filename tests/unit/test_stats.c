// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * harness/stats beyond its vectors (tests/stats-vectors): refusals, properties,
 * brute force on small samples, and simulations with fixed seeds. Trend, modes and
 * excess are in test_stats_series.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "stats/describe.h"
#include "stats/distributions.h"
#include "stats/interval.h"
#include "stats/random.h"
#include "stats/rank_sum.h"
#include "stats/verdict.h"
#include "stats_help.h"

/* By R: qt, qnorm, pnorm, pbinom. */
static void test_tails(void **state)
{
	static const struct {
		double p;
		size_t df;
		double t;
	} t[] = {
		{ 0.975, 1, 12.706204736174696 },  { 0.975, 3, 3.182446305284263 },
		{ 0.975, 5, 2.570581835636314 },   { 0.95, 9, 1.8331129326536335 },
		{ 0.9995, 10, 4.586893858702636 }, { 0.95, 1000, 1.6463788172854639 },
		{ 0.95, 2, 2.919985580353725 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(t); i++)
		assert_near(tb_stats_t_quantile(t[i].p, t[i].df), t[i].t, 1e-11);
	/* 1e-9 over the density at 0: small arguments keep their digits. */
	assert_near(tb_stats_t_quantile(0.5 + 1e-9, 5), 1e-9 / 0.3796066898224944, 1e-6);
	assert_near(tb_stats_normal_quantile(0.975), 1.959963984540054, 1e-13);
	assert_near(tb_stats_normal_quantile(0.05), -1.6448536269514722, 1e-13);
	assert_near(tb_stats_normal_tail(6), 9.865876450376981e-10, 1e-12);
	assert_near(tb_stats_binomial_below(0, 20, 0.5), 0, 0);
	assert_near(tb_stats_binomial_below(21, 20, 0.5), 1, 0);
	assert_near(tb_stats_binomial_below(6, 20, 0.5), 21700. / 1048576, 1e-13);
	assert_near(tb_stats_binomial_below(15, 20, 0.5), 1 - 21700. / 1048576, 1e-13);
	assert_near(tb_stats_binomial_below(1, 3, 0.9), 0.001, 1e-13);
	assert_near(tb_stats_binomial_below(2, 3, 0.9), 0.028, 1e-13);
	assert_near(tb_stats_binomial_below(3, 3, 0.1), 0.999, 1e-13);
	/* A million: the two sides must still make 1. */
	assert_near(tb_stats_binomial_below(499001, 1000000, 0.5) +
			    tb_stats_binomial_below(501000, 1000000, 0.5),
		    1, 1e-12);
	assert_near(tb_stats_binomial_below(499001, 1000000, 0.5), 0.022804149932690997, 1e-9);
}

static void test_random(void **state)
{
	/* The first numbers of the reference implementation's own demo, seed 42, stream 54. */
	static const uint32_t demo[] = { 0xa15c02b7, 0x7b47f409, 0xba1d3330,
					 0x83d2f293, 0xbfa4784b, 0xcbed606e };
	size_t index[52], seen[52] = { 0 }, hits[6] = { 0 }, low = 0;
	struct tb_random r;

	(void)state;
	tb_random_seed(&r, 42, 54);
	for (size_t i = 0; i < COUNT(demo); i++)
		assert_int_equal(tb_random_u32(&r), demo[i]);
	for (size_t i = 0; i < COUNT(index); i++)
		index[i] = i;
	tb_random_shuffle(&r, index, COUNT(index));
	for (size_t i = 0; i < COUNT(index); i++)
		seen[index[i]]++;
	for (size_t i = 0; i < COUNT(index); i++)
		assert_int_equal(seen[i], 1);
	/* All 6 orders of three, 1000 times each; 5 sigma is 144. */
	for (int i = 0; i < 6000; i++) {
		size_t three[] = { 0, 1, 2 };

		tb_random_shuffle(&r, three, 3);
		hits[2 * three[0] + (three[1] > three[2])]++;
	}
	for (size_t i = 0; i < COUNT(hits); i++)
		assert_within(hits[i], 856, 1144);
	/* A plain remainder would put half of these below 2^30, not a third. */
	for (int i = 0; i < 3000; i++)
		low += tb_random_below(&r, 3U << 30) < 1U << 30;
	assert_within(low, 870, 1130);
	assert_int_equal(tb_random_below(&r, 1), 0);
	for (int i = 0; i < 1000; i++)
		assert_true(tb_random_below(&r, 3ULL << 40) < 3ULL << 40);
}

static void test_describe(void **state)
{
	static const double bad[][2] = { { 1, NAN }, { INFINITY, 1 }, { 1, -INFINITY } };
	static const double x[] = { 5, 1, 4, 2, 3 }, big[] = { 1.7e308, 1.6e308 };
	static const double wide[] = { -1.7e308, 1.7e308 }, p[] = { 0.9, 0.1 }, off[] = { 1.01 };
	struct tb_outliers o;
	struct tb_spread s;
	double q[2], *sorted;

	(void)state;
	assert_int_equal(tb_stats_mean(x, 0, q), -EINVAL);
	assert_int_equal(tb_stats_sorted(x, 0, &sorted), -EINVAL);
	assert_int_equal(tb_stats_spread(x, 0, &s), -EINVAL);
	assert_int_equal(tb_stats_outliers(x, 0, &o), -EINVAL);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(tb_stats_mean(bad[i], 2, q), -EINVAL);
		assert_int_equal(tb_stats_sorted(bad[i], 2, &sorted), -EINVAL);
		assert_int_equal(tb_stats_outliers(bad[i], 2, &o), -EINVAL);
	}
	assert_int_equal(tb_stats_quantiles(x, COUNT(x), p, 2, q), 0);
	assert_near(q[0], 4.6, 1e-15);
	assert_near(q[1], 1.4, 1e-15);
	assert_true(x[0] > 4 && x[4] > 2 && x[4] < 4); /* untouched */
	assert_int_equal(tb_stats_quantiles(x, COUNT(x), off, 1, q), -EINVAL);
	assert_int_equal(tb_stats_mean(big, 2, q), 0);
	assert_near(q[0], 1.65e308, 1e-15);
	assert_int_equal(tb_stats_quantiles(wide, 2, p, 2, q), 0);
	assert_near(q[1], -1.36e308, 1e-14);
	assert_near(tb_stats_midpoint(5e-324, 5e-324), 5e-324, 0);
	assert_int_equal(tb_stats_spread(wide, 2, &s), -ERANGE);
}

static void test_estimate(void **state)
{
	double x[50], scaled[50];
	struct tb_estimate e, f;
	struct tb_random r;
	size_t covered = 0;

	(void)state;
	tb_random_seed(&r, 1, 1);
	fill_lognormal(&r, x, 50, 5, 0.3);
	assert_int_equal(tb_stats_estimate(x, 0, 0.95, &e), -EINVAL);
	assert_int_equal(tb_stats_estimate(x, 6, 1, &e), -EINVAL);
	assert_int_equal(tb_stats_estimate(x, 6, NAN, &e), -EINVAL);
	assert_int_equal(tb_stats_estimate(x, 5, 0.95, &e), 0);
	assert_false(e.has_interval);
	assert_int_equal(tb_stats_estimate(x, 6, 0.95, &e), 0);
	assert_true(e.has_interval && e.lo < e.estimate && e.estimate < e.hi);
	assert_near(e.coverage, 0.96875, 1e-15);

	assert_int_equal(tb_stats_estimate(x, 50, 0.95, &e), 0);
	for (size_t i = 0; i < 50; i++) /* in another order, and another unit */
		scaled[i] = 4 * x[49 - i];
	assert_int_equal(tb_stats_estimate(scaled, 50, 0.95, &f), 0);
	assert_near(f.estimate, 4 * e.estimate, 0);
	assert_near(f.lo, 4 * e.lo, 0);
	assert_near(f.hi, 4 * e.hi, 0);

	for (int i = 0; i < 2000; i++) {
		fill_lognormal(&r, x, 15, 5, 0.3);
		assert_int_equal(tb_stats_estimate(x, 15, 0.95, &e), 0);
		covered += e.lo <= exp(5) && exp(5) <= e.hi;
	}
	assert_within(covered, 1880, 1970); /* exactly 0.9648 */
}

static int cut_of(size_t n, size_t m, double limit, struct tb_rank_cut *cut)
{
	struct tb_rank_law law;
	int err = tb_stats_rank_law(n, m, &law);

	if (err)
		return err;
	err = tb_stats_rank_law_cut(&law, limit, cut);
	tb_stats_rank_law_free(&law);
	return err;
}

/* All ways to choose which 4 of 7 ranks are x's. */
static void test_rank_sum_brute_force(void **state)
{
	size_t below[13] = { 0 }, total = 0;

	(void)state;
	for (unsigned int set = 0; set < 128; set++) {
		unsigned int u = 0, zeros = 0;

		if (__builtin_popcount(set) != 4)
			continue;
		for (unsigned int bit = 0; bit < 7; bit++) {
			u += set >> bit & 1 ? zeros : 0;
			zeros += !(set >> bit & 1);
		}
		for (unsigned int k = u + 1; k <= 12; k++)
			below[k]++;
		total++;
	}
	for (int percent = 1; percent < 50; percent++) {
		double limit = percent / 100.0;
		struct tb_rank_cut cut, swapped;
		size_t k = 0;

		while ((double)below[k + 1] / (double)total <= limit * (1 + 1e-9))
			k++;
		assert_int_equal(cut_of(4, 3, limit, &cut), 0);
		assert_int_equal(cut_of(3, 4, limit, &swapped), 0);
		assert_int_equal(cut.rank, k);
		assert_int_equal(swapped.rank, k);
		assert_near(cut.tail, (double)below[k] / (double)total, 1e-14);
	}
}

/* Beyond the limits of the exact laws; the tails wanted are exact, from raised limits. */
static void test_rank_laws_approximate(void **state)
{
	struct tb_rank_cut cut;

	(void)state;
	assert_int_equal(cut_of(200, 200, 0.025, &cut), 0);
	assert_int_equal(cut.rank, 17735);
	assert_near(cut.tail, 0.024988922, 1e-5);
	assert_int_equal(cut_of(5, 5000, 0.025, &cut), 0);
	assert_within(cut.rank, 6213, 6227); /* exact: 6227 */
	assert_int_equal(cut_of(3, 3, (1 - 0.9) / 2, &cut), 0);
	assert_int_equal(cut.rank, 1); /* 1/20 is 0.05, whatever 1 - 0.9 makes of it */
	assert_int_equal(cut_of(3, 0, 0.025, &cut), -EINVAL);
	assert_int_equal(cut_of(3, 3, 0.5, &cut), -EINVAL);
}

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static void test_hodges(void **state)
{
	double x[23], y[17], all[391];
	struct tb_rank_cut cut;
	struct tb_hodges h;
	struct tb_random r;

	(void)state;
	tb_random_seed(&r, 2, 2);
	fill_lognormal(&r, x, 23, 5, 0.3);
	fill_lognormal(&r, y, 17, 5.1, 0.3);
	y[3] = y[4] = x[5];
	for (size_t i = 0; i < COUNT(all); i++)
		all[i] = x[i / 17] - y[i % 17];
	qsort(all, COUNT(all), sizeof(*all), by_value);
	qsort(x, 23, sizeof(*x), by_value);
	qsort(y, 17, sizeof(*y), by_value);
	assert_int_equal(cut_of(23, 17, 0.025, &cut), 0);
	assert_int_equal(tb_stats_hl_shift_sorted(x, 23, y, 17, &cut, &h), 0);
	assert_int_equal(h.ci.lo_rank, cut.rank);
	assert_near(h.ci.coverage, 1 - 2 * cut.tail, 1e-15);
	assert_near(h.estimate, all[195], 0);
	assert_near(h.ci.lo, all[h.ci.lo_rank - 1], 0);
	assert_near(h.ci.hi, all[h.ci.hi_rank - 1], 0);
	assert_int_equal(h.ci.lo_rank + h.ci.hi_rank, COUNT(all) + 1);

	cut.rank = 0;
	assert_int_equal(tb_stats_hl_shift_sorted((double[]){ 1.7e308 }, 1, (double[]){ -1.7e308 },
						  1, &cut, &h),
			 -ERANGE);
	/* Minus zero sorts before zero and counts as zero. */
	assert_int_equal(
		tb_stats_hl_shift_sorted((double[]){ -1, 1 }, 2, (double[]){ -1, 1 }, 2, &cut, &h),
		0);
	assert_false(signbit(h.estimate) || h.estimate > 0);
	assert_false(h.ci.present);
}

static void test_verdict(void **state)
{
	static const struct {
		double lo, hi;
		enum tb_verdict verdict;
	} rows[] = {
		{ 1.03, 1.05, TB_VERDICT_SLOWER },	{ 0.9, 0.95, TB_VERDICT_FASTER },
		{ 0.99, 1.01, TB_VERDICT_EQUIVALENT },	{ 1.01, 1.05, TB_VERDICT_INCONCLUSIVE },
		{ 0.5, 2, TB_VERDICT_INCONCLUSIVE },	{ 0.9, 0.99, TB_VERDICT_INCONCLUSIVE },
		{ 1, 1.02, TB_VERDICT_EQUIVALENT },	{ 2, 1, TB_VERDICT_INSUFFICIENT },
		{ 1.02, 1.5, TB_VERDICT_INCONCLUSIVE }, { NAN, 1, TB_VERDICT_INSUFFICIENT },
	};
	struct tb_interval none = { .present = false, .lo = 1.03, .hi = 1.05 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tb_interval ratio = { .present = true, .lo = rows[i].lo, .hi = rows[i].hi };

		assert_int_equal(tb_stats_ratio_verdict(&ratio, 0.02), rows[i].verdict);
	}
	assert_int_equal(tb_stats_ratio_verdict(&none, 0.02), TB_VERDICT_INSUFFICIENT);
	assert_string_equal(tb_stats_verdict_name(TB_VERDICT_SLOWER), "slower");
	assert_string_equal(tb_stats_verdict_name(TB_VERDICT_FASTER), "faster");
	assert_string_equal(tb_stats_verdict_name(TB_VERDICT_EQUIVALENT), "equivalent");
	assert_string_equal(tb_stats_verdict_name(TB_VERDICT_INCONCLUSIVE), "inconclusive");
	assert_string_equal(tb_stats_verdict_name(TB_VERDICT_INSUFFICIENT), "insufficient");
}

static void test_adjust(void **state)
{
	double p[] = { 0.5, 0.01, 0.01 }, bad[] = { 0.5, 1.5 }, out[2];

	(void)state;
	assert_int_equal(tb_stats_adjust_bh(p, 3, p), 0); /* in place */
	assert_near(p[0], 0.5, 1e-15);
	assert_near(p[1], 0.015, 1e-15);
	assert_near(p[2], 0.015, 1e-15);
	assert_int_equal(tb_stats_adjust_bh(p, 0, p), 0);
	assert_int_equal(tb_stats_adjust_bh(bad, 2, out), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tails),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_rank_sum_brute_force),
		cmocka_unit_test(test_rank_laws_approximate),
		cmocka_unit_test(test_hodges),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_adjust),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
