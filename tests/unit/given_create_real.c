// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/create with real children and real stamps, and with other threads. */
#include "given.h"

#include <errno.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "thread/create/create.h"
#include "thread/shadow_model.h"
#include "sanitized.h"

enum { CREATE_RETURN, CHILD_START, FULL_CYCLE, OFF_CYCLE, MAP_CYCLE };
enum { MODEL_BYTES = 8 << 20, LIVE_BYTES = 32 << 10, SLEEP_US = 10000, CYCLES_A_US = 500 };

#define CHECKS                                                                                   \
	"first-pointer first-mapped last-pointer last-mapped maps-left threads-left files-left " \
	"children-ran pointers-as-due"
#define PROGRAM_CHECKS \
	"first-mapped last-mapped maps-left threads-left files-left children-ran pointers-as-due"

__typeof__(thread_run) __wrap_thread_run, __real_thread_run;
__typeof__(thread_clone3) __wrap_thread_clone3, __real_thread_clone3;
__typeof__(thread_model_map) __wrap_thread_model_map, __real_thread_model_map;
__typeof__(thread_features) __wrap_thread_features;

__typeof__(fopen) __wrap_fopen, __real_fopen;

/* A sanitizer's own mappings come and go. */
FILE *__wrap_fopen(const char *path, const char *mode)
{
	static char maps[] = "a\n";

	return SANITIZED && !strcmp(path, "/proc/self/maps") ? fmemopen(maps, 2, "r")
							     : __real_fopen(path, mode);
}

static _Thread_local bool first; /* the thread of the test */
static struct {
	int sleep_us; /* of a child in C, after its stamp */
	atomic_int others_err, others_sleep_us;
	atomic_bool no_live_map;
	_Atomic(char *) live_map; /* the latest */
	/* what was seen */
	atomic_ulong live_maps, others_maps, others_made;
	atomic_int others_in_call;
	atomic_bool other_failed;
} world;

void __wrap_thread_run(struct thread_child *child)
{
	__real_thread_run(child);
	usleep((useconds_t)world.sleep_us);
}

int __wrap_thread_clone3(struct thread_child *child, void *stack, size_t stack_bytes)
{
	int err = first ? 0 : atomic_load(&world.others_err);

	if (first)
		return __real_thread_clone3(child, stack, stack_bytes);
	atomic_fetch_add(&world.others_in_call, 1);
	usleep((useconds_t)atomic_load(&world.others_sleep_us));
	if (!err)
		err = __real_thread_clone3(child, stack, stack_bytes);
	else
		atomic_store(&world.other_failed, true);
	atomic_fetch_add(&world.others_made, 1);
	atomic_fetch_sub(&world.others_in_call, 1);
	return err;
}

char *__wrap_thread_model_map(void *wanted, size_t bytes)
{
	if (bytes == LIVE_BYTES) {
		atomic_fetch_add(&world.live_maps, 1);
		if (atomic_load(&world.no_live_map))
			return NULL;
		char *map = __real_thread_model_map(wanted, bytes);

		atomic_store(&world.live_map, map);
		return map;
	} else if (!first) {
		atomic_fetch_add(&world.others_maps, 1);
	}
	return __real_thread_model_map(wanted, bytes);
}

/* The text differs between kernels. */
int __wrap_thread_features(pid_t tid, char *text, size_t bytes)
{
	(void)tid, (void)text, (void)bytes;
	return -ENOENT;
}

static void open_launch(struct tb_trial *trial, const char *params)
{
	first = true;
	memset(&world, 0, sizeof(world));
	given_open(trial, &thread_create, params);
	given_real();
}

static void judge(struct tb_trial *trial, const char *checks)
{
	assert_int_equal(trial->bench->verify(trial), 0);
	given_judged(trial, checks, "");
}

/* Stamps of a child lie between those of its parent, whose end follows the child's. */
static void stamps_are_in_order(void **state)
{
	static const char *const params[] = {
		"method=clone3", "method=clone", "method=pthread", "method=vfork",
		"method=fork",	 "method=spawn", "shadow=model",   "shadow=model method=pthread",
	};
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 8; i++) {
		open_launch(&trial, params[i]);
		assert_int_equal(trial.bench->setup(&trial), 0);
		for (int k = 0; k < 20; k++) {
			assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
			assert_true(value[CREATE_RETURN] > 0);
			assert_true(value[CREATE_RETURN] < value[FULL_CYCLE]);
			if (i != 5)
				assert_true(value[CHILD_START] > 0 &&
					    value[CHILD_START] < value[FULL_CYCLE]);
			if (i == 3) /* vfork returns when its child has ended */
				assert_true(value[CHILD_START] < value[CREATE_RETURN]);
			if (i >= 6)
				assert_true(value[MAP_CYCLE] > 0 && value[OFF_CYCLE] > 0);
		}
		judge(&trial, i == 5 ? PROGRAM_CHECKS : CHECKS);
		given_close(&trial);
	}
}

/* A child that sleeps shows it in full-cycle and after its start; a TSC has at least 500 MHz. */
static void a_child_that_sleeps(void **state)
{
	static const char *const params[] = { "method=pthread", "method=fork" };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 2; i++) {
		open_launch(&trial, params[i]);
		assert_int_equal(trial.bench->setup(&trial), 0);
		world.sleep_us = SLEEP_US;
		assert_int_equal(given_sample(&trial, TB_UNGATED, value), 0);
		assert_true(value[FULL_CYCLE] - value[CHILD_START] >= SLEEP_US * CYCLES_A_US);
		given_close(&trial);
	}
}

/* They live from setup to teardown, with a mapping each. */
static void idle_threads_stay_alive(void **state)
{
	enum { LIVE = 5 };
	struct tb_trial trial;
	long before = thread_census().threads;

	(void)state;
	open_launch(&trial, "live=5 shadow=model");
	assert_int_equal(trial.bench->setup(&trial), 0);
	assert_int_equal(thread_census().threads - before, LIVE);
	assert_int_equal(atomic_load(&world.live_maps), LIVE);
	assert_int_equal(*(uint64_t *)(atomic_load(&world.live_map) + LIVE_BYTES - 8), 1);
	given_close(&trial);
	for (int i = 0; i < 1000 && thread_census().threads > before; i++)
		usleep(1000);
	assert_int_equal(thread_census().threads, before);

	open_launch(&trial, "live=5 shadow=model");
	atomic_store(&world.no_live_map, true);
	assert_int_equal(trial.bench->setup(&trial), -ENOMEM);
	given_close(&trial);
}

/* Samples until the other threads have made so many more; a bound, for those that never do. */
static void sample_until(struct tb_trial *trial, atomic_ulong *seen, unsigned long n)
{
	double value[TB_METRICS_MAX];
	unsigned long before = atomic_load(seen);

	for (int i = 0; i < 2000 && atomic_load(seen) < before + n; i++) {
		assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
		usleep(500);
	}
	assert_true(atomic_load(seen) >= before + n);
}

static void concurrent_creators_create(void **state)
{
	struct tb_trial trial;
	long before = thread_census().threads;

	(void)state;
	open_launch(&trial, "creators=3 shadow=model");
	atomic_store(&world.others_sleep_us, 20000);
	assert_int_equal(trial.bench->setup(&trial), 0);
	atomic_store(&world.others_sleep_us, 0);
	assert_true(thread_census().threads - before >= 2);
	assert_int_equal(atomic_load(&world.others_made), 2);
	sample_until(&trial, &world.others_maps, 10);
	judge(&trial, CHECKS);
	assert_int_equal(atomic_load(&world.others_maps), atomic_load(&world.others_made));
	assert_true(given_control(&trial, "others-made") ==
		    (double)atomic_load(&world.others_made));
	given_close(&trial);
}

/* No creator runs while children are counted. */
static void creators_stop_before_counting(void **state)
{
	struct tb_trial trial;

	(void)state;
	open_launch(&trial, "creators=2");
	assert_int_equal(trial.bench->setup(&trial), 0);
	sample_until(&trial, &world.others_made, 1);
	atomic_store(&world.others_sleep_us, 250000);
	while (!atomic_load(&world.others_in_call))
		sched_yield();
	judge(&trial, CHECKS);
	assert_int_equal(atomic_load(&world.others_in_call), 0);
	given_close(&trial);
}

/* A launch that ends before its first sample. */
static void creators_that_never_begin(void **state)
{
	struct tb_trial trial;

	(void)state;
	open_launch(&trial, "creators=4");
	assert_int_equal(trial.bench->setup(&trial), 0);
	given_close(&trial);
}

/* Another thread's error fails the next sample, or verify if there is no next one. */
static void creators_that_fail(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	int err = 0;

	(void)state;
	for (int by_sample = 0; by_sample < 2; by_sample++) {
		open_launch(&trial, "creators=2");
		assert_int_equal(trial.bench->setup(&trial), 0);
		sample_until(&trial, &world.others_made, 1);
		atomic_store(&world.others_err, -EAGAIN);
		while (!atomic_load(&world.other_failed))
			usleep(100);
		for (int i = 0; by_sample && i < 100 && !err; i++) {
			err = given_sample(&trial, TB_UNGATED, value);
			usleep(500);
		}
		assert_int_equal(err, by_sample ? -EAGAIN : 0);
		assert_int_equal(trial.bench->verify(&trial), -EAGAIN);
		given_close(&trial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stamps_are_in_order),
		cmocka_unit_test(a_child_that_sleeps),
		cmocka_unit_test(idle_threads_stay_alive),
		cmocka_unit_test(concurrent_creators_create),
		cmocka_unit_test(creators_stop_before_counting),
		cmocka_unit_test(creators_that_never_begin),
		cmocka_unit_test(creators_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
