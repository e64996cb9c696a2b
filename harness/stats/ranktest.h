/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Null distributions of the rank statistics: where an exact interval may be cut. */
#ifndef TB_STATS_RANKTEST_H
#define TB_STATS_RANKTEST_H

#include <stddef.h>

/*
 * rank: the largest k with P(T <= k-1) <= limit, 0 if there is none; tail is that
 * probability. T takes no account of ties: with ties the interval cut at k covers
 * at least what it claims.
 */
struct tb_json_strip {
	size_t rank;
	double tail;
};

/*
 * Mann-Whitney U (1947) of n against m values. Exact up to n * m = 22500, beyond
 * it the normal law with its Edgeworth term (Fix & Hodges 1955), continuity
 * corrected. limit in (0, 1/2).
 */
int tb_stats_rank_sum_cut(size_t n, size_t m, double limit, struct tb_json_strip *out);

/* The law itself, for many questions about the same n and m. */
struct tb_rank_law {
	size_t n, m;
	double *below; /* [k] = P(U < k), width of them; NULL: the normal law */
	size_t width;
};

/* 0, -EINVAL or -ENOMEM; freed by tb_stats_rank_law_free(), which takes a zeroed one, too. */
int tb_stats_rank_law(size_t n, size_t m, struct tb_rank_law *out);
void tb_stats_rank_law_free(struct tb_rank_law *law);
/* P(U < k); 1 for k far above the middle. */
double tb_stats_rank_law_below(const struct tb_rank_law *law, size_t k);
int tb_stats_rank_law_cut(const struct tb_rank_law *law, double limit, struct tb_json_strip *out);

#endif
