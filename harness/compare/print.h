/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison for people and for programs. */
#ifndef TB_COMPARE_PRINT_H
#define TB_COMPARE_PRINT_H

#include <stdio.h>

#include "compare/comparison.h"

enum tb_compare_sort { TB_SORT_RECORD, TB_SORT_NAME, TB_SORT_RATIO };

struct tb_view {
	bool only_changed; /* rows that are faster or slower */
	enum tb_compare_sort sort;
	bool markdown;
	bool wide;  /* every column; lines of any length */
	bool brief; /* the reader knows the sides, and what they have not in common */
};

/*
 * Sides, context, a table for each metric, what could not be compared. A metric
 * that `show` does not show has a table only where it changed. Two sides make a
 * table of ratios with intervals, more a matrix against the reference.
 */
void tb_compare_print(const struct tb_comparison *c, const struct tb_view *view, FILE *out);
/* The counts of the verdicts, one line. */
void tb_compare_counts(const struct tb_comparison *c, FILE *out);
/* "tollbooth.compare/1"; NULL on ENOMEM. */
json_t *tb_compare_json(const struct tb_comparison *c, const struct tb_view *view);
/* One line a row, with a head; no cell of it is a formula. */
void tb_compare_csv(const struct tb_comparison *c, const struct tb_view *view, FILE *out);

/*
 * The rows of a view in its order; *n of them. by_metric: those of one metric of one
 * benchmark stand together. The caller frees it; NULL on ENOMEM.
 */
const struct tb_pairing **tb_compare_order(const struct tb_comparison *c,
					   const struct tb_view *view, bool by_metric, size_t *n);
/* Of them those of one table; and the table itself. */
bool tb_same_table(const struct tb_pairing *a, const struct tb_pairing *b);
void tb_print_table(const struct tb_comparison *c, const struct tb_pairing *const *rows, size_t n,
		    const struct tb_view *view, FILE *out);
/* Columns of a line: 0 for any number. */
size_t tb_view_columns(const struct tb_view *view, FILE *out);
/* Text of a record, inert there, wrapped, and its newline. */
void tb_print_line(const struct tb_view *view, FILE *out, const char *text);
bool tb_compare_changed(const struct tb_pairing *row);
const char *tb_pairing_text(const struct tb_pairing *row, const char *key); /* of the metric */

#endif
