/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records for compare, made of given values. */
#ifndef TB_TEST_COMPARE_HELP_H
#define TB_TEST_COMPARE_HELP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stats_help.h"
#include "compare/comparison.h"
#include "json_quoted.h"
#include "json.h"

static inline json_t *made_record(void)
{
	static unsigned int runs; /* no two records are of one run */
	json_t *record = json_quoted(
		"{'schema': 'tollbooth.run/2', 'class': 'vm', 'complete': true,"
		"'started_at': '2026-11-21T21:27:33.181Z', 'tool': {'version': '0'},"
		"'suite': {'name': 'quick'}, 'environment': {},"
		"'host': {'cpu': {'vendor': 'V', 'family': 6, 'model': 1, 'stepping': 1, 'name': 'N',"
		"'tsc_hz': 2000000000.0}}, 'benchmarks': []}");

	json_object_set_new(record, "run_id", json_sprintf("run-%u", runs++));
	return record;
}

/* Adds a row of one metric; its number is its parameter. Returns the row. */
static inline json_t *made_row(json_t *record, const char *unit, const double *figure, size_t n)
{
	json_t *rows = json_object_get(record, "benchmarks"), *centres = json_array(), *row;

	for (size_t i = 0; i < n; i++)
		json_array_append_new(centres, json_real(figure[i]));
	row = json_pack("{s:s,s:i,s:{s:I},s:s,s:[],s:[{s:s,s:s,s:s,s:b,s:{s:s,s:o,s:n}}]}", "name",
			"fake/one", "version", 1, "params", "number",
			(json_int_t)json_array_size(rows), "status", "ok", "launches", "metrics",
			"name", "latency", "unit", unit, "direction", "lower", "shown", 1,
			"summary", "column", "gated", "centres", centres, "modes");
	json_array_append_new(rows, row);
	return row;
}

static inline json_t *made_metric(json_t *row)
{
	return json_array_get(json_object_get(row, "metrics"), 0);
}

static inline struct tb_side made_side(json_t *record)
{
	struct tb_side side = { .label = "A" };
	struct tb_error why = { "" };

	if (tb_side_add(&side, record, "", &why) || tb_side_close(&side, 0.95))
		fail_msg("no side: %s", why.text);
	return side;
}

/* A side of one row. */
static inline struct tb_side made_simple(const char *unit, const double *figure, size_t n)
{
	json_t *record = made_record();

	made_row(record, unit, figure, n);
	return made_side(record);
}

/* Median 100 * factor, spread the sigma of the logarithm: what `spread` per cent means for small ones. */
static inline void draw(struct tb_random *r, double *x, size_t n, double factor, double spread)
{
	fill_lognormal(r, x, n, log(100 * factor), spread);
}

#endif
