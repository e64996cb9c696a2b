// SPDX-License-Identifier: GPL-2.0-or-later
/* The tables of a comparison: one a metric of a benchmark. */
#include <string.h>

#include "compare/cells.h"
#include "text/grid.h"
#include "compare/print.h"
#include "json.h"
#include "record/format.h"
#include "size.h"

enum { CELL = 1536 }; /* a verdict with a reason, whole */

void tb_print_line(const struct tb_view *view, FILE *out, const char *text)
{
	char inert[2048];

	tb_inert(text, inert, sizeof(inert));
	if (view->markdown)
		tb_markdown(inert, out);
	else
		fputs(inert, out);
	fputc('\n', out);
}

static void put_params(struct tb_grid *grid, const struct tb_pairing *row, bool names)
{
	json_t *params = json_object_get(row->a->row, "params"), *value;
	const char *name;
	char size[32];

	json_object_foreach(params, name, value) {
		tb_size_text((unsigned long)json_integer_value(value), size, sizeof(size));
		tb_grid_put(grid, names			  ? name
				  : json_is_string(value) ? json_string_value(value)
							  : size);
	}
}

static void put_head(struct tb_grid *grid, const struct tb_comparison *c,
		     const struct tb_pairing *row)
{
	const char *a = c->reference->label;
	char text[CELL];

	put_params(grid, row, true);
	tb_grid_put(grid, a);
	if (c->sides->n > 2) {
		for (size_t s = 0; s < c->sides->n; s++)
			if (&c->sides->at[s] != c->reference)
				tb_grid_put(grid, c->sides->at[s].label);
	} else {
		tb_grid_put(grid, row->other->label);
		snprintf(text, sizeof(text), tb_pairing_by_difference(row) ? "%s - %s" : "%s/%s",
			 row->other->label, a);
		tb_grid_put(grid, text);
		snprintf(text, sizeof(text), "P(%s > %s)", row->other->label, a);
		tb_grid_put(grid, text);
		tb_grid_put(grid, "q");
		tb_grid_put(grid, "verdict");
		grid->words = true;
	}
	tb_grid_head(grid, json_object_size(json_object_get(row->a->row, "params")));
}

static void put_pair(struct tb_grid *grid, const struct tb_pairing *row)
{
	char text[CELL];

	put_params(grid, row, false);
	tb_cell_estimate(row->a, text, sizeof(text));
	tb_grid_put(grid, text);
	tb_cell_estimate(row->b, text, sizeof(text));
	tb_grid_put(grid, text);
	tb_cell_change(row, text, sizeof(text));
	tb_grid_put(grid, text);
	snprintf(text, sizeof(text), "%.2f", row->versus.a12);
	tb_grid_put(grid, text);
	snprintf(text, sizeof(text), row->versus.q < 1e-4 ? "< 1e-4" : "%.2g", row->versus.q);
	tb_grid_put(grid, text);
	tb_cell_verdict(row, text, sizeof(text));
	tb_grid_put(grid, text);
}

/* rows[0..n-1]: of one entry of the reference. */
static void put_line(struct tb_grid *grid, const struct tb_comparison *c,
		     const struct tb_pairing *const *rows, size_t n)
{
	char text[CELL];

	put_params(grid, rows[0], false);
	tb_cell_estimate(rows[0]->a, text, sizeof(text));
	tb_grid_put(grid, text);
	for (size_t s = 0; s < c->sides->n; s++) {
		if (&c->sides->at[s] == c->reference)
			continue;
		snprintf(text, sizeof(text), "%s", "");
		for (size_t i = 0; i < n; i++)
			if (rows[i]->other == &c->sides->at[s])
				tb_cell_short(rows[i], text, sizeof(text));
		tb_grid_put(grid, text);
	}
}

/* rows[0..n-1]: of one metric of one benchmark, those of one entry side by side. */
void tb_print_table(const struct tb_comparison *c, const struct tb_pairing *const *rows, size_t n,
		    const struct tb_view *view, FILE *out)
{
	const char *name = tb_pairing_text(rows[0], "name"), *unit = rows[0]->a->unit;
	struct tb_grid grid = { 0 };
	char text[CELL], in[64] = "";

	if (tb_pairing_share(rows[0]))
		unit = "%";
	if (strcmp(unit, name) != 0)
		snprintf(in, sizeof(in), ", %s%s", unit,
			 strcmp(tb_pairing_text(rows[0], "unit"), "tsc") ? "" : " from TSC cycles");
	snprintf(text, sizeof(text), "%s %s%s: %s is better",
		 tb_json_text(rows[0]->a->row, "name", "?"), name, in,
		 tb_entry_higher(rows[0]->a) ? "higher" : "lower");
	fprintf(out, "\n%s", view->markdown ? "### " : "");
	tb_print_line(view, out, text);
	if (view->markdown)
		fputc('\n', out);
	put_head(&grid, c, rows[0]);
	for (size_t i = 0, next; i < n; i = next) {
		next = i + 1;
		while (c->sides->n > 2 && next < n && rows[next]->a == rows[i]->a)
			next++;
		if (c->sides->n > 2)
			put_line(&grid, c, rows + i, next - i);
		else
			put_pair(&grid, rows[i]);
	}
	tb_grid_print(&grid, view->markdown, 0, out);
	tb_grid_free(&grid);
}
