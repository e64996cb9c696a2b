// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/footprint: its metrics and checks, with populations given by the test. */
#include "given.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "benches.h"
#include "thread/population.h"

enum { LIVE = 8, STACK = 64 << 10, PAGE = 4096, HEAP_STEP = 33 * PAGE };

__typeof__(population_run) __wrap_population_run;

static struct {
	struct population_report told;
	int err;
	struct population population; /* seen */
	unsigned int runs;
} world;

int __wrap_population_run(const struct population *population, struct population_report *told)
{
	world.population = *population;
	world.runs++;
	*told = world.told;
	return world.err;
}

/* The memory of a thread; committed memory is that of the model. */
static const uint64_t each[THREAD_RESOURCES] = {
	[THREAD_VMAS] = 1,	  [THREAD_COMMITTED] = STACK,
	[THREAD_RESIDENT] = PAGE, [THREAD_PAGE_TABLES] = PAGE / 2,
	[THREAD_MAPPED] = STACK,
};

static void world_reset(void)
{
	memset(&world, 0, sizeof(world));
	for (int r = 0; r < THREAD_RESOURCES; r++) {
		world.told.none.of[r] = r == THREAD_HUGE ? 0 : 1000000 + (uint64_t)r;
		world.told.half.of[r] = world.told.none.of[r] + LIVE / 2 * each[r];
		world.told.all.of[r] = world.told.none.of[r] + LIVE * each[r];
		world.told.left.of[r] = world.told.none.of[r];
	}
	world.told.tasks = world.told.made = LIVE;
}

/* As many shadow stacks as threads, and one more from the start. */
static void world_shadowed(void)
{
	world_reset();
	world.told.none.shadow_vmas = world.told.left.shadow_vmas = 1;
	world.told.all.shadow_vmas = LIVE + 1;
}

#define MODEL	"method=clone3 shadow=model live=8 stack=64K"
#define REAL	"method=clone shadow=on live=8 stack=64K"
#define OFF	"method=clone3 shadow=off live=8 stack=64K"
#define PTHREAD "method=pthread live=8 stack=64K"
#define LEFT	"threads-left shadow-stacks-left"
#define BOTH                                                                             \
	"vmas-linear committed-linear resident-linear page-tables-linear mapped-linear " \
	"huge-linear threads shadow-stacks " LEFT
#define RAW_LEFT " vmas-left committed-left"
#define RAW	 BOTH RAW_LEFT " vmas-as-promised committed-as-promised"

static void open_launch(struct tb_trial *trial, const char *params)
{
	given_open(trial, &thread_footprint, params);
	assert_int_equal(trial->bench->setup(trial), 0);
}

/* (all - none) per thread. */
static void figures_of_a_thread(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	world_reset();
	open_launch(&trial, PTHREAD);
	world.told.left.of[THREAD_VMAS] += 5; /* glibc keeps stacks: that is none of its figure */
	world.told.half.of[THREAD_MAPPED] += HEAP_STEP / 2;
	assert_int_equal(given_sample(&trial, TB_WARM_UP, value), 0);
	assert_int_equal(world.runs, 0);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_int_equal(world.runs, 1);
	for (int r = 0; r < THREAD_RESOURCES; r++)
		assert_true(value[r] == (double)each[r]);
	assert_int_equal(world.population.method, THREAD_PTHREAD);
	assert_int_equal(world.population.live, LIVE);
	assert_int_equal(world.population.stack, STACK);
	assert_false(world.population.model);
	given_close(&trial);
	world_reset();
	open_launch(&trial, MODEL);
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
	assert_int_equal(world.population.method, THREAD_CLONE3);
	assert_true(world.population.model);
	given_close(&trial);
}

static void reset(const char *params)
{
	if (strcmp(params, REAL))
		world_reset();
	else
		world_shadowed();
}

/* A later sample without the fault does not hide it. */
static void judge(const char *params, const char *checks, const char *failed)
{
	const struct population_report fault = world.told;
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	open_launch(&trial, params);
	reset(params);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	world.told = fault;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	reset(params);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_int_equal(trial.bench->verify(&trial), 0);
	given_judged(&trial, checks, failed);
	given_close(&trial);
	reset(params);
}

static void half_is_off(const char *params, enum thread_resource r, int64_t off, const char *failed)
{
	world.told.half.of[r] += (uint64_t)off;
	judge(params, strcmp(params, PTHREAD) ? RAW : BOTH, failed);
}

/* To the byte; page tables to four of them, since each level may have one more. */
static void half_of_raw_threads(void **state)
{
	(void)state;
	world_reset();
	judge(MODEL, RAW, "");
	for (int sign = -1; sign <= 1; sign += 2) {
		half_is_off(MODEL, THREAD_VMAS, sign, "vmas-linear");
		half_is_off(MODEL, THREAD_COMMITTED, sign * PAGE, "committed-linear");
		half_is_off(MODEL, THREAD_RESIDENT, sign * PAGE, "resident-linear");
		half_is_off(MODEL, THREAD_MAPPED, sign * PAGE, "mapped-linear");
		half_is_off(MODEL, THREAD_HUGE, sign * PAGE, "huge-linear");
		half_is_off(MODEL, THREAD_PAGE_TABLES, sign * 2 * PAGE, "");
		half_is_off(MODEL, THREAD_PAGE_TABLES, sign * (2 * PAGE + 1), "page-tables-linear");
	}
}

/* Two steps of glibc's heap, and a VMA for it. */
static void half_of_glibcs_threads(void **state)
{
	(void)state;
	world_reset();
	judge(PTHREAD, BOTH, "");
	for (int sign = -1; sign <= 1; sign += 2) {
		half_is_off(PTHREAD, THREAD_VMAS, sign, "vmas-linear"); /* twice it */
		half_is_off(PTHREAD, THREAD_COMMITTED, sign * HEAP_STEP, "");
		half_is_off(PTHREAD, THREAD_COMMITTED, sign * (HEAP_STEP + 1), "committed-linear");
		half_is_off(PTHREAD, THREAD_MAPPED, sign * HEAP_STEP, "");
		half_is_off(PTHREAD, THREAD_MAPPED, sign * (HEAP_STEP + 1), "mapped-linear");
		half_is_off(PTHREAD, THREAD_RESIDENT, sign * PAGE, "");
		half_is_off(PTHREAD, THREAD_RESIDENT, sign * (PAGE + 1), "resident-linear");
		world.told.all.of[THREAD_VMAS] += (uint64_t)sign;
		judge(PTHREAD, BOTH, "");
	}
}

/* Which of them got a huge page is their alignment's affair. */
static void huge_pages(void **state)
{
	(void)state;
	world_reset();
	world.told.all.of[THREAD_HUGE] = 2 << 20;
	world.told.all.of[THREAD_RESIDENT] += 2 << 20;
	world.told.all.of[THREAD_PAGE_TABLES] += 20 * PAGE;
	judge(MODEL, RAW, "");
	world.told.all.of[THREAD_HUGE] = 2 << 20;
	world.told.half.of[THREAD_VMAS]++;
	judge(MODEL, RAW, "vmas-linear");
}

static void counts_of_threads(void **state)
{
	(void)state;
	world_reset();
	for (int sign = -1; sign <= 1; sign += 2) {
		world.told.tasks += sign;
		judge(MODEL, RAW, "threads");
		world.told.tasks_left += sign;
		judge(MODEL, RAW, "threads-left");
		world.told.all.shadow_vmas += (uint64_t)sign;
		judge(MODEL, RAW, "shadow-stacks");
		world.told.left.shadow_vmas += (uint64_t)sign;
		judge(MODEL, RAW, "shadow-stacks-left");
		world.told.left.of[THREAD_VMAS] += (uint64_t)sign;
		judge(MODEL, RAW, "vmas-left");
		world.told.left.of[THREAD_COMMITTED] += (uint64_t)sign;
		judge(MODEL, RAW, "committed-left");
		world.told.left.of[THREAD_VMAS] += (uint64_t)sign;
		judge(PTHREAD, BOTH, "");
	}
}

/* A VMA of stack bytes for each, or none at all; both halves alike, so that it is linear. */
static void expected_memory_is_checked(void **state)
{
	(void)state;
	world_reset();
	world.told.half.of[THREAD_VMAS] += LIVE / 2;
	world.told.all.of[THREAD_VMAS] += LIVE;
	judge(MODEL, RAW, "vmas-as-promised");
	world.told.half.of[THREAD_COMMITTED] -= LIVE / 2 * PAGE;
	world.told.all.of[THREAD_COMMITTED] -= LIVE * PAGE;
	judge(MODEL, RAW, "committed-as-promised");
	world_shadowed();
	judge(REAL, RAW, "");
	world.told.all.shadow_vmas--;
	judge(REAL, RAW, "shadow-stacks");
}

/* Raw threads without a shadow stack hold nothing. */
static void glibc_has_no_expected_memory(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int holds = 0; holds < 2; holds++) {
		world_reset();
		if (!holds)
			world.told.half = world.told.all = world.told.none;
		open_launch(&trial, OFF);
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		assert_true(value[THREAD_VMAS] == holds);
		assert_int_equal(trial.bench->verify(&trial), 0);
		given_judged(&trial, RAW, holds ? "vmas-as-promised committed-as-promised" : "");
		given_close(&trial);
	}
}

/* No sample, but the number of threads that lived and their remaining memory. */
static void a_limit_ends_it(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int left = 0; left < 2; left++) {
		world_reset();
		world.told.err = -EAGAIN;
		world.told.made = 5;
		if (left)
			world.told.refusal =
				(struct tb_refusal){ .code = "limit", .reason = "no more" };
		world.told.left.of[THREAD_VMAS] += (uint64_t)left;
		open_launch(&trial, MODEL);
		assert_int_equal(given_sample(&trial, TB_GATED, value), -EAGAIN);
		assert_true(given_control(&trial, "threads-made") == 5);
		given_judged(&trial, LEFT RAW_LEFT, left ? "vmas-left" : "");
		if (left)
			assert_non_null(strstr(trial.shm->why, "5 of 8 threads"));
		assert_string_not_equal(trial.shm->why, "");
		given_close(&trial);
	}
}

static void no_population(void **state)
{
	static const int errs[] = { -ECHILD, -EAGAIN };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 2; i++) {
		world_reset();
		world.err = errs[i];
		open_launch(&trial, MODEL);
		assert_int_equal(given_sample(&trial, TB_GATED, value), errs[i]);
		assert_string_not_equal(trial.shm->why, "");
		given_close(&trial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_of_a_thread),
		cmocka_unit_test(half_of_raw_threads),
		cmocka_unit_test(half_of_glibcs_threads),
		cmocka_unit_test(huge_pages),
		cmocka_unit_test(counts_of_threads),
		cmocka_unit_test(expected_memory_is_checked),
		cmocka_unit_test(glibc_has_no_expected_memory),
		cmocka_unit_test(a_limit_ends_it),
		cmocka_unit_test(no_population),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
