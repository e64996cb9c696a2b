/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds two modes in a sample. Such a sample is reported by its modes, never by its median. */
#ifndef TB_STATS_MODES_H
#define TB_STATS_MODES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * low and high are the medians of the two parts, share_high the part of the values
 * in the upper one. Without two modes low and high are both the median.
 */
struct tb_modes {
	bool two;
	double low, high;
	double share_high;
};

/*
 * A rule of thumb, not a test; in doubt it finds one mode. The sample is cut where
 * the squares within the two parts are least (Otsu 1979), after values beyond the
 * 1 % and 99 % quantiles were moved there. It has two modes when
 * - it holds at least 20 values, and each part 5 % of them and at least 5;
 * - the parts' medians are 3 % of the overall median apart, or more: less is of
 *   no interest here;
 * - and more than 4 times the larger scaled MAD of the parts, or 4 times the
 *   resolution of the values (unit of x, 0: none), apart;
 * - fewer than 5 % of the values lie in the middle half between the medians, so
 *   that a long tail is no mode.
 */
int tb_stats_modes(const double *x, size_t n, double resolution, struct tb_modes *out);

#endif
