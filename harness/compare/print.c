// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/print.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "text/grid.h"
#include "text/reasons.h"
#include "text/wrap.h"
#include "record/format.h"

enum { CELL = 4096, FACT = 60, LINE = 2048 };

static void machine_text(const struct tb_side *side, char *out, size_t bytes)
{
	struct tb_record record = { .json = side->record[0] };

	tb_machine_text(&record, out, bytes);
}

static void print_side(const struct tb_side *side, const struct tb_side *first,
		       const struct tb_view *view, FILE *out)
{
	const json_t *record = side->record[0];
	char machine[512], known[512], tool[256], text[1024], inert[1024];

	machine_text(side, machine, sizeof(machine));
	machine_text(first, known, sizeof(known));
	if (side != first && !strcmp(machine, known))
		snprintf(machine, sizeof(machine), "as %s", first->label);
	snprintf(text, sizeof(text), "%s: %s: %s", side->label, side->name, machine);
	fputs(view->markdown ? "- " : "", out);
	tb_print_line(view, out, text);
	tb_tool_text(json_object_get(record, "tool"), tool, sizeof(tool));
	if (side->records > 1)
		snprintf(text, sizeof(text), "%zu records of %zu machine%s", side->records,
			 tb_side_machines(side), tb_side_machines(side) > 1 ? "s" : "");
	else
		snprintf(text, sizeof(text), "%.19sZ, %s, suite %s%s",
			 tb_json_text(record, "started_at", "?"), tool,
			 tb_json_text(json_object_get(record, "suite"), "name", "?"),
			 json_is_true(json_object_get(record, "complete"))
				 ? ""
				 : ", partial: the run ended early");
	fputs("   ", out);
	if (view->markdown)
		tb_print_line(view, out, text);
	else
		tb_wrap(out, tb_inert(text, inert, sizeof(inert)), 3, 4,
			tb_view_columns(view, out));
}

/* "A: 0x1; B C: 0x2": sides with the same value are grouped. */
static void fact_text(const struct tb_sides *sides, const json_t *values, char *out, size_t bytes)
{
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < sides->n && used < bytes; i++) {
		const json_t *value = json_array_get(values, i);
		const char *text = json_is_string(value) ? json_string_value(value) : "unknown";
		size_t same = 0;

		for (size_t k = 0; k < i; k++)
			same += json_equal((json_t *)value, json_array_get(values, k));
		if (same)
			continue;
		used += (size_t)snprintf(out + used, bytes - used, "%s", used ? "; " : "");
		for (size_t k = i; k < sides->n && used < bytes; k++)
			if (json_equal((json_t *)value, json_array_get(values, k)))
				used += (size_t)snprintf(out + used, bytes - used, "%s%s",
							 k > i ? " " : "", sides->at[k].label);
		if (used < bytes)
			used += (size_t)snprintf(out + used, bytes - used, ": %.*s%s", FACT,
						 *text ? text : "none of these",
						 strlen(text) > FACT ? "..." : "");
	}
}

static const char *short_path(const char *path)
{
	static const char *const parents[] = { "environment.", "host." };

	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++)
		if (!strncmp(path, parents[i], strlen(parents[i])))
			return path + strlen(parents[i]);
	return path;
}

static void print_context(const struct tb_comparison *c, const struct tb_view *view, FILE *out)
{
	struct tb_grid grid = { 0 };
	const json_t *one;
	char text[CELL];
	size_t i;

	if (!json_array_size(c->differences.list)) {
		fputs("Context: the records show no difference.\n", out);
		return;
	}
	fprintf(out, "Context that differs:\n%s", view->markdown ? "\n" : "");
	if (view->markdown) {
		tb_grid_put(&grid, "what");
		tb_grid_put(&grid, "where");
		tb_grid_head(&grid, 2);
	}
	json_array_foreach(c->differences.list, i, one) {
		tb_grid_put(&grid, short_path(tb_json_text(one, "path", "?")));
		fact_text(c->sides, json_object_get(one, "values"), text, sizeof(text));
		tb_grid_put(&grid, text);
		if (!grid.columns)
			tb_grid_head(&grid, 2);
	}
	grid.words = true;
	tb_grid_print(&grid, view->markdown, tb_view_columns(view, out), out);
	tb_grid_free(&grid);
}

/* Whether a row changed, or `show` prints the metric. */
static bool worth_a_table(const struct tb_pairing *const *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tb_compare_changed(rows[i]) ||
		    json_is_true(json_object_get(rows[i]->a->metric, "shown")))
			return true;
	return false;
}

static void row_text(const struct tb_entry *entry, const char *metric, char *out, size_t bytes)
{
	char row[256];

	tb_row_text(entry->row, row, sizeof(row));
	snprintf(out, bytes, "%s%s%s", row, metric ? " " : "", metric ? metric : "");
}

/* Prints why rows have no verdict. Only wide tables have the reason themselves. */
static void print_insufficient(const struct tb_pairing *const *rows, size_t n,
			       const struct tb_view *view, FILE *out)
{
	json_t *kinds = json_array();

	for (size_t i = 0; rows && i < n; i++) {
		char name[512];

		row_text(rows[i]->a, tb_pairing_text(rows[i], "name"), name, sizeof(name));
		if (rows[i]->versus.verdict == TB_VERDICT_INSUFFICIENT)
			tb_reasons_add(kinds, "insufficient", NULL,
				       tb_versus_reason(&rows[i]->versus),
				       tb_json_text(rows[i]->a->row, "name", "?"), name);
	}
	if (json_array_size(kinds))
		fputc('\n', out);
	tb_reasons_write(out, kinds, tb_view_columns(view, out));
	json_decref(kinds);
}

static void print_tables(const struct tb_comparison *c, const struct tb_view *view, FILE *out)
{
	char text[256];
	size_t n, hidden = 0;
	const struct tb_pairing **rows = tb_compare_order(c, view, true, &n);

	for (size_t i = 0, next; rows && i < n; i = next) {
		for (next = i + 1; next < n && tb_same_table(rows[i], rows[next]);)
			next++;
		if (worth_a_table(rows + i, next - i))
			tb_print_table(c, rows + i, next - i, view, out);
		else
			hidden += next - i;
	}
	if (!view->markdown && !view->wide)
		print_insufficient(rows, n, view, out);
	if (hidden && !view->brief) {
		snprintf(
			text, sizeof(text),
			"%zu rows of metrics that `show` omits did not change; --format json or csv prints them.",
			hidden);
		fputc('\n', out);
		tb_print_line(view, out, text);
	}
	free(rows);
}

/* Prints one line for all rows that were refused for one reason. */
static void print_refusals(const struct tb_comparison *c, const struct tb_view *view, FILE *out)
{
	for (size_t i = 0; i < c->rows; i++) {
		const struct tb_pairing *row = &c->row[i];
		char first[512], text[LINE], more[32] = "";
		size_t same = 0, before = 0;

		for (size_t k = 0; k < c->rows; k++)
			if (row->refusal[0] && c->row[k].other == row->other &&
			    !strcmp(c->row[k].refusal, row->refusal))
				*(k < i ? &before : &same) += 1;
		if (!row->refusal[0] || before)
			continue;
		if (same > 1)
			snprintf(more, sizeof(more), " and %zu more", same - 1);
		row_text(row->a, tb_pairing_text(row, "name"), first, sizeof(first));
		snprintf(text, sizeof(text), "%s%s of %s: not compared: %s", first, more,
			 row->other->label, row->refusal);
		tb_print_line(view, out, text);
	}
}

static void print_absences(const struct tb_comparison *c, const struct tb_view *view, FILE *out)
{
	for (size_t i = 0; i < c->absences; i++) {
		const struct tb_absence *a = &c->absence[i];
		char first[512], text[LINE], more[32] = "";

		if (a->rows > 1)
			snprintf(more, sizeof(more), " and %zu more", a->rows - 1);
		row_text(a->first, NULL, first, sizeof(first));
		snprintf(text, sizeof(text), "only in %s: %s%s: %s%s%s", a->has->label, first, more,
			 a->missing->label, a->reason ? " skipped it: " : " did not measure it",
			 a->reason ? a->reason : "");
		tb_print_line(view, out, text);
	}
}

static void print_scope(const struct tb_comparison *c, const struct tb_view *view, FILE *out)
{
	const char *a = c->reference->label;
	char text[512];

	snprintf(
		text, sizeof(text),
		c->sides->n > 2
			? "These results hold for %s. Ratios are relative to %s, whose figure is in the first column; 1.05 is 5 %% more."
			: "These results hold for %s. B/A is the ratio to %s: 1.05 is 5 %% more.",
		c->scope, a);
	tb_print_line(view, out, text);
	tb_print_line(view, out, "The samples were not checked; tollbooth validate checks them.");
	if (c->sides->n > 2)
		fputs("= equivalent, ? inconclusive, - no verdict possible, empty: nothing to compare.\n",
		      out);
}

void tb_compare_counts(const struct tb_comparison *c, FILE *out)
{
	char text[256];

	fprintf(out, "%zu rows compared:", c->compared);
	for (int v = TB_VERDICT_SLOWER; v >= TB_VERDICT_INSUFFICIENT; v--)
		fprintf(out, " %zu %s%s", tb_compare_count(c, (enum tb_verdict)v),
			tb_stats_verdict_name((enum tb_verdict)v), v ? "," : "");
	fputs(".\n", out);
	snprintf(
		text, sizeof(text),
		"Minimum effect %g %%, intervals of %g %%; at most %g %% of the rows called faster or slower are false positives (Benjamini-Hochberg).",
		100 * c->judge.min_effect, 100 * (1 - c->judge.alpha), 100 * c->judge.alpha);
	tb_wrap(out, text, 0, 4, tb_table_columns(out));
}

static void print_warnings(const struct tb_comparison *c, const struct tb_view *view, FILE *out)
{
	const json_t *warning;
	char text[256];
	size_t i;

	json_array_foreach(c->warnings, i, warning) {
		snprintf(text, sizeof(text), "warning: %s", json_string_value(warning));
		tb_print_line(view, out, text);
	}
}

void tb_compare_print(const struct tb_comparison *c, const struct tb_view *view, FILE *out)
{
	for (size_t i = 0; i < c->sides->n && !view->brief; i++)
		print_side(&c->sides->at[i], &c->sides->at[0], view, out);
	fputs(view->brief ? "" : "\n", out);
	print_context(c, view, out);
	print_warnings(c, view, out);
	if (!view->brief) {
		fputc('\n', out);
		print_scope(c, view, out);
	}
	print_tables(c, view, out);
	fputc('\n', out);
	print_refusals(c, view, out);
	if (!view->brief)
		print_absences(c, view, out);
	tb_compare_counts(c, out);
}
