// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/grid.h"

#include <stdlib.h>
#include <string.h>

#include "record/format.h"

/* gcc's analyzer loses sight of what an array owns; LeakSanitizer sees all of it freed. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

enum { CELL = 4096 };

void tb_grid_put(struct tb_grid *grid, const char *text)
{
	char inert[CELL];
	char **grown = grid->cell;

	if ((grid->cells & (grid->cells - 1)) == 0)
		grown = reallocarray(grid->cell, grid->cells ? 2 * grid->cells : 1, sizeof(*grown));
	if (!grown) {
		grid->failed = true;
		return;
	}
	grid->cell = grown;
	grown[grid->cells] = strdup(tb_inert(text, inert, sizeof(inert)));
	if (!grown[grid->cells]) {
		grid->failed = true;
		return;
	}
	grid->cells++;
}

void tb_grid_head(struct tb_grid *grid, size_t left)
{
	grid->columns = grid->cells;
	grid->left = left;
}

void tb_markdown(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (strchr("\\`*_<>|(~&$@#", *text)) /* [text](address) is a link by its ( */
			fputc('\\', out);
		fputc(*text, out);
	}
}

static size_t width_of(const struct tb_grid *grid, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < grid->cells; i += grid->columns)
		if (strlen(grid->cell[i]) > width)
			width = strlen(grid->cell[i]);
	return width;
}

static bool is_left(const struct tb_grid *grid, size_t column)
{
	return column < grid->left || (grid->words && column + 1 == grid->columns);
}

static void print_text(const struct tb_grid *grid, FILE *out)
{
	for (size_t i = 0; i < grid->cells; i++) {
		size_t column = i % grid->columns;
		int width = (int)width_of(grid, column);

		if (!is_left(grid, column))
			fprintf(out, "  %*s", width, grid->cell[i]);
		else /* no spaces at the end of a line */
			fprintf(out, "  %-*s", column + 1 == grid->columns ? 0 : width,
				grid->cell[i]);
		if (column + 1 == grid->columns)
			fputc('\n', out);
	}
}

static void print_markdown(const struct tb_grid *grid, FILE *out)
{
	for (size_t i = 0; i < grid->cells; i++) {
		fputs("| ", out);
		tb_markdown(grid->cell[i], out);
		fputs((i + 1) % grid->columns ? " " : " |\n", out);
		if (i + 1 != grid->columns)
			continue;
		for (size_t c = 0; c < grid->columns; c++)
			fputs(is_left(grid, c) ? "|---" : "|--:", out);
		fputs("|\n", out);
	}
}

void tb_grid_print(const struct tb_grid *grid, bool markdown, FILE *out)
{
	if (grid->failed || !grid->columns)
		return;
	if (markdown)
		print_markdown(grid, out);
	else
		print_text(grid, out);
}

void tb_grid_free(struct tb_grid *grid)
{
	for (size_t i = 0; i < grid->cells; i++)
		free(grid->cell[i]);
	free(grid->cell);
	*grid = (struct tb_grid){ 0 };
}
