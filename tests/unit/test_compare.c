// SPDX-License-Identifier: GPL-2.0-or-later
/* compare's algebra, and its detection of planted effects. */
#include "compare_help.h"

#include "compare/versus.h"

enum { LAUNCHES = 20, TRIES = 600 };

static const double SPREAD = 0.02;

static struct tb_versus against(const char *unit, const double *a, size_t n, const double *b,
				size_t m)
{
	struct tb_laws laws = { 0 };
	struct tb_judge judge = { 0.02, 0.05, &laws };
	struct tb_side left = made_simple(unit, a, n), right = made_simple(unit, b, m);
	struct tb_versus v;

	assert_int_equal(tb_versus(&left.entry[0], &right.entry[0], &judge, &v), 0);
	tb_laws_free(&laws);
	tb_side_free(&left);
	tb_side_free(&right);
	return v;
}

static void ratios_invert(void **state)
{
	struct tb_random r;
	double a[LAUNCHES], b[13];

	(void)state;
	tb_random_seed(&r, 1, 0);
	for (int i = 0; i < 50; i++) {
		struct tb_versus there, back;

		draw(&r, a, LAUNCHES, 1, 0.1);
		draw(&r, b, 13, 1.05, 0.1);
		there = against("ns", a, LAUNCHES, b, 13);
		back = against("ns", b, 13, a, LAUNCHES);
		assert_near(there.ratio * back.ratio, 1, 1e-12);
		assert_near(there.ratio_ci.lo * back.ratio_ci.hi, 1, 1e-12);
		assert_near(there.ratio_ci.hi * back.ratio_ci.lo, 1, 1e-12);
		assert_near(there.p, back.p, 1e-12);
		assert_near(there.a12 + back.a12, 1, 1e-12);
		assert_near(there.detectable, back.detectable, 1e-9);
	}
}

static void same_versus(const struct tb_versus *x, const struct tb_versus *y)
{
	assert_near(x->ratio, y->ratio, 1e-12);
	assert_near(x->ratio_ci.lo, y->ratio_ci.lo, 1e-12);
	assert_near(x->ratio_ci.hi, y->ratio_ci.hi, 1e-12);
	assert_near(x->p, y->p, 1e-12);
	assert_int_equal(x->verdict, y->verdict);
}

static void order_and_scale_change_nothing(void **state)
{
	struct tb_random r;
	double a[LAUNCHES], b[LAUNCHES], c[LAUNCHES], d[LAUNCHES];
	struct tb_versus before, after;

	(void)state;
	tb_random_seed(&r, 2, 0);
	draw(&r, a, LAUNCHES, 1, SPREAD);
	draw(&r, b, LAUNCHES, 1.05, SPREAD);
	before = against("ns", a, LAUNCHES, b, LAUNCHES);
	for (size_t i = 0; i < LAUNCHES; i++) {
		c[i] = a[(7 * i + 3) % LAUNCHES] * 1e-6;
		d[LAUNCHES - 1 - i] = b[i] * 1e-6;
	}
	after = against("ns", c, LAUNCHES, d, LAUNCHES);
	same_versus(&before, &after);
	/* 2 GHz on both sides: twice as many cycles, the same ratio. */
	after = against("tsc", a, LAUNCHES, b, LAUNCHES);
	same_versus(&before, &after);
}

/* How many values of x are below, and twice: equal ones count once. */
static unsigned int twice_below(double value, const double *x, unsigned int n)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < n; i++)
		count += 2 * (x[i] < value) + (x[i] <= value && x[i] >= value);
	return count;
}

struct permuted {
	double a12, p; /* b above a; two-sided */
};

/* All ways to choose which 7 of the 16 values are b's, by twice their mid-ranks: right with ties. */
static struct permuted permute(const double a[9], const double b[7])
{
	unsigned int rank[16], sum = 0, above = 0, all = 0, low = 0, high = 0;
	double pool[16];

	memcpy(pool, b, 7 * sizeof(*b));
	memcpy(pool + 7, a, 9 * sizeof(*a));
	for (int i = 0; i < 16; i++)
		rank[i] = twice_below(pool[i], pool, 16) + 1;
	for (int i = 0; i < 7; i++) {
		sum += rank[i];
		above += twice_below(b[i], a, 9);
	}
	for (unsigned int set = 0; set < 1U << 16; set++) {
		unsigned int drawn = 0;

		if (__builtin_popcount(set) != 7)
			continue;
		for (int i = 0; i < 16; i++)
			drawn += set >> i & 1 ? rank[i] : 0;
		all++;
		low += drawn <= sum;
		high += drawn >= sum;
	}
	return (struct permuted){ above / (2.0 * 9 * 7),
				  fmin(1, 2.0 * (low < high ? low : high) / all) };
}

static void interval_and_p_agree(void **state)
{
	struct tb_random r;
	double a[9], b[7];
	size_t left_out = 0;

	(void)state;
	tb_random_seed(&r, 3, 0);
	for (int i = 0; i < 300; i++) {
		struct permuted test;
		struct tb_versus v;
		bool out;

		draw(&r, a, 9, 1, 0.03);
		draw(&r, b, 7, 1.03, 0.03);
		for (size_t k = 0; k < 7; k++) /* ties */
			b[k] = i % 2 ? b[k] : floor(b[k]);
		for (size_t k = 0; k < 9; k++)
			a[k] = i % 2 ? a[k] : floor(a[k]);
		v = against("ns", a, 9, b, 7);
		out = v.ratio_ci.lo > 1 || v.ratio_ci.hi < 1;
		assert_int_equal(out, v.p <= 0.05);
		test = permute(a, b);
		assert_near(v.a12, test.a12, 1e-12);
		if (i % 2) /* none tied: the permutations say the same */
			assert_near(v.p, test.p, 1e-9);
		else
			assert_true(v.p >= test.p * (1 - 1e-9));
		left_out += out;
	}
	assert_within(left_out, 30, 270); /* both happened */
}

/* How many of TRIES pairs are called as wanted. */
static size_t called(uint64_t seed, size_t n, double spread, double effect, enum tb_verdict wanted)
{
	struct tb_random r;
	double a[50], b[50];
	size_t count = 0;

	tb_random_seed(&r, seed, 0);
	for (int i = 0; i < TRIES; i++) {
		draw(&r, a, n, 1, spread);
		draw(&r, b, n, 1 + effect, spread);
		count += against("ns", a, n, b, n).verdict == wanted;
	}
	return count;
}

static void five_per_cent_are_found(void **state)
{
	(void)state;
	assert_true(called(4, LAUNCHES, 0.01, 0.05, TB_VERDICT_SLOWER) >= 0.95 * TRIES);
	assert_true(called(5, LAUNCHES, SPREAD, 0.05, TB_VERDICT_SLOWER) >= 0.95 * TRIES);
	assert_true(called(6, LAUNCHES, SPREAD, -0.05, TB_VERDICT_FASTER) >= 0.95 * TRIES);
}

static void half_a_per_cent_is_equivalent(void **state)
{
	(void)state;
	assert_true(called(7, LAUNCHES, 0.01, 0.005, TB_VERDICT_SLOWER) <= 0.05 * TRIES);
	assert_true(called(8, LAUNCHES, SPREAD, 0.005, TB_VERDICT_SLOWER) <= 0.05 * TRIES);
	assert_true(called(8, LAUNCHES, SPREAD, 0.005, TB_VERDICT_FASTER) <= 0.05 * TRIES);
	/* And with a spread of 1 % it is known to be nothing. */
	assert_true(called(7, LAUNCHES, 0.01, 0.005, TB_VERDICT_EQUIVALENT) >= 0.9 * TRIES);
}

/* Without a minimum effect the alarms are those of the test itself. */
static void equal_records_give_no_alarm(void **state)
{
	struct tb_random r;
	double a[LAUNCHES], b[LAUNCHES];
	size_t alarms = 0;

	(void)state;
	tb_random_seed(&r, 9, 0);
	for (int i = 0; i < TRIES; i++) {
		draw(&r, a, LAUNCHES, 1, SPREAD);
		draw(&r, b, LAUNCHES, 1, SPREAD);
		alarms += against("ns", a, LAUNCHES, b, LAUNCHES).p <= 0.05;
	}
	/* 28 expected, by the exact level 0.0457; 5 % and three sigma. */
	assert_within(alarms, 12, 46);
	assert_int_equal(called(9, LAUNCHES, SPREAD, 0, TB_VERDICT_SLOWER), 0);
}

/* An effect of the reported detectable size is found as often as stated; half of it is not. */
static void assert_effect_is_found(size_t n, double spread)
{
	struct tb_random r;
	double a[50], b[50], told = 0;

	tb_random_seed(&r, n, 0);
	for (int i = 0; i < TRIES; i++) {
		draw(&r, a, n, 1, spread);
		draw(&r, b, n, 1, spread);
		told += against("ns", a, n, b, n).detectable / TRIES;
	}
	assert_within(called(n, n, spread, told, TB_VERDICT_SLOWER), 0.90 * TRIES, 0.99 * TRIES);
	assert_true(called(n, n, spread, told / 2, TB_VERDICT_SLOWER) < 0.5 * TRIES);
}

static void detectable_effects(void **state)
{
	(void)state;
	assert_effect_is_found(10, 0.05);
	assert_effect_is_found(10, 0.15);
	assert_effect_is_found(20, 0.05);
	assert_effect_is_found(20, 0.10);
	assert_effect_is_found(30, 0.02);
}

static void few_launches(void **state)
{
	double x[4] = { 1, 2, 3, 4 }, y[4] = { 5, 6, 7, 8 };
	struct tb_versus v = against("ns", x, 3, y, 3);

	(void)state;
	assert_int_equal(v.verdict, TB_VERDICT_INSUFFICIENT);
	assert_string_equal(v.reason, "n = 3 and 3: an interval of 95 % needs 4 and 4");
	assert_true(isnan(v.detectable));
	assert_int_equal(tb_versus_fewest(0.05), 4);
	assert_int_equal(tb_versus_fewest(0.01), 5);
	v = against("ns", x, 4, y, 4);
	assert_int_equal(v.verdict, TB_VERDICT_SLOWER);
}

static void shares_by_difference(void **state)
{
	double none[6] = { 0 }, few[6] = { 0.001, 0.002, 0.003, 0.001, 0.002, 0.003 };
	double many[6] = { 0.70, 0.71, 0.72, 0.73, 0.74, 0.75 };
	struct tb_versus v = against("ratio", none, 6, few, 6);

	(void)state;
	assert_false(v.has_ratio);
	assert_int_equal(v.verdict, TB_VERDICT_EQUIVALENT);
	assert_near(v.difference, 0.002, 1e-12);
	v = against("ratio", none, 6, many, 6);
	assert_int_equal(v.verdict, TB_VERDICT_SLOWER);
	v = against("ratio", many, 6, many, 6);
	assert_int_equal(v.verdict, TB_VERDICT_INCONCLUSIVE); /* three points and more */
	assert_true(v.has_ratio && v.has_difference);
	/* A cost that may be below nothing has no ratio. */
	many[0] = -1;
	v = against("core-cycles", many, 6, many, 6);
	assert_false(v.has_ratio);
	assert_true(v.has_difference);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ratios_invert),
		cmocka_unit_test(order_and_scale_change_nothing),
		cmocka_unit_test(interval_and_p_agree),
		cmocka_unit_test(five_per_cent_are_found),
		cmocka_unit_test(half_a_per_cent_is_equivalent),
		cmocka_unit_test(equal_records_give_no_alarm),
		cmocka_unit_test(detectable_effects),
		cmocka_unit_test(few_launches),
		cmocka_unit_test(shares_by_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
