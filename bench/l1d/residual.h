/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts residual lines: trials in blocks, each with its reference, and the controls. */
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
	double lines, any;	   /* mean lines left; share of trials with at least one, 0..1 */
	double ref_lines, ref_any; /* the same of the reference */
};

/* The controls of a launch: the probe's answers to known contents. Values in core cycles. */
enum l1d_control {
	L1D_NOT_FLUSHED, /* no flush: all lines of the victim are cached */
	L1D_BY_ADDRESS,	 /* victim evicted by address, then fetched to L2: no line */
	L1D_ZERO_PAGE,	 /* flush over a never-written buffer: all lines */
	L1D_HOT_1,	 /* a known number of lines is cached */
	L1D_HOT_9,
	L1D_HOT_18,
	L1D_HOT_36,
	L1D_HOT_54,
	L1D_HOT_63,
	L1D_CONTROLS
};

/* Core cycles; above the L2-to-L1D difference of every core since Nehalem (slowest: Jaguar, 22). */
enum { L1D_LINE_MOST = 25 };
enum { L1D_CONTROL_SAMPLES = 512, L1D_REFERENCES = 2048 };

struct l1d_controls {
	bool amd; /* PREFETCHT1 may fetch into the L1D, as on old AMD cores */
	unsigned int n[L1D_CONTROLS];
	double cycles[L1D_CONTROLS][L1D_CONTROL_SAMPLES];
	unsigned int n_references;
	double references[L1D_REFERENCES];
	double false_positives; /* sum of ref_any over the gated blocks */
	unsigned int blocks;
	unsigned int turn;
	double chain; /* TSC cycles of the shortest core-clock chain of the controls */
};

/* Takes the next control, in turn. */
void l1d_control_take(struct l1d_realm *realm, struct l1d_controls *controls);
/* Stores a trial's reference: the scale needs its median and the hot page's. */
void l1d_control_reference(struct l1d_controls *controls, double cycles);
/* Adds a gated block's ref_any: the verdicts depend on it. */
void l1d_control_false_positives(struct l1d_controls *controls, double ref_any);
/* Reports scale, slope and shares. Fails the launch if the probe contradicts a known content. */
void l1d_control_judge(struct tb_trial *trial, const struct l1d_rig *rig,
		       const struct l1d_controls *controls);

/*
 * Whether one line costs the probe more than a step of the TSC (in TSC cycles). Otherwise no trial
 * can distinguish one line from none. Uses the hot controls; false before the first of them.
 */
bool l1d_line_is_visible(const struct l1d_controls *controls, double step);

/* Counts the lines of a full block and empties it; false before the first hot page. */
bool l1d_block_count(struct l1d_block *block, const struct l1d_controls *controls,
		     struct l1d_lines *lines);

#endif
