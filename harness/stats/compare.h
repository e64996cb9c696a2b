/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two samples against each other: is there a difference, does it matter, in how many rows. */
#ifndef TB_STATS_COMPARE_H
#define TB_STATS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "stats/interval.h"

/*
 * Mann & Whitney (1947), two-sided. u_x counts the pairs with x > y, a tie as one
 * half; a12 = u_x / (nm) is the chance that an x exceeds a y, cliffs_delta =
 * 2 a12 - 1. p_exact is twice the smaller tail of the permutation law of the
 * mid-ranks (right with ties), present up to n + m = 60; p_normal has the tie
 * correction and the continuity correction. Nothing but ties: both are 1.
 */
struct tb_mann_whitney {
	double u_x, u_y, a12, cliffs_delta;
	bool ties;
	bool has_exact;
	double p_exact, p_normal;
};

int tb_stats_mann_whitney(const double *x, size_t n, const double *y, size_t m,
			  struct tb_mann_whitney *out);

/* The better p value that is there. */
double tb_stats_mann_whitney_p(const struct tb_mann_whitney *test);

/*
 * What an interval of the ratio new/old of a lower-is-better metric says against
 * the band [1/(1+d), 1+d] of the minimum effect d. Equivalent: all of it inside
 * (two one-sided tests, Schuirmann 1987). Inconclusive: it crosses a band edge.
 * Insufficient: there is no interval, or one that makes no sense.
 */
enum tb_verdict {
	TB_VERDICT_INSUFFICIENT,
	TB_VERDICT_INCONCLUSIVE,
	TB_VERDICT_EQUIVALENT,
	TB_VERDICT_FASTER,
	TB_VERDICT_SLOWER,
};

enum tb_verdict tb_stats_ratio_verdict(const struct tb_interval *ratio, double min_effect);
const char *tb_stats_verdict_name(enum tb_verdict verdict);

/* Which way an interval that excludes 1 points: -1 below, +1 above, 0 neither. */
int tb_stats_ratio_direction(const struct tb_interval *ratio);

/*
 * Adjusted p values in the order of p, each in [0, 1] (else -EINVAL); n = 0 is no
 * error. adjusted may be p itself. bh: Benjamini & Hochberg 1995, holds the share
 * of false alarms. holm: Holm 1979, holds the chance of any.
 */
int tb_stats_adjust_bh(const double *p, size_t n, double *adjusted);
int tb_stats_adjust_holm(const double *p, size_t n, double *adjusted);

#endif
