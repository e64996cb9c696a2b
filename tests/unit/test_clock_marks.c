// SPDX-License-Identifier: GPL-2.0-or-later
/* Marks, core cycles and the step of the TSC from given readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "measure/clock.h"

enum { READINGS_MAX = 2048 };

static struct {
	uint64_t now[READINGS_MAX], ns[16];
	size_t read, read_ns;
	unsigned long chain;
	clockid_t id;
} given;

static uint64_t given_now(void)
{
	assert_true(given.read < READINGS_MAX);
	return given.now[given.read++];
}

static void given_time(clockid_t id, struct timespec *at)
{
	uint64_t ns = given.ns[given.read_ns++ % 16];

	given.id = id;
	at->tv_sec = (time_t)(ns / 1000000000);
	at->tv_nsec = (long)(ns % 1000000000);
}

#define tb_clock_now()		given_now()
#define tb_clock_core_chain()	(given.chain)
#define clock_gettime(id, into) given_time(id, into)
#include "measure/clock.c"

static int reset(void **state)
{
	(void)state;
	memset(&given, 0, sizeof(given));
	return 0;
}

/* 1800 core cycles a chain. */
static void core_cycles(void **state)
{
	(void)state;
	given.chain = 900;
	assert_true(tb_clock_core_cycles(500) == 1000);
	given.chain = 3600;
	assert_true(tb_clock_core_cycles(500) == 250);
}

static void nanoseconds(void **state)
{
	(void)state;
	given.ns[0] = 5000000123;
	assert_int_equal(tb_clock_ns(), 5000000123);
	assert_int_equal(given.id, CLOCK_MONOTONIC);
}

/* Of 16 brackets the narrowest: its middle, and the time that was read in it. */
static void marks(void **state)
{
	struct tb_clock_mark mark;

	(void)state;
	for (uint64_t i = 0; i < 16; i++) {
		given.now[2 * i] = 1000000 * (i + 1);
		given.now[2 * i + 1] = given.now[2 * i] + (i == 11 ? 40 : 100 + i);
		given.ns[i] = 7000 + i;
	}
	mark = tb_clock_mark();
	assert_int_equal(given.read, 32);
	assert_int_equal(mark.tsc, 12000020);
	assert_int_equal(mark.ns, 7011);
	assert_int_equal(given.id, CLOCK_MONOTONIC_RAW);
}

enum { STEP_BATCH = 126, STEP_READINGS = 8 * STEP_BATCH };

static void steps(void **state)
{
	static const uint64_t apart[] = { 42, 63, 21, 84 };

	(void)state;
	for (size_t i = 1; i < STEP_READINGS; i++)
		given.now[i] = given.now[i - 1] + apart[i % 4];
	assert_int_equal(tb_clock_step(), 21);
	assert_int_equal(given.read, STEP_READINGS);
	/* The TSC jumps off its grid in all batches of readings but one. */
	for (size_t i = 0; i < STEP_READINGS; i++)
		given.now[i] += i / STEP_BATCH < 7 ? i % STEP_BATCH == 60 : 0;
	given.read = 0;
	assert_int_equal(tb_clock_step(), 21);
	/* In all of them. The last reading counts, too. */
	given.now[STEP_READINGS - 1]++;
	given.read = 0;
	assert_int_equal(tb_clock_step(), 1);
	memset(given.now, 0, sizeof(given.now));
	given.read = 0;
	assert_int_equal(tb_clock_step(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(core_cycles, reset),
		cmocka_unit_test_setup(nanoseconds, reset),
		cmocka_unit_test_setup(marks, reset),
		cmocka_unit_test_setup(steps, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
