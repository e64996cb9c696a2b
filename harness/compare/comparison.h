/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All figures of several sides against those of one of them, the reference. */
#ifndef TB_COMPARISON_H
#define TB_COMPARISON_H

#include "compare/context.h"
#include "compare/gather.h"
#include "compare/versus.h"

/* An identity that the reference and another side have. */
struct tb_pairing {
	const struct tb_entry *a, *b;
	const struct tb_side *other; /* b's */
	struct tb_versus versus;
	char refusal[192]; /* they can't be compared, because; versus is empty then */
};

/* Rows that one side has and another lacks, for one reason. */
struct tb_absence {
	const struct tb_side *has, *missing;
	const struct tb_entry *first;
	const char *reason; /* NULL: it was not measured */
	size_t rows;
};

struct tb_comparison {
	const struct tb_sides *sides;
	const struct tb_side *reference;
	struct tb_judge judge;
	bool across_classes;
	struct tb_pairing
		*row; /* the reference's entries in their order, for each the other sides */
	size_t rows;
	size_t compared; /* rows that were not refused */
	struct tb_absence *absence;
	size_t absences;
	struct tb_differences differences;
	json_t *warnings; /* texts: why the sides may not be what they seem */
	char scope[160];  /* what the figures hold for: "these two machines" */
};

/*
 * judge, across_classes and reference are set by the caller. 0; -EINVAL with the
 * error said where the sides can't be compared at all; -ENOMEM.
 */
int tb_compare(struct tb_comparison *c, const struct tb_sides *sides, struct tb_error *why);
void tb_comparison_free(struct tb_comparison *c);

/* How many compared rows have this verdict. */
size_t tb_compare_count(const struct tb_comparison *c, enum tb_verdict verdict);
/* How much worse b is than a, as a share of a: 0.05; below 0 for better. */
double tb_compare_loss(const struct tb_pairing *row);

#endif
