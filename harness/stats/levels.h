/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the noise comes from, and one figure for many ratios. */
#ifndef TB_STATS_LEVELS_H
#define TB_STATS_LEVELS_H

#include <stddef.h>

/*
 * Variance of processes that hold iterations (Kalibera & Jones 2013, section 6,
 * with its erratum: T2^2 = S2^2 - S1^2/I, where the paper prints T1^2). s1_sq and
 * s2_sq are the observed variances inside processes and of their means, t1_sq
 * and t2_sq the parts each level adds; unit of x squared. half_width: Student's,
 * of the mean, over processes. best: iterations per process that give the
 * narrowest interval for the cost, at least 1; 0 means no bound, for there is
 * nothing that a further process would add. For planning only.
 */
struct tb_two_level_design {
	size_t processes, iterations; /* both at least 2 */
	double confidence;
	double cost_process, cost_iteration; /* any unit, the same for both; positive */
};

struct tb_two_level {
	double mean;
	double s1_sq, s2_sq, t1_sq, t2_sq;
	double half_width;
	double best;
};

/* x[process * iterations + iteration] */
int tb_stats_two_level(const double *x, const struct tb_two_level_design *design,
		       struct tb_two_level *out);

/* Geometric mean; -EDOM: a value is not positive. Only for ratios. */
int tb_stats_geomean(const double *x, size_t n, double *out);

#endif
