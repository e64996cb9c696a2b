// SPDX-License-Identifier: GPL-2.0-or-later
/* l1d/flush-user on a simulated core: the results must follow from its cache contents. */
#include "given.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "benches.h"
#include "l1d/residual.h"
#include "sim_core.h"

/* Twice the L1D, so that a core with LRU misses each line, and a core with another policy most. */
#define PARAMS "loop=unroll8 size=32K "
enum { LINES = (32 << 10) / SIM_LINE, DISTURBED_FROM = 3, DISTURBED_TO = 6 };

static struct tb_trial trial;
static double value[TB_METRICS_MAX];

static void begin(enum sim_policy policy, const char *params)
{
	given_open(&trial, &l1d_flush_user, params);
	sim_begin(&trial, policy);
	assert_int_equal(trial.bench->setup(&trial), 0);
}

static int end(void **state)
{
	(void)state;
	if (trial.shm)
		given_close(&trial);
	trial.shm = NULL;
	sim_end();
	return 0;
}

static double figure(const char *name)
{
	for (int m = 0; trial.bench->metrics[m].name; m++)
		if (!strcmp(trial.bench->metrics[m].name, name))
			return value[m];
	fail_msg("no metric %s", name);
	return NAN;
}

static void is(const char *name, double want)
{
	double got = figure(name);

	if (!(fabs(got - want) < 1e-9) && !(isnan(got) && isnan(want)))
		fail_msg("%s is %g, not %g", name, got, want);
}

static void sample(enum tb_column column)
{
	assert_int_equal(given_sample(&trial, column, value), 0);
}

/* A window of 512 loads from L2; the stamps' own time is in the null window, and in it alone. */
static void latency(void **state)
{
	const double work = LINES * SIM_L2_MANY;

	(void)state;
	begin(SIM_LRU, PARAMS);
	sample(TB_UNGATED);
	is("latency", work + SIM_STAMP);
	is("latency-net", work);
	is("core-cycles", work);
	/* A core at half the TSC's rate: half as many cycles of its own. */
	given_chain(2 * TB_CLOCK_CHAIN_CYCLES);
	sample(TB_UNGATED);
	is("latency-net", work);
	is("core-cycles", work / 2);
	assert_int_equal(trial.bench->verify(&trial), 0);
	assert_true(given_control(&trial, "overhead-latency") == SIM_STAMP);
}

/* How many places the flush's windows had. */
static unsigned int places(unsigned long bytes)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < sim.windows && i < SIM_WINDOWS; i++) {
		unsigned int k = 0;

		while (k < i &&
		       (sim.window[k].bytes != bytes || sim.window[k].at != sim.window[i].at))
			k++;
		n += k == i && sim.window[i].bytes == bytes;
	}
	return n;
}

/* The buffer lies where the parameter says. */
static void buffers(void **state)
{
	static const struct {
		const char *params;
		unsigned int line, buffers;
	} cases[] = {
		{ PARAMS "buffer=l2", SIM_L2_MANY, 1 },
		/* Twice the L2 and one more. */
		{ PARAMS "buffer=l3", SIM_L3_MANY, 17 },
		{ PARAMS "buffer=dram", SIM_DRAM_MANY, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		begin(SIM_LRU, cases[i].params);
		for (int k = 0; k < 20; k++) {
			sample(TB_UNGATED);
			is("latency-net", (double)LINES * cases[i].line);
		}
		assert_int_equal(places(LINES * SIM_LINE), cases[i].buffers);
		end(NULL);
	}
}

/* Each round makes one walk, in turn. Its time is that of the lines beyond the L1D. */
static void refill(void **state)
{
	static const struct {
		const char *name;
		double want;
	} walks[] = {
		{ "refill-page", 64 * (SIM_L2 - SIM_L1) },
		{ "refill", 128 * (SIM_L2 - SIM_L1) },
		{ "refill-full", 256 * (SIM_L2 - SIM_L1) },
		{ "refill-linear-page", 64 * (SIM_L2_MANY - SIM_L1_MANY) },
		{ "refill-linear", 128 * (SIM_L2_MANY - SIM_L1_MANY) },
		{ "refill-linear-full", 256 * (SIM_L2_MANY - SIM_L1_MANY) },
	};

	(void)state;
	for (int half = 0; half < 2; half++) {
		begin(SIM_LRU, PARAMS);
		given_chain((half + 1) * TB_CLOCK_CHAIN_CYCLES);
		for (size_t i = 0; i < L1D_WALKS + 2; i++) {
			sample(TB_UNGATED);
			for (size_t k = 0; k < L1D_WALKS; k++)
				is(walks[k].name,
				   k == i % L1D_WALKS ? walks[k].want / (half + 1) : NAN);
		}
		/* Each column has a turn of its own. */
		sample(TB_DISTURBED);
		is("refill-page", walks[0].want / (half + 1));
		end(NULL);
	}
}

/* A flush that evicts nothing has no refill cost. */
static void no_refill(void **state)
{
	(void)state;
	/* One line of 4 in each set, and LRU evicts what is older than the set's walk. */
	begin(SIM_LRU, "loop=unroll8 size=4K");
	sample(TB_UNGATED);
	is("refill-page", 0);
	sample(TB_UNGATED);
	is("refill", 0);
}

/* A flush by address gets at most the victim. Its lines then come from memory. */
static void by_address(void **state)
{
	(void)state;
	begin(SIM_LRU, "loop=clflushopt size=32K");
	sample(TB_UNGATED);
	is("latency-net", 64 * SIM_CLFLUSH);
	is("refill-page", 64 * (SIM_DRAM - SIM_L1));
	sample(TB_UNGATED);
	is("refill", 128 * (SIM_DRAM - SIM_L1));
	end(NULL);
	begin(SIM_LRU, "loop=clflushopt size=32K victim=full");
	sample(TB_UNGATED);
	is("latency-net", 256 * SIM_CLFLUSH);
	end(NULL);
	begin(SIM_LRU, "loop=clflushopt size=4K victim=dirty");
	sample(TB_UNGATED);
	is("latency-net", 64 * SIM_CLFLUSH);
	sample(TB_UNGATED);
	is("refill", 64 * (SIM_DRAM - SIM_L1));
}

/* 32 trials make a sample. The simulated probes give the true number of lines. */
static void block(enum tb_column column, unsigned int probes)
{
	double lines = 0, any = 0, ref_lines = 0, ref_any = 0;

	for (int i = 0; i < L1D_BLOCK; i++) {
		unsigned int *found = sim.found;

		sim.probes = 0;
		sample(column);
		assert_int_equal(sim.probes, probes);
		/* Flush, reference; both once more, and those are kept. */
		lines += found[2] / (double)L1D_BLOCK;
		any += (found[2] > 0) / (double)L1D_BLOCK;
		ref_lines += found[3] / (double)L1D_BLOCK;
		ref_any += (found[3] > 0) / (double)L1D_BLOCK;
		if (i < L1D_BLOCK - 1)
			is("lines-left", NAN);
	}
	is("lines-left", lines);
	is("left-any", any);
	is("lines-left-reference", ref_lines);
	is("left-any-reference", ref_any);
}

static void lines_left(void **state)
{
	static const unsigned int left[] = { 0, 1, 5, 63 };

	(void)state;
	begin(SIM_LRU, PARAMS);
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		sim.leave = left[i];
		block(TB_UNGATED, 4);
		is("lines-left", left[i]);
		is("left-any", left[i] > 0);
		is("lines-left-reference", 0);
		is("left-any-reference", 0);
		assert_int_equal(trial.disturbed, 0);
	}
}

/* The lines that another replacement policy leaves, in each state of the victim. */
static void lines_left_at_random(void **state)
{
	static const char *const victims[] = { "page", "full", "dirty", "reused" };
	char params[64];

	(void)state;
	for (int v = 0; v < 4; v++) {
		snprintf(params, sizeof(params), PARAMS "victim=%s", victims[v]);
		begin(SIM_RANDOM, params);
		block(TB_UNGATED, 4);
		assert_true(figure("lines-left") > 1 && figure("lines-left") < 20);
		assert_true(figure("left-any") > 0.9);
		end(NULL);
	}
}

/* LRU forgets the victim when each set got as many lines as it has ways. */
static void size_that_suffices(void **state)
{
	(void)state;
	begin(SIM_LRU, "loop=unroll8 size=8K");
	block(TB_UNGATED, 4);
	is("lines-left", 63);
	end(NULL);
	begin(SIM_LRU, "loop=unroll8 size=16K");
	block(TB_UNGATED, 4);
	is("lines-left", 0);
}

/* A reference that shows lines in more than one trial of a block: a neighbour. */
static void false_positives(void **state)
{
	(void)state;
	begin(SIM_LRU, PARAMS);
	for (unsigned int bad = 1; bad <= 2; bad++) {
		uint32_t disturbed = 0;

		for (unsigned int i = 0; i < L1D_BLOCK; i++) {
			sim.sweep_leaves = i < bad ? 5 : 0;
			assert_int_equal(trial.disturbed, 0);
			sample(TB_GATED);
		}
		is("lines-left", 0);
		is("lines-left-reference", 5.0 * bad / L1D_BLOCK);
		is("left-any-reference", bad / (double)L1D_BLOCK);
		for (int m = DISTURBED_FROM; m <= DISTURBED_TO; m++)
			disturbed |= 1u << m;
		assert_int_equal(trial.disturbed, bad > 1 ? disturbed : 0);
		trial.disturbed = 0;
	}
	assert_string_equal(trial.bench->metrics[DISTURBED_FROM].name, "lines-left");
	assert_string_equal(trial.bench->metrics[DISTURBED_TO].name, "left-any-reference");
	/* Of gated blocks alone: the verdicts rest on them. */
	sim.sweep_leaves = 5;
	for (int i = 0; i < L1D_BLOCK; i++)
		sample(TB_UNGATED);
	assert_int_equal(trial.bench->verify(&trial), 0);
	assert_true(given_control(&trial, "reference-share") == 1.5 / L1D_BLOCK);
}

/* Columns do not share a block. */
static void blocks_of_columns(void **state)
{
	(void)state;
	begin(SIM_LRU, PARAMS);
	for (int i = 0; i < L1D_BLOCK - 1; i++) {
		for (int column = TB_UNGATED; column <= TB_WARM_UP; column++) {
			sim.leave = (unsigned int)column;
			sample((enum tb_column)column);
			is("lines-left", NAN);
		}
	}
	for (int column = TB_UNGATED; column <= TB_WARM_UP; column++) {
		sim.leave = (unsigned int)column;
		sample((enum tb_column)column);
		is("lines-left", column);
	}
}

/* Where the flush is an exit, or L2 has no room, only its cost is a figure. */
static void no_effect(void **state)
{
	static const struct given_cpuid guest[] = { { .leaf = 1, .c = 1u << 31 } };
	static const struct {
		const char *params, *unavailable;
	} cases[] = {
		{ "loop=kvm size=8K", "exits to the hypervisor" },
		{ "loop=unroll8 size=36K", "exceed L2" },
		{ "loop=kvm-lfence size=32K", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		given_cpuid(guest, 1, 0);
		given_open(&trial, &l1d_flush_user, cases[i].params);
		sim_begin(&trial, SIM_LRU);
		/* Room for a flush of twice the L1D, and for four of it. */
		trial.shm->job.cache[2] = (2 + 4) * SIM_L1D_BYTES;
		assert_int_equal(trial.bench->setup(&trial), 0);
		sim.probes = 0;
		sample(TB_GATED);
		assert_int_equal(sim.probes, cases[i].unavailable ? 4 : 6);
		assert_true(figure("latency") > figure("core-cycles"));
		assert_int_equal(isnan(figure("refill-page")), cases[i].unavailable != NULL);
		for (int m = 0; trial.bench->metrics[m].name; m++)
			if (m >= DISTURBED_FROM && cases[i].unavailable)
				assert_non_null(
					strstr(trial.shm->unavailable[m], cases[i].unavailable));
			else
				assert_string_equal(trial.shm->unavailable[m], "");
		assert_int_equal(trial.bench->verify(&trial), 0);
		assert_int_equal(trial.shm->n_checks, cases[i].unavailable ? 0 : 5);
		end(NULL);
	}
	/* On the metal CPUID is an instruction like another. */
	given_cpuid((const struct given_cpuid[]){ { .leaf = 1, .c = ~(1u << 31) } }, 1, 0);
	begin(SIM_LRU, "loop=kvm size=8K");
	assert_string_equal(trial.shm->unavailable[DISTURBED_FROM], "");
}

/* A counted sample: the window of the counters is around the kept flush. */
static void counted(void **state)
{
	struct tb_counters none = { .n = 0 };

	(void)state;
	begin(SIM_LRU, PARAMS);
	trial.counters = &none;
	sample(TB_UNGATED);
	assert_true(trial.operations == 1);
	is("latency-net", LINES * SIM_L2_MANY);
	trial.counters = NULL;
	trial.operations = 0;
	sample(TB_UNGATED);
	assert_true(trial.operations == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(latency, end),
		cmocka_unit_test_teardown(buffers, end),
		cmocka_unit_test_teardown(refill, end),
		cmocka_unit_test_teardown(no_refill, end),
		cmocka_unit_test_teardown(by_address, end),
		cmocka_unit_test_teardown(lines_left, end),
		cmocka_unit_test_teardown(lines_left_at_random, end),
		cmocka_unit_test_teardown(size_that_suffices, end),
		cmocka_unit_test_teardown(false_positives, end),
		cmocka_unit_test_teardown(blocks_of_columns, end),
		cmocka_unit_test_teardown(no_effect, end),
		cmocka_unit_test_teardown(counted, end),
	};

	return cmocka_run_group_tests(tests, NULL, sim_forget);
}
