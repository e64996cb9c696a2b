// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/gate.h"

#include "measure/clock.h"
#include "measure/sweep.h"
#include "stats/describe.h"

enum { LINE = 64, LOOKS = 256 };

size_t tb_gate_bytes(size_t l1d)
{
	size_t bytes = l1d ? l1d * 4 / 3 : 64 << 10;

	return (bytes + 4095) / 4096 * 4096;
}

/*
 * Core cycles a line of one witness read. In core cycles, or a change of the
 * clock would pass for a neighbour; by the chain of the same moment, as the
 * clock changes within a launch.
 */
static double look(struct tb_gate *gate)
{
	uint64_t begin, read;

	/* Never right after a sleep: everything into L2 first, then out of the L1D. */
	tb_sweep_read(gate->witness, gate->bytes);
	tb_sweep_read(gate->sweep, gate->bytes);
	tb_sweep_fence();
	begin = tb_clock_begin();
	tb_sweep_read(gate->witness, gate->bytes);
	read = tb_clock_end() - begin;
	gate->looks++;
	return (double)read * TB_CLOCK_CHAIN_CYCLES / tb_clock_core_chain() * LINE / (double)gate->bytes;
}

void tb_gate_calibrate(struct tb_gate *gate, double campaign)
{
	double cycles[LOOKS];
	const double p[] = { 0.02, 0.10 };
	double q[2] = { 0, 0 };

	for (int i = 0; i < LOOKS; i++)
		cycles[i] = look(gate);
	/* Not the minimum: a clock change between witness and chain makes it too good to be met again. */
	tb_stats_quantiles(cycles, LOOKS, p, 2, q);
	gate->l2_rate = q[0];
	gate->own_floor = q[1];
	gate->floor = campaign > 0 && campaign < q[1] ? campaign : q[1];
}

bool tb_gate_wait(struct tb_gate *gate)
{
	uint64_t begin = tb_clock_ns(), now = begin;
	bool quiet;

	do {
		quiet = look(gate) <= gate->floor * TB_GATE_TOLERANCE;
		now = tb_clock_ns();
	} while (!quiet && now - begin < TB_GATE_WAIT_NS);
	gate->wait_ns += now - begin;
	gate->quiet += quiet;
	gate->disturbed += !quiet;
	return quiet;
}
