/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flush atlas: the candidates of the search, and their verdicts on fresh launches. */
#ifndef TB_L1D_TUNE_H
#define TB_L1D_TUNE_H

#include <stdbool.h>
#include <stdio.h>

#include "record/record.h"

enum { L1D_VICTIMS = 4, L1D_KERNEL_SIZE = 64 << 10, L1D_TIES_MAX = 8 };

/* Unknown: too few launches or trials, no quiet core, or a victim without a figure. */
enum l1d_verdict { L1D_UNKNOWN, L1D_EMPTY, L1D_NOT_EMPTY };

/* One (loop, size) with all victims, from the rows of a record. Costs in core cycles. */
struct l1d_candidate {
	char loop[48];
	unsigned long size;
	unsigned int victims;	       /* with a figure */
	const char *why;	       /* the record's reason why a victim has no figure, or NULL */
	double upper;		       /* worst victim's upper bound of (left-any - reference) */
	double excess;		       /* worst victim's estimate of it */
	enum l1d_verdict verdict;      /* for every victim, by the rule of the summaries */
	double cost, cost_lo, cost_hi; /* victim page */
	double cost_dirty;
	double refill, refill_lo, refill_hi; /* victim page */
	double l2_rate; /* core cycles a line, the best of the same launches: L2 to L1D */
};

/*
 * All (loop, size) of a record, *n of them, in its order; NULL: ENOMEM. They point into the record.
 * The caller frees the array.
 */
struct l1d_candidate *l1d_candidates(const struct tb_record *record, size_t *n);
const struct l1d_candidate *l1d_candidate_find(const struct l1d_candidate *c, size_t n,
					       const char *loop, unsigned long size);

/* The results of tune, all on fresh launches. */
struct l1d_atlas {
	const struct l1d_candidate *kernel; /* the kernel's loop at 64 KiB */
	const struct l1d_candidate
		*winner; /* the cheapest that empties the L1D; NULL: none was confirmed */
	/* Others that empty the L1D, and whose cost interval overlaps the winner's. */
	const struct l1d_candidate *tie[L1D_TIES_MAX];
	size_t ties;
	unsigned long
		enough; /* the kernel's loop empties at this size and at all larger tried ones; 0: none */
	unsigned long too_small; /* the largest tried size at which it does not; 0: none */
	bool literal;		 /* the kernel's loop was measured with its CPUID */
};

/*
 * Finds the cheapest confirmed candidate that empties, and its ties: candidates whose cost interval
 * overlaps. The estimate alone would name another winner in each run.
 */
void l1d_atlas_choose(struct l1d_atlas *atlas, const struct l1d_candidate *c, size_t n);
/* Prints the verdicts as text; the last line is the one to paste. */
void l1d_atlas_print(FILE *out, const struct tb_record *record, const struct l1d_atlas *atlas);
/* The same as JSON, for the record's "x". */
json_t *l1d_atlas_json(const struct tb_record *record, const struct l1d_atlas *atlas,
		       const struct l1d_candidate *search, size_t n);

#endif
