// SPDX-License-Identifier: GPL-2.0-or-later
/* Real launches of a test benchmark on this machine, with results known by construction. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "machine/affinity.h"
#include "run/launch.h"
#include "run/worker.h"

enum { ALARM_S = 20, ROUNDS = 12, SLEEP_NS = 1000000 };
enum { CPU, CPUS_ALLOWED, METRICS };

static const struct tb_metric metrics[] = {
	[CPU] = { .name = "cpu" }, [CPUS_ALLOWED] = { .name = "cpus-allowed" }, { 0 }
};
static const struct tb_param params[] = {
	{ .name = "way", .values = "steady|sleep", .fallback = "steady", .help = "" },
	{ .name = TB_POLICY_PARAM, .values = TB_POLICIES, .fallback = "other", .help = "" },
	{ 0 }
};

/* Where this sample runs, and where it might run. */
static int sample(struct tb_trial *trial, double *value)
{
	const struct timespec nap = { .tv_nsec = SLEEP_NS };
	cpu_set_t set;

	if (!strcmp(tb_trial_choice(trial, "way"), "sleep"))
		nanosleep(&nap, NULL);
	if (sched_getaffinity(0, sizeof(set), &set))
		return tb_trial_fail(trial, -errno, "no affinity");
	value[CPU] = sched_getcpu();
	value[CPUS_ALLOWED] = CPU_COUNT(&set);
	return 0;
}

static void look_from_a_thread(void *cpu)
{
	*(int *)cpu = sched_getcpu();
}

static int verify(struct tb_trial *trial)
{
	int cpu = -1;

	tb_trial_check_count(trial, "on-role-1",
			     tb_on_cpu(tb_trial_cpu(trial, 1), look_from_a_thread, &cpu), 0);
	tb_trial_check_count(trial, "cpu-of-role-1", tb_trial_cpu(trial, 1), cpu);
	tb_trial_control(trial, "policy", sched_getscheduler(0));
	tb_trial_control(trial, "samples", (double)tb_trial_samples(trial));
	return 0;
}

static const struct tb_bench timed = { .name = "fake/timed",
				       .realm = TB_REALM_USER,
				       .cpus = 2,
				       .metrics = metrics,
				       .params = params,
				       .rounds = 64,
				       .sample = sample,
				       .verify = verify };

struct rig {
	struct tb_launcher launcher;
	struct tb_launch launch;
	struct tb_launch_shm *shm;
	int fd, *cpus;
	size_t n;
};

static int open_rig(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct tb_job *job;

	*state = rig;
	alarm(ALARM_S); /* whatever hangs ends here: a worker dies with its harness */
	if (tb_affinity_get(&rig->cpus, &rig->n) || tb_launcher_open(&rig->launcher) ||
	    tb_launch_shm_create(METRICS, timed.rounds, &rig->fd, &rig->shm))
		return -1;
	job = &rig->shm->job;
	snprintf(job->bench, sizeof(job->bench), "%s", timed.name);
	snprintf(job->value[0], TB_VALUE, "steady");
	snprintf(job->value[1], TB_VALUE, "other");
	job->cpu[0] = rig->cpus[rig->n - 1];
	job->cpu[1] = rig->cpus[0];
	job->cache[1] = 48 << 10;
	job->rounds = ROUNDS;
	job->slot_ms = 10000;
	job->tsc_hz = 1e9;
	return 0;
}

static int close_rig(void **state)
{
	struct rig *rig = *state;

	tb_launch_shm_unmap(rig->shm);
	close(rig->fd);
	tb_launcher_close(&rig->launcher);
	free(rig->cpus);
	free(rig);
	return 0;
}

/* Its exit is the machine's affair: a core may be busy. What it measured is not. */
static void launch(struct rig *rig)
{
	assert_int_equal(tb_launch(&rig->launcher, rig->fd, rig->shm, &rig->launch), 0);
	if (rig->launch.exit > TB_EXIT_DISTURBED)
		fail_msg("%s: %s", tb_exit_name(rig->launch.exit), rig->launch.reason);
	assert_int_equal(rig->shm->phase, TB_DONE);
}

static void assert_each(struct rig *rig, unsigned int metric, double want)
{
	uint32_t n = 0;

	for (int column = 0; column < TB_COLUMNS; column++) {
		const double *x = tb_launch_shm_column(rig->shm, metric, (enum tb_column)column);

		for (uint32_t i = 0; i < rig->shm->count[metric][column]; i++)
			assert_true(x[i] == want);
		n += rig->shm->count[metric][column];
	}
	assert_int_equal(n, 2 * rig->shm->rounds);
}

static double control(const struct rig *rig, const char *name)
{
	for (unsigned int i = 0; i < rig->shm->n_controls; i++)
		if (!strcmp(rig->shm->control[i].name, name))
			return rig->shm->control[i].value;
	fail_msg("no control %s", name);
	return 0;
}

/* Each sample on the CPU of role 0 and nowhere else, and a thread of the benchmark's where it belongs. */
static void on_its_cpus(void **state)
{
	struct rig *rig = *state;

	for (size_t i = 0; i < rig->n && i < 2; i++) {
		rig->shm->job.cpu[0] = rig->cpus[i];
		rig->shm->job.cpu[1] = rig->cpus[rig->n - 1 - i];
		memset(rig->shm->count, 0, sizeof(rig->shm->count));
		rig->shm->n_checks = rig->shm->n_controls = 0;
		launch(rig);
		assert_int_equal(rig->shm->rounds, ROUNDS);
		assert_each(rig, CPU, rig->cpus[i]);
		assert_each(rig, CPUS_ALLOWED, 1);
		assert_int_equal(rig->shm->n_checks, 2);
		assert_true(rig->shm->check[0].pass && rig->shm->check[1].pass);
		assert_int_equal(rig->shm->noise.cpu[0].cpu, rig->cpus[i]);
		assert_int_equal(rig->shm->noise.migrated, 0);
		assert_true(control(rig, "policy") == SCHED_OTHER);
		assert_true(control(rig, "samples") == TB_WARM_UPS + 2 * ROUNDS);
	}
}

/* The gate answered as often as it was asked, and its floor is that of some core. */
static void gates(void **state)
{
	struct rig *rig = *state;

	launch(rig);
	assert_int_equal(rig->shm->gate.quiet + rig->shm->gate.disturbed, ROUNDS);
	assert_int_equal(rig->shm->gate.disturbed, rig->shm->count[CPU][TB_DISTURBED]);
	assert_int_equal(rig->shm->gate.quiet, rig->shm->count[CPU][TB_GATED]);
	assert_true(rig->shm->gate.looks >= 256 + ROUNDS);
	assert_true(rig->shm->gate.own_floor > 0);
	assert_true(rig->shm->gate.floor == rig->shm->gate.own_floor);
}

/* Samples of at least a millisecond: the slot is over when the least rounds are made, and not before. */
static void sleeps(void **state)
{
	const uint64_t least = SLEEP_NS * (uint64_t)(TB_WARM_UPS + 2 * TB_ROUNDS_MIN);
	struct rig *rig = *state;

	snprintf(rig->shm->job.value[0], TB_VALUE, "sleep");
	rig->shm->job.slot_ms = 5;
	launch(rig);
	assert_int_equal(rig->shm->rounds, TB_ROUNDS_MIN);
	assert_true(rig->shm->ns_warm >= rig->launch.ns_fork);
	assert_true(rig->shm->ns_sampled - rig->shm->ns_warm >= least);
	assert_true(rig->launch.ns_reap - rig->launch.ns_fork >= least);
	assert_true(rig->shm->noise.span_ns >= least);
	assert_true(rig->launch.ns_reap >= rig->shm->ns_sampled);
	/* It slept, and so left its CPU by itself each time. */
	assert_true(rig->shm->noise.voluntary >= TB_WARM_UPS + 2 * TB_ROUNDS_MIN);
}

/* A CPU that is not there is the launch's error, not a launch on another one. */
static void no_such_cpu(void **state)
{
	struct rig *rig = *state;

	rig->shm->job.cpu[0] = 8191;
	assert_int_equal(tb_launch(&rig->launcher, rig->fd, rig->shm, &rig->launch), 0);
	assert_int_equal(rig->launch.exit, TB_EXIT_ERROR);
	assert_non_null(strstr(rig->launch.reason, "the launch can no longer use its CPU"));
	assert_int_equal(rig->shm->rounds, 0);
}

/* A thread of the benchmark's that could not be bound fails the launch. */
static void no_such_second_cpu(void **state)
{
	struct rig *rig = *state;

	rig->shm->job.cpu[1] = 8191;
	assert_int_equal(tb_launch(&rig->launcher, rig->fd, rig->shm, &rig->launch), 0);
	assert_int_equal(rig->launch.exit, TB_EXIT_ERROR);
	assert_non_null(strstr(rig->launch.reason, "a thread of the launch is not on its CPU"));
}

static void no_such_benchmark(void **state)
{
	struct rig *rig = *state;

	snprintf(rig->shm->job.bench, sizeof(rig->shm->job.bench), "fake/other");
	assert_int_equal(tb_launch(&rig->launcher, rig->fd, rig->shm, &rig->launch), 0);
	assert_int_equal(rig->launch.exit, TB_EXIT_ERROR);
	assert_string_equal(rig->launch.reason, "the worker left no usable result (exit status 2)");
}

#define launch_test(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(int argc, char **argv)
{
	static const struct tb_bench *const benches[] = { &timed, NULL };
	const struct CMUnitTest tests[] = {
		launch_test(on_its_cpus),
		launch_test(gates),
		launch_test(sleeps),
		launch_test(no_such_cpu),
		launch_test(no_such_second_cpu),
		launch_test(no_such_benchmark),
	};

	alarm(ALARM_S);
	if (argc > 1 && !strcmp(argv[1], "worker"))
		return tb_worker_main(benches);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
