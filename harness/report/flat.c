// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/flat.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "record/format.h"

/* A column, and the path of its value in the record, the row or the metric. */
struct source {
	const char *key, *path;
};

static const struct source of_record[] = {
	{ "run_id", "run_id" },
	{ "started_at", "started_at" },
	{ "class", "class" },
	{ "uarch", "host.cpu.derived.uarch" },
	{ "microcode", "host.cpu.microcode" },
	{ "kernel", "environment.kernel.release" },
	{ NULL, NULL },
};

static const struct source of_row[] = {
	{ "benchmark", "name" }, { "version", "version" },	   { "realm", "realm" },
	{ "status", "status" },	 { "reason_code", "reason_code" }, { "quiet_share", "quiet_share" },
	{ NULL, NULL },
};

static const struct source of_metric[] = {
	{ "metric", "name" },
	{ "unit", "unit" },
	{ "direction", "direction" },
	{ "headline", "headline" },
	{ "column", "summary.column" },
	{ "n_launches", "summary.n_launches" },
	{ "n_samples", "summary.n_samples" },
	{ "estimate", "summary.estimate" },
	{ "ci_lo", "summary.ci.lo" },
	{ "ci_hi", "summary.ci.hi" },
	{ "ci_coverage", "summary.ci.coverage" },
	{ "mode_low", "summary.modes.low" },
	{ "mode_high", "summary.modes.high" },
	{ "mode_high_share", "summary.modes.share_high" },
	{ "ungated_estimate", "summary.ungated.estimate" },
	{ "ungated_ci_lo", "summary.ungated.ci.lo" },
	{ "ungated_ci_hi", "summary.ungated.ci.hi" },
	{ "empty", "summary.excess.empty" },
	{ "overhead", "overhead" },
	{ "resolution", "resolution" },
	{ NULL, NULL },
};

static void put(json_t *line, const char *key, const json_t *value)
{
	if (value)
		json_object_set(line, key, (json_t *)value);
	else
		json_object_set_new(line, key, json_null());
}

static void put_all(json_t *line, const struct source *source, const json_t *from)
{
	for (; source->key; source++)
		put(line, source->key, tb_json_at(from, source->path));
}

/* The names of all parameters in the record, as keys. Benchmarks have different parameters. */
static json_t *all_params(const json_t *rows)
{
	json_t *names = json_object();
	const json_t *row, *value;
	const char *name;
	size_t i;

	json_array_foreach(rows, i, row)
		json_object_foreach((json_t *)json_object_get(row, "params"), name, value)
			json_object_set_new(names, name, json_null());
	return names;
}

static void put_params(json_t *line, const json_t *names, const json_t *row)
{
	const json_t *unused;
	const char *name;

	json_object_foreach((json_t *)names, name, unused) {
		json_t *key = json_sprintf("param_%s", name);

		put(line, json_string_value(key),
		    json_object_get(json_object_get(row, "params"), name));
		json_decref(key);
	}
}

/* The warnings as one cell: "two-modes drift". */
static json_t *warnings(const json_t *metric)
{
	const json_t *list = tb_json_at(metric, "summary.warnings"), *one;
	char text[256] = "";
	size_t i, used = 0;

	json_array_foreach(list, i, one)
		if (used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 i ? " " : "", json_string_value(one));
	return list ? json_string(text) : json_null();
}

/* metric: NULL for a row without one. */
static json_t *flat_line(const struct tb_record *record, const json_t *names, const json_t *row,
			 const json_t *metric)
{
	const json_t *why = json_object_get(metric, "reason");
	json_t *line = json_object();

	json_object_set_new(line, "format", json_string(TB_FLAT_FORMAT));
	put_all(line, of_record, record->json);
	put_all(line, of_row, row);
	/* The metric's own reason is more specific than the row's. */
	put(line, "reason", json_is_string(why) ? why : json_object_get(row, "reason"));
	put_params(line, names, row);
	put_all(line, of_metric, metric);
	json_object_set_new(line, "warnings", warnings(metric));
	return line;
}

json_t *tb_flat(const struct tb_record *record)
{
	const json_t *rows = json_object_get(record->json, "benchmarks"), *row, *metric;
	json_t *flat = json_array(), *names = all_params(rows);
	size_t i, m;
	int err = 0;

	json_array_foreach(rows, i, row) {
		const json_t *metrics = json_object_get(row, "metrics");

		if (!json_array_size(metrics))
			err |= json_array_append_new(flat, flat_line(record, names, row, NULL));
		json_array_foreach(metrics, m, metric)
			err |= json_array_append_new(flat, flat_line(record, names, row, metric));
	}
	json_decref(names);
	if (!err)
		return flat;
	json_decref(flat);
	return NULL;
}

/* Spreadsheets recognise a formula also after blanks and inside quotes. */
static bool is_formula(const char *text)
{
	text += strspn(text, " ");
	return *text && strchr("=+-@", *text);
}

static void csv_text(FILE *out, const char *text)
{
	char inert[4200]; /* longer than any text that the schema allows */
	bool quoted;

	tb_inert(text, inert, sizeof(inert));
	quoted = strpbrk(inert, ",\"");
	if (quoted)
		fputc('"', out);
	if (is_formula(inert))
		fputc('\'', out);
	for (const char *c = inert; *c; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	if (quoted)
		fputc('"', out);
}

/* The shortest text that reads back as x: 0.1, not 0.10000000000000001. */
static void csv_real(FILE *out, double x)
{
	char text[32];
	int digits = 15;

	do
		snprintf(text, sizeof(text), "%.*g", digits, x);
	while (strtod(text, NULL) != x && digits++ < 17);
	fputs(text, out);
}

static void csv_cell(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		csv_text(out, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		csv_real(out, json_real_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "true" : "false", out);
}

void tb_flat_csv(FILE *out, const json_t *flat)
{
	const json_t *line, *value;
	const char *key, *comma = "";
	size_t i;

	json_object_foreach((json_t *)json_array_get(flat, 0), key, value) {
		fputs(comma, out);
		csv_text(out, key);
		comma = ",";
	}
	fputc('\n', out);
	json_array_foreach(flat, i, line) {
		comma = "";
		json_object_foreach((json_t *)line, key, value) {
			fputs(comma, out);
			csv_cell(out, value);
			comma = ",";
		}
		fputc('\n', out);
	}
}
