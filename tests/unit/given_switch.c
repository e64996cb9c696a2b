// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/switch by given stamps and given counts of switches; the two threads are real. */
#include "given.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "machine/place.h"
#include "thread/shadow.h"
#include "machine/affinity.h"

enum { SWITCH, TURNS = 16, NO_CPU = 1000 };

__typeof__(getrusage) __wrap_getrusage;
__typeof__(tb_affinity_pin_self) __wrap_tb_affinity_pin_self, __real_tb_affinity_pin_self;
__typeof__(pthread_create) __wrap_pthread_create, __real_pthread_create;

/* Switches that each look counts, by halves of either kind; how many looks. */
static long counted, looks;
static int refused;
static _Thread_local char self;
static _Atomic(char *) pinned;
static atomic_int pinned_to = -1;

int __wrap_getrusage(__rusage_who_t who, struct rusage *use)
{
	*use = (struct rusage){ .ru_nvcsw = 1000, .ru_nivcsw = 500 };
	assert_int_equal(who, RUSAGE_SELF);
	if (looks++ % 2) {
		use->ru_nvcsw += counted / 2;
		use->ru_nivcsw += counted - counted / 2;
	}
	return 0;
}

int __wrap_tb_affinity_pin_self(int cpu)
{
	atomic_store(&pinned, &self);
	atomic_store(&pinned_to, cpu);
	return __real_tb_affinity_pin_self(cpu);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	return refused ? EAGAIN : __real_pthread_create(thread, attr, run, arg);
}

/* The first field of what the benchmark works on; even: ours, and so it stays. */
static unsigned int await_turn(const struct tb_trial *trial)
{
	unsigned int turn;

	while ((turn = atomic_load((atomic_uint *)trial->priv)) & 1)
		sched_yield();
	return turn;
}

static double take(struct tb_trial *trial, long switches)
{
	double value[TB_METRICS_MAX];
	unsigned int before = await_turn(trial);

	counted = switches;
	assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
	/* Ours and the other's. */
	assert_int_equal(await_turn(trial) - before, 2 * TURNS);
	assert_int_equal(given_window().stamps, 2);
	assert_true(given_window().operations == TURNS);
	return value[SWITCH];
}

static void open_launch(struct tb_trial *trial, const char *params)
{
	given_open(trial, &thread_switch, params);
	trial->shm->job.tsc_hz = 2e9;
	trial->shm->job.cpu[1] = NO_CPU;
	given_steps(80000);
	looks = 0;
	assert_int_equal(trial->bench->setup(trial), 0);
}

/* What the kernel counted, not the turns; where it counted none there is no figure. */
static void time_of_a_switch(void **state)
{
	struct tb_trial trial;

	(void)state;
	atomic_store(&pinned, NULL);
	open_launch(&trial, "shadow=off");
	assert_true(take(&trial, 32) == 1250);
	assert_true(take(&trial, 5) == 8000);
	assert_true(take(&trial, 1) == 40000);
	assert_true(isnan(take(&trial, 0)));
	assert_int_equal(given_stamps_read(), 8);
	assert_true(atomic_load(&pinned) && atomic_load(&pinned) != &self);
	assert_int_equal(atomic_load(&pinned_to), tb_trial_cpu(&trial, 0));
	given_close(&trial);
}

static void judge(struct tb_trial *trial, const char *failed)
{
	trial->shm->n_checks = 0;
	assert_int_equal(trial->bench->verify(trial), 0);
	given_judged(trial, "shadow-status shadow-pointer other-status", failed);
}

/* The other thread has told its status once it took a turn. */
static void both_threads_shadow_stacks(void **state)
{
	struct tb_trial trial;

	(void)state;
	open_launch(&trial, "shadow=off");
	take(&trial, 1);
	judge(&trial, "");
	given_shadow(0x7000, THREAD_SHSTK);
	judge(&trial, "shadow-status shadow-pointer");
	given_close(&trial);
	open_launch(&trial, "shadow=on");
	take(&trial, 1);
	given_shadow(0x7000, THREAD_SHSTK);
	judge(&trial, "other-status");
	given_close(&trial);
	given_shadow(0x7000, THREAD_SHSTK);
	open_launch(&trial, "shadow=on");
	take(&trial, 1);
	judge(&trial, "");
	given_close(&trial);
}

static void no_other_thread(void **state)
{
	struct tb_trial trial;

	(void)state;
	given_open(&trial, &thread_switch, "shadow=off");
	refused = 1;
	assert_int_equal(trial.bench->setup(&trial), -EAGAIN);
	refused = 0;
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_of_a_switch),
		cmocka_unit_test(both_threads_shadow_stacks),
		cmocka_unit_test(no_other_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
