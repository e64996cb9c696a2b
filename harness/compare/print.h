/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints a comparison: tables, Markdown, JSON, CSV. */
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
	bool brief; /* without the sides, the scope and missing rows */
};

/*
 * Prints sides, context, a table for each metric, and the rows that could not be compared. A metric
 * that `show` omits has a table only if a row changed. With two sides a table has ratios with
 * intervals, with more sides it is a matrix of ratios to the reference.
 */
void tb_compare_print(const struct tb_comparison *c, const struct tb_view *view, FILE *out);
/* Prints the counts of the verdicts. */
void tb_compare_counts(const struct tb_comparison *c, FILE *out);
/* The comparison as "tollbooth.compare/1". A new reference; NULL: out of memory. */
json_t *tb_compare_json(const struct tb_comparison *c, const struct tb_view *view);
/* Prints a head, then one line for each row. No cell is a formula. */
void tb_compare_csv(const struct tb_comparison *c, const struct tb_view *view, FILE *out);

/*
 * The rows of a view in its order; *n is their number. by_metric groups the rows of one metric of
 * one benchmark, and omits refused rows. The caller frees the array; NULL: out of memory.
 */
const struct tb_pairing **tb_compare_order(const struct tb_comparison *c,
					   const struct tb_view *view, bool by_metric, size_t *n);
/* Whether two rows are in one table. */
bool tb_same_table(const struct tb_pairing *a, const struct tb_pairing *b);
void tb_print_table(const struct tb_comparison *c, const struct tb_pairing *const *rows, size_t n,
		    const struct tb_view *view, FILE *out);
/* Columns of a line; 0: no limit. */
size_t tb_view_columns(const struct tb_view *view, FILE *out);
/* Prints a text of a record, made inert and wrapped, and a newline. */
void tb_print_line(const struct tb_view *view, FILE *out, const char *text);
bool tb_compare_changed(const struct tb_pairing *row);
const char *tb_pairing_text(const struct tb_pairing *row, const char *key); /* of the metric */

#endif
