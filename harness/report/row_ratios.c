// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/row_ratios.h"

#include <errno.h>
#include <stdlib.h>

#include "compare/cells.h"
#include "compare/print.h"
#include "json.h"
#include "record/summary.h"
#include "report/html.h"

struct pairs {
	const struct tb_plots *plots;
	const struct tb_plot *plot;
	struct tb_side side[TB_SUBJECTS_MAX];
	struct tb_pairing *at;
	size_t *point; /* the index of each row's point in the plot */
	size_t n;
};

/* The entry of the row with these parameters replaced; NULL: the side has none. */
static const struct tb_entry *entry_of(const struct tb_side *side, const json_t *row,
				       const json_t *instead, const char *metric)
{
	json_t *other = json_copy((json_t *)row);
	json_t *params = json_copy(json_object_get(row, "params"));
	const struct tb_entry *entry = NULL;
	char *key = NULL;

	if ((!instead || !json_object_update(params, (json_t *)instead)) &&
	    !json_object_set(other, "params", params))
		key = tb_side_key(other, metric);
	if (key)
		entry = tb_side_find(side, key);
	free(key);
	json_decref(params);
	json_decref(other);
	return entry;
}

static void put_cell(FILE *out, const char *kind, const char *text)
{
	fprintf(out, "<td%s>", kind);
	tb_html_text(out, text);
	fputs("</td>", out);
}

static void put_pairing(FILE *out, const struct pairs *pairs, size_t i)
{
	const struct tb_plot *plot = pairs->plot;
	const struct tb_point *point = &plot->point[pairs->point[i]];
	const struct tb_pairing *p = &pairs->at[i];
	char text[256];

	fputs("<tr>", out);
	put_cell(out, " class=\"text\"", pairs->plots->group->at[point->subject]->name);
	put_cell(out, " class=\"text\"", plot->series.at[point->series].text);
	put_cell(out, "", plot->x.at[point->x].text);
	tb_cell_estimate(p->b, text, sizeof(text));
	put_cell(out, "", text);
	tb_cell_estimate(p->a, text, sizeof(text));
	put_cell(out, "", text);
	tb_cell_change(p, text, sizeof(text));
	put_cell(out, "", text);
	tb_cell_verdict(p, text, sizeof(text));
	put_cell(out, " class=\"text\"", text);
	fputs("</tr>\n", out);
}

static void put_head(FILE *out, const json_t *source, const struct tb_pairing *first)
{
	const json_t *against = json_object_get(source, "against");
	const json_t *value;
	const char *name;

	fputs("<details><summary>Against", out);
	json_object_foreach((json_t *)against, name, value) {
		fprintf(out, " %s=", name);
		if (json_is_string(value))
			tb_html_text(out, json_string_value(value));
		else
			fprintf(out, "%lld", (long long)json_integer_value(value));
	}
	fputs("</summary><div class=\"scroll\"><table><tr><th class=\"text\">record</th><th class=\"text\">row</th><th>",
	      out);
	tb_html_text(out, tb_json_text(source, "x", ""));
	fputs("</th><th>", out);
	tb_html_format(out, "%s %s", tb_pairing_text(first, "name"),
		       tb_pairing_text(first, "unit"));
	fputs("</th><th>against</th><th>ratio [95 %]</th><th class=\"text\">verdict</th></tr>\n",
	      out);
}

/* Each subject has one side, created for its first point. */
static int side_of(struct tb_side *side, const struct tb_subject *subject)
{
	struct tb_error why = { "" };
	int err;

	if (side->records)
		return 0;
	snprintf(side->label, sizeof(side->label), "it");
	err = tb_side_add(side, json_incref(subject->record->json), "", &why);
	return err ? err : tb_side_close(side, TB_CONFIDENCE);
}

static int pair_point(struct pairs *pairs, size_t number, const struct tb_judge *judge)
{
	const struct tb_point *point = &pairs->plot->point[number];
	const json_t *against = json_object_get(point->source, "against");
	const char *metric =
		json_string_value(json_array_get(json_object_get(point->source, "metrics"), 0));
	struct tb_side *side = &pairs->side[point->subject];
	struct tb_pairing *p = &pairs->at[pairs->n];
	int err = against ? side_of(side, pairs->plots->group->at[point->subject]) : 0;

	if (err || !against)
		return err;
	*p = (struct tb_pairing){ .a = entry_of(side, point->row, against, metric),
				  .b = entry_of(side, point->row, NULL, metric),
				  .other = side };
	if (!p->a || !p->b || p->a == p->b)
		return 0;
	pairs->point[pairs->n++] = number;
	return tb_versus(p->a, p->b, judge, &p->versus);
}

static int judge_pairs(struct pairs *pairs, const struct tb_judge *judge)
{
	struct tb_versus **rows = calloc(pairs->n + 1, sizeof(struct tb_versus *));
	int err;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < pairs->n; i++)
		rows[i] = &pairs->at[i].versus;
	err = tb_versus_table(rows, pairs->n, judge->alpha);
	free(rows);
	return err;
}

static void put_table(FILE *out, const struct pairs *pairs)
{
	if (!pairs->n)
		return;
	put_head(out, pairs->plot->point[pairs->point[0]].source, pairs->at);
	for (size_t i = 0; i < pairs->n; i++)
		put_pairing(out, pairs, i);
	fputs("</table></div></details>\n", out);
}

int tb_row_ratios_table(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot)
{
	struct tb_laws laws = { 0 };
	const struct tb_judge judge = { TB_MIN_EFFECT, 1 - TB_CONFIDENCE, &laws };
	struct pairs pairs = { .plots = plots, .plot = plot };
	int err = 0;

	pairs.at = calloc(plot->points + 1, sizeof(*pairs.at));
	pairs.point = calloc(plot->points + 1, sizeof(*pairs.point));
	if (!pairs.at || !pairs.point)
		err = -ENOMEM;
	for (size_t i = 0; i < plot->points && !err; i++)
		err = pair_point(&pairs, i, &judge);
	if (!err)
		err = judge_pairs(&pairs, &judge);
	if (!err)
		put_table(out, &pairs);
	for (size_t s = 0; s < TB_SUBJECTS_MAX; s++)
		tb_side_free(&pairs.side[s]);
	free(pairs.at);
	free(pairs.point);
	tb_laws_free(&laws);
	return err;
}
