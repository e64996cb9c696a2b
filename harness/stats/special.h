/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tails and quantiles of the distributions that the intervals and tests stand on. */
#ifndef TB_STATS_SPECIAL_H
#define TB_STATS_SPECIAL_H

#include <stddef.h>

/*
 * All arguments must be finite and in the stated range; nothing is checked.
 * The relative error of a tail is some 1e-12, in the far tail too: a tail is
 * never formed as one minus the other side where it is the small one.
 */

double tb_stats_normal_tail(double z);	   /* P(Z > z) */
double tb_stats_normal_quantile(double p); /* z with P(Z <= z) = p, 0 < p < 1 */

/* Regularised incomplete beta I_x(a, b), a > 0, b > 0, 0 <= x <= 1. */
double tb_stats_beta(double x, double a, double b);

double tb_stats_t_tail(double t, double df);	 /* P(T > t), t >= 0, df > 0 */
double tb_stats_t_quantile(double p, double df); /* t with P(T <= t) = p, 0 < p < 1 */

double tb_stats_binomial_below(size_t k, size_t n, double p);	 /* P(Bin(n,p) < k) */
double tb_stats_binomial_at_least(size_t k, size_t n, double p); /* P(Bin(n,p) >= k) */

#endif
