// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/ratio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "compare/comparison.h"
#include "json.h"
#include "record/summary.h"

static int add_sides(const struct tb_group *group, struct tb_sides *sides)
{
	struct tb_error why = { "" };
	int err = 0;

	sides->at = calloc(group->n, sizeof(*sides->at));
	if (!sides->at)
		return -ENOMEM;
	for (size_t i = 0; i < group->n && !err; i++) {
		struct tb_side *side = &sides->at[sides->n++];

		snprintf(side->label, sizeof(side->label), "%c", (char)('A' + i));
		err = tb_side_add(side, json_incref(group->at[i]->record->json), "", &why);
		if (!err)
			err = tb_side_close(side, TB_CONFIDENCE);
	}
	return err;
}

/* Inverts the ratio of a higher-is-better metric: the time of one operation. */
static void invert(struct tb_ratio *ratio)
{
	double lo = ratio->ci.lo;

	ratio->estimate = 1 / ratio->estimate;
	ratio->ci.lo = 1 / ratio->ci.hi;
	ratio->ci.hi = 1 / lo;
}

static void describe_ratio(const struct tb_pairing *pairing, struct tb_ratio *ratio)
{
	const struct tb_entry *a = pairing->a, *b = pairing->b;
	const char *unfit = a->unfit ? a->unfit : b->unfit;

	if (pairing->refusal[0] || unfit)
		snprintf(ratio->why, sizeof(ratio->why), "%s", unfit ? unfit : pairing->refusal);
	else if (a->modes.two || b->modes.two)
		snprintf(ratio->why, sizeof(ratio->why), "a mixture of two modes");
	else if (!pairing->versus.has_ratio)
		snprintf(ratio->why, sizeof(ratio->why), "a figure is not positive");
	if (ratio->why[0])
		return;
	ratio->estimate = pairing->versus.ratio;
	ratio->ci = pairing->versus.ratio_ci;
	ratio->verdict = pairing->versus.verdict;
	if (tb_entry_higher(a))
		invert(ratio);
}

static bool headline(const struct tb_pairing *pairing)
{
	return json_is_true(json_object_get(pairing->a->metric, "headline"));
}

/* Pairings of one row of the first record are adjacent and share a line. */
static int list_ratios(const struct tb_group *group, const struct tb_comparison *c,
		       struct tb_ratios *out)
{
	size_t first = 0;

	out->at = calloc(c->rows + 1, sizeof(*out->at));
	if (!out->at)
		return -ENOMEM;
	for (size_t i = 0; i < c->rows; i++) {
		const struct tb_pairing *pairing = &c->row[i];
		struct tb_ratio *ratio = &out->at[out->n];

		if (!headline(pairing))
			continue;
		*ratio = (struct tb_ratio){
			.row = pairing->a->row,
			.metric = pairing->a->metric,
			.other = group->at[pairing->other - c->sides->at],
		};
		describe_ratio(pairing, ratio);
		if (out->at[first].metric != ratio->metric)
			first = out->n;
		out->n++;
		if (ratio->why[0])
			continue;
		if (!out->at[first].line)
			out->lines++;
		for (size_t k = first; k < out->n; k++)
			out->at[k].line = out->lines;
	}
	return 0;
}

int tb_ratios_gather(const struct tb_group *group, struct tb_ratios *out)
{
	struct tb_laws laws = { 0 };
	struct tb_comparison c = { .judge = { TB_MIN_EFFECT, 1 - TB_CONFIDENCE, &laws },
				   .across_classes = true };
	struct tb_sides sides = { 0 };
	struct tb_error why = { "" };
	int err = 0;

	*out = (struct tb_ratios){ 0 };
	if (group->n < 2)
		return 0;
	err = add_sides(group, &sides);
	c.reference = sides.at;
	if (!err)
		err = tb_compare(&c, &sides, &why);
	/* -EINVAL: the records have no row in common, so there is nothing to draw. */
	if (!err)
		err = list_ratios(group, &c, out);
	else if (err == -EINVAL && sides.n == group->n)
		err = 0;
	tb_comparison_free(&c);
	tb_laws_free(&laws);
	tb_sides_free(&sides);
	return err;
}

void tb_ratios_free(struct tb_ratios *ratios)
{
	free(ratios->at);
	*ratios = (struct tb_ratios){ 0 };
}
