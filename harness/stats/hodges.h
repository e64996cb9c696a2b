/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hodges-Lehmann estimates (1963) with the exact intervals of their rank tests. */
#ifndef TB_STATS_HODGES_H
#define TB_STATS_HODGES_H

#include <stddef.h>

#include "stats/interval.h"

/*
 * ci is cut at the k-th smallest and k-th largest of the N pairwise values (see
 * ranktest.h) and absent where k would be 0. ci.coverage is that of samples
 * without ties; it is never below the confidence. No pair is stored: time is
 * O((n + m) log), memory O(n + m) beside the null distribution.
 */
struct tb_hodges {
	double estimate;
	struct tb_interval ci;
};

/*
 * Median of the N = nm differences x - y, of samples that are sorted and known to
 * be fit. cut: the rank that was found for n and m.
 */
struct tb_json_strip;
int tb_stats_hl_shift_sorted(const double *x, size_t n, const double *y, size_t m,
			     const struct tb_json_strip *cut, struct tb_hodges *out);

#endif
