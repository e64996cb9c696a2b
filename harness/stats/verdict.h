/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts on ratios, and adjusted p values of a table. */
#ifndef TB_STATS_VERDICT_H
#define TB_STATS_VERDICT_H

#include <stddef.h>

#include "stats/interval.h"

/*
 * The verdict on an interval of the ratio new/old of a lower-is-better metric, for
 * the band [1/(1+d), 1+d] of the minimum effect d. Equivalent: all of it inside
 * (two one-sided tests, Schuirmann 1987). Inconclusive: it crosses a band edge.
 * Insufficient: there is no interval, or an invalid one.
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

/*
 * Adjusted p values in the order of p, each in [0, 1] (else -EINVAL); n = 0 is no
 * error. adjusted may be p itself. Benjamini & Hochberg 1995: it bounds the share
 * of false positives.
 */
int tb_stats_adjust_bh(const double *p, size_t n, double *adjusted);

#endif
