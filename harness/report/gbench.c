// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/gbench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "record/summary.h"
#include "record/format.h"
#include "size.h"
#include "stats/describe.h"

enum { NAME = 512 };

/* The figures of one row, by metric and launch. */
struct grid {
	const json_t *metrics;
	size_t launches, n_metrics;
	double *figure;	 /* [metric][launch]; NAN: none */
	size_t *samples; /* the same */
};

static int grid_fill(const struct tb_record *record, const json_t *row, struct grid *g)
{
	const json_t *launches = json_object_get(row, "launches"), *metric, *launch;
	double *buffer = NULL;
	size_t m, l;

	g->metrics = json_object_get(row, "metrics");
	g->launches = json_array_size(launches);
	g->n_metrics = json_array_size(g->metrics);
	g->figure = calloc(g->launches * g->n_metrics + 1, sizeof(*g->figure));
	g->samples = calloc(g->launches * g->n_metrics + 1, sizeof(*g->samples));
	if (!g->figure || !g->samples)
		return -1;
	json_array_foreach(g->metrics, m, metric) {
		const char *column = tb_json_text(json_object_get(metric, "summary"), "column", "");
		bool mean = !strcmp(tb_json_text(metric, "within", ""), "mean");

		json_array_foreach(launches, l, launch) {
			double *figure = &g->figure[m * g->launches + l];
			const double *x;
			size_t n = 0;

			*figure = NAN;
			if (tb_launch_counts(launch))
				n = tb_record_samples(record, metric, l, column, &buffer, &x);
			if (n &&
			    (mean ? tb_stats_mean(x, n, figure) : tb_stats_median(x, n, figure)))
				*figure = NAN;
			g->samples[m * g->launches + l] = n;
		}
	}
	free(buffer);
	return 0;
}

/* Nanoseconds in one unit of the metric; 0 if the metric is not a time. */
static double ns_of(const struct tb_record *record, const json_t *metric)
{
	const char *unit = tb_json_text(metric, "unit", "");
	double hz = tb_json_number(tb_json_at(record->json, "suite.clock"), "tsc_hz", 0);

	if (!strcmp(unit, "ns"))
		return 1;
	return !strcmp(unit, "tsc") && hz > 0 ? 1e9 / hz : 0;
}

/* "l1d/flush-user/loop:kvm/size:64K/latency" */
static void name_of(const json_t *row, const json_t *metric, char name[NAME])
{
	const json_t *value;
	const char *param;
	char text[NAME];
	size_t used = (size_t)snprintf(text, NAME, "%s", tb_json_text(row, "name", "?"));

	json_object_foreach((json_t *)json_object_get(row, "params"), param, value) {
		char size[32];

		tb_size_text((unsigned long)json_integer_value(value), size, sizeof(size));
		if (used < NAME)
			used += (size_t)snprintf(text + used, NAME - used, "/%s:%s", param,
						 json_is_string(value) ? json_string_value(value)
								       : size);
	}
	if (used < NAME)
		snprintf(text + used, NAME - used, "/%s", tb_json_text(metric, "name", "?"));
	tb_inert(text, name, NAME);
}

/* The members that a repetition and an aggregate share. */
static json_t *entry(const char *name, const char *suffix, const char *type, size_t family,
		     size_t repetitions)
{
	return json_pack("{s:s+,s:I,s:i,s:s,s:s,s:I,s:i}", "name", name, suffix, "family_index",
			 (json_int_t)family, "per_family_instance_index", 0, "run_name", name,
			 "run_type", type, "repetitions", (json_int_t)repetitions, "threads", 1);
}

/*
 * Rounds to six digits. Further digits come from the calibration of each run. With them equal cycle
 * counts of two records would not be ties, and a rank test would find a difference.
 */
static double rounded(double x)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6g", x);
	return strtod(text, NULL);
}

static void put_time(json_t *entry, size_t iterations, double time)
{
	json_object_set_new(entry, "iterations", json_integer((json_int_t)iterations));
	json_object_set_new(entry, "real_time", json_real(time));
	json_object_set_new(entry, "cpu_time", json_real(time));
	json_object_set_new(entry, "time_unit", json_string("ns"));
}

/* Adds the row's metrics that are not times; Google Benchmark calls them counters. */
static void put_counters(const struct tb_record *record, const struct grid *g, size_t launch,
			 json_t *entry)
{
	const json_t *metric;
	size_t m;

	json_array_foreach(g->metrics, m, metric) {
		double x = g->figure[m * g->launches + launch];
		const char *name = tb_json_text(metric, "name", "?");

		if (isfinite(x) && !(ns_of(record, metric) > 0) && !json_object_get(entry, name))
			json_object_set_new(entry, name, json_real(x));
	}
}

static void put_aggregates(json_t *out, const char *name, size_t family, const double *x, size_t n)
{
	double mean, median, deviation = 0;
	const struct {
		const char *name, *unit;
		const double *value;
	} aggregates[] = { { "mean", "time", &mean },
			   { "median", "time", &median },
			   { "stddev", "time", &deviation },
			   { "cv", "percentage", &deviation } };

	if (n < 2 || tb_stats_mean(x, n, &mean) || tb_stats_median(x, n, &median))
		return;
	for (size_t i = 0; i < n; i++)
		deviation += (x[i] - mean) * (x[i] - mean) / (double)(n - 1);
	deviation = sqrt(deviation);
	if (!isfinite(deviation))
		return;
	for (size_t i = 0; i < sizeof(aggregates) / sizeof(aggregates[0]); i++) {
		bool cv = !strcmp(aggregates[i].name, "cv");
		char suffix[16];
		json_t *one;

		if (cv && !(mean > 0))
			continue;
		snprintf(suffix, sizeof(suffix), "_%s", aggregates[i].name);
		one = entry(name, suffix, "aggregate", family, n);
		json_object_set_new(one, "aggregate_name", json_string(aggregates[i].name));
		json_object_set_new(one, "aggregate_unit", json_string(aggregates[i].unit));
		put_time(one, n, *aggregates[i].value / (cv ? mean : 1));
		json_array_append_new(out, one);
	}
}

/* Adds one metric of a row, as a family. Returns the number of its repetitions. */
static size_t put_metric(const struct tb_record *record, const json_t *row, const struct grid *g,
			 size_t m, size_t family, json_t *out)
{
	const json_t *metric = json_array_get(g->metrics, m);
	const char *status = tb_json_text(row, "status", "?");
	double ns = ns_of(record, metric), *x = calloc(g->launches + 1, sizeof(*x));
	size_t n = 0, total = 0;
	char name[NAME];

	for (size_t l = 0; l < g->launches; l++)
		total += isfinite(g->figure[m * g->launches + l]);
	name_of(row, metric, name);
	for (size_t l = 0; x && ns > 0 && l < g->launches; l++) {
		double figure = rounded(g->figure[m * g->launches + l] * ns);
		json_t *one;

		if (!isfinite(figure))
			continue;
		one = entry(name, "", "iteration", family, total);
		json_object_set_new(one, "repetition_index", json_integer((json_int_t)n));
		put_time(one, g->samples[m * g->launches + l], figure);
		put_counters(record, g, l, one);
		if (strcmp(status, "ok") != 0)
			json_object_set_new(one, "label", json_string(status));
		json_array_append_new(out, one);
		x[n++] = figure;
	}
	if (x)
		put_aggregates(out, name, family, x, n);
	free(x);
	return n;
}

static json_t *caches(const struct tb_record *record)
{
	const json_t *cache;
	json_t *out = json_array();
	size_t i;

	json_array_foreach(tb_json_at(record->json, "host.cpu.caches"), i, cache)
		json_array_append_new(out, json_pack("{s:O?,s:O?,s:O?}", "type",
						     json_object_get(cache, "type"), "level",
						     json_object_get(cache, "level"), "size",
						     json_object_get(cache, "size_bytes")));
	return out;
}

static json_t *context(const struct tb_record *record)
{
	char machine[512];

	tb_machine_text(record, machine, sizeof(machine));
	/* No host_name: records have none, so that they can be published. */
	return json_pack(
		"{s:s,s:s,s:O?,s:i,s:o,s:s,s:s,s:s,s:s}", "date",
		tb_json_text(record->json, "started_at", ""), "executable", "tollbooth", "num_cpus",
		tb_json_at(record->json, "host.cpus_online"), "mhz_per_cpu",
		(int)fmin(tb_json_number(tb_json_at(record->json, "host.cpu"), "tsc_hz", 0) / 1e6,
			  1e6),
		"caches", caches(record), "library_build_type", "release", "machine", machine,
		"run_id", tb_json_text(record->json, "run_id", ""), "cpu_time",
		"the same as real_time, because one clock times a window");
}

json_t *tb_gbench(const struct tb_record *record, size_t *left_out)
{
	const json_t *rows = json_object_get(record->json, "benchmarks"), *row;
	json_t *out = json_array();
	size_t i, family = 0;
	int err = 0;

	*left_out = 0;
	json_array_foreach(rows, i, row) {
		size_t repetitions = 0;
		struct grid g;

		err |= grid_fill(record, row, &g);
		for (size_t m = 0; !err && m < g.n_metrics; m++)
			repetitions += put_metric(record, row, &g, m, family++, out);
		free(g.figure);
		free(g.samples);
		*left_out += !repetitions;
	}
	if (!err)
		return json_pack("{s:o,s:o}", "context", context(record), "benchmarks", out);
	json_decref(out);
	return NULL;
}
