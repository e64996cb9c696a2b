/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares a record with itself, to check the false-positive rate of compare. */
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

/* A count, and the range lo..hi that holds it in 95 % of the cases if the intervals are correct. */
struct tb_aa_count {
	size_t of, seen;
	double expected; /* share */
	size_t lo, hi;
};

/*
 * Each row's launches are split at random into two halves, which are then compared.
 * alarms: comparisons whose interval excludes "no difference". Their rate is the exact level of the
 * test for any figures without ties. With ties it is lower, by an amount that depends on the
 * figures. Such rows are `tied` and not counted.
 * tables: splits in which at least one row is called faster or slower. lo is 0, because fewer are
 * no fault.
 * order: rows whose first half of the launches differs from the second. Rows of one launch drift
 * together, so the range is 0..of.
 */
struct tb_aa {
	struct tb_aa_count alarms, tables, order;
	size_t rows, tied, few; /* tied: rows with ties; few: too few launches to split */
};

/* The side must be closed. 0; -ENODATA: no row can be split; or -errno. */
int tb_aa_test(const struct tb_side *side, const struct tb_aa_plan *plan, struct tb_aa *out);
bool tb_aa_within(const struct tb_aa_count *count);

#endif
