/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rank-sum test of Mann and Whitney, and the corresponding shift between two samples. */
#ifndef TB_STATS_RANK_SUM_H
#define TB_STATS_RANK_SUM_H

#include <stddef.h>

#include "stats/interval.h"

/*
 * The distribution of Mann and Whitney's U (1947) of n against m values without a
 * difference. Exact up to n * m = 22500, beyond it the normal distribution with
 * its Edgeworth term (Fix & Hodges 1955), continuity corrected. It ignores ties:
 * with ties an interval cut by it covers at least the stated probability.
 */
struct tb_rank_law {
	size_t n, m;
	double *below; /* [k] = P(U < k), width of them; NULL: the normal distribution */
	size_t width;
};

/* 0, -EINVAL or -ENOMEM. Free with tb_stats_rank_law_free(), which accepts a zeroed one, too. */
int tb_stats_rank_law(size_t n, size_t m, struct tb_rank_law *out);
void tb_stats_rank_law_free(struct tb_rank_law *law);

/* P(U < k); 1 if k is far above the middle. */
double tb_stats_rank_law_below(const struct tb_rank_law *law, size_t k);

/*
 * The rank at which an interval is cut: the largest k with P(U <= k-1) <= limit, 0
 * if there is none. tail is that probability.
 */
struct tb_rank_cut {
	size_t rank;
	double tail;
};

/* -EINVAL unless 0 < limit < 1/2. */
int tb_stats_rank_law_cut(const struct tb_rank_law *law, double limit, struct tb_rank_cut *out);

/*
 * Hodges & Lehmann (1963): the median of the nm differences x - y, and its
 * interval, cut at the rank-th smallest and rank-th largest of them; absent where
 * rank is 0. ci.coverage is that of samples without ties. No difference is stored:
 * time is O((n + m) log), memory O(1). -ERANGE: a result does not fit a double.
 */
struct tb_hodges {
	double estimate;
	struct tb_interval ci;
};

/* Both samples must be sorted, finite and not empty. */
int tb_stats_hl_shift_sorted(const double *x, size_t n, const double *y, size_t m,
			     const struct tb_rank_cut *cut, struct tb_hodges *out);

#endif
