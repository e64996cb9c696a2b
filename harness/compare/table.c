// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of a comparison, one for each metric of each benchmark. */
#include <string.h>

#include "compare/cells.h"
#include "compare/print.h"
#include "json.h"
#include "record/format.h"
#include "text/params.h"
#include "text/wrap.h"

enum { CELL = 1536, HANGING = 4 }; /* a cell holds a verdict with its reason */

/* The current table. A matrix has the columns of the sides [from..to-1]. */
struct table {
	const struct tb_comparison *c;
	const struct tb_pairing *const *rows;
	size_t n;
	bool all; /* every column */
	struct tb_params params;
	size_t from, to;
};

size_t tb_view_columns(const struct tb_view *view, FILE *out)
{
	return view->markdown || view->wide ? 0 : tb_table_columns(out);
}

void tb_print_line(const struct tb_view *view, FILE *out, const char *text)
{
	char inert[2048];

	tb_inert(text, inert, sizeof(inert));
	if (!view->markdown) {
		tb_wrap(out, inert, 0, HANGING, tb_view_columns(view, out));
		return;
	}
	tb_markdown(inert, out);
	fputc('\n', out);
}

static bool is_matrix(const struct table *t)
{
	return t->c->sides->n > 2;
}

static void put_pair_head(struct tb_grid *grid, const struct table *t)
{
	const struct tb_pairing *row = t->rows[0];
	const char *a = t->c->reference->label, *b = row->other->label;
	char text[64];

	tb_grid_put(grid, b);
	snprintf(text, sizeof(text), tb_pairing_by_difference(row) ? "%s - %s" : "%s/%s", b, a);
	tb_grid_put(grid, text);
	if (t->all) {
		snprintf(text, sizeof(text), "P(%s > %s)", b, a);
		tb_grid_put(grid, text);
		tb_grid_put(grid, "q");
	}
	tb_grid_put(grid, "verdict");
	grid->words = true;
}

static void put_head(struct tb_grid *grid, const struct table *t)
{
	size_t left = tb_params_put_names(&t->params, grid);

	tb_grid_put(grid, t->c->reference->label);
	if (!is_matrix(t))
		put_pair_head(grid, t);
	for (size_t s = t->from; s < t->to; s++)
		if (is_matrix(t) && &t->c->sides->at[s] != t->c->reference)
			tb_grid_put(grid, t->c->sides->at[s].label);
	tb_grid_head(grid, left);
}

static void put_estimate(struct tb_grid *grid, const struct table *t, const struct tb_entry *entry)
{
	char text[CELL];

	if (t->all)
		tb_cell_estimate(entry, text, sizeof(text));
	else
		tb_cell_plain(entry, text, sizeof(text));
	tb_grid_put(grid, text);
}

static void put_pair(struct tb_grid *grid, const struct table *t, const struct tb_pairing *row)
{
	char text[CELL];

	tb_params_put(&t->params, row->a->row, grid);
	put_estimate(grid, t, row->a);
	put_estimate(grid, t, row->b);
	tb_cell_change(row, text, sizeof(text));
	tb_grid_put(grid, text);
	if (t->all) {
		snprintf(text, sizeof(text), "%.2f", row->versus.a12);
		tb_grid_put(grid, text);
		snprintf(text, sizeof(text), row->versus.q < 1e-4 ? "< 1e-4" : "%.2g",
			 row->versus.q);
		tb_grid_put(grid, text);
		tb_cell_verdict(row, text, sizeof(text));
	}
	tb_grid_put_styled(grid, t->all ? text : tb_cell_word(row), tb_style_of(tb_cell_word(row)));
}

/* rows[0..n-1] belong to one entry of the reference. */
static void put_line(struct tb_grid *grid, const struct table *t,
		     const struct tb_pairing *const *rows, size_t n)
{
	tb_params_put(&t->params, rows[0]->a->row, grid);
	put_estimate(grid, t, rows[0]->a);
	for (size_t s = t->from; s < t->to; s++) {
		const struct tb_side *side = &t->c->sides->at[s];
		enum tb_style style = TB_PLAIN;
		char text[CELL] = "";

		if (side == t->c->reference)
			continue;
		for (size_t i = 0; i < n; i++)
			if (rows[i]->other == side) {
				tb_cell_short(rows[i], text, sizeof(text));
				style = tb_style_of(tb_cell_word(rows[i]));
			}
		tb_grid_put_styled(grid, text, style);
	}
}

static void fill(struct tb_grid *grid, const struct table *t)
{
	tb_grid_free(grid);
	put_head(grid, t);
	for (size_t i = 0, next; i < t->n; i = next) {
		next = i + 1;
		while (is_matrix(t) && next < t->n && t->rows[next]->a == t->rows[i]->a)
			next++;
		if (is_matrix(t))
			put_line(grid, t, t->rows + i, next - i);
		else
			put_pair(grid, t, t->rows[i]);
	}
}

static void print_heading(const struct table *t, const struct tb_view *view, FILE *out)
{
	const struct tb_pairing *row = t->rows[0];
	const char *name = tb_pairing_text(row, "name"), *unit = row->a->unit;
	char text[CELL], in[64] = "";

	if (tb_pairing_share(row))
		unit = "%";
	if (strcmp(unit, name) != 0)
		snprintf(in, sizeof(in), ", %s%s", unit,
			 strcmp(tb_pairing_text(row, "unit"), "tsc") ? "" : " from TSC cycles");
	snprintf(text, sizeof(text) - 512, "%s %s%s: %s is better%s",
		 tb_json_text(row->a->row, "name", "?"), name, in,
		 tb_entry_higher(row->a) ? "higher" : "lower",
		 json_object_size(t->params.common) ? ";" : "");
	tb_params_text(&t->params, text, sizeof(text));
	fprintf(out, "\n%s", view->markdown ? "### " : "");
	tb_print_line(view, out, text);
	if (view->markdown)
		fputc('\n', out);
}

/* rows[0..n-1] belong to one metric of one benchmark; rows of one entry are adjacent. */
void tb_print_table(const struct tb_comparison *c, const struct tb_pairing *const *rows, size_t n,
		    const struct tb_view *view, FILE *out)
{
	size_t width = tb_view_columns(view, out);
	struct table t = { .c = c, .rows = rows, .n = n, .all = !width };
	struct tb_grid grid = { 0 };

	for (size_t i = 0; i < n; i++)
		tb_params_add(&t.params, rows[i]->a->row, t.all);
	print_heading(&t, view, out);
	/* A matrix that is too wide continues below, with the remaining sides. */
	for (; t.from < c->sides->n; t.from = t.to) {
		t.to = c->sides->n;
		fill(&grid, &t);
		while (width && is_matrix(&t) && tb_grid_width(&grid) > width &&
		       t.to - t.from > 2) {
			t.to--;
			fill(&grid, &t);
		}
		tb_grid_print(&grid, view->markdown, width, out);
	}
	tb_grid_free(&grid);
	tb_params_free(&t.params);
}
