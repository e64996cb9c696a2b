// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/gate.h"

#include <math.h>

#include "measure/clock.h"
#include "stats/describe.h"

enum { LINE = 64, LOOKS = 256, RATES = 64, SURVEY = 64 };
/* A look lasts so many steps of the TSC: one step more or less must stay far below the tolerance. */
enum { STEPS = 250, READS_MAX = 15 };

size_t tb_gate_bytes(size_t l1d)
{
	size_t bytes = l1d ? l1d * 4 / 3 : 64 << 10;

	return (bytes + 4095) / 4096 * 4096;
}

/* TSC cycles of reading the areas in turn, each from L2: the other one took the L1D before. */
static double read_areas(const struct tb_gate *gate, unsigned int reads)
{
	uint64_t begin;

	/* Never right after a sleep: everything into L2 first, then out of the L1D. */
	tb_sweep_read(gate->witness, gate->bytes);
	tb_sweep_read(gate->sweep, gate->bytes);
	tb_sweep_fence();
	begin = tb_clock_begin();
	for (unsigned int i = 0; i < reads; i++)
		tb_sweep_read(i % 2 ? gate->sweep : gate->witness, gate->bytes);
	return (double)(tb_clock_end() - begin);
}

/*
 * Core cycles a line of one look. In core cycles, or a change of the clock would
 * pass for a neighbour; by the chains of the same moment, as the clock changes
 * within a launch.
 */
static double look(struct tb_gate *gate)
{
	double read = read_areas(gate, gate->reads), cycles = 0;

	for (unsigned int i = 0; i < gate->reads; i++)
		cycles += tb_clock_core_cycles(read) / gate->reads;
	gate->looks++;
	return cycles * LINE / ((double)gate->bytes * gate->reads);
}

/* On AMD's cores the TSC may step by 10 ns: 2 % of one read of an area. */
static unsigned int reads_of_look(const struct tb_gate *gate)
{
	double shortest = INFINITY, reads;

	for (int i = 0; i < 8; i++)
		shortest = fmin(shortest, read_areas(gate, 1));
	reads = ceil(STEPS * (double)tb_clock_step() / shortest);
	return reads > 1 ? (unsigned int)fmin(reads, READS_MAX) : 1;
}

/* Core cycles a line with no window in it: a read of both areas less one of the first. */
static double l2_rate(struct tb_gate *gate)
{
	double one[RATES], both[RATES], least = 0, twice = 0;
	const double p = 0.1;
	uint64_t begin;

	for (int i = 0; i < RATES; i++) {
		tb_sweep_read(gate->sweep, gate->bytes);
		tb_sweep_fence();
		begin = tb_clock_begin();
		tb_sweep_read(gate->witness, gate->bytes);
		one[i] = (double)(tb_clock_end() - begin);
		tb_sweep_read(gate->sweep, gate->bytes);
		tb_sweep_fence();
		begin = tb_clock_begin();
		tb_sweep_read(gate->witness, gate->bytes);
		tb_sweep_read(gate->sweep, gate->bytes);
		both[i] = (double)(tb_clock_end() - begin);
	}
	/* Quantiles first, then the difference: the other way round picks rounds whose `one` was slow. */
	tb_stats_quantiles(one, RATES, &p, 1, &least);
	tb_stats_quantiles(both, RATES, &p, 1, &twice);
	return tb_clock_core_cycles(twice - least) * LINE / (double)gate->bytes;
}

void tb_gate_calibrate(struct tb_gate *gate, double campaign)
{
	double cycles[LOOKS];
	const double p = 0.10;
	double q = 0;

	gate->reads = reads_of_look(gate);
	for (int i = 0; i < LOOKS; i++)
		cycles[i] = look(gate);
	/* Not the minimum: a clock change between witness and chain makes it too good to be met again. */
	tb_stats_quantiles(cycles, LOOKS, &p, 1, &q);
	gate->own_floor = q;
	gate->floor = campaign > 0 && campaign < q ? campaign : q;
	gate->l2_rate = l2_rate(gate);
}

static bool is_quiet(struct tb_gate *gate)
{
	return look(gate) <= gate->floor * TB_GATE_TOLERANCE;
}

void tb_gate_survey(struct tb_gate *gate)
{
	unsigned int quiet = 0;

	for (int i = 0; i < SURVEY; i++)
		quiet += is_quiet(gate);
	gate->quiet += quiet;
	gate->disturbed += SURVEY - quiet;
}

bool tb_gate_wait(struct tb_gate *gate)
{
	uint64_t begin = tb_clock_ns(), now;
	bool quiet;

	do {
		quiet = is_quiet(gate);
		now = tb_clock_ns();
	} while (!quiet && now - begin < TB_GATE_WAIT_NS);
	gate->wait_ns += now - begin;
	gate->quiet += quiet;
	gate->disturbed += !quiet;
	return quiet;
}
