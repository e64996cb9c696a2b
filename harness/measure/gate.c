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
 * In core cycles, or a change of the clock would pass for a neighbour; by chains of the same
 * moment, as the clock changes within a launch, and by as many as the areas were read.
 */
static double core_cycles_per_line(const struct tb_gate *gate, double tsc)
{
	double cycles = 0;

	for (unsigned int i = 0; i < gate->reads; i++)
		cycles += tb_clock_core_cycles(tsc) / gate->reads;
	return cycles * LINE / ((double)gate->bytes * gate->reads);
}

static double look(struct tb_gate *gate)
{
	gate->looks++;
	return core_cycles_per_line(gate, read_areas(gate, gate->reads));
}

unsigned int tb_gate_reads(double step, double read)
{
	double reads = ceil(STEPS * step / read);

	return reads > 1 ? (unsigned int)fmin(reads, READS_MAX) : 1;
}

static double shortest_read(const struct tb_gate *gate)
{
	double shortest = INFINITY;

	for (int i = 0; i < 8; i++)
		shortest = fmin(shortest, read_areas(gate, 1));
	return shortest;
}

/* Core cycles a line with no window in it: twice as many reads less once. */
static double l2_rate(const struct tb_gate *gate)
{
	double once[RATES], twice[RATES], least = 0, most = 0;
	const double p = 0.1;

	for (int i = 0; i < RATES; i++) {
		once[i] = read_areas(gate, gate->reads);
		twice[i] = read_areas(gate, 2 * gate->reads);
	}
	/* Quantiles first, then the difference: the other way round picks rounds whose `once` was slow. */
	tb_stats_quantiles(once, RATES, &p, 1, &least);
	tb_stats_quantiles(twice, RATES, &p, 1, &most);
	return core_cycles_per_line(gate, most - least);
}

void tb_gate_calibrate(struct tb_gate *gate, double campaign)
{
	double cycles[LOOKS];
	const double p = 0.10;
	double q = 0;

	gate->reads = tb_gate_reads((double)tb_clock_step(), shortest_read(gate));
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
