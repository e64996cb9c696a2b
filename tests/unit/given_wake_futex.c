// SPDX-License-Identifier: GPL-2.0-or-later
/* apf/wake-futex by given stamps: the waker's two, the sleeper's one. */
#include "given.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <time.h>

#include "benches.h"
#include "given_threads.h"
#include "planted.h"
#include "played.h"
#include "skip.h"

/* Its private structure, with which a fault is planted. */
#define apf_wake_futex included_wake_futex
#include "apf/wake_futex.c"
#undef apf_wake_futex

enum { SPIN_NS = 20000000, BOUND_NS = 2000000000 };

static struct {
	uint64_t waker[2], sleeper; /* stamps */
	atomic_uint read;	    /* of the waker's */
	atomic_int tid;		    /* of the sleeper */
	atomic_bool slow;	    /* the sleeper spins before it sleeps */
	atomic_bool late; /* the sleeper ran before the call returned, and waited in vain */
	char state;	  /* of the sleeper at the first stamp */
	uint64_t called_ns;
} world;

static uint64_t real_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * The sleeper runs only once the waker has both stamps: else its window holds more than the call.
 */
static uint64_t stamp_of_sleeper(void)
{
	uint64_t begin = real_ns();

	while (atomic_load(&world.read) < 2) {
		if (real_ns() - begin > BOUND_NS) {
			atomic_store(&world.late, true);
			break;
		}
		sched_yield();
	}
	return world.sleeper;
}

static uint64_t stamp(void)
{
	unsigned int i;

	if (!in_main_thread())
		return stamp_of_sleeper();
	i = atomic_fetch_add(&world.read, 1);
	if (i == 0) {
		world.state = state_of_thread(atomic_load(&world.tid));
		world.called_ns = real_ns();
	}
	return i < 2 ? world.waker[i] : 0;
}

static void spin(void)
{
	uint64_t begin = real_ns();

	while (atomic_load(&world.slow) && real_ns() - begin < SPIN_NS)
		;
}

static void open_on(struct tb_trial *trial, int cpu)
{
	given_open(trial, &apf_wake_futex, NULL);
	trial->shm->job.tsc_hz = 2e9; /* a cycle is half a nanosecond */
	trial->shm->job.cpu[1] = cpu;
	given_stamps_by(stamp);
	assert_int_equal(apf_wake_futex.setup(trial), 0);
	atomic_store(&world.tid, atomic_load(&((struct wake *)trial->priv)->tid));
}

/* The figures in ns of these stamps. */
static void wake(struct tb_trial *trial, uint64_t called, uint64_t returned, uint64_t woken,
		 double *value)
{
	world.waker[0] = called;
	world.waker[1] = returned;
	world.sleeper = woken;
	atomic_store(&world.read, 0);
	assert_int_equal(given_sample(trial, TB_GATED, value), 0);
	assert_int_equal(atomic_load(&world.read), 2);
	assert_false(atomic_load(&world.late));
	assert_int_equal(world.state, 'S');
}

static void figures(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	int before = threads_besides();

	(void)state;
	world.sleeper = 1;
	open_on(&trial, sched_getcpu());
	wake(&trial, 10000, 10600, 15000, value);
	assert_true(value[WAKE_CALL] == 300);
	assert_true(value[WAKE_TO_RUN] == 2500);
	wake(&trial, 20000, 20200, 20100, value); /* it may run before the call returns */
	assert_true(value[WAKE_CALL] == 100);
	assert_true(value[WAKE_TO_RUN] == 50);
	atomic_store(&world.read, 2);
	given_close(&trial);
	assert_int_equal(threads_besides(), before);
}

/* Its flag says that it sleeps before it does. */
static void waker_waits_for_the_sleeper(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	open_on(&trial, sched_getcpu());
	for (int i = 0; i < 3; i++) {
		atomic_store(&world.slow, true);
		wake(&trial, 1000, 1002, 1004, value);
	}
	atomic_store(&world.slow, false);
	given_close(&trial);
}

static void sleeper_has_its_own_cpu_and_settles(void **state)
{
	double value[TB_METRICS_MAX];
	int cpu = second_cpu();
	struct tb_trial trial;
	uint64_t begin;

	(void)state;
	if (cpu < 0)
		skip_because("needs two CPUs");
	open_on(&trial, cpu);
	assert_true(runs_only_on(atomic_load(&world.tid), cpu));
	for (int i = 0; i < 20; i++) {
		usleep(200); /* it sleeps long since */
		begin = real_ns();
		wake(&trial, 1000, 1002, 1004, value);
		assert_true(world.called_ns - begin >= SETTLE_NS);
	}
	given_close(&trial);
}

static void one_wake_more(struct tb_trial *trial)
{
	((struct wake *)trial->priv)->wakes++;
}

static void one_wake_fewer(struct tb_trial *trial)
{
	((struct wake *)trial->priv)->wakes--;
}

static void checks_fail(void **state)
{
	static const struct planted table[] = {
		{ .check = NULL },
		{ .check = "wakes-counted", .after = one_wake_more },
		{ .check = "wakes-counted", .after = one_wake_fewer },
	};

	(void)state;
	plant_each(&apf_wake_futex, table, sizeof(table) / sizeof(table[0]), 3, NULL);
}

/* libc's, but for a sleeper that takes its time on the way down. */
long syscall(long number, ...)
{
	long word[6];

	PLAYED_WORDS(word, number, PLAYED_ARGUMENTS(number));
	if (number == SYS_futex && (word[1] & FUTEX_CMD_MASK) == FUTEX_WAIT)
		spin();
	return real_call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures),
		cmocka_unit_test(waker_waits_for_the_sleeper),
		cmocka_unit_test(sleeper_has_its_own_cpu_and_settles),
		cmocka_unit_test(checks_fail),
	};

	make_first_thread();
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
