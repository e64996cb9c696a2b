// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stats-vectors FILE: harness/stats against expected values from numpy and scipy.
 *
 * Prints "ok ID" or "MISMATCH ID: FIELD WANT GOT" for each case, then the sums.
 * Exit status: 0 all passed, 1 a mismatch, 2 the file cannot be read or used.
 */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats/describe.h"
#include "stats/interval.h"
#include "stats/rank_sum.h"
#include "stats/trend.h"
#include "stats/verdict.h"

enum { PASSED, MISMATCHED, UNUSABLE };

struct numbers {
	double *value;
	size_t n;
};

/* The input of a case; an array that the case does not have is empty. */
struct input {
	const json_t *json;
	struct numbers x, y, p;
	double confidence;
};

static struct numbers read_numbers(const json_t *array)
{
	struct numbers read = { calloc(json_array_size(array) + 1, sizeof(double)), 0 };
	const json_t *item;
	size_t i;

	if (!read.value)
		abort();
	json_array_foreach(array, i, item)
		read.value[read.n++] = json_number_value(item);
	return read;
}

static json_t *json_of_numbers(const double *value, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array, json_real(value[i]));
	return array;
}

/* One function an op: input -> harness/stats -> results under the names of the vectors, NULL after an error. */
typedef json_t *(*op)(const struct input *in);

static json_t *quantiles(const struct input *in)
{
	double *q = calloc(in->p.n + 1, sizeof(*q));
	json_t *got = NULL;

	if (q && !tb_stats_quantiles(in->x.value, in->x.n, in->p.value, in->p.n, q))
		got = json_pack("{s:o}", "q", json_of_numbers(q, in->p.n));
	free(q);
	return got;
}

static json_t *spread(const struct input *in)
{
	struct tb_spread s;

	if (tb_stats_spread(in->x.value, in->x.n, &s))
		return NULL;
	return json_pack("{s:f,s:f}", "median", s.median, "mad_normal", s.mad_normal);
}

static json_t *outliers(const struct input *in)
{
	struct tb_outliers o;

	if (tb_stats_outliers(in->x.value, in->x.n, &o))
		return NULL;
	return json_pack("{s:f,s:f,s:f,s:f,s:f,s:f,s:o}", "q1", o.q1, "q3", o.q3, "low_severe",
			 (double)o.low_severe, "low_mild", (double)o.low_mild, "high_mild",
			 (double)o.high_mild, "high_severe", (double)o.high_severe,
			 "mad_gt_10_sigma", o.has_far ? json_real((double)o.far) : json_null());
}

static json_t *estimate_json(const double *x, size_t n, double confidence, const char *lo,
			     const char *hi)
{
	struct tb_estimate e;

	if (tb_stats_estimate(x, n, confidence, &e))
		return NULL;
	if (!e.has_interval)
		return json_pack("{s:n,s:n,s:n}", lo, hi, "coverage");
	return json_pack("{s:f,s:f,s:f}", lo, e.lo, hi, e.hi, "coverage", e.coverage);
}

static json_t *median_interval(const struct input *in)
{
	return estimate_json(in->x.value, in->x.n, in->confidence, "lo", "hi");
}

/* Of the values 1, 2, ..., n the limits are the ranks. */
static json_t *median_ranks(const struct input *in)
{
	size_t n = (size_t)json_number_value(json_object_get(in->json, "n"));
	double *x = calloc(n + 1, sizeof(*x));
	json_t *got;

	for (size_t i = 0; x && i < n; i++)
		x[i] = (double)i + 1;
	got = x ? estimate_json(x, n, in->confidence, "lo_rank", "hi_rank") : NULL;
	free(x);
	return got;
}

static json_t *shift(const struct input *in)
{
	struct tb_rank_law law = { 0 };
	struct tb_rank_cut cut;
	struct tb_hodges h;
	double *x = NULL, *y = NULL;
	json_t *got = NULL;

	if (!tb_stats_sorted(in->x.value, in->x.n, &x) &&
	    !tb_stats_sorted(in->y.value, in->y.n, &y) &&
	    !tb_stats_rank_law(in->x.n, in->y.n, &law) &&
	    !tb_stats_rank_law_cut(&law, (1 - in->confidence) / 2, &cut) &&
	    !tb_stats_hl_shift_sorted(x, in->x.n, y, in->y.n, &cut, &h)) {
		got = json_pack("{s:f,s:n}", "estimate", h.estimate, "ci");
		if (h.ci.present)
			json_object_set_new(got, "ci",
					    json_pack("{s:f,s:f,s:f,s:f}", "lo", h.ci.lo, "hi",
						      h.ci.hi, "lo_rank", (double)h.ci.lo_rank,
						      "coverage", h.ci.coverage));
	}
	tb_stats_rank_law_free(&law);
	free(x);
	free(y);
	return got;
}

static json_t *trend(const struct input *in)
{
	struct tb_trend t;

	if (tb_stats_trend(in->x.value, in->x.n, &t))
		return NULL;
	return json_pack("{s:f,s:f,s:f,s:f}", "mk_s", t.s, "mk_z", t.z, "mk_p", t.p,
			 "theil_sen_slope", t.slope);
}

static json_t *verdict(const struct input *in)
{
	const json_t *ci = json_object_get(in->json, "ratio_ci");
	double least = json_number_value(json_object_get(in->json, "min_effect"));
	struct tb_interval ratio = {
		.present = true,
		.lo = json_number_value(json_array_get(ci, 0)),
		.hi = json_number_value(json_array_get(ci, 1)),
	};

	return json_pack("{s:s}", "verdict",
			 tb_stats_verdict_name(tb_stats_ratio_verdict(&ratio, least)));
}

static json_t *adjust(const struct input *in)
{
	double *q = calloc(in->p.n + 1, sizeof(*q));
	json_t *got = NULL;

	if (q && !tb_stats_adjust_bh(in->p.value, in->p.n, q))
		got = json_pack("{s:o}", "bh", json_of_numbers(q, in->p.n));
	free(q);
	return got;
}

static op op_named(const char *name)
{
	static const struct {
		const char *name;
		op run;
	} ops[] = {
		{ "quantile_type7", quantiles },	{ "median_mad", spread },
		{ "median_ci_order", median_interval }, { "median_ci_ranks", median_ranks },
		{ "hodges_lehmann_shift", shift },	{ "p_adjust", adjust },
		{ "outlier_counts", outliers },		{ "mann_kendall_theil_sen", trend },
		{ "ratio_verdict", verdict },
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(*ops); i++)
		if (name && !strcmp(name, ops[i].name))
			return ops[i].run;
	return NULL;
}

static bool same(const json_t *want, const json_t *got, double rel_tol)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_number(want) && json_is_number(got)) {
		double target = json_number_value(want);

		return fabs(json_number_value(got) - target) <=
		       rel_tol * fmax(1e-300, fabs(target));
	}
	if (json_is_object(want) && json_is_object(got)) {
		json_object_foreach((json_t *)want, key, item)
			if (!same(item, json_object_get(got, key), rel_tol))
				return false;
		return true;
	}
	if (json_is_array(want) && json_array_size(want) == json_array_size(got)) {
		json_array_foreach(want, i, item)
			if (!same(item, json_array_get(got, i), rel_tol))
				return false;
		return true;
	}
	return json_equal(want, got);
}

static void print_mismatch(const char *id, const char *field, const json_t *want, const json_t *got)
{
	char *wanted = json_dumps(want, JSON_ENCODE_ANY | JSON_COMPACT);
	char *found = got ? json_dumps(got, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	printf("MISMATCH %s: %s %s %s\n", id, field, wanted, found ? found : "nothing");
	free(wanted);
	free(found);
}

static int run_case(const json_t *test)
{
	const json_t *json = json_object_get(test, "input"), *expect, *got;
	const char *id = json_string_value(json_object_get(test, "id")), *field;
	op run = op_named(json_string_value(json_object_get(test, "op")));
	double rel_tol = json_number_value(json_object_get(test, "rel_tol"));
	int result = PASSED;
	struct input in;
	json_t *results, *want;

	expect = json_object_get(test, "expect");
	if (!id || !run || !json_object_size(expect)) {
		fprintf(stderr, "%s: no op of that name, or nothing expected\n", id ? id : "?");
		return UNUSABLE;
	}
	in = (struct input){
		.json = json,
		.x = read_numbers(json_object_get(json, "x")),
		.y = read_numbers(json_object_get(json, "y")),
		.p = read_numbers(json_object_get(json, "p")),
		.confidence = json_number_value(json_object_get(json, "confidence")),
	};
	results = run(&in);
	json_object_foreach((json_t *)expect, field, want) {
		got = json_object_get(results, field);
		if (same(want, got, rel_tol))
			continue;
		print_mismatch(id, field, want, got);
		result = MISMATCHED;
	}
	if (result == PASSED)
		printf("ok %s\n", id);
	json_decref(results);
	free(in.x.value);
	free(in.y.value);
	free(in.p.value);
	return result;
}

int main(int argc, char **argv)
{
	json_error_t error;
	json_t *root = json_load_file(argc == 2 ? argv[1] : "", 0, &error);
	const json_t *cases = json_object_get(root, "cases"), *test;
	size_t count[3] = { 0 }, i;

	json_array_foreach(cases, i, test)
		count[run_case(test)]++;
	if (!json_array_size(cases)) {
		fprintf(stderr, "usage: stats-vectors FILE, with an array \"cases\"; %s\n",
			root ? "" : error.text);
		count[UNUSABLE]++;
	}
	printf("%zu passed, %zu failed\n", count[PASSED], count[MISMATCHED]);
	json_decref(root);
	return count[UNUSABLE] ? 2 : count[MISMATCHED] > 0;
}
