// SPDX-License-Identifier: GPL-2.0-or-later
/* A record against itself, with values whose counts are known. */
#include <errno.h>

#include "compare_help.h"

#include "compare/aa.h"

enum { PAIRS = 400 };

/* A row's figures are those of the launches, in their order. */
static struct tb_aa tested(const double *const *row, size_t rows, size_t n, double alpha,
			   double effect)
{
	struct tb_laws laws = { 0 };
	struct tb_aa_plan plan = { .judge = { effect, alpha, &laws }, .pairs = PAIRS, .seed = 7 };
	json_t *record = made_record();
	struct tb_side side;
	struct tb_aa aa;

	for (size_t i = 0; i < rows; i++)
		made_row(record, "ns", row[i], n);
	side = made_side(record);
	assert_int_equal(tb_aa_test(&side, &plan, &aa), 0);
	tb_side_free(&side);
	tb_laws_free(&laws);
	return aa;
}

/* Exactly the middle 95 % of the counts. */
static void band_is(const struct tb_aa_count *count)
{
	assert_true(tb_stats_binomial_below(count->lo + 1, count->of, count->expected) >= 0.025);
	assert_true(tb_stats_binomial_below(count->lo, count->of, count->expected) < 0.025);
	assert_true(tb_stats_binomial_below(count->hi + 1, count->of, count->expected) >= 0.975);
	assert_true(tb_stats_binomial_below(count->hi, count->of, count->expected) < 0.975);
}

/*
 * One row and no minimum effect: a split is called where its interval leaves out 1, so each alarm
 * is a call. Of 4 and 4 launches at 0.25 a side has the 1 + 1 + 2 + 3 orders with U up to 3, which
 * are 7 of 70; with the 5 of U = 4 they would be more than an eighth.
 */
static void each_alarm_is_a_call(void **state)
{
	static const double figure[8] = { 100, 131, 112, 153, 144, 125, 106, 177 };
	static const double *const row[] = { figure };
	struct tb_aa aa = tested(row, 1, 8, 0.25, 0);

	(void)state;
	assert_int_equal(aa.rows, 1);
	assert_int_equal(aa.few, 0);
	assert_int_equal(aa.tied, 0);
	assert_int_equal(aa.alarms.of, PAIRS);
	assert_near(aa.alarms.expected, 14.0 / 70, 1e-9);
	assert_true(tb_aa_within(&aa.alarms));
	assert_int_equal(aa.tables.of, PAIRS);
	assert_int_equal(aa.tables.seen, aa.alarms.seen);
	assert_near(aa.tables.expected, 0.25, 1e-12);
	band_is(&aa.alarms);
	assert_int_equal(aa.tables.lo, 0);
	assert_true(aa.tables.hi > PAIRS / 4 && aa.tables.hi < PAIRS / 3);
}

/* With a minimum effect that no difference reaches nothing is called, and alarms are as before. */
static void no_alarm_is_no_call(void **state)
{
	static const double figure[8] = { 100, 131, 112, 153, 144, 125, 106, 177 };
	static const double *const row[] = { figure };
	struct tb_aa with = tested(row, 1, 8, 0.25, 10), without = tested(row, 1, 8, 0.25, 0);

	(void)state;
	assert_int_equal(with.alarms.seen, without.alarms.seen);
	assert_int_equal(with.tables.seen, 0);
}

/* The first half against the second: of the order of the launches, not of their figures. */
static void order(void **state)
{
	static const double rising[10] = { 100, 101, 102, 103, 104, 105, 106, 107, 108, 109 };
	static const double mixed[10] = { 100, 109, 102, 107, 104, 105, 106, 103, 108, 101 };
	static const double *const row[] = { rising, mixed, rising };
	struct tb_aa aa = tested(row, 3, 10, 0.05, 0.02);

	(void)state;
	assert_int_equal(aa.order.of, 3);
	assert_int_equal(aa.order.seen, 2);
	assert_int_equal(aa.order.hi, 3);
}

/* Rows with equal values alarm less often, so they are listed but not counted. */
static void ties(void **state)
{
	static const double equal[10] = { 100, 109, 102, 107, 104, 105, 106, 103, 108, 100 };
	static const double mixed[10] = { 100, 109, 102, 107, 104, 105, 106, 103, 108, 101 };
	static const double *const row[] = { equal, mixed };
	struct tb_aa aa = tested(row, 2, 10, 0.05, 0.02);

	(void)state;
	assert_int_equal(aa.tied, 1);
	assert_int_equal(aa.alarms.of, PAIRS);
	assert_near(aa.alarms.expected, 8.0 / 252, 1e-9);
}

static void edges(void **state)
{
	struct tb_aa_count count = { .of = 100, .lo = 3, .hi = 8 };
	static const struct {
		size_t seen;
		bool within;
	} cases[] = { { 0, false }, { 2, false }, { 3, true },
		      { 8, true },  { 9, false }, { 100, false } };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		count.seen = cases[i].seen;
		assert_int_equal(tb_aa_within(&count), cases[i].within);
	}
}

/* Too few launches to be split: no row at all, and one of several. */
static void few(void **state)
{
	static const double seven[7] = { 1, 2, 3, 4, 5, 6, 7 };
	struct tb_laws laws = { 0 };
	struct tb_aa_plan plan = { .judge = { 0.02, 0.05, &laws }, .pairs = PAIRS, .seed = 7 };
	struct tb_side side = made_simple("ns", seven, 7);
	struct tb_aa aa;

	(void)state;
	assert_int_equal(tb_aa_test(&side, &plan, &aa), -ENODATA);
	assert_int_equal(aa.few, 1);
	tb_side_free(&side);
	tb_laws_free(&laws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_alarm_is_a_call),
		cmocka_unit_test(no_alarm_is_no_call),
		cmocka_unit_test(order),
		cmocka_unit_test(ties),
		cmocka_unit_test(edges),
		cmocka_unit_test(few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
