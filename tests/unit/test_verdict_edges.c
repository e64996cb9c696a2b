// SPDX-License-Identifier: GPL-2.0-or-later
/* A verdict on both sides of each edge of its band. */
#include "compare_help.h"

#include "compare/versus.h"
#include "record/summary.h"

enum {
	N = 4
}; /* the fewest that have an interval: it reaches from the least pair to the greatest */

static const double EFFECT = 0.02, TOP = 1.02, BOTTOM = 1 / 1.02;

static double up(double x)
{
	return nextafter(x, INFINITY);
}

static double down(double x)
{
	return nextafter(x, -INFINITY);
}

/* An interval that crosses an edge is never called equivalent, one that crosses both neither. */
static void ratios(void **state)
{
	const struct {
		double lo, hi;
		enum tb_verdict verdict;
	} cases[] = {
		{ BOTTOM, TOP, TB_VERDICT_EQUIVALENT },
		{ 1, 1, TB_VERDICT_EQUIVALENT },
		{ TOP, TOP, TB_VERDICT_EQUIVALENT },
		{ BOTTOM, BOTTOM, TB_VERDICT_EQUIVALENT },
		{ BOTTOM, up(TOP), TB_VERDICT_INCONCLUSIVE },
		{ down(BOTTOM), TOP, TB_VERDICT_INCONCLUSIVE },
		{ down(BOTTOM), up(TOP), TB_VERDICT_INCONCLUSIVE },
		{ 0.5, 2, TB_VERDICT_INCONCLUSIVE },
		{ 0.9802, 1, TB_VERDICT_INCONCLUSIVE }, /* the band is one of logarithms */
		{ TOP, 2, TB_VERDICT_INCONCLUSIVE },
		{ 0.5, BOTTOM, TB_VERDICT_INCONCLUSIVE },
		{ up(TOP), 2, TB_VERDICT_SLOWER },
		{ 0.5, down(BOTTOM), TB_VERDICT_FASTER },
		{ 2, 0.5, TB_VERDICT_INSUFFICIENT },
		{ NAN, 1, TB_VERDICT_INSUFFICIENT },
	};
	struct tb_interval none = { .lo = 1, .hi = 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tb_interval ci = { .present = true, .lo = cases[i].lo, .hi = cases[i].hi };

		if (tb_stats_ratio_verdict(&ci, EFFECT) != cases[i].verdict)
			fail_msg("%g to %g is %s", ci.lo, ci.hi,
				 tb_stats_verdict_name(tb_stats_ratio_verdict(&ci, EFFECT)));
	}
	assert_int_equal(tb_stats_ratio_verdict(&none, EFFECT), TB_VERDICT_INSUFFICIENT);
	assert_int_equal(tb_stats_ratio_verdict(&none, -1), TB_VERDICT_INSUFFICIENT);
}

/* Four figures that are all a, against b[0..3]: each difference is b[i] - a. */
static struct tb_versus against(const char *unit, const char *direction, double a, const double *b)
{
	const double same[N] = { a, a, a, a };
	struct tb_laws laws = { 0 };
	struct tb_judge judge = { EFFECT, 0.05, &laws };
	json_t *one = made_record(), *two = made_record();
	struct tb_side left, right;
	struct tb_versus v;

	json_object_set_new(made_metric(made_row(one, unit, same, N)), "direction",
			    json_string(direction));
	json_object_set_new(made_metric(made_row(two, unit, b, N)), "direction",
			    json_string(direction));
	left = made_side(one);
	right = made_side(two);
	assert_int_equal(tb_versus(&left.entry[0], &right.entry[0], &judge, &v), 0);
	tb_laws_free(&laws);
	tb_side_free(&left);
	tb_side_free(&right);
	return v;
}

static enum tb_verdict opposite(enum tb_verdict verdict)
{
	return verdict == TB_VERDICT_SLOWER   ? TB_VERDICT_FASTER
	       : verdict == TB_VERDICT_FASTER ? TB_VERDICT_SLOWER
					      : verdict;
}

static void judged(const char *unit, double a, const double *b, enum tb_verdict verdict)
{
	struct tb_versus low = against(unit, "lower", a, b), high = against(unit, "higher", a, b);

	assert_true(low.has_difference && low.difference_ci.present);
	assert_near(low.difference_ci.lo, b[0] - a, 1e-12);
	assert_near(low.difference_ci.hi, b[N - 1] - a, 1e-12);
	if (low.verdict != verdict || high.verdict != opposite(verdict))
		fail_msg("%s: %.17g to %.17g: %s, and %s where higher is better", unit,
			 low.difference_ci.lo, low.difference_ci.hi,
			 tb_stats_verdict_name(low.verdict), tb_stats_verdict_name(high.verdict));
}

/* 2 % of 50 lines are one line. */
static void differences(void **state)
{
	static const struct {
		double b[N];
		enum tb_verdict verdict;
	} cases[] = {
		{ { 49, 49, 51, 51 }, TB_VERDICT_EQUIVALENT },
		{ { 49, 50, 50, 51.001 }, TB_VERDICT_INCONCLUSIVE },
		{ { 48.999, 50, 50, 51 }, TB_VERDICT_INCONCLUSIVE },
		{ { 48.999, 50, 50, 51.001 }, TB_VERDICT_INCONCLUSIVE },
		{ { 10, 50, 50, 90 }, TB_VERDICT_INCONCLUSIVE },
		/* Of the larger figure: 2 % of 40 would leave out 49.05. */
		{ { 49.05, 50, 50, 50 }, TB_VERDICT_EQUIVALENT },
		{ { 10, 40, 40, 49 }, TB_VERDICT_INCONCLUSIVE },
		{ { 10, 40, 40, 48.9 }, TB_VERDICT_FASTER },
		{ { 51.9, 100, 100, 200 }, TB_VERDICT_INCONCLUSIVE },
		{ { 52.1, 100, 100, 200 }, TB_VERDICT_SLOWER },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		judged("lines", 50, cases[i].b, cases[i].verdict);
}

/* If both values are about 0, the band is the smallest relevant value. */
static void values_near_zero(void **state)
{
	const double e = TB_EMPTY_EXCESS, over = up(e), minus = down(-e);
	const double edge[N] = { e, e, e, e }, above[N] = { over, over, over, over };
	const double lower[N] = { -e, -e, -e, -e }, below[N] = { minus, minus, minus, minus };
	const double both[N] = { minus, 0, 0, over }, inside[N] = { -e, 0, 0, e };

	(void)state;
	judged("ratio", 0, edge, TB_VERDICT_EQUIVALENT);
	judged("ratio", 0, above, TB_VERDICT_SLOWER);
	judged("ratio", 0, lower, TB_VERDICT_EQUIVALENT);
	judged("ratio", 0, below, TB_VERDICT_FASTER);
	judged("ratio", 0, both, TB_VERDICT_INCONCLUSIVE);
	judged("ratio", 0, inside, TB_VERDICT_EQUIVALENT);
	/* Of other units nothing is called nothing: the band is 2 % of the figure. */
	judged("ns", 0, edge, TB_VERDICT_SLOWER);
	judged("ns", 0, lower, TB_VERDICT_FASTER);
}

/* The result for four values on each side. */
static void figures(void **state)
{
	static const double near[N] = { 98, 100, 100, 102 }, far[N] = { 101, 102, 103, 104 };
	static const double tied[N] = { 100, 100, 101, 101 };
	const double half = log(1.02 / 0.98) / 2, coverage = 1 - 2.0 / 70; /* C(8, 4) */
	struct tb_versus v = against("ns", "lower", 100, near);

	(void)state;
	assert_int_equal(v.verdict, TB_VERDICT_INCONCLUSIVE); /* 0.98 is below 1/1.02 */
	assert_true(v.has_ratio && !v.has_difference);
	assert_near(v.ratio, 1, 1e-12);
	assert_near(v.ratio_ci.lo, 0.98, 1e-12);
	assert_near(v.ratio_ci.hi, 1.02, 1e-12);
	assert_near(v.ratio_ci.coverage, coverage, 1e-12);
	assert_near(v.a12, 0.5, 1e-12);
	assert_near(v.p, 1, 1e-12);
	assert_near(v.detectable,
		    1.02 * exp(half * (1 + tb_stats_normal_quantile(0.95) /
						   tb_stats_normal_quantile((1 + coverage) / 2))) -
			    1,
		    1e-9);
	v = against("ns", "lower", 100, far);
	assert_near(v.p, 2.0 / 70, 1e-12);
	assert_near(v.a12, 1, 1e-12);
	assert_near(v.ratio_ci.lo, 1.01, 1e-12);
	assert_near(v.ratio_ci.hi, 1.04, 1e-12);
	/* Eight of sixteen pairs are equal: halves. Against a difference they count whole. */
	v = against("ns", "lower", 100, tied);
	assert_near(v.a12, 0.75, 1e-12);
	assert_near(v.p, 1, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ratios),
		cmocka_unit_test(differences),
		cmocka_unit_test(values_near_zero),
		cmocka_unit_test(figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
