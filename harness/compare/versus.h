/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares one figure of two sides. */
#ifndef TB_VERSUS_H
#define TB_VERSUS_H

#include <stdbool.h>
#include <stddef.h>

#include "compare/side.h"
#include "stats/rank_sum.h"
#include "stats/verdict.h"

/* Cache of the null distributions used so far; zero-initialised it is empty. */
struct tb_laws {
	struct tb_rank_law *at;
	size_t n;
};

void tb_laws_free(struct tb_laws *laws);

/* Default minimum effect: a ratio within [1/1.02, 1.02] counts as equivalent. */
#define TB_MIN_EFFECT 0.02

struct tb_judge {
	double min_effect; /* a share */
	double alpha;	   /* of intervals, and bound on the table's false positives */
	struct tb_laws *laws;
};

/* The power of the detectable effect. */
#define TB_POWER 0.95

/*
 * The result of a comparison. A ratio b/a is judged against the band of the minimum effect. Shares,
 * lines, and metrics with a value that is not positive are judged by the difference b - a. Its band
 * is the minimum effect of the larger estimate, and for shares and lines at least TB_EMPTY_EXCESS,
 * below which they count as empty.
 */
struct tb_versus {
	bool has_ratio, has_difference; /* the estimate exists; ci.present: the interval exists */
	double ratio, difference;
	struct tb_interval ratio_ci, difference_ci;
	double a12; /* chance that a figure of b exceeds one of a, ties as halves */
	double p;   /* the smallest alpha at which the interval excludes "no difference" */
	double q;   /* p adjusted over the whole table (Benjamini & Hochberg); p before that */
	double detectable; /* effect that TB_POWER of such comparisons would find; NAN: unknown */
	enum tb_verdict verdict; /* of b against the metric's better direction */
	/*
	 * Why the verdict is insufficient, or was withdrawn by tb_versus_table(): see
	 * tb_versus_reason().
	 */
	char reason[192];
	const char *unfit; /* an entry's */
};

/*
 * 0, -ENOMEM, or -ERANGE if the ratio does not fit a double. Both sides must be closed and
 * comparable.
 */
int tb_versus(const struct tb_entry *a, const struct tb_entry *b, const struct tb_judge *judge,
	      struct tb_versus *out);
/* The reason for the verdict, or "". The entries own it. */
const char *tb_versus_reason(const struct tb_versus *versus);
/* The smallest number of launches on each side that gives an interval: 4 for 0.05. */
size_t tb_versus_fewest(double alpha);
/* Adjusts all p values. A verdict with q above alpha becomes inconclusive. 0 or -ENOMEM. */
int tb_versus_table(struct tb_versus *const *rows, size_t n, double alpha);
/* Why the two cannot be compared: version, unit, direction or column differ. "" if they can. */
void tb_versus_refusal(const struct tb_entry *a, const struct tb_entry *b, char *out, size_t bytes);

#endif
