/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints cells as a table: for a terminal, or in Markdown. */
#ifndef TB_GRID_H
#define TB_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "text/terminal.h"

struct tb_cell {
	char *text;
	enum tb_style style;
};

/* Zero-initialised it is empty. The first row is the head. */
struct tb_grid {
	struct tb_cell *cell;
	size_t cells, columns; /* columns: cells in the first row */
	size_t left;	       /* the first `left` columns are aligned left */
	bool words;	       /* the last column is aligned left and wrapped */
	bool failed;	       /* out of memory: nothing is printed */
};

/* Adds a cell to the current row; the text is made inert. */
void tb_grid_put(struct tb_grid *grid, const char *text);
/* Adds a cell with this program's own text, which may hold UTF-8. */
void tb_grid_put_own(struct tb_grid *grid, const char *text);
/* Adds a cell like tb_grid_put(), in a style where the output has colours. */
void tb_grid_put_styled(struct tb_grid *grid, const char *text, enum tb_style style);
/* Ends the head: the current row is the head. */
void tb_grid_head(struct tb_grid *grid, size_t left);
/*
 * The width of the printed table, with very long parameters shortened. Columns with only "-" below
 * the head do not count and are not printed.
 */
size_t tb_grid_width(const struct tb_grid *grid);
/*
 * Prints lines of at most `width` columns (0: no limit); long cells are shortened. Markdown is not.
 */
void tb_grid_print(const struct tb_grid *grid, bool markdown, size_t width, FILE *out);
void tb_grid_free(struct tb_grid *grid);

/* Prints a text of a record for Markdown: inert, with all markup escaped. */
void tb_markdown(const char *text, FILE *out);

#endif
