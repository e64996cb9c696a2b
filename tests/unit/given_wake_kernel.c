// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/wake-kernel with a played module: the results of its stamps, and the checks that
 * must fail.
 */
#include "module_world.h"

#include <math.h>

#include "benches.h"
#include "given_threads.h"
#include "planted.h"
#include "skip.h"

/* The private structure, with which a fault is planted. */
#define apf_wake_kernel included_wake_kernel
#include "apf/wake_kernel/wake_kernel.c"
#undef apf_wake_kernel

static void new_module(void)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t woken = PTHREAD_COND_INITIALIZER;

	memset(&module, 0, sizeof(module));
	module.lock = lock;
	module.woken = woken;
}

static struct wake *begin(struct tb_trial *trial, const char *params, int cpu)
{
	new_module();
	given_open(trial, &apf_wake_kernel, params);
	trial->shm->job.tsc_hz = 2e9; /* a cycle is half a nanosecond */
	trial->shm->job.cpu[1] = cpu;
	if (apf_wake_kernel.setup(trial))
		fail_msg("%s", trial->shm->why);
	return trial->priv;
}

static int sample(struct tb_trial *trial, double *value)
{
	module.wakes = module.early = module.flags = 0;
	return given_sample(trial, TB_GATED, value);
}

static double ran(unsigned int token)
{
	return WAKE_BEGIN + RUN_AFTER + (TB_APF_WAITERS - token) * RUN_GROWS;
}

/* By tokens each waiter has a wake of its own. */
static void figures_by_token(void **state)
{
	double value[TB_METRICS_MAX], call = WAKE_CALLS + 1.5 * WAKE_GROWS;
	/* Of tokens 0 to 3 from their own wake on: the mean of the two in the middle. */
	double run_1 = ran(1) - WAKE_BEGIN - WAKE_PITCH,
	       run_2 = ran(2) - WAKE_BEGIN - 2 * WAKE_PITCH;
	struct tb_trial trial;

	(void)state;
	begin(&trial, "path=hit waiters=4", sched_getcpu());
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sample(&trial, value), 0);
		assert_int_equal(module.wakes, 4);
		assert_int_equal(module.flags, 0);
		assert_true(value[WAKE_CALL] == call / 2);
		assert_true(value[WAKE_TO_RUN] == (run_1 + run_2) / 2 / 2);
		/* The first is the last to run. */
		assert_true(value[RATE] == 4 * 1e9 / ((ran(0) - WAKE_BEGIN) / 2));
		assert_true(isnan(value[WAIT_CALL]));
	}
	assert_int_equal(apf_wake_kernel.verify(&trial), 0);
	assert_true(given_control(&trial, "irqs-off-max-ns") == WAKE_IRQS_OFF / 2);
	given_close(&trial);
}

/* One wake of all: its call is not divided. */
static void figures_of_all(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	int here = sched_getcpu();

	(void)state;
	for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
		begin(&trial, "path=all waiters=3", here);
		((struct wake *)trial.priv)->waker_cpu = here + elsewhere;
		assert_int_equal(sample(&trial, value), 0);
		assert_int_equal(module.wakes, 1);
		assert_int_equal(module.flags, elsewhere ? TB_APF_ALL_CPUS : TB_APF_ALL);
		assert_true(value[WAKE_CALL] == WAKE_CALLS / 2.);
		assert_true(value[WAKE_TO_RUN] == (ran(1) - WAKE_BEGIN) / 2);
		assert_true(value[RATE] == 3 * 1e9 / ((ran(0) - WAKE_BEGIN) / 2));
		given_close(&trial);
	}
}

static void figures_of_early_wakes(void **state)
{
	double value[TB_METRICS_MAX], call = WAKE_CALLS + 1.5 * WAKE_GROWS;
	double wait = EARLY_TAKES + 1.5 * EARLY_GROWS;
	struct tb_trial trial;

	(void)state;
	begin(&trial, "path=early waiters=4", sched_getcpu());
	assert_int_equal(sample(&trial, value), 0);
	assert_true(value[WAKE_CALL] == call / 2);
	assert_true(value[WAIT_CALL] == wait / 2);
	assert_true(value[RATE] == 1e9 / ((call + wait) / 2));
	assert_true(isnan(value[WAKE_TO_RUN]));
	given_close(&trial);
}

/* The longest time that interrupts were off, in whichever call. */
static void interrupts_off_are_the_longest(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	struct wake *w;

	(void)state;
	w = begin(&trial, "path=hit waiters=2", sched_getcpu());
	assert_int_equal(sample(&trial, value), 0);
	w->irqs_off = 0;
	assert_int_equal(apf_wake_kernel.verify(&trial), 0);
	assert_true(given_control(&trial, "irqs-off-max-ns") == (WAIT_IRQS_OFF + 1) / 2.);
	given_close(&trial);
}

/* The counts of one wake each, and of a sample only. */
static void counts_are_of_a_wake(void **state)
{
	static const struct {
		const char *params;
		unsigned int wakes;
		double operations;
	} rows[] = { { "path=hit waiters=3", 3, 3 },
		     { "path=all waiters=3", 1, 1 },
		     { "path=early waiters=2", 2, 2 } };
	double value[TB_METRICS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tb_counters counters = { .n = 2 };
		uint64_t n = rows[i].wakes;
		struct tb_trial trial;

		begin(&trial, rows[i].params, sched_getcpu());
		assert_int_equal(sample(&trial, value), 0);
		assert_false(module.flags & TB_APF_COUNT);
		trial.counters = &counters;
		for (int k = 0; k < 2; k++)
			assert_int_equal(sample(&trial, value), 0);
		assert_true(module.flags & TB_APF_COUNT);
		/* 10 and 20, and one more from wake to wake. */
		assert_int_equal(counters.at[0].end - counters.at[0].begin,
				 10 * n + n * (n - 1) / 2);
		assert_int_equal(counters.at[1].end - counters.at[1].begin,
				 20 * n + n * (n - 1) / 2);
		assert_true(trial.operations == rows[i].operations);
		trial.counters = NULL;
		given_close(&trial);
	}
}

static void waiters_are_placed_and_settle(void **state)
{
	double value[TB_METRICS_MAX];
	int cpu = second_cpu();
	struct timespec now;
	struct tb_trial trial;

	(void)state;
	if (cpu < 0)
		skip_because("needs two CPUs");
	begin(&trial, "path=hit waiters=4", cpu);
	assert_int_equal(threads_on(cpu), 4);
	for (int i = 0; i < 10; i++) {
		usleep(200); /* they sleep long since */
		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_int_equal(sample(&trial, value), 0);
		assert_true((module.first_wake.tv_sec - now.tv_sec) * 1000000000 +
				    module.first_wake.tv_nsec - now.tv_nsec >=
			    SETTLE_NS);
	}
	/* On their way into the table, awake or asleep: nobody is woken yet. */
	for (int i = 0; i < 6; i++) {
		module.slow = i < 3;
		module.asleep = i >= 3;
		assert_int_equal(sample(&trial, value), 0);
	}
	assert_int_equal(apf_wake_kernel.verify(&trial), 0);
	assert_true(given_check(&trial, "dummies-left")->pass);
	module.asleep = false;
	given_close(&trial);
}

static void too_many_are_woken(struct tb_trial *trial)
{
	(void)trial;
	module.woken_more = 1;
}

static void too_few_are_woken(struct tb_trial *trial)
{
	(void)trial;
	module.woken_more = -1;
}

static void no_dummy_is_left(struct tb_trial *trial)
{
	(void)trial;
	module.dummies_more = -1;
}

static void two_dummies_are_left(struct tb_trial *trial)
{
	(void)trial;
	module.dummies_more = 1;
}

static void a_wait_is_not_early(struct tb_trial *trial)
{
	(void)trial;
	module.wait_early_as = -1;
}

static void a_wait_is_early(struct tb_trial *trial)
{
	(void)trial;
	module.wait_early_as = 1;
}

static void a_wait_is_not_counted(struct tb_trial *trial)
{
	((struct wake *)trial->priv)->sleeper[1].waits--;
}

static void a_wait_ends_twice(struct tb_trial *trial)
{
	((struct wake *)trial->priv)->sleeper[0].waits++;
}

static void a_dummy_stays(struct tb_trial *trial)
{
	(void)trial;
	module.dummies_left = 1;
}

static void a_node_is_stale(struct tb_trial *trial)
{
	(void)trial;
	module.stale = 1;
}

/* Who was woken although the wake was wrong counts, too. */
static void all_are_awake(struct tb_trial *trial)
{
	struct wake *w = trial->priv;

	while (atomic_load(&w->done) < w->started)
		sched_yield();
}

static void a_wait_fails(struct tb_trial *trial)
{
	(void)trial;
	module.wait_err = EEXIST;
}

static void fresh(struct tb_trial *trial)
{
	module.wakes = module.early = 0;
	module.stale = module.dummies_left = 0;
	(void)trial;
}

static void checks_fail(void **state)
{
	static const char hit[] = "path=hit waiters=2", all[] = "path=all waiters=2",
			  early[] = "path=early waiters=2";
	static const struct planted table[] = {
		{ .check = NULL, .params = hit, .before = fresh },
		{ .check = NULL, .params = all, .before = fresh },
		{ .check = NULL, .params = early, .before = fresh },
		{ "wrong-wakes", early, no_dummy_is_left, NULL, NULL, false },
		{ "wrong-wakes", early, two_dummies_are_left, NULL, NULL, false },
		{ "wrong-wakes", early, a_wait_is_not_early, NULL, NULL, false },
		{ "wrong-wakes", hit, too_many_are_woken, all_are_awake, NULL, true },
		{ "wrong-wakes", all, too_many_are_woken, all_are_awake, NULL, true },
		{ "wrong-wakes", all, too_few_are_woken, all_are_awake, NULL, true },
		{ "wakes-counted", hit, NULL, a_wait_is_not_counted, NULL, false },
		{ "wakes-counted", hit, NULL, a_wait_ends_twice, NULL, false },
		{ "early-wakes", hit, a_wait_is_early, NULL, NULL, false },
		{ "dummies-left", hit, fresh, a_dummy_stays, NULL, false },
		{ "stale-hand-offs", hit, fresh, a_node_is_stale, NULL, false },
	};

	(void)state;
	new_module();
	plant_each(&apf_wake_kernel, table, sizeof(table) / sizeof(table[0]), 2, NULL);
}

static void a_failed_wait_is_no_sample(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	begin(&trial, "path=hit waiters=1", sched_getcpu());
	a_wait_fails(&trial);
	assert_int_equal(sample(&trial, value), -EEXIST);
	assert_string_equal(trial.shm->why, "a wait failed");
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_by_token),
		cmocka_unit_test(figures_of_all),
		cmocka_unit_test(figures_of_early_wakes),
		cmocka_unit_test(interrupts_off_are_the_longest),
		cmocka_unit_test(counts_are_of_a_wake),
		cmocka_unit_test(waiters_are_placed_and_settle),
		cmocka_unit_test(checks_fail),
		cmocka_unit_test(a_failed_wait_is_no_sample),
	};

	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
