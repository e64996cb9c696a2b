/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two records, compared. */
#ifndef TB_TEST_DUEL_H
#define TB_TEST_DUEL_H

#include "compare_help.h"

struct duel {
	struct tb_side side[3];
	struct tb_sides sides;
	struct tb_laws laws;
	struct tb_comparison c;
	struct tb_error why;
	int err;
};

static const double TEN[10] = { 100, 101, 102, 103, 104, 105, 106, 107, 108, 109 };

/* Takes the records. */
static inline struct duel *duel(json_t *a, json_t *b, bool across)
{
	struct duel *d = calloc(1, sizeof(*d));

	d->side[0] = made_side(a);
	d->side[1] = made_side(b);
	snprintf(d->side[1].label, sizeof(d->side[1].label), "B");
	snprintf(d->side[0].name, sizeof(d->side[0].name), "one");
	snprintf(d->side[1].name, sizeof(d->side[1].name), "two");
	d->sides = (struct tb_sides){ d->side, 2 };
	d->c.judge = (struct tb_judge){ 0.02, 0.05, &d->laws };
	d->c.across_classes = across;
	d->c.reference = &d->side[0];
	d->err = tb_compare(&d->c, &d->sides, &d->why);
	return d;
}

static inline void part(struct duel *d)
{
	tb_comparison_free(&d->c);
	tb_laws_free(&d->laws);
	tb_side_free(&d->side[0]);
	tb_side_free(&d->side[1]);
	free(d);
}

#endif
