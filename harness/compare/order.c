// SPDX-License-Identifier: GPL-2.0-or-later
/* Selects the rows of a view and sorts them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/print.h"
#include "json.h"

bool tb_compare_changed(const struct tb_pairing *row)
{
	return !row->refusal[0] && (row->versus.verdict == TB_VERDICT_FASTER ||
				    row->versus.verdict == TB_VERDICT_SLOWER);
}

const char *tb_pairing_text(const struct tb_pairing *row, const char *key)
{
	return tb_json_text(row->a->metric, key, "?");
}

bool tb_same_table(const struct tb_pairing *a, const struct tb_pairing *b)
{
	return !strcmp(tb_pairing_text(a, "name"), tb_pairing_text(b, "name")) &&
	       !strcmp(tb_json_text(a->a->row, "name", "?"), tb_json_text(b->a->row, "name", "?"));
}

struct placed {
	const struct tb_pairing *row;
	size_t group, number;
	double change;
};

static double change_of(const struct tb_pairing *row)
{
	if (row->refusal[0])
		return -1;
	return row->versus.has_ratio ? fabs(log(row->versus.ratio)) : fabs(row->versus.difference);
}

static int by_number(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

static int by_change(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;

	if (a->group == b->group && a->change != b->change)
		return a->change > b->change ? -1 : 1;
	return by_number(left, right);
}

static int by_name(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;
	int order = a->group == b->group ? strcmp(a->row->a->key, b->row->a->key) : 0;

	return order ? order : by_number(left, right);
}

/* The group of an earlier row with the same benchmark and metric, or a new one. */
static size_t group_of(const struct placed *placed, size_t n, const struct tb_pairing *row)
{
	for (size_t i = n; i-- > 0;)
		if (tb_same_table(placed[i].row, row))
			return placed[i].group;
	return n;
}

const struct tb_pairing **tb_compare_order(const struct tb_comparison *c,
					   const struct tb_view *view, bool by_metric, size_t *n)
{
	static int (*const orders[])(const void *, const void *) = {
		[TB_SORT_RECORD] = by_number,
		[TB_SORT_NAME] = by_name,
		[TB_SORT_RATIO] = by_change,
	};
	struct placed *placed = calloc(c->rows + 1, sizeof(*placed));
	const struct tb_pairing **rows = calloc(c->rows + 1, sizeof(struct tb_pairing *));

	*n = 0;
	for (size_t i = 0; placed && rows && i < c->rows; i++) {
		const struct tb_pairing *row = &c->row[i];

		/* A refused row has no figures for a table; lists have its reason. */
		if ((view->only_changed && !tb_compare_changed(row)) ||
		    (by_metric && row->refusal[0]))
			continue;
		placed[*n] = (struct placed){ row, 0, i, change_of(row) };
		if (by_metric)
			placed[*n].group = group_of(placed, *n, row);
		++*n;
	}
	if (placed && rows && *n)
		qsort(placed, *n, sizeof(*placed), orders[view->sort]);
	for (size_t i = 0; placed && rows && i < *n; i++)
		rows[i] = placed[i].row;
	free(placed);
	if (!placed) {
		free(rows);
		rows = NULL;
	}
	return rows;
}
