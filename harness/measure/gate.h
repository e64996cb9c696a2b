/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate detects whether the core is quiet.
 *
 * A witness loop reads a buffer from L2 into the L1D. It is slower than its floor if the sibling
 * thread or other cores are busy. The gate uses the witness alone, never the measured value.
 */
#ifndef TB_GATE_H
#define TB_GATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tb_gate {
	char *witness, *sweep; /* bytes each, of the caller */
	size_t bytes;
	double floor;	    /* core cycles a line at its best: of this launch, or of the campaign */
	double own_floor;   /* of this launch */
	double l2_rate;	    /* core cycles a line, the best of the calibration: L2 to L1D */
	unsigned int reads; /* of an area in one look: 1, or more where the TSC is coarse */
	uint64_t looks, quiet, disturbed;
	uint64_t wait_ns;
};

/* Bytes of each of the two areas: more than the L1D holds, far less than any L2. */
size_t tb_gate_bytes(size_t l1d);
/*
 * How often a look reads an area, 1..15: its time must be many steps of the TSC, which steps by 10 ns
 * on some of AMD's cores. `step` and `read`, the shortest time of one read, in TSC cycles; 0: unknown.
 */
unsigned int tb_gate_reads(double step, double read);
/* Finds the launch's own floor; `campaign` is the floor of the launches before, 0: none yet. */
void tb_gate_calibrate(struct tb_gate *gate, double campaign);
/*
 * Tests the core several times without waiting and counts the results. For ungated benchmarks,
 * before the first and after the last sample.
 */
void tb_gate_survey(struct tb_gate *gate);
/* Waits until the core is quiet. Returns false after TB_GATE_WAIT_NS without a quiet core. */
bool tb_gate_wait(struct tb_gate *gate);

enum { TB_GATE_WAIT_NS = 300000 };
#define TB_GATE_TOLERANCE 1.05 /* of the floor; a busy sibling costs 15 % and more */

#endif
