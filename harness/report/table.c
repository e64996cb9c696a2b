// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "report/notes.h"
#include "size.h"

enum { COLUMNS_MAX = 16, CELL = 64 };

void tb_estimate_text(const json_t *metric, char *out, size_t bytes)
{
	const char *unit = tb_json_text(metric, "unit", "");
	const json_t *summary = json_object_get(metric, "summary");
	const json_t *ci = json_object_get(summary, "ci");
	const json_t *modes = json_object_get(summary, "modes");
	double high = 100 * tb_json_number(modes, "share_high", 0);
	char m[20], lo[20], hi[20];

	if (!json_is_object(summary)) {
		snprintf(out, bytes, "null");
		return;
	}
	if (json_is_object(modes)) {
		tb_figure(unit, tb_json_number(modes, "low", 0), lo, sizeof(lo));
		tb_figure(unit, tb_json_number(modes, "high", 0), hi, sizeof(hi));
		snprintf(out, bytes, "%s in %.0f %%, %s in %.0f %%", lo, 100 - high, hi, high);
		return;
	}

	tb_figure(unit, tb_json_number(summary, "estimate", 0), m, sizeof(m));
	if (json_is_null(ci)) {
		snprintf(out, bytes, "%s [n < 6]", m);
		return;
	}
	tb_figure(unit, tb_json_number(ci, "lo", 0), lo, sizeof(lo));
	tb_figure(unit, tb_json_number(ci, "hi", 0), hi, sizeof(hi));
	snprintf(out, bytes, "%s [%s, %s]", m, lo, hi);
}

/* One table: cells as text, columns as wide as their widest cell. */
struct table {
	char (*cell)[COLUMNS_MAX][CELL];
	size_t rows, columns;
	size_t params; /* the first columns, left-aligned */
};

/* Benchmarks without a gate or an effect have nothing to say there. */
static bool column_empty(const struct table *t, size_t c)
{
	for (size_t r = 1; r < t->rows; r++)
		if (strcmp(t->cell[r][c], "-") != 0)
			return false;
	return true;
}

static void print_table(FILE *out, const struct table *t)
{
	for (size_t r = 0; r < t->rows; r++) {
		fputs(" ", out);
		for (size_t c = 0; c < t->columns; c++) {
			size_t width = 0;

			if (column_empty(t, c))
				continue;
			for (size_t i = 0; i < t->rows; i++)
				if (strlen(t->cell[i][c]) > width)
					width = strlen(t->cell[i][c]);
			fprintf(out, c < t->params ? " %-*s" : "  %*s", (int)width, t->cell[r][c]);
		}
		fputc('\n', out);
	}
}

static void add_cell(struct table *t, const char *text)
{
	if (t->columns < COLUMNS_MAX)
		snprintf(t->cell[t->rows][t->columns++], CELL, "%.*s", CELL - 1, text);
}

static void add_head(struct table *t, const json_t *row)
{
	const json_t *metric, *value;
	const char *name;
	char head[CELL], inert[CELL];
	size_t m;

	t->columns = 0;
	json_object_foreach((json_t *)json_object_get(row, "params"), name, value)
		add_cell(t, tb_inert(name, inert, sizeof(inert)));
	t->params = t->columns;
	json_array_foreach(json_object_get(row, "metrics"), m, metric) {
		const char *unit = tb_json_text(metric, "unit", "");

		if (!json_is_true(json_object_get(metric, "shown")))
			continue;
		name = tb_inert(tb_json_text(metric, "name", "?"), inert, sizeof(inert));
		if (!strcmp(unit, "ratio"))
			unit = "%";
		if (!strcmp(unit, name))
			snprintf(head, sizeof(head), "%.40s [95 %%]", name);
		else
			snprintf(head, sizeof(head), "%.40s %.12s [95 %%]", name, unit);
		add_cell(t, head);
		if (json_is_true(json_object_get(metric, "headline")))
			add_cell(t, "ungated");
	}
	add_cell(t, "empty");
	add_cell(t, "quiet");
	add_cell(t, "n");
	add_cell(t, "status");
	t->rows++;
}

const char *tb_empty_text(const json_t *row)
{
	const json_t *metric, *excess;
	size_t m;

	json_array_foreach(json_object_get(row, "metrics"), m, metric) {
		excess = json_object_get(json_object_get(metric, "summary"), "excess");
		if (json_is_object(excess))
			return json_is_true(json_object_get(excess, "empty"))	 ? "yes"
			       : json_is_false(json_object_get(excess, "empty")) ? "no"
										 : "n too small";
	}
	return "-";
}

static void add_metrics(struct table *t, const json_t *row)
{
	const json_t *metric;
	char cell[3 * CELL];
	size_t m;

	json_array_foreach(json_object_get(row, "metrics"), m, metric) {
		const char *unit = tb_json_text(metric, "unit", "");
		const json_t *summary = json_object_get(metric, "summary");

		if (!json_is_true(json_object_get(metric, "shown")))
			continue;
		tb_estimate_text(metric, cell, sizeof(cell));
		add_cell(t, cell);
		if (!json_is_true(json_object_get(metric, "headline")))
			continue;
		tb_figure(unit,
			  tb_json_number(json_object_get(summary, "ungated"), "estimate", NAN),
			  cell, sizeof(cell));
		add_cell(t, cell);
	}
}

static void add_row(struct table *t, const json_t *row)
{
	const json_t *value, *first = json_array_get(json_object_get(row, "metrics"), 0);
	const char *name;
	char cell[CELL];

	t->columns = 0;
	json_object_foreach((json_t *)json_object_get(row, "params"), name, value) {
		if (json_is_string(value))
			tb_inert(json_string_value(value), cell, sizeof(cell));
		else
			tb_size_text((unsigned long)json_integer_value(value), cell, sizeof(cell));
		add_cell(t, cell);
	}
	add_metrics(t, row);
	add_cell(t, tb_empty_text(row));
	snprintf(cell, sizeof(cell), "%.0f %%", 100 * tb_json_number(row, "quiet_share", NAN));
	add_cell(t, json_is_null(json_object_get(row, "quiet_share")) ? "-" : cell);
	snprintf(cell, sizeof(cell), "%.0f",
		 tb_json_number(json_object_get(first, "summary"), "n_launches", 0));
	add_cell(t, cell);
	add_cell(t, tb_json_text(row, "status", "?"));
	t->rows++;
}

static void print_benchmark(FILE *out, const json_t *rows, const char *name)
{
	struct table t = { calloc(json_array_size(rows) + 1, sizeof(*t.cell)), 0, 0, 0 };
	const json_t *row;
	char inert[CELL];
	size_t i;

	json_array_foreach(rows, i, row) {
		if (!t.cell || strcmp(tb_json_text(row, "name", ""), name) ||
		    !strcmp(tb_json_text(row, "status", ""), "skipped"))
			continue;
		if (!t.rows)
			add_head(&t, row);
		add_row(&t, row);
	}
	if (t.rows) {
		fprintf(out, "\n%s\n", tb_inert(name, inert, sizeof(inert)));
		print_table(out, &t);
	}
	free(t.cell);
}

void tb_table_print(FILE *out, const struct tb_record *record)
{
	const json_t *rows = json_object_get(record->json, "benchmarks"), *row;
	const char *last = "";
	char machine[512], cpu[80], tool[256];
	size_t i;

	tb_machine_text(record, machine, sizeof(machine));
	tb_cpu_text(record, cpu, sizeof(cpu));
	tb_tool_text(json_object_get(record->json, "tool"), tool, sizeof(tool));
	fprintf(out, "%s\n%s%s%s\n", machine, cpu, *cpu ? "; " : "", tool);
	if (!json_is_true(json_object_get(record->json, "complete")))
		fprintf(out, "partial: the run ended early (%s)\n",
			tb_json_text(record->json, "exit_reason", "?"));
	/* Rows of a benchmark stand together: variants are made benchmark by benchmark. */
	json_array_foreach(rows, i, row) {
		const char *name = tb_json_text(row, "name", "");

		if (strcmp(name, last))
			print_benchmark(out, rows, name);
		last = name;
	}
	fputc('\n', out);
	tb_notes_print(out, record);
}
