// SPDX-License-Identifier: GPL-2.0-or-later
/* The gate by given stamps and a given CLOCK_MONOTONIC. */
#include "given.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct {
	uint64_t ns, step; /* the clock, and how far each reading moves it */
} time_given;

static uint64_t next_ns(void)
{
	time_given.ns += time_given.step;
	return time_given.ns;
}

/* The reads: 'W' the witness, 'S' the sweep, 'F' a fence; lower case inside a window. */
static struct {
	const char *witness;
	char did[4096];
	size_t n;
} swept;

static void note(char what)
{
	bool window = given_stamps_read() % 2;

	assert_true(swept.n + 1 < sizeof(swept.did));
	swept.did[swept.n++] = (char)(window ? what - 'A' + 'a' : what);
}

#undef tb_clock_ns
#undef tb_sweep_read
#undef tb_sweep_fence
#define tb_clock_ns()		  next_ns()
#define tb_sweep_read(at, length) ((void)(length), note((at) == swept.witness ? 'W' : 'S'))
#define tb_sweep_fence()	  note('F')
#include "measure/gate.c"

/* 64 lines: a window of 64 TSC cycles is one core cycle a line. */
enum { BYTES = 4096, WINDOWS_MAX = 1024 };

struct rig {
	struct tb_gate gate;
	size_t windows;
	uint64_t stamp[2 * WINDOWS_MAX];
};

static void forget_reads(void)
{
	memset(swept.did, 0, sizeof(swept.did));
	swept.n = 0;
}

static int open_rig(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	rig->gate = (struct tb_gate){
		.witness = calloc(1, BYTES), .sweep = calloc(1, BYTES), .bytes = BYTES, .reads = 1
	};
	swept.witness = rig->gate.witness;
	forget_reads();
	time_given.ns = 5000000;
	time_given.step = 1000;
	return 0;
}

static int close_rig(void **state)
{
	struct rig *rig = *state;

	free(rig->gate.witness);
	free(rig->gate.sweep);
	free(rig);
	given_steps(1000);
	given_chain(TB_CLOCK_CHAIN_CYCLES);
	given_tsc_step(1);
	return 0;
}

/* One window more, of so many TSC cycles. Each begins elsewhere. */
static void add_window(struct rig *rig, uint64_t cycles)
{
	uint64_t begin = 1000000 + 777 * rig->windows;

	assert_true(rig->windows < WINDOWS_MAX);
	rig->stamp[2 * rig->windows] = begin;
	rig->stamp[2 * rig->windows++ + 1] = begin + cycles;
	given_stamps(rig->stamp, 2 * rig->windows);
}

static void add_windows(struct rig *rig, uint64_t cycles, size_t n)
{
	while (n--)
		add_window(rig, cycles);
}

static void assert_all_read(const struct rig *rig)
{
	assert_int_equal(given_stamps_read(), 2 * rig->windows);
}

static void assert_close(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fabs(want)))
		fail_msg("%.17g is not %.17g", got, want);
}

/* 5 % more than the floor is quiet, one TSC cycle more is not. */
static void edges_of_the_tolerance(void **state)
{
	static const struct {
		uint64_t window;
		bool quiet;
	} edges[] = { { 64 * 100, true },
		      { 64 * 105, true },
		      { 64 * 105 + 1, false },
		      { 64 * 110, false },
		      { 64 * 50, true } };
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(edges) / sizeof(*edges); i++) {
		rig->gate.floor = 100;
		rig->gate.own_floor = 200; /* of this launch: the campaign's is the lower one */
		rig->windows = 0;
		time_given.step = TB_GATE_WAIT_NS;
		add_window(rig, edges[i].window);
		assert_int_equal(tb_gate_wait(&rig->gate), edges[i].quiet);
		assert_all_read(rig);
	}
	assert_int_equal(rig->gate.looks, 5);
	assert_int_equal(rig->gate.quiet, 3);
	assert_int_equal(rig->gate.disturbed, 2);
}

/* At half the clock rate a reading takes twice as many TSC cycles. */
static void core_cycles_of_a_look(void **state)
{
	struct rig *rig = *state;

	rig->gate.floor = 100;
	time_given.step = TB_GATE_WAIT_NS;
	given_chain(2 * TB_CLOCK_CHAIN_CYCLES);
	add_window(rig, 2 * 64 * 105);
	assert_true(tb_gate_wait(&rig->gate));
	add_window(rig, 2 * 64 * 105 + 2);
	given_stamps(rig->stamp + 2, 2);
	assert_false(tb_gate_wait(&rig->gate));
}

/* Three reads per reading of the gate touch three times the lines. */
static void lines_of_a_look(void **state)
{
	struct rig *rig = *state;

	rig->gate.reads = 3;
	rig->gate.floor = 100;
	time_given.step = TB_GATE_WAIT_NS;
	add_window(rig, 3 * 64 * 105 - 3);
	assert_true(tb_gate_wait(&rig->gate));
	/* Both into the L2, the witness out of the L1D, and then each from the L2. */
	assert_string_equal(swept.did, "WSFwsw");
	rig->windows = 0;
	add_window(rig, 3 * 64 * 105 + 3);
	assert_false(tb_gate_wait(&rig->gate));
}

/* It gives up after TB_GATE_WAIT_NS. A reading takes 1 us. */
static void never_quiet(void **state)
{
	struct rig *rig = *state;

	rig->gate.floor = 100;
	rig->gate.wait_ns = 7;
	add_windows(rig, 64 * 106, TB_GATE_WAIT_NS / 1000);
	assert_false(tb_gate_wait(&rig->gate));
	assert_all_read(rig);
	assert_int_equal(rig->gate.looks, TB_GATE_WAIT_NS / 1000);
	assert_int_equal(rig->gate.quiet, 0);
	assert_int_equal(rig->gate.disturbed, 1);
	assert_int_equal(rig->gate.wait_ns, 7 + TB_GATE_WAIT_NS);
}

static void quiet_once(void **state)
{
	struct rig *rig = *state;

	rig->gate.floor = 100;
	add_windows(rig, 64 * 130, 41);
	add_window(rig, 64 * 101);
	assert_true(tb_gate_wait(&rig->gate));
	assert_all_read(rig);
	assert_int_equal(rig->gate.looks, 42);
	assert_int_equal(rig->gate.quiet, 1);
	assert_int_equal(rig->gate.disturbed, 0);
	assert_int_equal(rig->gate.wait_ns, 42000);
	/* The next wait adds to it. */
	add_window(rig, 64 * 101);
	given_stamps(rig->stamp + 84, 2);
	assert_true(tb_gate_wait(&rig->gate));
	assert_int_equal(rig->gate.wait_ns, 43000);
	assert_int_equal(rig->gate.quiet, 2);
}

/* Looks of 1 to 256 core cycles a line, the slow ones first: the tenth part of them is faster than 26.5. */
static void add_calibration(struct rig *rig, uint64_t shortest, uint64_t reads)
{
	for (int i = 0; i < 8; i++)
		add_window(rig, i == 3 ? shortest : 2000);
	for (uint64_t k = 256; k > 0; k--)
		add_window(rig, reads * 64 * k);
	for (uint64_t k = 64; k > 0; k--) {
		add_window(rig, reads * 64 * k);
		/* Twice the reads in the same order: a part of each window is the window itself. */
		add_window(rig, reads * 64 * (k + 1000));
	}
}

static void calibrates(void **state)
{
	struct rig *rig = *state;

	given_tsc_step(2);
	add_calibration(rig, 500, 1);
	tb_gate_calibrate(&rig->gate, 0);
	assert_all_read(rig);
	assert_int_equal(rig->gate.reads, 1);
	assert_int_equal(rig->gate.looks, 256);
	assert_close(rig->gate.own_floor, 26.5);
	assert_close(rig->gate.floor, 26.5);
	assert_close(rig->gate.l2_rate, 1000);
}

/* One TSC cycle less, and 250 steps take two reads; at half the clock all figures halve. */
static void calibrates_on_a_coarse_tsc(void **state)
{
	struct rig *rig = *state;

	given_tsc_step(2);
	given_chain(2 * TB_CLOCK_CHAIN_CYCLES);
	add_calibration(rig, 499, 2);
	tb_gate_calibrate(&rig->gate, 0);
	assert_all_read(rig);
	assert_int_equal(rig->gate.reads, 2);
	assert_close(rig->gate.own_floor, 13.25);
	assert_close(rig->gate.l2_rate, 500);
	/* One read at first, then two, finally two and four in turn. */
	assert_ptr_equal(strstr(swept.did, "WSFwWSFwWSFwWSFwWSFwWSFwWSFwWSFwWSFwsWSFws"),
			 swept.did);
	assert_string_equal(swept.did + swept.n - 24, "WSFwsWSFwswsWSFwsWSFwsws");
}

/* The campaign's floor holds where it is the lower one. */
static void floor_of_the_campaign(void **state)
{
	static const struct {
		double campaign, floor;
	} floors[] = { { 20, 20 }, { 26.5, 26.5 }, { 30, 26.5 }, { 0, 26.5 } };
	struct rig *rig = *state;

	given_tsc_step(2);
	for (size_t i = 0; i < sizeof(floors) / sizeof(*floors); i++) {
		rig->windows = 0;
		forget_reads();
		add_calibration(rig, 500, 1);
		tb_gate_calibrate(&rig->gate, floors[i].campaign);
		assert_close(rig->gate.floor, floors[i].floor);
		assert_close(rig->gate.own_floor, 26.5);
	}
}

/* 64 readings without a wait. A second survey adds to the first. */
static void surveys(void **state)
{
	struct rig *rig = *state;

	rig->gate.floor = 100;
	add_windows(rig, 64 * 100, 20);
	add_windows(rig, 64 * 120, 44);
	tb_gate_survey(&rig->gate);
	assert_all_read(rig);
	assert_int_equal(rig->gate.looks, 64);
	assert_int_equal(rig->gate.quiet, 20);
	assert_int_equal(rig->gate.disturbed, 44);
	given_stamps(rig->stamp, 2 * rig->windows);
	tb_gate_survey(&rig->gate);
	assert_int_equal(rig->gate.quiet, 40);
	assert_int_equal(rig->gate.disturbed, 88);
	assert_int_equal(rig->gate.wait_ns, 0);
}

/* More than the L1D holds, in whole pages. */
static void bytes_of_an_area(void **state)
{
	(void)state;
	assert_int_equal(tb_gate_bytes(48 << 10), 64 << 10);
	assert_int_equal(tb_gate_bytes(32 << 10), 44 << 10);
	assert_int_equal(tb_gate_bytes(0), 64 << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edges_of_the_tolerance, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(core_cycles_of_a_look, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(lines_of_a_look, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(never_quiet, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(quiet_once, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(calibrates, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(calibrates_on_a_coarse_tsc, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(floor_of_the_campaign, open_rig, close_rig),
		cmocka_unit_test_setup_teardown(surveys, open_rig, close_rig),
		cmocka_unit_test(bytes_of_an_area),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
