// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "error.h"
#include "record/format.h"
#include "report/estimate.h"
#include "report/notes.h"
#include "report/doubts.h"
#include "text/params.h"
#include "text/wrap.h"

enum { CELL = 96, HEADING = 2048 };

static const char interval_head[] = " [95 %]";

/* The table of the measured rows of one benchmark. */
struct table {
	const char *name;
	bool wide;
	json_t *rows;
	struct tb_params params;
	json_t *metrics;   /* names of those that have a column, in order */
	json_t *left_out;  /* names of the omitted ones: the line is too narrow */
	const char *empty; /* the verdict of all rows; NULL: they differ */
	const char *status;
};

static bool is_shown(const json_t *metric)
{
	return json_is_true(json_object_get(metric, "shown"));
}

static bool is_headline(const json_t *metric)
{
	return json_is_true(json_object_get(metric, "headline"));
}

static const json_t *metric_of(const json_t *row, const json_t *name)
{
	return tb_json_named(json_object_get(row, "metrics"), json_string_value(name));
}

/* Whether another metric names this one as its reference. */
static bool is_reference(const json_t *row, const char *name)
{
	const json_t *metric;
	size_t m;

	json_array_foreach(json_object_get(row, "metrics"), m, metric)
		if (!strcmp(tb_json_text(metric, "reference", ""), name))
			return true;
	return false;
}

static bool is_measured(const struct table *t, const json_t *name)
{
	const json_t *row;
	size_t i;

	json_array_foreach(t->rows, i, row)
		if (json_is_object(json_object_get(metric_of(row, name), "summary")))
			return true;
	return false;
}

/* The headline comes first, because the line may be too narrow for all metrics. */
static void choose_metrics(struct table *t)
{
	const json_t *row = json_array_get(t->rows, 0), *metric;
	size_t m, headlines = 0;

	json_array_foreach(json_object_get(row, "metrics"), m, metric) {
		json_t *name = json_object_get(metric, "name");

		if (!is_shown(metric) || !json_is_string(name))
			continue;
		if (!t->wide &&
		    (is_reference(row, json_string_value(name)) || !is_measured(t, name)))
			continue;
		if (!t->wide && is_headline(metric))
			json_array_insert(t->metrics, headlines++, name);
		else
			json_array_append(t->metrics, name);
	}
}

/* "refill core-cycles", "left-any %"; "core-cycles" alone where the name is the unit. */
static void head_text(const json_t *metric, char *out, size_t bytes)
{
	const char *unit = tb_json_text(metric, "unit", ""),
		   *name = tb_json_text(metric, "name", "?");

	if (!strcmp(unit, "ratio"))
		unit = "%";
	snprintf(out, bytes, strcmp(unit, name) != 0 ? "%.40s %.12s" : "%.40s", name, unit);
	tb_make_inert(out);
}

static void put_metric_head(struct tb_grid *grid, const json_t *metric, bool wide)
{
	char head[CELL];

	head_text(metric, head, sizeof(head) - sizeof(interval_head));
	if (wide)
		snprintf(head + strlen(head), sizeof(head) - strlen(head), "%s", interval_head);
	tb_grid_put(grid, head);
	if (wide && is_headline(metric))
		tb_grid_put(grid, "ungated");
}

static void put_head(const struct table *t, struct tb_grid *grid)
{
	const json_t *row = json_array_get(t->rows, 0), *name;
	size_t left = tb_params_put_names(&t->params, grid), m;

	json_array_foreach(t->metrics, m, name)
		put_metric_head(grid, metric_of(row, name), t->wide);
	if (!t->empty)
		tb_grid_put(grid, "empty");
	if (t->wide) {
		tb_grid_put(grid, "quiet");
		tb_grid_put(grid, "n");
	}
	if (!t->status)
		tb_grid_put(grid, "status");
	tb_grid_head(grid, left);
}

static void put_metric(struct tb_grid *grid, const json_t *metric, bool wide)
{
	const json_t *ungated = tb_json_at(metric, "summary.ungated");
	char cell[3 * CELL];

	if (wide)
		tb_estimate_text(metric, cell, sizeof(cell));
	else
		tb_estimate_short(metric, cell, sizeof(cell));
	tb_grid_put_own(grid, cell);
	if (!wide || !is_headline(metric))
		return;
	tb_figure(tb_json_text(metric, "unit", ""), tb_json_number(ungated, "estimate", NAN), cell,
		  sizeof(cell));
	tb_grid_put(grid, cell);
}

static const char *status_text(const json_t *row)
{
	return tb_json_text(row, "status", "?");
}

static void put_word(struct tb_grid *grid, const char *word)
{
	tb_grid_put_styled(grid, word, tb_style_of(word));
}

static void put_row(const struct table *t, struct tb_grid *grid, const json_t *row)
{
	const json_t *name, *first = json_array_get(json_object_get(row, "metrics"), 0);
	char cell[CELL];
	size_t m;

	tb_params_put(&t->params, row, grid);
	json_array_foreach(t->metrics, m, name)
		put_metric(grid, metric_of(row, name), t->wide);
	if (!t->empty)
		put_word(grid, tb_empty_text(row));
	if (t->wide) {
		snprintf(cell, sizeof(cell), "%.0f %%",
			 100 * tb_json_number(row, "quiet_share", NAN));
		tb_grid_put(grid, json_is_null(json_object_get(row, "quiet_share")) ? "-" : cell);
		snprintf(cell, sizeof(cell), "%.0f",
			 tb_json_number(json_object_get(first, "summary"), "n_launches", 0));
		tb_grid_put(grid, cell);
	}
	if (!t->status)
		put_word(grid, status_text(row));
}

static void fill(const struct table *t, struct tb_grid *grid)
{
	const json_t *row;
	size_t i;

	put_head(t, grid);
	json_array_foreach(t->rows, i, row)
		put_row(t, grid, row);
}

/* The text that all rows share, or NULL. */
static const char *common(const json_t *rows, const char *(*text)(const json_t *row))
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
		if (strcmp(text(row), text(json_array_get(rows, 0))) != 0)
			return NULL;
	return text(json_array_get(rows, 0));
}

static void heading_text(const struct table *t, char *text, size_t bytes)
{
	tb_inert(t->name, text, 512);
	if (json_object_size(t->params.common))
		snprintf(text + strlen(text), bytes - strlen(text), " ");
	tb_params_text(&t->params, text, bytes - 64);
}

/* The verdicts that all rows share. */
static void add_verdicts(const struct table *t, char *text, size_t bytes)
{
	if (t->empty && strcmp(t->empty, "-") != 0)
		snprintf(text + strlen(text), bytes - strlen(text), ", empty: %s", t->empty);
	if (t->status && strcmp(t->status, "ok") != 0)
		snprintf(text + strlen(text), bytes - strlen(text), ", status: %.20s", t->status);
}

/* "latency ns 38519 ± 1.2 %, map ns 22423 ± 2.1 %": a single row needs no columns. */
static void row_text(const struct table *t, char *text, size_t bytes)
{
	const json_t *row = json_array_get(t->rows, 0), *name;
	char head[CELL], estimate[CELL];
	size_t m;

	json_array_foreach(t->metrics, m, name) {
		size_t used = strlen(text);

		head_text(metric_of(row, name), head, sizeof(head));
		tb_estimate_short(metric_of(row, name), estimate, sizeof(estimate));
		snprintf(text + used, bytes - used, "%s %s %s", m ? "," : "", head, estimate);
	}
}

static void print_grid(FILE *out, struct table *t, size_t width)
{
	struct tb_grid grid = { 0 };
	size_t kept;

	fill(t, &grid);
	while (width && tb_grid_width(&grid) > width && (kept = json_array_size(t->metrics)) > 1) {
		json_array_insert(t->left_out, 0, json_array_get(t->metrics, kept - 1));
		json_array_remove(t->metrics, kept - 1);
		tb_grid_free(&grid);
		fill(t, &grid);
	}
	tb_grid_print(&grid, false, width, out);
	tb_grid_free(&grid);
}

static void print_benchmark(FILE *out, struct table *t)
{
	bool colour = tb_colour_wanted(out), alone = !t->wide && json_array_size(t->rows) == 1;
	size_t width = t->wide ? 0 : tb_table_columns(out), name;
	char text[HEADING] = "";

	choose_metrics(t);
	heading_text(t, text, sizeof(text));
	name = strcspn(text, " ");
	if (alone && json_array_size(t->metrics)) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ":");
		row_text(t, text, sizeof(text));
	}
	add_verdicts(t, text, sizeof(text));
	fprintf(out, "%s%.*s%s", colour ? tb_style_begin(TB_BOLD) : "", (int)name, text,
		colour ? tb_style_end : "");
	tb_wrap(out, text + name, name, 4, width);
	if (!alone)
		print_grid(out, t, width);
}

/* Prints the rows of that name; adds omitted metrics to left_out: "apf/wake-uffd: ioctl". */
static void print_rows(FILE *out, const json_t *rows, const char *name, bool wide, json_t *left_out)
{
	struct table t = {
		name, wide, json_array(), { 0 }, json_array(), json_array(), NULL, NULL
	};
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row) {
		if (strcmp(tb_json_text(row, "name", ""), name) != 0 ||
		    !strcmp(status_text(row), "skipped"))
			continue;
		json_array_append(t.rows, (json_t *)row);
		tb_params_add(&t.params, row, wide);
	}
	if (json_array_size(t.rows)) {
		t.empty = wide ? NULL : common(t.rows, tb_empty_text);
		t.status = wide ? NULL : common(t.rows, status_text);
		print_benchmark(out, &t);
	}
	if (json_array_size(t.left_out))
		json_object_set(left_out, name, t.left_out);
	json_decref(t.rows);
	json_decref(t.metrics);
	json_decref(t.left_out);
	tb_params_free(&t.params);
}

static void print_machine(FILE *out, const struct tb_record *record, size_t width)
{
	char machine[512], cpu[80], tool[256], line[1024];

	tb_machine_text(record, machine, sizeof(machine));
	tb_cpu_text(record, cpu, sizeof(cpu));
	tb_tool_text(json_object_get(record->json, "tool"), tool, sizeof(tool));
	snprintf(line, sizeof(line), "%s; %s%s%s", machine, cpu, *cpu ? "; " : "", tool);
	tb_wrap(out, line, 0, 2, width);
	if (!json_is_true(json_object_get(record->json, "complete"))) {
		snprintf(line, sizeof(line), "partial: the run ended early (%.200s)",
			 tb_json_text(record->json, "exit_reason", "?"));
		tb_make_inert(line);
		tb_wrap(out, line, 0, 2, width);
	}
}

/* "ioctl, ioctl-to-run of apf/wake-uffd" */
static void print_left_out(FILE *out, json_t *left_out, size_t width)
{
	char text[HEADING] = "--wide adds intervals, ungated, references, quiet, n";
	const char *bench;
	json_t *names, *name;
	size_t i;

	json_object_foreach(left_out, bench, names) {
		json_array_foreach(names, i, name) {
			size_t used = strlen(text);

			snprintf(text + used, sizeof(text) - used, "%s %s", i ? "," : ";",
				 json_string_value(name));
		}
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " of %s", bench);
	}
	tb_make_inert(text);
	tb_wrap(out, text, 0, 2, width);
}

static void print_record(FILE *out, const struct tb_record *record, bool wide)
{
	const json_t *rows = json_object_get(record->json, "benchmarks"), *row;
	size_t width = wide ? 0 : tb_table_columns(out), i;
	json_t *left_out = json_object();
	const char *last = "";

	print_machine(out, record, width);
	/* Rows of a benchmark are adjacent: variants are made benchmark by benchmark. */
	json_array_foreach(rows, i, row) {
		const char *name = tb_json_text(row, "name", "");

		if (strcmp(name, last) != 0)
			print_rows(out, rows, name, wide, left_out);
		last = name;
	}
	fputc('\n', out);
	if (wide) {
		tb_notes_print(out, record);
	} else {
		tb_doubts_print(out, record, width);
		print_left_out(out, left_out, width);
	}
	json_decref(left_out);
}

void tb_table_print(FILE *out, const struct tb_record *record)
{
	print_record(out, record, false);
}

void tb_table_print_wide(FILE *out, const struct tb_record *record)
{
	print_record(out, record, true);
}
