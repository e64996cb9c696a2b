// SPDX-License-Identifier: GPL-2.0-or-later
/* From readings to values, and one real fingerprint. Real times are not judged. */
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "measure/clock.h"
#include "measure/fingerprint.h"

enum { SAMPLES = 8 };

/* A chain of 3000 core cycles in 1000 ns and 2000 ticks: 3 GHz, 1.5 core cycles a tick. */
static const double quiet[TB_WINDOWS] = {
	[TB_WINDOW_CHAIN] = 2000, [TB_WINDOW_CHAIN_NS] = 1000, [TB_WINDOW_L1D] = 400,
	[TB_WINDOW_L2] = 1400,	  [TB_WINDOW_SWEEP] = 1000,
};

struct book {
	double sample[SAMPLES][TB_WINDOWS];
	struct tb_fingerprint_readings readings;
	struct tb_fingerprint out;
};

static void fill(struct book *book)
{
	for (size_t i = 0; i < SAMPLES; i++)
		for (int w = 0; w < TB_WINDOWS; w++)
			book->sample[i][w] = quiet[w];
	book->readings = (struct tb_fingerprint_readings){
		.sample = (const double(*)[TB_WINDOWS])book->sample,
		.samples = SAMPLES,
		.chain_cycles = 3000,
		.loads = 150,
		.lines = 750,
		.no_l2 = "no L2",
		.tsc_step = 2,
		.xsave_bytes = 832,
		.xsave_max_bytes = 2440,
	};
}

static void check(struct book *book, enum tb_fingerprint_field field, double want)
{
	tb_fingerprint_of(&book->readings, &book->out);
	if (!(fabs(book->out.value[field] - want) <= 1e-9 * want))
		fail_msg("%s is %.17g, not %.17g", tb_fingerprint_name(field),
			 book->out.value[field], want);
	assert_string_equal(book->out.why[field], "");
}

static void check_unknown(struct book *book, enum tb_fingerprint_field field, const char *why)
{
	tb_fingerprint_of(&book->readings, &book->out);
	assert_true(isnan(book->out.value[field]));
	assert_string_equal(book->out.why[field], why);
}

static void check_all(struct book *book)
{
	check(book, TB_CORE_HZ, 3e9);
	check(book, TB_L1D_LATENCY, 4);
	check(book, TB_L2_LATENCY, 14);
	check(book, TB_L2_RATE, 2);
	check(book, TB_TSC_STEP, 2);
	check(book, TB_XSAVE_BYTES, 832);
	check(book, TB_XSAVE_MAX_BYTES, 2440);
	assert_int_equal(book->out.samples, SAMPLES);
}

static void values_follow_from_readings(void **state)
{
	struct book book;

	(void)state;
	fill(&book);
	check_all(&book);
}

static void interrupts_do_not_count(void **state)
{
	struct book book;

	(void)state;
	fill(&book);
	/* Each of five samples has one late window; three samples are undisturbed. */
	for (size_t i = 0; i < 5; i++)
		book.sample[i][i] += 1e6;
	for (int w = 0; w < TB_WINDOWS; w++)
		book.sample[7][w] *= 50;
	check_all(&book);
}

static void clock_jumps_do_not_count(void **state)
{
	struct book book;

	(void)state;
	fill(&book);
	for (int w = 0; w < TB_WINDOWS; w++)
		book.sample[3][w] /= 10;
	check_all(&book);
}

static void coarse_tsc(void **state)
{
	struct book book;

	(void)state;
	fill(&book);
	book.readings.tsc_step = 4;
	check(&book, TB_L1D_LATENCY, 4); /* 100 steps: as short as a window may be */
	book.readings.tsc_step = 5;
	check_unknown(&book, TB_L1D_LATENCY,
		      "the TSC, which steps by 5, is too coarse for a window of 400");
	check(&book, TB_L2_LATENCY, 14);
	check(&book, TB_CORE_HZ, 3e9); /* by another clock */
	book.readings.tsc_step = 0;
	check_unknown(&book, TB_TSC_STEP, "the TSC stood still");
	check_unknown(&book, TB_L2_RATE,
		      "the TSC, which steps by 0, is too coarse for a window of 1000");
}

static void coarse_clock(void **state)
{
	struct book book;

	(void)state;
	fill(&book);
	for (size_t i = 0; i < SAMPLES; i++)
		book.sample[i][TB_WINDOW_CHAIN_NS] = i == 5 ? 4e6 : 0;
	check_unknown(&book, TB_CORE_HZ,
		      "CLOCK_MONOTONIC stood still in a window of 3000 core cycles");
	check(&book, TB_L1D_LATENCY, 4);
}

static void missing_levels_are_null(void **state)
{
	struct book book;

	(void)state;
	fill(&book);
	book.readings.lines = 0;
	check_unknown(&book, TB_L2_LATENCY, "no L2");
	check_unknown(&book, TB_L2_RATE, "no L2");
	check(&book, TB_L1D_LATENCY, 4);
	book.readings.xsave_bytes = 0;
	check_unknown(&book, TB_XSAVE_BYTES, "the CPU or the kernel has no XSAVE");
	book.readings.samples = 0;
	tb_fingerprint_of(&book.readings, &book.out);
	assert_true(isnan(book.out.value[TB_CORE_HZ]));
	assert_true(isnan(book.out.value[TB_L1D_LATENCY]));
}

static void room_in_the_l2(void **state)
{
	enum { K = 1 << 10 };

	(void)state;
	assert_int_equal(tb_fingerprint_l2_bytes(48 * K, 1024 * K), 192 * K);
	assert_int_equal(tb_fingerprint_l2_bytes(32 * K, 256 * K), 64 * K);
	assert_int_equal(tb_fingerprint_l2_bytes(32 * K, 128 * K), 64 * K);
	assert_int_equal(tb_fingerprint_l2_bytes(32 * K, 96 * K), 0);
	assert_int_equal(tb_fingerprint_l2_bytes(0, 0), 128 * K);
	assert_int_equal(tb_fingerprint_l2_bytes(48 * K, 0), 96 * K);
}

static void step(void **state)
{
	static const uint64_t coarse[] = { 100, 142, 205, 226 }, still[] = { 7, 7, 7 };

	(void)state;
	assert_int_equal(tb_clock_step_of(coarse, 4), 21);
	assert_int_equal(tb_clock_step_of(still, 3), 0);
	assert_int_equal(tb_clock_step_of(still, 0), 0);
}

/* Every value is there and positive, or has a reason. */
static void check_rule(const struct tb_fingerprint *f)
{
	for (int i = 0; i < TB_FINGERPRINT_FIELDS; i++)
		assert_true(f->why[i][0] ? isnan(f->value[i]) : f->value[i] > 0);
}

static void this_cpu(void **state)
{
	int cpu = sched_getcpu(); /* CPU 0 may be forbidden, and then nothing is measured */
	struct tb_fingerprint f;

	(void)state;
	tb_fingerprint_take(cpu, 0, 0, &f);
	check_rule(&f);
	assert_true(f.value[TB_TSC_STEP] > 0);
	tb_fingerprint_take(cpu, 32 << 10, 40 << 10, &f);
	check_rule(&f);
	assert_true(isnan(f.value[TB_L2_RATE]));
	assert_string_equal(f.why[TB_L2_RATE], "the L2 cache is smaller than four times the L1D");
	tb_fingerprint_take(0, 4 << 10, 0, &f);
	check_rule(&f);
	assert_string_equal(f.why[TB_L1D_LATENCY],
			    "CPU 0 could not be measured: its L1D is smaller than 8 KiB");
	tb_fingerprint_take(4095, 0, 0, &f); /* no such CPU */
	check_rule(&f);
	assert_string_equal(f.why[TB_CORE_HZ], "CPU 4095 could not be measured: Invalid argument");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_follow_from_readings),
		cmocka_unit_test(interrupts_do_not_count),
		cmocka_unit_test(clock_jumps_do_not_count),
		cmocka_unit_test(coarse_tsc),
		cmocka_unit_test(coarse_clock),
		cmocka_unit_test(missing_levels_are_null),
		cmocka_unit_test(room_in_the_l2),
		cmocka_unit_test(step),
		cmocka_unit_test(this_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
