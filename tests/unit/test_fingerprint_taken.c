// SPDX-License-Identifier: GPL-2.0-or-later
/* A fingerprint with a given clock: the work in each window, and its amount. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "measure/clock.h"

enum { L1D = 48 << 10, L2 = 2 << 20 };

static struct {
	uint64_t ns, ns_step;			    /* each reading of the clock, and each chain */
	uint64_t chain, chase, sweep, slow, window; /* TSC cycles; a chase of the L2 takes `slow` */
	size_t chains, chases, swept;		    /* swept: bytes */
	char *near_end;				    /* of the area that is chased in the L1D */
	int cpu;
} given;

/* What a window is of shows in the names around it: a chase begins at a place of this name, a sweep reads. */
static void **at;

static uint64_t given_begin(void **place)
{
	if (!place) {
		given.window = given.chain; /* until something is read */
	} else {
		given.chases++;
		given.window = (char *)place < given.near_end ? given.chase : given.slow;
	}
	return 1000;
}

static uint64_t given_end(void)
{
	if (given.window == given.chain) {
		given.chains++;
		given.ns += 50000;
	}
	return 1000 + given.window;
}

static void given_read(size_t bytes)
{
	given.swept += bytes;
	given.window = given.sweep;
}

static uint64_t given_ns(void)
{
	return given.ns += given.ns_step;
}

static int given_on_cpu(int cpu, void (*work)(void *arg), void *arg)
{
	given.cpu = cpu;
	work(arg);
	return 0;
}

static void *given_areas(size_t bytes)
{
	char *areas = aligned_alloc(4096, bytes);

	/* The L1D's part comes first: 16 KiB of it. */
	given.near_end = areas + (16 << 10);
	return areas;
}

#define tb_clock_begin()	    given_begin(at)
#define tb_clock_end()		    given_end()
#define tb_clock_ns()		    given_ns()
#define tb_clock_step()		    3
#define tb_sweep_read(place, bytes) ((void)(place), given_read(bytes))
#define tb_on_cpu(cpu, work, arg)   given_on_cpu(cpu, work, arg)
#define aligned_alloc(align, bytes) given_areas(bytes)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include "measure/fingerprint.c"
#pragma GCC diagnostic pop

static int reset(void **state)
{
	(void)state;
	memset(&given, 0, sizeof(given));
	given.ns_step = 100000;
	given.chain = 3.0 * CHAINS * CHAIN / 2; /* a TSC cycle is two core cycles */
	given.chase = CHASES * CHASE * 5 / 2;
	given.slow = CHASES * CHASE * 14 / 2;
	given.sweep = 100000;
	return 0;
}

static void assert_close(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fabs(want)))
		fail_msg("%.17g is not %.17g", got, want);
}

static void figures(void **state)
{
	struct tb_fingerprint out;
	size_t lines;

	(void)state;
	tb_fingerprint_take(7, L1D, L2, &out);
	assert_int_equal(given.cpu, 7);
	assert_close(out.value[TB_L1D_LATENCY], 5);
	assert_close(out.value[TB_L2_LATENCY], 14);
	/* The quartile lies between the two readings, and the second one shifts it, too. */
	assert_close(out.value[TB_CORE_HZ], 3.0 * CHAINS * CHAIN * 1e9 / (50000 + 100000));
	lines = given.swept / given.chains / LINE;
	assert_true(lines >= SWEEP_LINES);
	assert_close(out.value[TB_L2_RATE], 2.0 * 100000 / (double)lines);
	assert_true(out.value[TB_TSC_STEP] == 3);
	assert_int_equal(given.chases, 2 * given.chains);
}

/* 10 ms of samples are thrown away; then there are 100, or as many as 120 ms hold. */
static void samples(void **state)
{
	struct tb_fingerprint out;

	(void)state;
	tb_fingerprint_take(7, L1D, L2, &out);
	assert_int_equal(out.samples, SAMPLES_MAX);
	/* 350 us each, three readings and a chain. */
	assert_int_equal(given.chains, SAMPLES_MAX + 29);
	reset(state);
	given.ns_step = 5000000;
	tb_fingerprint_take(7, L1D, L2, &out);
	assert_true(out.samples < 10);
	assert_true(out.samples > 5);
}

static void without_an_l2(void **state)
{
	struct tb_fingerprint out;

	(void)state;
	tb_fingerprint_take(7, L1D, 64 << 10, &out);
	assert_close(out.value[TB_L1D_LATENCY], 5);
	assert_true(isnan(out.value[TB_L2_LATENCY]));
	assert_true(isnan(out.value[TB_L2_RATE]));
	assert_int_equal(given.swept, 0);
	assert_int_equal(given.chases, given.chains);
}

/* A ring meets each line once before it comes back, and hardly ever the next one in memory. */
static void rings(void **state)
{
	enum { LINES = 256 };
	char *area = aligned_alloc(PAGE, LINES * LINE);
	bool met[LINES] = { false };
	size_t order[LINES], next = 0;
	void **place = make_ring(area, LINES * LINE, order), **first = place;

	(void)state;
	for (int i = 0; i < LINES; i++) {
		size_t line = (size_t)((char *)place - area) / LINE;
		void **to = *place;

		assert_true(line < LINES);
		assert_false(met[line]);
		met[line] = true;
		next += (char *)to == (char *)place + LINE;
		place = to;
	}
	assert_ptr_equal(place, first);
	assert_true(next < LINES / 8);
	free(area);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(figures, reset),
		cmocka_unit_test_setup(samples, reset),
		cmocka_unit_test_setup(without_an_l2, reset),
		cmocka_unit_test_setup(rings, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
