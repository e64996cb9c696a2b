// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/versus.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "record/summary.h"
#include "stats/distributions.h"
#include "stats/rank_sum.h"

void tb_laws_free(struct tb_laws *laws)
{
	for (size_t i = 0; i < laws->n; i++)
		tb_stats_rank_law_free(&laws->at[i]);
	free(laws->at);
	*laws = (struct tb_laws){ 0 };
}

static const struct tb_rank_law *law_of(struct tb_laws *laws, size_t n, size_t m)
{
	struct tb_rank_law *grown;

	for (size_t i = 0; i < laws->n; i++)
		if (laws->at[i].n == n && laws->at[i].m == m)
			return &laws->at[i];
	grown = reallocarray(laws->at, laws->n + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	laws->at = grown;
	return tb_stats_rank_law(n, m, &grown[laws->n]) ? NULL : &grown[laws->n++];
}

/* Counts the pairs of two sorted samples with b above a, and with b below a. */
static void count_pairs(const struct tb_entry *a, const struct tb_entry *b, double *above,
			double *below)
{
	size_t less = 0, up_to = 0;

	*above = *below = 0;
	for (size_t i = 0; i < b->n; i++) {
		while (less < a->n && a->figure[less] < b->figure[i])
			less++;
		while (up_to < a->n && a->figure[up_to] <= b->figure[i])
			up_to++;
		*above += (double)less;
		*below += (double)(a->n - up_to);
	}
}

/*
 * Ties count against a difference, as in the interval. So p is at most alpha exactly when the
 * interval excludes "no difference".
 */
static void test_difference(const struct tb_entry *a, const struct tb_entry *b,
			    const struct tb_rank_law *law, struct tb_versus *v)
{
	double pairs = (double)a->n * (double)b->n, above, below;

	count_pairs(a, b, &above, &below);
	v->a12 = (above + (pairs - above - below) / 2) / pairs;
	v->p = fmin(1, 2 * tb_stats_rank_law_below(law, (size_t)(pairs - fmax(above, below)) + 1));
	v->q = v->p;
}

static bool by_difference(const struct tb_entry *a, const struct tb_entry *b)
{
	return !strcmp(b->unit, "ratio") || !strcmp(b->unit, "lines") || !a->log || !b->log;
}

/* Half the width of the band in which a difference counts as none, in the entry's unit. */
static double band_of(const struct tb_entry *a, const struct tb_entry *b, double min_effect)
{
	bool share = !strcmp(b->unit, "ratio") || !strcmp(b->unit, "lines");
	double larger = fmax(fabs(a->estimate.estimate), fabs(b->estimate.estimate));

	return fmax(min_effect * larger, share ? TB_EMPTY_EXCESS : 0);
}

/* Judges as if lower were better. */
static enum tb_verdict verdict_of_difference(const struct tb_interval *ci, double band)
{
	if (!ci->present)
		return TB_VERDICT_INSUFFICIENT;
	if (ci->lo > band)
		return TB_VERDICT_SLOWER;
	if (ci->hi < -band)
		return TB_VERDICT_FASTER;
	if (ci->lo >= -band && ci->hi <= band)
		return TB_VERDICT_EQUIVALENT;
	return TB_VERDICT_INCONCLUSIVE;
}

static enum tb_verdict opposite(enum tb_verdict verdict)
{
	if (verdict == TB_VERDICT_FASTER)
		return TB_VERDICT_SLOWER;
	return verdict == TB_VERDICT_SLOWER ? TB_VERDICT_FASTER : verdict;
}

size_t tb_versus_fewest(double alpha)
{
	double choices = 1;
	size_t n = 0;

	while (2 / choices > alpha && n < 1000) {
		n++;
		choices *= 2.0 * (2.0 * (double)n - 1) / (double)n; /* 2n over n */
	}
	return n;
}

static void judge_interval(const struct tb_entry *a, const struct tb_entry *b,
			   const struct tb_judge *judge, struct tb_versus *v)
{
	if (by_difference(a, b)) {
		v->verdict =
			verdict_of_difference(&v->difference_ci, band_of(a, b, judge->min_effect));
	} else {
		v->verdict = tb_stats_ratio_verdict(&v->ratio_ci, judge->min_effect);
	}
	if (tb_entry_higher(b))
		v->verdict = opposite(v->verdict);
	if (v->verdict == TB_VERDICT_INSUFFICIENT)
		snprintf(v->reason, sizeof(v->reason),
			 "n = %zu and %zu: an interval of %g %% needs %zu and %zu", a->n, b->n,
			 100 * (1 - judge->alpha), tb_versus_fewest(judge->alpha),
			 tb_versus_fewest(judge->alpha));
	v->unfit = a->unfit ? a->unfit : b->unfit;
	if (v->unfit)
		v->verdict = TB_VERDICT_INSUFFICIENT;
}

const char *tb_versus_reason(const struct tb_versus *versus)
{
	return versus->unfit ? versus->unfit : versus->reason;
}

/*
 * Half-width of the interval, plus the spread of the estimate in another comparison like this one.
 */
static double detectable(const struct tb_interval *ci, double min_effect)
{
	double half, z;

	if (!ci->present)
		return NAN;
	half = log(ci->hi / ci->lo) / 2;
	z = tb_stats_normal_quantile((1 + ci->coverage) / 2);
	return exp(log1p(min_effect) + half * (1 + tb_stats_normal_quantile(TB_POWER) / z)) - 1;
}

static int estimate(const struct tb_entry *a, const struct tb_entry *b,
		    const struct tb_rank_cut *cut, struct tb_versus *v)
{
	struct tb_hodges h;
	int err;

	if (by_difference(a, b)) {
		err = tb_stats_hl_shift_sorted(b->figure, b->n, a->figure, a->n, cut, &h);
		if (err)
			return err;
		v->has_difference = true;
		v->difference = h.estimate;
		v->difference_ci = h.ci;
	}
	if (!a->log || !b->log)
		return 0;
	err = tb_stats_hl_shift_sorted(b->log, b->n, a->log, a->n, cut, &h);
	if (err)
		return err;
	v->has_ratio = true;
	v->ratio = exp(h.estimate);
	v->ratio_ci = h.ci;
	if (h.ci.present) {
		v->ratio_ci.lo = exp(h.ci.lo);
		v->ratio_ci.hi = exp(h.ci.hi);
	}
	return isfinite(v->ratio) && isfinite(v->ratio_ci.hi) ? 0 : -ERANGE;
}

int tb_versus(const struct tb_entry *a, const struct tb_entry *b, const struct tb_judge *judge,
	      struct tb_versus *out)
{
	const struct tb_rank_law *law = law_of(judge->laws, a->n, b->n);
	struct tb_rank_cut cut;
	int err = law ? tb_stats_rank_law_cut(law, judge->alpha / 2, &cut) : -ENOMEM;

	*out = (struct tb_versus){ .detectable = NAN };
	if (!err)
		err = estimate(a, b, &cut, out);
	if (err)
		return err;
	test_difference(a, b, law, out);
	judge_interval(a, b, judge, out);
	if (!by_difference(a, b))
		out->detectable = detectable(&out->ratio_ci, judge->min_effect);
	return 0;
}

int tb_versus_table(struct tb_versus *const *rows, size_t n, double alpha)
{
	double *p = calloc(n + 1, sizeof(*p));
	int err = p ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && !err; i++)
		p[i] = rows[i]->p;
	if (!err)
		err = tb_stats_adjust_bh(p, n, p);
	for (size_t i = 0; i < n && !err; i++) {
		struct tb_versus *v = rows[i];
		bool called = v->verdict == TB_VERDICT_FASTER || v->verdict == TB_VERDICT_SLOWER;

		v->q = p[i];
		if (!called || v->q <= alpha)
			continue;
		v->verdict = TB_VERDICT_INCONCLUSIVE;
		snprintf(v->reason, sizeof(v->reason),
			 "p = %.2g alone, but q = %.2g over all %zu rows", v->p, v->q, n);
	}
	free(p);
	return err;
}

void tb_versus_refusal(const struct tb_entry *a, const struct tb_entry *b, char *out, size_t bytes)
{
	const char *const keys[] = { "unit", "direction" };
	const char *column_a = tb_json_text(tb_json_at(a->metric, "summary"), "column", "?");
	const char *column_b = tb_json_text(tb_json_at(b->metric, "summary"), "column", "?");

	snprintf(out, bytes, "%s", "");
	if (a->mixed || b->mixed) {
		snprintf(out, bytes, "%s", a->mixed ? a->unfit : b->unfit);
		return;
	}
	if (tb_entry_version(a) != tb_entry_version(b)) {
		snprintf(out, bytes,
			 "versions %d and %d of the benchmark, whose figures are not comparable",
			 tb_entry_version(a), tb_entry_version(b));
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *of_a = tb_json_text(a->metric, keys[i], "?");
		const char *of_b = tb_json_text(b->metric, keys[i], "?");

		if (strcmp(of_a, of_b) != 0) {
			snprintf(out, bytes, "%s %.20s and %.20s", keys[i], of_a, of_b);
			return;
		}
	}
	if (strcmp(column_a, column_b) != 0)
		snprintf(out, bytes,
			 "%.20s and %.20s figures: in one of them the core was never quiet",
			 column_a, column_b);
	else if (!a->unit || !b->unit)
		snprintf(out, bytes, "TSC cycles, and a record has no TSC rate");
}
