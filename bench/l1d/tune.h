/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flush atlas: what the search found, and what fresh launches made of it. */
#ifndef TB_L1D_TUNE_H
#define TB_L1D_TUNE_H

#include <stdbool.h>
#include <stdio.h>

#include "record/record.h"

enum { L1D_VICTIMS = 4, L1D_KERNEL_SIZE = 64 << 10, L1D_TIES_MAX = 8 };

/* Unknown: too few launches or trials, no quiet core, a victim without a figure. */
enum l1d_verdict { L1D_UNKNOWN, L1D_EMPTY, L1D_NOT_EMPTY };

/* One (loop, size) over all victims, from the rows of a record. Costs in core cycles. */
struct l1d_candidate {
	char loop[48];
	unsigned long size;
	unsigned int victims;	  /* that have a figure */
	const char *why;	  /* a victim has no figure, because: the record's text, or NULL */
	double upper;		  /* worst victim's upper bound of (left-any - reference) */
	double excess;		  /* worst victim's estimate of it */
	enum l1d_verdict verdict; /* for every victim, by the rule of the summaries */
	double cost, cost_lo, cost_hi; /* victim page */
	double cost_dirty;
	double refill, refill_lo, refill_hi; /* victim page */
	double l2_rate; /* core cycles a line, the best of the same launches: L2 to L1D */
};

/* All (loop, size) of a record, in its order; *n of them, owned by the caller; they refer to it. NULL on ENOMEM. */
struct l1d_candidate *l1d_candidates(const struct tb_record *record, size_t *n);
const struct l1d_candidate *l1d_candidate_find(const struct l1d_candidate *c, size_t n,
					       const char *loop, unsigned long size);

/* What tune found, all of it on fresh launches. */
struct l1d_atlas {
	const struct l1d_candidate *kernel; /* the kernel's loop at 64 KiB */
	const struct l1d_candidate
		*winner; /* the cheapest that empties; NULL: none was confirmed */
	/* Those that empty, too, and whose cost cannot be told from the winner's. */
	const struct l1d_candidate *tie[L1D_TIES_MAX];
	size_t ties;
	unsigned long
		enough; /* the kernel's loop empties at this size and all larger ones tried; 0: none */
	unsigned long too_small; /* the largest tried at which it does not; 0: none */
	bool literal;		 /* the kernel's loop was measured with its CPUID */
};

/*
 * The cheapest of the confirmed that empties, and its ties: intervals of the cost that overlap. The
 * estimate alone would name another winner in each run.
 */
void l1d_atlas_choose(struct l1d_atlas *atlas, const struct l1d_candidate *c, size_t n);
/* The verdicts for people, ending in the line to paste. */
void l1d_atlas_print(FILE *out, const struct tb_record *record, const struct l1d_atlas *atlas);
/* The same as JSON, for the record's "x". */
json_t *l1d_atlas_json(const struct tb_record *record, const struct l1d_atlas *atlas,
		       const struct l1d_candidate *search, size_t n);

#endif
