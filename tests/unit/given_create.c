// SPDX-License-Identifier: GPL-2.0-or-later
/* The metrics of thread/create, with another duration for each call. */
#include "given.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "create_world.h"

enum { CREATE_RETURN, CHILD_START, FULL_CYCLE, OFF_CYCLE, MAP_CYCLE, PARTS, MODEL_CYCLE, METRICS };

/* In cycles; two cycles are a nanosecond. */
enum {
	OFF = START + RETURN + JOIN,
	MODEL = MAP + START + RETURN + JOIN + UNMAP,
};

static void take(struct tb_trial *trial, double *value)
{
	assert_int_equal(trial->bench->setup(trial), 0);
	assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
	given_steps(0);
	world.maps = world.unmaps = world.touched = 0;
	assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
	assert_int_equal(given_window().begins, 1);
	assert_true(given_window().operations == 1);
}

static void assert_unavailable(const struct tb_trial *trial, const char *metrics)
{
	for (int m = 0; m < METRICS; m++)
		if ((trial->shm->unavailable[m][0] != 0) != (metrics[m] == '-'))
			fail_msg("metric %d: '%s'", m, trial->shm->unavailable[m]);
}

static void assert_whole(const double *value, uint64_t before)
{
	assert_true(value[CHILD_START] == (double)(before + START) / 2);
	assert_true(value[CREATE_RETURN] == (double)(before + START + RETURN) / 2);
	assert_true(value[FULL_CYCLE] == (double)(before ? MODEL : OFF) / 2);
}

/* Each method uses its own call. Parts are not measured. */
static void without_shadow_stacks(void **state)
{
	static const struct {
		const char *params;
		enum world_call call;
	} methods[] = {
		{ "method=clone3", BY_CLONE3 },	  { "method=clone", BY_CLONE },
		{ "method=pthread", BY_PTHREAD }, { "method=vfork", BY_VFORK },
		{ "method=fork", BY_FORK },
	};
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 5; i++) {
		world_reset();
		world_open(&trial, methods[i].params);
		take(&trial, value);
		assert_int_equal(world.call, methods[i].call);
		assert_whole(value, 0);
		for (int m = OFF_CYCLE; m < METRICS; m++)
			assert_true(isnan(value[m]));
		assert_unavailable(&trial, "+++----");
		assert_int_equal(world.maps, 0);
		assert_int_equal(given_stamps_read(), 4);
		assert_int_equal(given_window().stamps, 4);
		assert_int_equal(given_window().cycles, OFF);
		given_close(&trial);
	}
}

/* A spawned program does not report its start. */
static void a_program(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	world_reset();
	world_open(&trial, "method=spawn");
	take(&trial, value);
	assert_int_equal(world.call, BY_SPAWN);
	assert_true(value[CREATE_RETURN] == RETURN / 2);
	assert_true(value[FULL_CYCLE] == (RETURN + JOIN) / 2);
	assert_true(isnan(value[CHILD_START]));
	assert_unavailable(&trial, "+-+----");
	given_close(&trial);
}

/* The model is mapped and unmapped inside the cycle; its parts make the whole. */
static void with_the_model(void **state)
{
	static const char *const params[] = { "shadow=model", "shadow=model method=clone",
					      "shadow=model method=pthread" };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 3; i++) {
		world_reset();
		world_open(&trial, params[i]);
		take(&trial, value);
		assert_whole(value, MAP);
		assert_true(value[OFF_CYCLE] == OFF / 2.0);
		assert_true(value[MAP_CYCLE] == (MAP + UNMAP) / 2.0);
		assert_true(value[PARTS] == 1);
		assert_true(isnan(value[MODEL_CYCLE]));
		assert_unavailable(&trial, "++++++-");
		assert_int_equal(world.maps, 2);
		assert_int_equal(world.unmaps, 2);
		assert_int_equal(world.touched, 2);
		assert_int_equal(world.small_pages, 1);
		assert_int_equal(world.huge_asked, 0);
		assert_int_equal(given_stamps_read(), 10);
		assert_int_equal(given_window().stamps, 4);
		assert_int_equal(given_window().cycles, MODEL);
		given_close(&trial);
	}
}

static void huge_pages_for_the_model(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	world_reset();
	world.map_bytes = 4 << 20;
	world_open(&trial, "shadow=model thp=huge stack=4M");
	take(&trial, value);
	assert_int_equal(world.unmaps, 2); /* of 4 MiB */
	assert_int_equal(world.small_pages, 0);
	assert_true(world.huge_asked >= 2);
	given_close(&trial);
}

static bool resident(const char *at)
{
	unsigned char in[1];

	return !mincore((void *)at, 1, in) && in[0] & 1;
}

/* A thread without a shadow stack measures the parts of one with it. */
static void with_shadow_stacks(void **state)
{
	static const char *const params[] = { "shadow=on", "shadow=on method=pthread",
					      "shadow=glibc" };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 3; i++) {
		world_shadowed();
		world.held_more = i == 1 ? FRAME - (int64_t)world.map_bytes : 0;
		world_open(&trial, params[i]);
		take(&trial, value);
		assert_whole(value, 0);
		assert_true(value[OFF_CYCLE] == OFF / 2.0);
		assert_true(value[MAP_CYCLE] == (MAP + UNMAP) / 2.0);
		assert_true(value[MODEL_CYCLE] == MODEL / 2.0);
		assert_true(value[PARTS] == (double)MODEL / OFF);
		assert_unavailable(&trial, "+++++++");
		assert_int_equal(world.small_pages, 0);
		assert_int_equal(given_stamps_read(), 14);
		assert_int_equal(given_window().stamps, 4);
		assert_int_equal(given_window().cycles, OFF);
		assert_int_equal(world.stack_bytes, i == 1 ? 0 : 8 << 20);
		/* Of the stack only the top is there, and before the window. */
		assert_true(resident(creator()->stack + (8 << 20) - (64 << 10)));
		assert_false(resident(creator()->stack));
		given_close(&trial);
	}
}

/* Processes have no mapping of their own to model. */
static void processes_with_shadow_stacks(void **state)
{
	static const char *const params[] = { "shadow=on method=vfork", "shadow=on method=fork" };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 2; i++) {
		world_shadowed();
		world_open(&trial, params[i]);
		take(&trial, value);
		assert_whole(value, 0);
		assert_true(value[OFF_CYCLE] == OFF / 2.0);
		assert_true(isnan(value[MAP_CYCLE]) && isnan(value[MODEL_CYCLE]));
		assert_unavailable(&trial, "++++---");
		assert_int_equal(world.looks_at_pid, i);
		given_close(&trial);
	}
}

/* Where glibc has locked them no thread gets rid of its own, so nothing is known of the parts. */
static void locked_shadow_stacks(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	world_shadowed();
	given_shadow_locked(-EPERM);
	world_open(&trial, "shadow=glibc");
	take(&trial, value);
	assert_whole(value, 0);
	for (int m = OFF_CYCLE; m < METRICS; m++)
		assert_true(isnan(value[m]));
	assert_unavailable(&trial, "+++----");
	given_close(&trial);
}

static uint64_t limit_of_stacks(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_STACK, &limit);
	return limit.rlim_cur;
}

/* clone's shadow stack follows RLIMIT_STACK, up to 4 GiB; its stack stays small. */
static void the_limit_of_clone(void **state)
{
	struct rlimit before;
	struct tb_trial trial;

	(void)state;
	getrlimit(RLIMIT_STACK, &before);
	world_shadowed();
	world_open(&trial, "shadow=on method=clone stack=1M");
	world.map_bytes = 1 << 20;
	assert_int_equal(trial.bench->setup(&trial), 0);
	assert_int_equal(limit_of_stacks(), 1 << 20);
	assert_int_equal(world.stack_bytes, 64 << 10);
	given_judged(&trial,
		     "first-pointer first-status first-features first-bytes first-range "
		     "first-touched first-gone",
		     "");
	given_close(&trial);
	setrlimit(RLIMIT_STACK, &before);
	if (before.rlim_max < 8ULL << 30)
		return;
	world_shadowed();
	world_open(&trial, "shadow=on method=clone stack=8G");
	world.map_bytes = 4ULL << 30;
	assert_int_equal(trial.bench->setup(&trial), 0);
	assert_true(limit_of_stacks() == 8ULL << 30);
	assert_int_equal(given_check(&trial, "first-bytes")->pass, 1);
	given_close(&trial);
	setrlimit(RLIMIT_STACK, &before);
}

static void both_cpus(void **state)
{
	struct tb_trial trial;

	(void)state;
	world_reset();
	world_open(&trial, "placement=same-l3");
	assert_int_equal(trial.bench->setup(&trial), 0);
	assert_int_equal(world.n_cpus, 2);
	assert_int_equal(world.cpus[0], 11);
	assert_int_equal(world.cpus[1], 12);
	given_close(&trial);
}

/* The launch fails with the call's error, and a model that no child unmaps is gone. */
static void failing_creations_are_reported(void **state)
{
	static const char *const params[] = { "shadow=model", "method=pthread", "method=fork",
					      "method=vfork", "method=spawn" };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 5; i++) {
		world_reset();
		world_open(&trial, params[i]);
		take(&trial, value);
		world.err = -EAGAIN;
		world.maps = world.unmaps = 0;
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), -EAGAIN);
		assert_int_equal(world.maps, world.unmaps);
		assert_int_equal(world.maps, i == 0);
		assert_string_not_equal(trial.shm->why, "");
		given_close(&trial);
	}
}

static void failing_part_is_reported(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	world_shadowed();
	world_open(&trial, "shadow=on");
	take(&trial, value);
	world.helper_err = -EAGAIN;
	assert_int_equal(given_sample(&trial, TB_UNGATED, value), -EAGAIN);
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_shadow_stacks),
		cmocka_unit_test(a_program),
		cmocka_unit_test(with_the_model),
		cmocka_unit_test(huge_pages_for_the_model),
		cmocka_unit_test(with_shadow_stacks),
		cmocka_unit_test(processes_with_shadow_stacks),
		cmocka_unit_test(locked_shadow_stacks),
		cmocka_unit_test(the_limit_of_clone),
		cmocka_unit_test(both_cpus),
		cmocka_unit_test(failing_creations_are_reported),
		cmocka_unit_test(failing_part_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
