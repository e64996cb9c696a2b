// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One function an op: input of the vectors -> harness/stats -> results by name.
 * Those whose samples have an order or a design are in stats_vectors_series.c.
 */
#include "stats_vectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stats/compare.h"
#include "stats/describe.h"
#include "stats/hodges.h"
#include "stats/interval.h"
#include "stats/levels.h"

static int op_quantile(const struct vectors_args *a)
{
	double *q = calloc(a->p.n + 1, sizeof(*q));
	int err = q ? tb_stats_quantiles(a->x.value, a->x.n, a->p.value, a->p.n, q) : -ENOMEM;

	if (!err)
		vectors_put_array(a, "q", q, a->p.n);
	free(q);
	return err;
}

static int op_spread(const struct vectors_args *a)
{
	struct tb_spread s;
	int err = tb_stats_spread(a->x.value, a->x.n, &s);

	if (err)
		return err;
	vectors_put(a, "median", s.median);
	vectors_put(a, "mad_raw", s.mad_raw);
	vectors_put(a, "mad_normal", s.mad_normal);
	return 0;
}

static int op_outliers(const struct vectors_args *a)
{
	struct tb_outliers o;
	int err = tb_stats_outliers(a->x.value, a->x.n, &o);

	if (err)
		return err;
	vectors_put(a, "q1", o.q1);
	vectors_put(a, "q3", o.q3);
	vectors_put(a, "low_severe", (double)o.low_severe);
	vectors_put(a, "low_mild", (double)o.low_mild);
	vectors_put(a, "high_mild", (double)o.high_mild);
	vectors_put(a, "high_severe", (double)o.high_severe);
	vectors_put_if(a, "mad_gt_10_sigma", o.has_far, (double)o.far);
	return 0;
}

static int op_median_interval(const struct vectors_args *a)
{
	struct tb_interval ci;
	int err = tb_stats_median_interval(a->x.value, a->x.n, a->confidence, &ci);

	if (err)
		return err;
	vectors_put_if(a, "lo", ci.present, ci.lo);
	vectors_put_if(a, "hi", ci.present, ci.hi);
	vectors_put_if(a, "lo_rank", ci.present, (double)ci.lo_rank);
	vectors_put_if(a, "hi_rank", ci.present, (double)ci.hi_rank);
	vectors_put_if(a, "coverage", ci.present, ci.coverage);
	return 0;
}

static int op_median_ranks(const struct vectors_args *a)
{
	struct tb_ranks r;
	size_t n;
	int err = vectors_count(a, "n", &n);

	if (!err)
		err = tb_stats_median_ranks(n, a->confidence, &r);
	if (err)
		return err;
	vectors_put_if(a, "lo_rank", r.lo, (double)r.lo);
	vectors_put_if(a, "hi_rank", r.hi, (double)r.hi);
	vectors_put_if(a, "coverage", r.lo, r.coverage);
	return 0;
}

static int op_quantile_ranks(const struct vectors_args *a)
{
	struct tb_ranks r;
	size_t n;
	double p;

	int err = vectors_count(a, "n", &n);

	if (!err)
		err = vectors_real(a, "p", &p);
	if (!err)
		err = tb_stats_quantile_ranks(n, p, a->confidence, &r);
	if (err)
		return err;
	vectors_put_if(a, "lo_rank", r.lo, (double)r.lo);
	vectors_put_if(a, "hi_rank", r.hi, (double)r.hi);
	vectors_put(a, "coverage", r.coverage);
	return 0;
}

static int op_mann_whitney(const struct vectors_args *a)
{
	struct tb_mann_whitney t;
	int err = tb_stats_mann_whitney(a->x.value, a->x.n, a->y.value, a->y.n, &t);

	if (err)
		return err;
	vectors_put(a, "u_x", t.u_x);
	vectors_put(a, "u_y", t.u_y);
	vectors_put_if(a, "p_exact", t.has_exact, t.p_exact);
	vectors_put(a, "p_normal_cc", t.p_normal);
	json_object_set_new(a->got, "ties", json_boolean(t.ties));
	vectors_put(a, "a12", t.a12);
	vectors_put(a, "cliffs_delta", t.cliffs_delta);
	return 0;
}

static int put_hodges(const struct vectors_args *a, int err, const struct tb_hodges *h)
{
	json_t *ci = json_null();

	if (err)
		return err;
	if (h->ci.present)
		ci = json_pack("{s:o, s:o, s:f, s:f, s:f}", "lo", vectors_number(h->ci.lo), "hi",
			       vectors_number(h->ci.hi), "lo_rank", (double)h->ci.lo_rank,
			       "hi_rank", (double)h->ci.hi_rank, "coverage", h->ci.coverage);
	vectors_put(a, "estimate", h->estimate);
	json_object_set_new(a->got, "ci", ci);
	return 0;
}

static int op_hl_center(const struct vectors_args *a)
{
	struct tb_hodges h;

	return put_hodges(a, tb_stats_hl_center(a->x.value, a->x.n, a->confidence, &h), &h);
}

static int op_hl_shift(const struct vectors_args *a)
{
	struct tb_hodges h;
	int err = tb_stats_hl_shift(a->x.value, a->x.n, a->y.value, a->y.n, a->confidence, &h);

	return put_hodges(a, err, &h);
}

static int op_hl_ratio(const struct vectors_args *a)
{
	struct tb_hodges h;
	int err = tb_stats_hl_ratio(a->x.value, a->x.n, a->y.value, a->y.n, a->confidence, &h);

	return put_hodges(a, err, &h);
}

static int op_verdict(const struct vectors_args *a)
{
	const json_t *given = json_object_get(a->input, "ratio_ci");
	struct tb_interval ratio = { .present = json_is_array(given) };
	double min_effect;
	const char *name;
	int direction;

	if (vectors_real(a, "min_effect", &min_effect) || (!ratio.present && !json_is_null(given)))
		return -EPROTO;
	if (ratio.present && (vectors_number_read(json_array_get(given, 0), &ratio.lo) ||
			      vectors_number_read(json_array_get(given, 1), &ratio.hi)))
		return -EPROTO;
	name = tb_stats_verdict_name(tb_stats_ratio_verdict(&ratio, min_effect));
	vectors_put_text(a, "verdict", name);
	direction = strcmp(name, "inconclusive") ? 0 : tb_stats_ratio_direction(&ratio);
	if (direction)
		vectors_put_text(a, "verdict?", direction > 0 ? "slower?" : "faster?");
	return 0;
}

static int op_adjust(const struct vectors_args *a)
{
	size_t n = a->p.n;
	double *bh = calloc(2 * n + 1, sizeof(*bh));
	int err = bh ? tb_stats_adjust_bh(a->p.value, n, bh) : -ENOMEM;

	if (!err)
		err = tb_stats_adjust_holm(a->p.value, n, bh + n);
	if (!err) {
		vectors_put_array(a, "bh", bh, n);
		vectors_put_array(a, "holm", bh + n, n);
	}
	free(bh);
	return err;
}

static int op_geomean(const struct vectors_args *a)
{
	double mean;
	int err = tb_stats_geomean(a->x.value, a->x.n, &mean);

	if (!err)
		vectors_put(a, "geomean", mean);
	return err;
}

/* Refused by one means refused by all that take a plain sample. */
static int op_reject(const struct vectors_args *a)
{
	static const vectors_op takers[] = {
		op_spread,    op_outliers,	op_quantile, op_median_interval,
		op_hl_center, vectors_op_trend, op_geomean,
	};
	struct vectors_args plain = *a;
	struct tb_estimate estimate;
	size_t refused = 0;

	plain.confidence = 0.95;
	for (size_t i = 0; i < sizeof(takers) / sizeof(*takers); i++)
		refused += takers[i](&plain) == -EINVAL;
	refused += tb_stats_estimate(a->x.value, a->x.n, 0.95, &estimate) == -EINVAL;
	json_object_clear(a->got);
	return refused == sizeof(takers) / sizeof(*takers) + 1 ? -EINVAL : 0;
}

static const struct {
	const char *name;
	vectors_op run;
} ops[] = {
	{ "quantile_type7", op_quantile },
	{ "median_mad", op_spread },
	{ "median_ci_order", op_median_interval },
	{ "median_ci_ranks", op_median_ranks },
	{ "quantile_ci_ranks", op_quantile_ranks },
	{ "mann_whitney", op_mann_whitney },
	{ "hodges_lehmann_center", op_hl_center },
	{ "hodges_lehmann_shift", op_hl_shift },
	{ "hodges_lehmann_ratio", op_hl_ratio },
	{ "p_adjust", op_adjust },
	{ "outlier_counts", op_outliers },
	{ "autocorrelation", vectors_op_autocorrelation },
	{ "mann_kendall_theil_sen", vectors_op_trend },
	{ "two_level_variance", vectors_op_two_level },
	{ "bootstrap_percentile_median", vectors_op_bootstrap_median },
	{ "bootstrap_percentile", vectors_op_bootstrap },
	{ "sequential_stop", vectors_op_sequential },
	{ "ratio_verdict", op_verdict },
	{ "geomean", op_geomean },
	{ "reject", op_reject },
};

vectors_op vectors_op_named(const char *name)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (!strcmp(name, ops[i].name))
			return ops[i].run;
	return NULL;
}
