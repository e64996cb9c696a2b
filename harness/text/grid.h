/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells as a table: for a terminal, or in Markdown. */
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

/* All zeros is an empty one. The first row is the head. */
struct tb_grid {
	struct tb_cell *cell;
	size_t cells, columns; /* columns: of the first row */
	size_t left;	       /* so many columns are aligned left */
	bool words;	       /* so is the last, which is wrapped where the width ends */
	bool failed;	       /* short of memory: nothing will be printed */
};

/* Adds a cell to the row at hand; the text is made inert. */
void tb_grid_put(struct tb_grid *grid, const char *text);
/* Adds a cell of this program's own text, which may hold UTF-8. */
void tb_grid_put_own(struct tb_grid *grid, const char *text);
/* Adds a cell like tb_grid_put(), in a style where the output has colours. */
void tb_grid_put_styled(struct tb_grid *grid, const char *text, enum tb_style style);
/* The row at hand is the whole head. */
void tb_grid_head(struct tb_grid *grid, size_t left);
/*
 * Columns of the table as text, where parameters that are very long may be shortened. Columns with
 * nothing but "-" below the head do not count, nor are they printed.
 */
size_t tb_grid_width(const struct tb_grid *grid);
/* Prints lines of at most `width` columns (0: of any length): long cells are shortened. Markdown is whole. */
void tb_grid_print(const struct tb_grid *grid, bool markdown, size_t width, FILE *out);
void tb_grid_free(struct tb_grid *grid);

/* Text of a record for Markdown: inert, and nothing in it is markup. */
void tb_markdown(const char *text, FILE *out);

#endif
