// SPDX-License-Identifier: GPL-2.0-or-later
/* The controls of the l1d benchmarks: for each one a faulty core that it must detect. */
#include "given.h"

#include <cpuid.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "benches.h"
#include "l1d/residual.h"
#include "sim_core.h"

#define PARAMS "loop=unroll8 size=32K "

static struct tb_trial trial;
static double value[TB_METRICS_MAX];

static const struct given_cpuid amd[] = {
	{ .leaf = 0, .b = signature_AMD_ebx, .c = signature_AMD_ecx, .d = signature_AMD_edx },
};

static const struct given_cpuid intel[] = {
	{ .leaf = 0, .b = signature_INTEL_ebx, .c = signature_INTEL_ecx, .d = signature_INTEL_edx },
};

/* The fault for which there is a check. */
static const struct {
	const char *check;
	unsigned int deaf_beyond, victim_loses;
	bool deaf_to_one, zero_pages, prefetch_to_l1;
} faults[] = {
	{ .check = "hot-lines-slope", .deaf_beyond = 30 },
	{ .check = "one-line-seen", .deaf_to_one = true },
	{ .check = "not-flushed-share", .victim_loses = 10 },
	{ .check = "zero-page-share", .zero_pages = true },
	{ .check = "by-address-lines", .prefetch_to_l1 = true },
};

enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };

static void begin(const struct given_cpuid *cpu, const char *params, int fault)
{
	given_cpuid(cpu, 1, 0);
	given_open(&trial, &l1d_flush_user, params);
	sim_begin(&trial, SIM_LRU);
	/* The flush leaves lines: no control rests on it. */
	sim.leave = 5;
	if (fault >= 0) {
		sim.deaf_beyond = faults[fault].deaf_beyond;
		sim.victim_loses = faults[fault].victim_loses;
		sim.deaf_to_one = faults[fault].deaf_to_one;
		sim.zero_pages = faults[fault].zero_pages;
		sim.prefetch_to_l1 = faults[fault].prefetch_to_l1;
	}
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

static int fault_of(const char *check)
{
	for (int i = 0; i < FAULTS; i++)
		if (!strcmp(faults[i].check, check))
			return i;
	fail_msg("%s: no fault is known that this check would find", check);
	return -1;
}

/* Exactly the named check fails. NULL: no check fails. */
static void judged(const char *fails)
{
	const struct tb_check *check;

	for (int i = 0; i < 9; i++)
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_int_equal(trial.bench->verify(&trial), 0);
	for (unsigned int i = 0; i < trial.shm->n_checks; i++) {
		check = &trial.shm->check[i];
		fault_of(check->name);
		if (!check->pass != (fails && !strcmp(check->name, fails)))
			fail_msg("%s: %s %s: want %s, got %s", tb_trial_choice(&trial, "victim"),
				 check->name, check->pass ? "holds" : "fails", check->want,
				 check->got);
		/* The figure itself is recorded beside the check. */
		assert_true(fabs(given_control(&trial, check->name) - strtod(check->got, NULL)) <
			    0.001);
	}
	check = fails ? given_check(&trial, fails) : NULL;
	assert_true(!fails || check);
}

/* On a correct core the known results come out exactly. */
static void good_core(void **state)
{
	static const struct {
		const char *control;
		double value;
	} controls[] = {
		{ "overhead-latency", SIM_STAMP },
		{ "probe-empty-cycles", 63 * SIM_L2 + SIM_STAMP },
		{ "probe-cycles-per-line", SIM_L2 - SIM_L1 },
		{ "hot-lines-slope", 1 },
		{ "one-line-seen", 1 },
		{ "not-flushed-share", 1 },
		{ "zero-page-share", 1 },
		{ "by-address-lines", 0 },
	};
	enum { N = sizeof(controls) / sizeof(controls[0]) };

	(void)state;
	begin(intel, PARAMS, -1);
	judged(NULL);
	assert_int_equal(trial.shm->n_checks, FAULTS);
	assert_int_equal(trial.shm->n_controls, N);
	for (int i = 0; i < N; i++)
		if (given_control(&trial, controls[i].control) != controls[i].value)
			fail_msg("%s is %g", controls[i].control,
				 given_control(&trial, controls[i].control));
	end(NULL);
	/* In core cycles, at any rate of the TSC. */
	given_chain(TB_CLOCK_CHAIN_CYCLES / 2);
	begin(intel, PARAMS, -1);
	judged(NULL);
	assert_true(given_control(&trial, "probe-cycles-per-line") == 2.0 * (SIM_L2 - SIM_L1));
	assert_true(given_control(&trial, "hot-lines-slope") == 1);
	assert_true(given_control(&trial, "overhead-latency") == SIM_STAMP);
}

static void each_check_fails(void **state)
{
	(void)state;
	for (int i = 0; i < FAULTS; i++) {
		begin(intel, PARAMS, i);
		judged(faults[i].check);
		end(NULL);
	}
}

/* PREFETCHT1 may fetch into the L1D of old AMD cores: there alone nearly the whole page says nothing. */
static void prefetch_of_amd(void **state)
{
	const int fault = fault_of("by-address-lines");

	(void)state;
	begin(amd, PARAMS, fault);
	judged(NULL);
	assert_null(given_check(&trial, "by-address-lines"));
	assert_true(given_control(&trial, "by-address-lines") == 63);
	end(NULL);
	/* A newer one: the check is there. */
	begin(amd, PARAMS, -1);
	judged(NULL);
	assert_non_null(given_check(&trial, "by-address-lines"));
}

/* A victim as large as the L1D may lose a tenth of its lines to itself. */
static void fills_l1d(void **state)
{
	static const struct {
		const char *victim;
		unsigned int loses;
		const char *fails;
	} cases[] = {
		{ "victim=page", 2, NULL },
		{ "victim=page", 5, "not-flushed-share" },
		{ "victim=reused", 5, "not-flushed-share" },
		{ "victim=full", 5, NULL },
		{ "victim=full", 11, "not-flushed-share" },
		{ "victim=dirty", 5, NULL },
		{ "victim=dirty", 11, "not-flushed-share" },
	};
	char params[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(params, sizeof(params), PARAMS "%s", cases[i].victim);
		given_cpuid(intel, 1, 0);
		given_open(&trial, &l1d_flush_user, params);
		sim_begin(&trial, SIM_LRU);
		sim.victim_loses = cases[i].loses;
		/* Another page than the oldest, which the zero page would evict from LRU's sets. */
		tb_random_seed(&trial.random, 2, 1);
		assert_int_equal(trial.bench->setup(&trial), 0);
		judged(cases[i].fails);
		end(NULL);
	}
}

/* The accesses to the victim before each control's second probe. */
static void turns(void **state)
{
	static const unsigned int found[L1D_CONTROLS] = { 63, 0, 63, 1, 9, 18, 36, 54, 63 };

	(void)state;
	begin(intel, PARAMS, -1);
	/* Each twice, the second kept; four of each before the first sample. */
	assert_int_equal(sim.probes, 4 * 2 * L1D_CONTROLS);
	for (unsigned int i = 0; i < sim.probes; i++)
		assert_int_equal(sim.found[i], found[i / 2 % L1D_CONTROLS]);
	/* Then one with each gated sample, in turn. */
	for (int i = 0; i < 2 * L1D_CONTROLS; i++) {
		sim.probes = 0;
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		assert_int_equal(sim.probes, 4 + 2);
		assert_int_equal(sim.found[5], found[i % L1D_CONTROLS]);
		sim.probes = 0;
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
		assert_int_equal(given_sample(&trial, TB_WARM_UP, value), 0);
		assert_int_equal(sim.probes, 2 * 4);
	}
}

/* On a core that is never quiet a launch has its controls all the same: 16 of each. */
static void never_quiet(void **state)
{
	(void)state;
	begin(intel, PARAMS, -1);
	for (int i = 0; i < 12 * L1D_CONTROLS; i++) {
		sim.probes = 0;
		assert_int_equal(given_sample(&trial, TB_DISTURBED, value), 0);
		assert_int_equal(sim.probes, 4 + 2);
	}
	sim.probes = 0;
	assert_int_equal(given_sample(&trial, TB_DISTURBED, value), 0);
	assert_int_equal(sim.probes, 4);
	assert_int_equal(trial.bench->verify(&trial), 0);
	assert_true(given_control(&trial, "hot-lines-slope") == 1);
}

/* A line takes ten cycles. With a larger step no line is countable and no check runs. */
static void coarse_tsc(void **state)
{
	static const struct {
		unsigned int step, rounds;
		bool counts;
	} cases[] = {
		{ 1, 4, true }, { 4, 4, true }, { 5, 32, true }, { 10, 32, true }, { 11, 32, false }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		given_tsc_step(cases[i].step);
		begin(intel, PARAMS, -1);
		assert_int_equal(sim.probes, cases[i].rounds * 2 * L1D_CONTROLS);
		sim.leave = 0;
		for (int k = 0; k < 2 * L1D_BLOCK; k++) {
			sim.probes = 0;
			assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
		}
		assert_int_equal(trial.bench->verify(&trial), 0);
		for (int m = 0; trial.bench->metrics[m].name; m++) {
			bool line = m >= 3 && m <= 6;

			assert_int_equal(trial.shm->unavailable[m][0] != '\0',
					 line && !cases[i].counts);
			if (line)
				assert_int_equal(value[m] == 0, cases[i].counts);
		}
		assert_int_equal(trial.shm->n_checks, cases[i].counts ? FAULTS : 0);
		if (!cases[i].counts)
			assert_non_null(strstr(trial.shm->unavailable[3], "steps by 11 cycles"));
		end(NULL);
	}
}

/* Chains that are interrupted, the last one too, do not make a coarse TSC look fine. */
static void interrupted_chains(void **state)
{
	(void)state;
	/* Every fifth chain is long, and in one of five launches the last one. */
	for (int offset = 0; offset < 5; offset++) {
		given_tsc_step(11);
		given_long_chain(5, 4 * TB_CLOCK_CHAIN_CYCLES);
		for (int k = 0; k < offset; k++)
			tb_given_chain();
		begin(intel, PARAMS, -1);
		assert_non_null(strstr(trial.shm->unavailable[3], "steps by 11 cycles"));
		end(NULL);
	}
}

/* With a fine TSC lines are counted, whatever the first controls show. */
static void noisy_start(void **state)
{
	(void)state;
	given_tsc_step(4);
	given_cpuid(intel, 1, 0);
	given_open(&trial, &l1d_flush_user, PARAMS);
	sim_begin(&trial, SIM_LRU);
	sim.deaf_beyond = 1;
	assert_int_equal(trial.bench->setup(&trial), 0);
	assert_string_equal(trial.shm->unavailable[3], "");
	sim.deaf_beyond = 0;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_int_equal(trial.bench->verify(&trial), 0);
	assert_int_equal(trial.shm->n_checks, FAULTS);
}

/* The never-written buffer is one page of 4 KiB: of the huge zero page each line is another. */
static void zero_buffer(void **state)
{
	char line[256];
	unsigned long from, to;
	bool inside = false, small = false;
	unsigned char resident;
	char *zero;
	FILE *maps;

	(void)state;
	begin(intel, PARAMS, -1);
	assert_non_null(sim.zero);
	maps = fopen("/proc/self/smaps", "r");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = (unsigned long)sim.zero >= from && (unsigned long)sim.zero < to;
		if (inside && !strncmp(line, "VmFlags:", 8))
			small = strstr(line, " nh");
	}
	fclose(maps);
	assert_true(small);
	/* And it is gone after the launch. */
	zero = sim.zero - (uintptr_t)sim.zero % 4096;
	end(NULL);
	assert_int_equal(mincore(zero, 4096, &resident), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(good_core, end),
		cmocka_unit_test_teardown(each_check_fails, end),
		cmocka_unit_test_teardown(prefetch_of_amd, end),
		cmocka_unit_test_teardown(fills_l1d, end),
		cmocka_unit_test_teardown(turns, end),
		cmocka_unit_test_teardown(never_quiet, end),
		cmocka_unit_test_teardown(coarse_tsc, end),
		cmocka_unit_test_teardown(interrupted_chains, end),
		cmocka_unit_test_teardown(noisy_start, end),
		cmocka_unit_test_teardown(zero_buffer, end),
	};

	return cmocka_run_group_tests(tests, NULL, sim_forget);
}
