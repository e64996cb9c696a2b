/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record against itself: does what compares cry wolf as rarely as it says? */
#ifndef TB_AA_H
#define TB_AA_H

#include <stdint.h>

#include "steps.h"
#include "compare/versus.h"

struct tb_aa_plan {
	struct tb_judge judge;
	size_t pairs; /* 200 */
	uint64_t seed;
	struct tb_steps steps; /* pairs */
};

/* A count and where it lies in 95 % of the cases if all is as it is said to be. */
struct tb_aa_count {
	size_t of, seen;
	double expected; /* share */
	size_t lo, hi;
};

/*
 * alarms: of comparisons whose interval leaves out "no difference". Each row's
 * launches are split at random into two halves, so the chance of an alarm is the
 * exact level of the test, whatever the figures are; but where figures are equal it is
 * less, by an amount that depends on them: those comparisons are `tied` and not
 * counted. tables: of pairs in which anything is called faster or slower; lo is 0,
 * for fewer is no fault. order: of rows whose first half of launches differs from the
 * second; its band is 0 to of, as rows of one launch drift together.
 */
struct tb_aa {
	struct tb_aa_count alarms, tables, order;
	size_t rows, tied, few; /* of them with ties, and with too few launches to be split */
};

/* side is closed. 0, -ENODATA when no row can be split, or -errno. */
int tb_aa_test(const struct tb_side *side, const struct tb_aa_plan *plan, struct tb_aa *out);
bool tb_aa_within(const struct tb_aa_count *count);

#endif
