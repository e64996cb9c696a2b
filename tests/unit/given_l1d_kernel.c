// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * l1d/flush-kernel with a played module: the requests to it, and the handling of its
 * answers and errors. open() and ioctl() are this program's own.
 */
#include "given.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "l1d/residual.h"
#include "fake_flush.h"

enum { METRICS = 13 };

static struct tb_trial trial;
static double value[TB_METRICS_MAX];

static int begin(const char *params)
{
	given_open(&trial, &l1d_flush_kernel, params);
	return trial.bench->setup(&trial);
}

static int end(void **state)
{
	(void)state;
	if (trial.shm)
		given_close(&trial);
	trial.shm = NULL;
	return 0;
}

static void setups(void **state)
{
	static const char *const loops[] = { "kvm",
					     "kvm-lfence",
					     "kvm-serialize",
					     "unroll8",
					     "avx512",
					     "prefetcht0",
					     "page-interleaved",
					     "chase",
					     "store",
					     "clflushopt",
					     "msr",
					     "wbinvd" };
	static const struct {
		const char *params;
		unsigned int victim, buffer, l2;
	} cases[] = {
		{ "victim=full size=8K", L1D_FULL, L1D_IN_L2, 0 },
		{ "victim=page size=8K buffer=l3", L1D_ONE_PAGE, L1D_IN_L3, 2 << 20 },
		{ "victim=dirty size=8K buffer=dram", L1D_DIRTY, L1D_IN_DRAM, 0 },
		{ "victim=reused size=8K buffer=l2", L1D_REUSED, L1D_IN_L2, 0 },
	};
	uint64_t seed;
	char params[64];

	(void)state;
	for (unsigned int i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		snprintf(params, sizeof(params), "loop=%s", loops[i]);
		assert_int_equal(begin(params), 0);
		assert_int_equal(module.setup.loop, i < 10 ? i : TB_LOOP_MSR + i - 10);
		end(NULL);
	}
	assert_int_equal(TB_LOOP_MSR, 30);
	assert_int_equal(TB_LOOP_WBINVD, 31);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		module.setups = 0;
		assert_int_equal(begin(cases[i].params), 0);
		assert_int_equal(module.setups, 1);
		assert_int_equal(module.setup.victim, cases[i].victim);
		assert_int_equal(module.setup.buffer, cases[i].buffer);
		assert_int_equal(module.setup.l1d_bytes, 48 << 10);
		assert_int_equal(module.setup.l2_bytes, cases[i].l2);
		assert_int_equal(module.setup.flush_bytes, 8 << 10);
		end(NULL);
	}
	/* The launch's own random numbers, all 64 bits. */
	seed = module.setup.seed;
	assert_true(seed >> 32 && (uint32_t)seed && seed >> 32 != (uint32_t)seed);
	given_open(&trial, &l1d_flush_kernel, "");
	tb_random_seed(&trial.random, 1, 2);
	assert_int_equal(trial.bench->setup(&trial), 0);
	assert_true(module.setup.seed >> 32 != seed >> 32);
	assert_true((uint32_t)module.setup.seed != (uint32_t)seed);
}

/* The figures of one sample, by the chains of both probes. */
static void figures(void **state)
{
	(void)state;
	assert_int_equal(begin(""), 0);
	module.chain[L1D_DO_FLUSH] = 1000;
	module.chain[L1D_DO_REFERENCE] = 2600;
	module.chain[L1D_DO_NOTHING] = 900;
	module.walk[L1D_DO_FLUSH] = 3000;
	module.walk[L1D_DO_NOTHING] = 1000;
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	assert_true(value[0] == 5100);
	assert_true(value[1] == 5000);
	assert_true(value[2] == 5000);
	for (int m = 3; m < METRICS; m++)
		if (m != 8) /* refill-page */
			assert_true(isnan(value[m]));
	/* Each walk by a chain of its own. */
	assert_true(value[8] == 3000 * 1.8 - 1000 * 2.0);
	assert_string_equal(trial.bench->metrics[8].name, "refill-page");
	module.chain[L1D_DO_REFERENCE] = 800;
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	assert_true(value[2] == 5000 * 2);
}

static void is_sample(unsigned int i, unsigned int setup, unsigned int flags, int walk)
{
	const struct tb_flush_sample *sample = &module.asked[i];

	if (sample->setup != setup || sample->flags != flags ||
	    sample->probe_kind != (walk >= 0 ? L1D_PROBE_WALK : L1D_PROBE_PAGE) ||
	    (walk >= 0 && sample->walk != (unsigned int)walk))
		fail_msg("sample %u: setup %u, flags %u, look %u, walk %u", i, sample->setup,
			 sample->flags, sample->probe_kind, sample->walk);
	assert_int_equal(sample->cpu, 5);
	assert_int_equal(sample->reserved, 0);
}

/* One round: a new page, flush and reference twice; a control twice; a walk with and without flush. */
static void order(void **state)
{
	(void)state;
	assert_int_equal(begin(""), 0);
	trial.shm->job.cpu[0] = 5;
	module.samples = 0;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_int_equal(module.samples, 8);
	is_sample(0, L1D_DO_FLUSH, TB_SAMPLE_NEW_PAGE, -1);
	is_sample(1, L1D_DO_REFERENCE, 0, -1);
	is_sample(2, L1D_DO_FLUSH, 0, -1);
	is_sample(3, L1D_DO_REFERENCE, 0, -1);
	is_sample(4, L1D_DO_NOTHING, 0, -1);
	is_sample(5, L1D_DO_NOTHING, 0, -1);
	is_sample(6, L1D_DO_FLUSH, 0, 0);
	is_sample(7, L1D_DO_NOTHING, 0, 0);
	module.samples = 0;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	is_sample(4, L1D_DO_BY_ADDRESS, 0, -1);
	is_sample(6, L1D_DO_FLUSH, 0, 1);
}

/* What the second sample of a pair says is kept. */
static void second_is_kept(void **state)
{
	(void)state;
	assert_int_equal(begin(""), 0);
	module.untrained = true;
	for (int i = 0; i < L1D_BLOCK; i++)
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	assert_true(value[0] == 5100);
	assert_true(value[3] == 0 && value[4] == 0 && value[5] == 0 && value[6] == 0);
	module.probe[L1D_DO_FLUSH] = 1030 - 70;
	for (int i = 0; i < L1D_BLOCK; i++)
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	assert_true(value[3] == 7 && value[4] == 1 && value[5] == 0 && value[6] == 0);
}

/* An SMI in any sample of a sample: all of it is disturbed. */
static void smis(void **state)
{
	(void)state;
	assert_int_equal(begin(""), 0);
	for (unsigned int at = 0; at <= 8; at++) {
		module.samples = 0;
		module.event.at = at;
		module.event.smis = 1 + at;
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		assert_int_equal(module.samples, 8);
		assert_int_equal(trial.disturbed, at < 8 ? (1 << METRICS) - 1 : 0);
	}
	end(NULL);
	/* Also where nothing is counted but the cost. */
	given_cpuid((const struct given_cpuid[]){ { .leaf = 1, .c = 1u << 31 } }, 1, 0);
	assert_int_equal(begin("loop=kvm"), 0);
	assert_non_null(strstr(trial.shm->unavailable[3], "CPUID exits"));
	module.samples = 0;
	module.event.at = 2;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_int_equal(module.samples, 4);
	assert_int_equal(trial.disturbed, (1 << METRICS) - 1);
	end(NULL);
	given_cpuid((const struct given_cpuid[]){ { .leaf = 1, .c = 1u << 31 } }, 1, 0);
	assert_int_equal(begin("loop=wbinvd"), 0);
	assert_non_null(strstr(trial.shm->unavailable[3], "WBINVD exits"));
	end(NULL);
	given_cpuid((const struct given_cpuid[]){ { .leaf = 1, .c = 1 } }, 1, 0);
	assert_int_equal(begin("loop=wbinvd"), 0);
	assert_string_equal(trial.shm->unavailable[3], "");
}

/* The longest of all samples, in nanoseconds. */
static void interrupts_off(void **state)
{
	(void)state;
	module.event.at = 30;
	module.event.irqs_off = 5000;
	assert_int_equal(begin(""), 0);
	trial.shm->job.tsc_hz = 2.5e9;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_int_equal(trial.bench->verify(&trial), 0);
	assert_true(given_control(&trial, "irqs-off-max-ns") == 2000);
	assert_true(given_control(&trial, "overhead-latency") == 100);
	assert_int_equal(trial.shm->n_checks, 5);
	for (unsigned int i = 0; i < trial.shm->n_checks; i++)
		assert_true(trial.shm->check[i].pass);
}

static const struct {
	int err;
	const char *says;
} refusals[] = {
	{ ENXIO, "lost its CPU" },
	{ EIO, "raises #GP" },
	{ ETIME, "longer than 100 ms" },
	{ ENODATA, "refused a sample" },
};

enum { REFUSALS = sizeof(refusals) / sizeof(refusals[0]) };

/* The first refusal is the launch's end, wherever it comes, and nothing is asked after it. */
static void refused_samples(void **state)
{
	(void)state;
	for (int i = 0; i < REFUSALS; i++) {
		for (unsigned int at = 0; at < 80; at += at < 70 ? 35 : 1) {
			fresh(NULL);
			module.sample_err = refusals[i].err;
			module.fails_at = at;
			if (at < 72) {
				assert_int_equal(begin(""), -refusals[i].err);
			} else {
				assert_int_equal(begin(""), 0);
				assert_int_equal(given_sample(&trial, TB_GATED, value),
						 -refusals[i].err);
			}
			assert_int_equal(module.samples, at + 1);
			assert_non_null(strstr(trial.shm->why, refusals[i].says));
			end(NULL);
		}
	}
}

static void refused_setups(void **state)
{
	static const struct {
		int err;
		const char *says;
	} cases[] = { { EIO, "raises #GP" }, { EOPNOTSUPP, "could not set up" } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		module.setup_err = cases[i].err;
		assert_int_equal(begin("loop=msr"), -cases[i].err);
		assert_int_equal(module.samples, 0);
		assert_non_null(strstr(trial.shm->why, cases[i].says));
		end(NULL);
	}
}

/* The device is closed, also where the setup failed. */
static void closed(void **state)
{
	(void)state;
	for (int err = 0; err < 2; err++) {
		module.setup_err = err ? ENOMEM : 0;
		assert_int_equal(begin(""), -module.setup_err);
		assert_true(fcntl(module.fd, F_GETFD) >= 0);
		end(NULL);
		assert_int_equal(fcntl(module.fd, F_GETFD), -1);
	}
}

/* Counters are read around the flush whose latency is the sample's, and around no walk or control. */
static void counted(void **state)
{
	struct tb_counters counters = { .n = 2 };

	(void)state;
	assert_int_equal(begin(""), 0);
	module.samples = 0;
	trial.counters = &counters;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	for (unsigned int i = 0; i < module.samples; i++)
		assert_int_equal(!!(module.asked[i].flags & TB_SAMPLE_COUNT), i == 0 || i == 2);
	assert_true(trial.operations == 1);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(counters.at[i].end - counters.at[i].begin, 3000 + i);
	trial.counters = NULL;
}

/* A launch of any length: what it remembers is bounded, and the bounds are no figures. */
static void long_launch(void **state)
{
	(void)state;
	assert_int_equal(begin(""), 0);
	for (int i = 0; i < (L1D_CONTROL_SAMPLES + 2) * L1D_CONTROLS; i++) {
		module.samples = 0;
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		/* The first 512 null windows are remembered. */
		if (i == 511)
			module.null = 900;
	}
	module.samples = 0;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	/* No control more than fits. */
	assert_int_equal(module.samples, 4 + 2);
	assert_int_equal(trial.bench->verify(&trial), 0);
	assert_true(given_control(&trial, "overhead-latency") == 100);
	assert_true(given_control(&trial, "hot-lines-slope") == 1);
	assert_true(given_control(&trial, "reference-share") == 0);
}

/* How samples become figures: blocks are averaged, times are medians; and which is whose reference. */
static void metrics(void **state)
{
	static const struct {
		const char *name;
		enum tb_unit unit;
		unsigned int trials;
		const char *reference;
	} want[] = {
		{ "latency", TB_TSC, 0, NULL },
		{ "latency-net", TB_TSC, 0, NULL },
		{ "core-cycles", TB_CORE_CYCLES, 0, NULL },
		{ "lines-left", TB_LINES, 32, "lines-left-reference" },
		{ "left-any", TB_RATIO, 32, "left-any-reference" },
		{ "lines-left-reference", TB_LINES, 32, NULL },
		{ "left-any-reference", TB_RATIO, 32, NULL },
		{ "refill", TB_CORE_CYCLES, 0, NULL },
		{ "refill-page", TB_CORE_CYCLES, 0, NULL },
		{ "refill-full", TB_CORE_CYCLES, 0, NULL },
		{ "refill-linear", TB_CORE_CYCLES, 0, NULL },
		{ "refill-linear-page", TB_CORE_CYCLES, 0, NULL },
		{ "refill-linear-full", TB_CORE_CYCLES, 0, NULL },
	};

	(void)state;
	assert_int_equal(tb_bench_metrics(&l1d_flush_kernel), METRICS);
	assert_ptr_equal(l1d_flush_kernel.metrics, l1d_flush_user.metrics);
	for (int m = 0; m < METRICS; m++) {
		const struct tb_metric *metric = &l1d_flush_kernel.metrics[m];

		assert_string_equal(metric->name, want[m].name);
		assert_int_equal(metric->unit, want[m].unit);
		assert_int_equal(metric->better, TB_LOWER);
		assert_int_equal(metric->trials, want[m].trials);
		assert_int_equal(metric->within, want[m].trials ? TB_MEAN : TB_MEDIAN);
		assert_int_equal(metric->headline, m == 2);
		assert_int_equal(metric->reference != NULL, want[m].reference != NULL);
		if (metric->reference)
			assert_string_equal(metric->reference, want[m].reference);
	}
	/* 32 blocks. */
	assert_int_equal(l1d_flush_kernel.rounds, 32 * L1D_BLOCK);
	assert_int_equal(l1d_flush_user.rounds, 32 * L1D_BLOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(setups, fresh, end),
		cmocka_unit_test_setup_teardown(figures, fresh, end),
		cmocka_unit_test_setup_teardown(order, fresh, end),
		cmocka_unit_test_setup_teardown(second_is_kept, fresh, end),
		cmocka_unit_test_setup_teardown(smis, fresh, end),
		cmocka_unit_test_setup_teardown(interrupts_off, fresh, end),
		cmocka_unit_test_setup_teardown(refused_samples, fresh, end),
		cmocka_unit_test_setup_teardown(refused_setups, fresh, end),
		cmocka_unit_test_setup_teardown(closed, fresh, end),
		cmocka_unit_test_setup_teardown(counted, fresh, end),
		cmocka_unit_test_setup_teardown(long_launch, fresh, end),
		cmocka_unit_test(metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
