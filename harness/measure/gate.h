/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate: is the core ours right now?
 *
 * A witness loop reads a buffer from L2 into the L1D. When the sibling thread
 * or the neighbourhood is busy it is slower than at its best. The gate looks at
 * the witness alone, never at the value under test.
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
 * Looks a number of times without waiting and counts what it saw: for launches
 * whose samples the witness must not come between, before the first and after the last.
 */
void tb_gate_survey(struct tb_gate *gate);
/* Waits until the core is quiet. false: it was not within the limit (TB_GATE_WAIT_NS). */
bool tb_gate_wait(struct tb_gate *gate);

enum { TB_GATE_WAIT_NS = 300000 };
#define TB_GATE_TOLERANCE 1.05 /* of the floor; a busy sibling costs 15 % and more */

#endif
