// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines counted from made-up probes, and controls that must hold. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "l1d/residual.h"
#include "run/trial.h"

/* A probe of an empty L1D takes so many core cycles, and ten fewer for each line that is there. */
enum { NONE = 1030, LINE = 10, HOT = NONE - 63 * LINE };

static struct l1d_controls controls;
static struct l1d_block block;

static int setup(void **state)
{
	(void)state;
	memset(&controls, 0, sizeof(controls));
	memset(&block, 0, sizeof(block));
	for (int i = 0; i < 5; i++)
		controls.cycles[L1D_HOT_63][controls.n[L1D_HOT_63]++] = HOT;
	return 0;
}

static void trial(double left, double reference)
{
	block.flushed[block.n] = NONE - left * LINE;
	block.reference[block.n++] = NONE - reference * LINE;
}

static void counted(double lines, double any, double ref_lines, double ref_any)
{
	unsigned int n = block.n;
	struct l1d_lines got;

	assert_true(l1d_block_count(&block, &controls, &got));
	assert_int_equal(block.n, 0);
	if (fabs(got.lines - lines / n) > 1e-12 || fabs(got.any - any / n) > 1e-12 ||
	    fabs(got.ref_lines - ref_lines / n) > 1e-12 || fabs(got.ref_any - ref_any / n) > 1e-12)
		fail_msg("%g lines in %g, of the reference %g in %g", got.lines * n, got.any * n,
			 got.ref_lines * n, got.ref_any * n);
}

static void known_lines(void **state)
{
	(void)state;
	for (int i = 0; i < L1D_BLOCK; i++)
		trial(i % 4, 0);
	counted(8 * (1 + 2 + 3), 24, 0, 0);
	for (int i = 0; i < L1D_BLOCK; i++)
		trial(63, 0);
	counted(63 * 32, 32, 0, 0);
	for (int i = 0; i < L1D_BLOCK; i++)
		trial(0, 0);
	counted(0, 0, 0, 0);
}

/* From two thirds of a line on it is one; the rest is rounded. */
static void cuts(void **state)
{
	static const struct {
		double left, lines;
	} cases[] = {
		{ 0.66, 0 },  { 0.67, 1 },  { 1.4, 1 }, { 1.6, 2 },   { 62.4, 62 },
		{ 62.6, 63 }, { -0.67, 0 }, { -30, 0 }, { 63.4, 63 }, { 70, 63 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (int k = 0; k < L1D_BLOCK; k++)
			trial(k ? 0 : cases[i].left, 0);
		counted(cases[i].lines, cases[i].lines > 0, 0, 0);
	}
}

/* An interrupt in a probe, or a chain that one lengthened: a trial, not the block. */
static void outliers(void **state)
{
	(void)state;
	for (int i = 0; i < L1D_BLOCK; i++)
		trial(i ? 0 : -1e6, i == 1 ? -1e6 : i == 2 ? 1e6 : 0);
	counted(0, 0, 63, 1);
	for (int i = 0; i < L1D_BLOCK; i++)
		trial(i < 2 ? 1e6 : 1, 0);
	counted(2 * 63 + 30, 32, 0, 0);
}

/* The scale is of the block's own references: a clock that is 2 % off moves both. */
static void own_scale(void **state)
{
	(void)state;
	for (int i = 0; i < L1D_BLOCK; i++) {
		trial(i < 8, 0);
		block.flushed[i] *= 1.02;
		block.reference[i] *= 1.02;
	}
	counted(8, 8, 0, 0);
}

static void false_positives(void **state)
{
	(void)state;
	for (int i = 0; i < L1D_BLOCK; i++)
		trial(0, i < 8 ? 2 : 0);
	counted(0, 0, 16, 8);
	for (int i = 0; i < L1D_BLOCK; i++)
		trial(0, 0);
	counted(0, 0, 0, 0);
	/* Remembered over gated blocks, for the launch's own check. */
	assert_int_equal(controls.blocks, 0);
	l1d_control_false_positives(&controls, 0.25);
	l1d_control_false_positives(&controls, 0);
	assert_int_equal(controls.blocks, 2);
	assert_true(controls.false_positives == 0.25);
}

static void no_hot_page_yet(void **state)
{
	struct l1d_lines lines = { 7, 7, 7, 7 }, before = lines;

	(void)state;
	controls.n[L1D_HOT_63] = 0;
	trial(1, 0);
	assert_false(l1d_block_count(&block, &controls, &lines));
	assert_int_equal(block.n, 0);
	/* A hot page must be faster than an empty L1D. */
	controls.cycles[L1D_HOT_63][controls.n[L1D_HOT_63]++] = NONE + 1;
	trial(1, 0);
	assert_false(l1d_block_count(&block, &controls, &lines));
	controls.cycles[L1D_HOT_63][0] = NONE;
	trial(1, 0);
	assert_false(l1d_block_count(&block, &controls, &lines));
	controls.cycles[L1D_HOT_63][0] = HOT;
	block.n = 0;
	assert_false(l1d_block_count(&block, &controls, &lines));
	assert_memory_equal(&lines, &before, sizeof(lines));
	assert_int_equal(controls.blocks, 0);
}

static void references_fit(void **state)
{
	(void)state;
	for (int i = 0; i < L1D_REFERENCES + 5; i++)
		l1d_control_reference(&controls, i);
	assert_int_equal(controls.n_references, L1D_REFERENCES);
	assert_true(controls.references[L1D_REFERENCES - 1] == L1D_REFERENCES - 1);
	assert_true(controls.false_positives == 0 && controls.blocks == 0);
}

static void put(enum l1d_control control, double lines)
{
	controls.n[control] = 0;
	for (int i = 0; i < 5; i++)
		controls.cycles[control][controls.n[control]++] = NONE - lines * LINE;
}

/* Controls as on a quiet core. */
static void put_good(void)
{
	static const struct {
		enum l1d_control control;
		double lines;
	} good[] = {
		{ L1D_NOT_FLUSHED, 63 }, { L1D_BY_ADDRESS, 0 }, { L1D_ZERO_PAGE, 63 },
		{ L1D_HOT_1, 1 },	 { L1D_HOT_9, 9 },	{ L1D_HOT_18, 18 },
		{ L1D_HOT_36, 36 },	 { L1D_HOT_54, 54 },	{ L1D_HOT_63, 63 },
	};

	assert_int_equal(sizeof(good) / sizeof(*good), L1D_CONTROLS);
	for (int i = 0; i < L1D_CONTROLS; i++)
		put(good[i].control, good[i].lines);
	controls.n_references = 0;
	for (int i = 0; i < 9; i++)
		l1d_control_reference(&controls, NONE);
	controls.blocks = 100;
	controls.false_positives = 0;
}

/* Fails nothing, or one check and no other. */
static void judged(enum l1d_victim victim, const char *fails)
{
	const struct l1d_rig rig = { .victim = victim };
	struct tb_trial t = { .bench = NULL };
	unsigned int failed = 0;
	int fd;

	assert_int_equal(tb_launch_shm_create(1, 1, &fd, &t.shm), 0);
	close(fd);
	l1d_control_judge(&t, &rig, &controls);
	assert_true(t.shm->n_checks >= (controls.amd ? 4 : 5));
	assert_int_equal(tb_launch_shm_check(t.shm), 0);
	for (unsigned int i = 0; i < t.shm->n_checks; i++) {
		const struct tb_check *check = &t.shm->check[i];

		failed += !check->pass;
		if (!check->pass && (!fails || strcmp(check->name, fails) != 0))
			fail_msg("%s fails: want %s, got %s", check->name, check->want, check->got);
	}
	if (fails && failed != 1)
		fail_msg("%s holds", fails);
	tb_launch_shm_unmap(t.shm);
	put_good();
}

static void good_controls(void **state)
{
	(void)state;
	put_good();
	for (int victim = L1D_FULL; victim <= L1D_REUSED; victim++)
		judged((enum l1d_victim)victim, NULL);
}

static void bad_controls(void **state)
{
	(void)state;
	put_good();
	put(L1D_NOT_FLUSHED, 59);
	judged(L1D_ONE_PAGE, "not-flushed-share");
	/* A victim as large as the L1D loses a few to itself. */
	put(L1D_NOT_FLUSHED, 59);
	judged(L1D_FULL, NULL);
	put(L1D_NOT_FLUSHED, 53);
	judged(L1D_DIRTY, "not-flushed-share");
	put(L1D_ZERO_PAGE, 31);
	judged(L1D_ONE_PAGE, "zero-page-share");
	put(L1D_BY_ADDRESS, 0.6);
	judged(L1D_ONE_PAGE, "by-address-lines");
	put(L1D_BY_ADDRESS, 62);
	judged(L1D_ONE_PAGE, "by-address-lines");
	put(L1D_BY_ADDRESS, NAN);
	judged(L1D_ONE_PAGE, "by-address-lines");
	put(L1D_NOT_FLUSHED, NAN);
	judged(L1D_ONE_PAGE, "not-flushed-share");
	controls.amd = true;
	put(L1D_BY_ADDRESS, 62);
	judged(L1D_ONE_PAGE, NULL);
	put(L1D_BY_ADDRESS, 50);
	judged(L1D_ONE_PAGE, "by-address-lines");
	put(L1D_BY_ADDRESS, NAN);
	judged(L1D_ONE_PAGE, "by-address-lines");
	controls.amd = false;
	put(L1D_HOT_54, 51);
	judged(L1D_ONE_PAGE, "hot-lines-slope");
	put(L1D_HOT_54, 57);
	judged(L1D_ONE_PAGE, "hot-lines-slope");
	put(L1D_HOT_1, 0.5);
	judged(L1D_ONE_PAGE, "one-line-seen");
	/* More often than not: in three of five, not in two. */
	for (int seen = 2; seen <= 3; seen++) {
		for (int i = 0; i < 5; i++)
			controls.cycles[L1D_HOT_1][i] = NONE - (i < seen) * LINE;
		judged(L1D_ONE_PAGE, seen < 3 ? "one-line-seen" : NULL);
	}
	/* One that was evicted by address reads as the reference does, give or take a line. */
	put(L1D_BY_ADDRESS, -1.1);
	judged(L1D_ONE_PAGE, "by-address-lines");
	put(L1D_BY_ADDRESS, -0.9);
	judged(L1D_ONE_PAGE, NULL);
	put(L1D_NOT_FLUSHED, 67);
	judged(L1D_ONE_PAGE, "not-flushed-share");
	put(L1D_ZERO_PAGE, 67);
	judged(L1D_ONE_PAGE, "zero-page-share");
	/* False positives are recorded. Their blocks are disturbed and fail no check. */
	controls.false_positives = 2.5;
	judged(L1D_ONE_PAGE, NULL);
	controls.n[L1D_ZERO_PAGE] = 0;
	judged(L1D_ONE_PAGE, "zero-page-share");
	/* No gated block: no verdict that the check could guard. */
	controls.blocks = 0;
	judged(L1D_ONE_PAGE, NULL);
}

/* A line takes 10 core cycles, the chain's 1800 take 900 of the TSC: a step of 5 is one line. */
static void coarse_clock(void **state)
{
	(void)state;
	assert_false(l1d_line_is_visible(&controls, 1)); /* no control was taken */
	controls.chain = TB_CLOCK_CHAIN_CYCLES / 2.0;
	controls.cycles[L1D_HOT_1][controls.n[L1D_HOT_1]++] = NONE - LINE;
	assert_true(l1d_line_is_visible(&controls, 1));
	assert_true(l1d_line_is_visible(&controls, 5));
	assert_false(l1d_line_is_visible(&controls, 6));
	assert_false(l1d_line_is_visible(&controls, 21));
	/* A control that a neighbour disturbed makes no line dearer. */
	controls.cycles[L1D_HOT_1][0] = NONE + 63 * 100;
	assert_true(l1d_line_is_visible(&controls, 5));
	assert_false(l1d_line_is_visible(&controls, 21));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(known_lines, setup),
		cmocka_unit_test_setup(cuts, setup),
		cmocka_unit_test_setup(coarse_clock, setup),
		cmocka_unit_test_setup(outliers, setup),
		cmocka_unit_test_setup(own_scale, setup),
		cmocka_unit_test_setup(false_positives, setup),
		cmocka_unit_test_setup(no_hot_page_yet, setup),
		cmocka_unit_test_setup(references_fit, setup),
		cmocka_unit_test_setup(good_controls, setup),
		cmocka_unit_test_setup(bad_controls, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
