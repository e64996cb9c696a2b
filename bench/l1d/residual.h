/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting residual lines: trials in blocks, each beside its reference, and the controls. */
#ifndef TB_L1D_RESIDUAL_H
#define TB_L1D_RESIDUAL_H

#include "l1d/l1d.h"

enum { L1D_BLOCK = 32 }; /* trials of a sample */

/* One trial: the probe after the flush and after its reference, in core cycles. */
struct l1d_block {
	unsigned int n;
	double flushed[L1D_BLOCK];
	double reference[L1D_BLOCK];
};

struct l1d_lines {
	double lines, any;	   /* mean lines left, share of trials with any */
	double ref_lines, ref_any; /* the reference's own, by the same rule */
};

/* The controls of a launch: what the probe says of known truths. Values in core cycles. */
enum l1d_control {
	L1D_NOT_FLUSHED, /* nothing done: the victim is there */
	L1D_BY_ADDRESS,	 /* the victim evicted by address, then fetched to L2: nothing is there */
	L1D_ZERO_PAGE,	 /* flushed with a never-written buffer: the victim is there */
	L1D_HOT_1,	 /* a known number of lines is there */
	L1D_HOT_9,
	L1D_HOT_18,
	L1D_HOT_36,
	L1D_HOT_54,
	L1D_HOT_63,
	L1D_CONTROLS
};

/* Core cycles: no core since Nehalem has its L2 that much behind its L1D (Jaguar, the slowest: 22). */
enum { L1D_LINE_MOST = 25 };
enum { L1D_CONTROL_SAMPLES = 512, L1D_REFERENCES = 2048 };

struct l1d_controls {
	bool amd; /* PREFETCHT1 may fetch into the L1D, as on old AMD cores */
	unsigned int n[L1D_CONTROLS];
	double cycles[L1D_CONTROLS][L1D_CONTROL_SAMPLES];
	unsigned int n_references;
	double references[L1D_REFERENCES];
	double false_positives; /* sum over gated blocks of the share of references with a line */
	unsigned int blocks;
	unsigned int turn;
	double chain; /* TSC cycles of the last control's core-clock chain */
};

/* Takes the next control in turn. */
void l1d_control_take(struct l1d_realm *realm, struct l1d_controls *controls);
/* Remembers a trial's reference: the scale needs its median beside the hot page's. */
void l1d_control_reference(struct l1d_controls *controls, double cycles);
/* Remembers a gated block's references: the verdicts rest on these. */
void l1d_control_false_positives(struct l1d_controls *controls, double ref_any);
/* Reports scale, slope and shares, and fails the launch whose probe contradicts a known truth. */
void l1d_control_judge(struct tb_trial *trial, const struct l1d_rig *rig,
		       const struct l1d_controls *controls);

/*
 * Whether one line costs the probe more than a step of the TSC, in TSC cycles: else no trial can
 * tell one line from none. By the hot controls; false before one was taken.
 */
bool l1d_line_is_visible(const struct l1d_controls *controls, double step);

/* The lines of a full block; false while no hot page was seen yet. Empties the block. */
bool l1d_block_count(struct l1d_block *block, const struct l1d_controls *controls,
		     struct l1d_lines *lines);

#endif
