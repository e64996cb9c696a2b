/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares all figures of several sides with those of the reference side. */
#ifndef TB_COMPARISON_H
#define TB_COMPARISON_H

#include "compare/context.h"
#include "compare/gather.h"
#include "compare/versus.h"

/* An identity that the reference shares with another side. */
struct tb_pairing {
	const struct tb_entry *a, *b;
	const struct tb_side *other; /* b's */
	struct tb_versus versus;
	char refusal[192]; /* why they cannot be compared, or ""; then versus is unset */
};

/* Rows that one side has and another is missing, for one reason. */
struct tb_absence {
	const struct tb_side *has, *missing;
	const struct tb_entry *first;
	const char *reason; /* NULL: not measured */
	size_t rows;
};

struct tb_comparison {
	const struct tb_sides *sides;
	const struct tb_side *reference;
	struct tb_judge judge;
	bool across_classes;
	struct tb_pairing *row; /* for each entry of the reference, in order: the other sides */
	size_t rows;
	size_t compared; /* rows that were not refused */
	struct tb_absence *absence;
	size_t absences;
	struct tb_differences differences;
	json_t *warnings; /* texts: duplicate runs, fingerprints that differ */
	char scope[160];  /* the machines that the results hold for: "these two machines" */
};

/*
 * The caller sets judge, across_classes and reference, and frees *c, after an error too. 0; -EINVAL
 * with *why set if the sides cannot be compared; -ENOMEM; -ERANGE from tb_versus().
 */
int tb_compare(struct tb_comparison *c, const struct tb_sides *sides, struct tb_error *why);
void tb_comparison_free(struct tb_comparison *c);

/* The number of compared rows with this verdict. */
size_t tb_compare_count(const struct tb_comparison *c, enum tb_verdict verdict);
/* How much worse b is than a, as a share of a: 0.05. Negative if b is better. */
double tb_compare_loss(const struct tb_pairing *row);

#endif
