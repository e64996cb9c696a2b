/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cells as a table: for a terminal, or in Markdown. */
#ifndef TB_GRID_H
#define TB_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* All zeros is an empty one. The first row is the head. */
struct tb_grid {
	char **cell;
	size_t cells, columns; /* columns: of the first row */
	size_t left;	       /* so many columns are aligned left */
	bool words;	       /* so is the last */
	bool failed;	       /* short of memory: nothing will be printed */
};

/* Adds a cell to the row at hand; the text is made inert. */
void tb_grid_put(struct tb_grid *grid, const char *text);
/* The row at hand is the whole head. */
void tb_grid_head(struct tb_grid *grid, size_t left);
void tb_grid_print(const struct tb_grid *grid, bool markdown, FILE *out);
void tb_grid_free(struct tb_grid *grid);

/* Text of a record for Markdown: inert, and nothing in it is markup. */
void tb_markdown(const char *text, FILE *out);

#endif
