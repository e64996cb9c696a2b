/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One figure of two sides against each other. */
#ifndef TB_VERSUS_H
#define TB_VERSUS_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/side.h"
#include "stats/rank_sum.h"
#include "stats/verdict.h"

/* Null laws that were needed so far; all zeros is none. */
struct tb_laws {
	struct tb_rank_law *at;
	size_t n;
};

void tb_laws_free(struct tb_laws *laws);

/* Unless asked otherwise within 2 % nothing is of interest: the band is [1/1.02, 1.02]. */
#define TB_MIN_EFFECT 0.02

struct tb_judge {
	double min_effect; /* a share */
	double alpha;	   /* of intervals, and of the table's false alarms */
	struct tb_laws *laws;
};

/* Power for which the detectable effect is told. */
#define TB_POWER 0.95

/*
 * How the interval was judged. A ratio b/a is judged against the band of the
 * minimum effect. A share or a number of lines is judged by its difference b - a,
 * as is anything with a value that is not positive: the band is then the minimum
 * effect of the larger estimate, and for shares and lines at least TB_EMPTY_EXCESS,
 * below which the project calls them nothing.
 */
struct tb_versus {
	bool has_ratio, has_difference; /* the estimate; ci.present tells of the interval */
	double ratio, difference;
	struct tb_interval ratio_ci, difference_ci;
	double a12; /* chance that a figure of b exceeds one of a, ties as halves */
	double p;   /* of the interval: the least alpha at which it leaves out "no difference" */
	double q;   /* p over the whole table, Benjamini & Hochberg; p until then */
	double detectable; /* effect that TB_POWER of such comparisons would call; NAN: unknown */
	enum tb_verdict verdict; /* of b against the metric's better direction */
	/* For insufficient, or of what the table took back: tb_versus_reason(). */
	char reason[192];
	const char *unfit; /* an entry's */
};

/* 0, -ENOMEM, or -ERANGE for figures whose ratio no double holds. Both are closed and fit to compare. */
int tb_versus(const struct tb_entry *a, const struct tb_entry *b, const struct tb_judge *judge,
	      struct tb_versus *out);
/* Why there is no better verdict; "" where there is nothing to say. The entries own it. */
const char *tb_versus_reason(const struct tb_versus *versus);
/* How many launches of each side an interval needs at least: 4 for 0.05. */
size_t tb_versus_fewest(double alpha);
/* Adjusts all p values and takes back what the table does not bear out. 0 or -ENOMEM. */
int tb_versus_table(struct tb_versus *const *rows, size_t n, double alpha);
/* Why the two can't be compared at all: other version, unit, direction, column. "" if they can. */
void tb_versus_refusal(const struct tb_entry *a, const struct tb_entry *b, char *out, size_t bytes);

#endif
