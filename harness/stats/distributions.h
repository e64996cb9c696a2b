/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tails and quantiles of the normal, Student's and the binomial distribution. */
#ifndef TB_STATS_DISTRIBUTIONS_H
#define TB_STATS_DISTRIBUTIONS_H

#include <stddef.h>

/*
 * Arguments must be finite and in the stated range; they are not checked. The relative error of a
 * small tail is below 1e-12, because it is never computed as one minus a large tail.
 */

double tb_stats_normal_tail(double z);	   /* P(Z > z) */
double tb_stats_normal_quantile(double p); /* z with P(Z <= z) = p, 0 < p < 1 */

/* t with P(T <= t) = p, 1/2 < p < 1, df > 0. Time grows with df. */
double tb_stats_t_quantile(double p, size_t df);

double tb_stats_binomial_below(size_t k, size_t n, double p); /* P(Bin(n,p) < k), 0 < p < 1 */

#endif
