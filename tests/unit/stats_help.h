/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random samples and fine comparisons, for the two test programs of harness/stats. */
#ifndef TB_TESTS_STATS_HELP_H
#define TB_TESTS_STATS_HELP_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "in_range.h"
#include "random_unit.h"
#include "stats/distributions.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* cmocka's own takes float: too coarse here. */
static inline void assert_near(double got, double want, double rel)
{
	if (!(fabs(got - want) <= rel * fmax(1e-300, fabs(want))))
		fail_msg("%.17g is not %.17g", got, want);
}

static inline double random_normal(struct tb_random *r)
{
	return tb_stats_normal_quantile((random_unit(r) * 0x1p52 + 0.5) * 0x1p-52);
}

/* median exp(location) */
static inline void fill_lognormal(struct tb_random *r, double *x, size_t n, double location,
				  double scale)
{
	for (size_t i = 0; i < n; i++)
		x[i] = exp(location + scale * random_normal(r));
}

#endif
