// SPDX-License-Identifier: GPL-2.0-or-later
/* The ops whose samples have an order, levels, or are drawn from again. */
#include "stats_vectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stats/bootstrap.h"
#include "stats/levels.h"
#include "stats/series.h"

int vectors_op_autocorrelation(const struct vectors_args *a)
{
	struct tb_autocorrelation r = { 0 };
	double *acf;
	size_t lags;
	int err = vectors_count(a, "lags", &lags);

	if (err)
		return err;
	acf = calloc(lags + 1, sizeof(*acf));
	err = acf ? tb_stats_autocorrelation(a->x.value, a->x.n, lags, acf, &r) : -ENOMEM;
	if (!err) {
		vectors_put_array(a, "acf", acf, lags);
		if (!r.defined)
			json_object_set_new(a->got, "acf", json_null());
		vectors_put_if(a, "ljung_box_q", r.defined, r.ljung_box_q);
		vectors_put_if(a, "ljung_box_p", r.defined, r.ljung_box_p);
		vectors_put_if(a, "ess", r.defined, r.ess);
		vectors_put_if(a, "tau_int", r.defined, r.tau);
	}
	free(acf);
	return err;
}

int vectors_op_trend(const struct vectors_args *a)
{
	struct tb_trend t;
	int err = tb_stats_trend(a->x.value, a->x.n, &t);

	if (err)
		return err;
	vectors_put(a, "mk_s", t.s);
	vectors_put(a, "mk_z", t.z);
	vectors_put(a, "mk_p", t.p);
	vectors_put_if(a, "theil_sen_slope", t.has_slope, t.slope);
	return 0;
}

/* The rows of data, one after the other; rows of different length are no design. */
static int read_rows(const json_t *data, struct vectors_numbers *all, size_t *width)
{
	json_t *flat = json_array();
	const json_t *row;
	size_t i;
	int err = json_is_array(data) ? 0 : -EPROTO;

	json_array_foreach(data, i, row) {
		if (!json_is_array(row) || json_array_size(row) != *width)
			err = i == 0 && json_is_array(row) ? err : -EPROTO;
		if (i == 0)
			*width = json_array_size(row);
		json_array_extend(flat, (json_t *)row);
	}
	if (!err)
		err = vectors_numbers_read(flat, all);
	json_decref(flat);
	return err;
}

int vectors_op_two_level(const struct vectors_args *a)
{
	struct tb_two_level_design design = { .confidence = a->confidence };
	struct vectors_numbers all = { 0 };
	struct tb_two_level r;
	const json_t *data = json_object_get(a->input, "data");
	int err;

	design.processes = json_array_size(data);
	err = read_rows(data, &all, &design.iterations);
	if (!err)
		err = vectors_real(a, "cost_process", &design.cost_process);
	if (!err)
		err = vectors_real(a, "cost_iteration", &design.cost_iteration);
	if (!err)
		err = tb_stats_two_level(all.value, &design, &r);
	free(all.value);
	if (err)
		return err;
	vectors_put(a, "mean", r.mean);
	vectors_put(a, "s1_sq", r.s1_sq);
	vectors_put(a, "s2_sq", r.s2_sq);
	vectors_put(a, "t1_sq", r.t1_sq);
	vectors_put(a, "t2_sq", r.t2_sq);
	vectors_put(a, "ci_halfwidth", r.half_width);
	vectors_put_if(a, "optimal_iterations_per_process", r.best > 0, r.best);
	return 0;
}

int vectors_op_bootstrap_median(const struct vectors_args *a)
{
	struct tb_bootstrap plan = {
		.statistic = tb_statistic_median,
		.confidence = a->confidence,
		.seed = 1,
	};
	struct tb_bootstrap_interval drawn;
	struct tb_bootstrap_law law;
	int err = vectors_count(a, "resamples", &plan.resamples);

	if (!err)
		err = tb_stats_bootstrap_median_law(a->x.value, a->x.n, a->confidence, &law);
	if (!err)
		err = tb_stats_bootstrap(a->x.value, a->x.n, &plan, &drawn);
	if (err)
		return err;
	vectors_put(a, "lo", law.lo);
	vectors_put(a, "hi", law.hi);
	vectors_put(a, "lo_rank", (double)law.lo_rank);
	vectors_put(a, "hi_rank", (double)law.hi_rank);
	vectors_put(a, "cdf_lo", law.cdf_lo);
	vectors_put(a, "cdf_hi", law.cdf_hi);
	/* accept_*: the vectors hold a range, and this must lie in it. */
	vectors_put(a, "accept_lo", drawn.lo);
	vectors_put(a, "accept_hi", drawn.hi);
	return 0;
}

/* "p99", "p99.9": the quantile; else a name. */
static int read_statistic(const json_t *stat, double *p, tb_statistic *statistic)
{
	const char *name = json_is_string(stat) ? json_string_value(stat) : "";
	char *end;

	if (!strcmp(name, "mean"))
		*statistic = tb_statistic_mean;
	else if (!strcmp(name, "median"))
		*statistic = tb_statistic_median;
	else if (!strcmp(name, "geomean"))
		*statistic = tb_statistic_geomean;
	else if (name[0] == 'p')
		*statistic = tb_statistic_quantile;
	else
		return -EPROTO;
	if (*statistic == tb_statistic_quantile) {
		*p = strtod(name + 1, &end) / 100;
		if (end == name + 1 || *end || !(*p >= 0 && *p <= 1))
			return -EPROTO;
	}
	return 0;
}

int vectors_op_bootstrap(const struct vectors_args *a)
{
	struct tb_bootstrap plan = { .confidence = a->confidence, .seed = 1 };
	struct tb_bootstrap_interval drawn;
	double p = 0;
	int err = read_statistic(json_object_get(a->input, "stat"), &p, &plan.statistic);

	plan.arg = &p;
	if (!err)
		err = vectors_count(a, "resamples", &plan.resamples);
	if (!err)
		err = tb_stats_bootstrap(a->x.value, a->x.n, &plan, &drawn);
	if (err)
		return err;
	vectors_put(a, "lo", drawn.lo);
	vectors_put(a, "hi", drawn.hi);
	return 0;
}

static int read_looks(const struct vectors_args *a, struct tb_stop_rule *rule, size_t *looks,
		      const struct vectors_numbers *schedule)
{
	for (size_t i = 0; i < schedule->n; i++) {
		if (!(schedule->value[i] >= 0 && schedule->value[i] < 1e15))
			return -EPROTO;
		looks[i] = (size_t)schedule->value[i];
	}
	rule->confidence = a->confidence;
	rule->looks = looks;
	rule->n_looks = schedule->n;
	if (vectors_real(a, "rel_halfwidth", &rule->target) ||
	    vectors_count(a, "n_min", &rule->n_min) || vectors_count(a, "n_max", &rule->n_max))
		return -EPROTO;
	return 0;
}

int vectors_op_sequential(const struct vectors_args *a)
{
	struct tb_stop_rule rule = { 0 };
	struct vectors_numbers schedule;
	struct tb_stop stop;
	size_t *looks;
	int err = vectors_numbers_read(json_object_get(a->input, "schedule"), &schedule);

	if (err)
		return err;
	looks = calloc(schedule.n + 1, sizeof(*looks));
	err = looks ? read_looks(a, &rule, looks, &schedule) : -ENOMEM;
	if (!err)
		err = tb_stats_sequential(a->x.value, a->x.n, &rule, &stop);
	free(looks);
	free(schedule.value);
	if (err)
		return err;
	vectors_put(a, "stop_n", (double)stop.n);
	vectors_put_text(a, "reason", stop.precise ? "precision" : "budget");
	vectors_put_if(a, "rel_halfwidth", stop.precision.present, stop.precision.relative);
	return 0;
}
