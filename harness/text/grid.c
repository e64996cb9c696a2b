// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/grid.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "text/wrap.h"

/* gcc's analyzer does not follow memory that an array owns. LeakSanitizer finds no leak. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

enum { CELL = 4096, GAP = 2, WORDS_MIN = 24, COLUMN_MIN = 4, LEFT_MAX = 24 };

static void put(struct tb_grid *grid, const char *text, enum tb_style style)
{
	struct tb_cell *grown = grid->cell;

	if ((grid->cells & (grid->cells - 1)) == 0)
		grown = reallocarray(grid->cell, grid->cells ? 2 * grid->cells : 1, sizeof(*grown));
	if (!grown) {
		grid->failed = true;
		return;
	}
	grid->cell = grown;
	grown[grid->cells] = (struct tb_cell){ strdup(text), style };
	if (!grown[grid->cells].text) {
		grid->failed = true;
		return;
	}
	grid->cells++;
}

void tb_grid_put_styled(struct tb_grid *grid, const char *text, enum tb_style style)
{
	char inert[CELL];

	put(grid, tb_inert(text, inert, sizeof(inert)), style);
}

void tb_grid_put(struct tb_grid *grid, const char *text)
{
	tb_grid_put_styled(grid, text, TB_PLAIN);
}

void tb_grid_put_own(struct tb_grid *grid, const char *text)
{
	put(grid, text, TB_PLAIN);
}

void tb_grid_head(struct tb_grid *grid, size_t left)
{
	grid->columns = grid->cells;
	grid->left = left;
}

void tb_markdown(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (strchr("\\`*_<>|(~&$@#", *text)) /* ( makes [text](address) a link */
			fputc('\\', out);
		fputc(*text, out);
	}
}

/* Counts the characters of UTF-8 text: the bytes that begin one. */
static size_t columns_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* The width of a column; 0 if it is empty below its head. */
static size_t width_of(const struct tb_grid *grid, size_t column)
{
	size_t width = 0;
	bool empty = grid->cells > grid->columns;

	for (size_t i = column; i < grid->cells; i += grid->columns) {
		size_t columns = columns_of(grid->cell[i].text);

		width = columns > width ? columns : width;
		empty = empty && (i == column || !strcmp(grid->cell[i].text, "-"));
	}
	return empty ? 0 : width;
}

static bool is_left(const struct tb_grid *grid, size_t column)
{
	return column < grid->left || (grid->words && column + 1 == grid->columns);
}

static size_t sum(const struct tb_grid *grid, const size_t *widths)
{
	size_t total = 0;

	for (size_t c = 0; c < grid->columns; c++)
		total += widths[c] ? GAP + widths[c] : 0;
	return total;
}

/* Narrows the widest of the columns [0..n-1] while the table is too wide. */
static void shrink(const struct tb_grid *grid, size_t *widths, size_t n, size_t least, size_t width)
{
	while (sum(grid, widths) > width) {
		size_t widest = 0;

		for (size_t c = 1; c < n; c++)
			if (widths[c] > widths[widest])
				widest = c;
		if (!n || widths[widest] <= least)
			return;
		widths[widest]--;
	}
}

/*
 * Wraps the last column first, then shortens parameters, then any cell, and finally drops columns
 * at the right.
 */
static void fit(const struct tb_grid *grid, size_t *widths, size_t width)
{
	size_t last = grid->columns - 1;

	if (grid->words) {
		size_t others = sum(grid, widths) - widths[last];
		size_t room = others + WORDS_MIN < width ? width - others : WORDS_MIN;

		widths[last] = widths[last] > room ? room : widths[last];
	}
	shrink(grid, widths, grid->left, 8, width);
	shrink(grid, widths, grid->columns, COLUMN_MIN, width);
	for (size_t c = grid->columns; c-- > 0 && sum(grid, widths) > width;)
		widths[c] = 0;
}

static size_t *widths_of(const struct tb_grid *grid, size_t width)
{
	size_t *widths = calloc(grid->columns, sizeof(*widths));

	for (size_t c = 0; widths && c < grid->columns; c++)
		widths[c] = width_of(grid, c);
	if (widths && width)
		fit(grid, widths, width);
	return widths;
}

size_t tb_grid_width(const struct tb_grid *grid)
{
	size_t *widths = grid->columns && !grid->failed ? widths_of(grid, 0) : NULL;
	size_t width;

	for (size_t c = 0; widths && c < grid->left; c++)
		widths[c] = widths[c] > LEFT_MAX ? LEFT_MAX : widths[c];
	width = widths ? sum(grid, widths) : 0;
	free(widths);
	return width;
}

static void print_spaces(size_t n, FILE *out)
{
	fprintf(out, "%*s", (int)n, "");
}

/* "page-interl.." */
static void print_cell(const struct tb_cell *cell, size_t width, bool colour, FILE *out)
{
	size_t columns = columns_of(cell->text), bytes = 0;

	for (size_t n = 0; columns > width && cell->text[bytes]; bytes++) {
		n += ((unsigned char)cell->text[bytes] & 0xc0) != 0x80;
		if (n > width - 2)
			break;
	}
	fputs(colour ? tb_style_begin(cell->style) : "", out);
	if (columns <= width)
		fputs(cell->text, out);
	else
		fprintf(out, "%.*s..", (int)bytes, cell->text);
	fputs(colour && cell->style ? tb_style_end : "", out);
}

static void print_row(const struct tb_grid *grid, size_t first, const size_t *widths, size_t width,
		      FILE *out)
{
	bool colour = tb_colour_wanted(out);
	size_t pad = 0, used = 0;

	for (size_t c = 0; c < grid->columns && first + c < grid->cells; c++) {
		const struct tb_cell *cell = &grid->cell[first + c];
		size_t columns = columns_of(cell->text);

		if (!widths[c])
			continue;
		print_spaces(pad + GAP, out);
		used += GAP + widths[c];
		pad = columns < widths[c] ? widths[c] - columns : 0;
		if (!is_left(grid, c)) {
			print_spaces(pad, out);
			pad = 0;
		}
		if (c + 1 == grid->columns && grid->words && columns > widths[c]) {
			used -= widths[c];
			fputs(colour ? tb_style_begin(cell->style) : "", out);
			tb_wrap(out, cell->text, used, used, width);
			fputs(colour && cell->style ? tb_style_end : "", out);
			return;
		}
		print_cell(cell, widths[c], colour, out);
	}
	fputc('\n', out); /* no spaces at the end of a line */
}

static void print_text(const struct tb_grid *grid, size_t width, FILE *out)
{
	size_t *widths = widths_of(grid, width);

	for (size_t i = 0; widths && i < grid->cells; i += grid->columns)
		print_row(grid, i, widths, width, out);
	free(widths);
}

static void print_markdown(const struct tb_grid *grid, FILE *out)
{
	for (size_t i = 0; i < grid->cells; i++) {
		fputs("| ", out);
		tb_markdown(grid->cell[i].text, out);
		fputs((i + 1) % grid->columns ? " " : " |\n", out);
		if (i + 1 != grid->columns)
			continue;
		for (size_t c = 0; c < grid->columns; c++)
			fputs(is_left(grid, c) ? "|---" : "|--:", out);
		fputs("|\n", out);
	}
}

void tb_grid_print(const struct tb_grid *grid, bool markdown, size_t width, FILE *out)
{
	if (grid->failed || !grid->columns)
		return;
	if (markdown)
		print_markdown(grid, out);
	else
		print_text(grid, width, out);
}

void tb_grid_free(struct tb_grid *grid)
{
	for (size_t i = 0; i < grid->cells; i++)
		free(grid->cell[i].text);
	free(grid->cell);
	*grid = (struct tb_grid){ 0 };
}
