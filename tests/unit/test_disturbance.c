// SPDX-License-Identifier: GPL-2.0-or-later
/* Which noise disturbs a launch; detection of a busy CPU. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "machine/affinity.h"
#include "measure/clock.h"
#include "measure/contention.h"
#include "run/disturbance.h"

static char reason[TB_TEXT];

static struct tb_launch_shm quiet_launch(void)
{
	struct tb_launch_shm shm = { .noise = { .cpus = 2,
						.cpu = { { .cpu = 4 }, { .cpu = 7 } },
						.slow_yields = { 1, 1 },
						.smi = -1,
						.stalls = -1,
						.wait_ns = -1,
						.others_ns = -1,
						.timed = 1,
						.span_ns = 10000000 } };

	return shm;
}

static void undisturbed_launch(void **state)
{
	struct tb_launch_shm shm = quiet_launch();

	(void)state;
	assert_false(tb_disturbance(&shm, reason, sizeof(reason)));
	shm.noise.slow_yields[0] = shm.noise.slow_yields[1] = -EPERM;
	shm.noise.stalls = 0;
	shm.noise.others_ns = 2000000;
	assert_false(tb_disturbance(&shm, reason, sizeof(reason)));
}

/* Counts of children are right beside any neighbour. */
static void no_times(void **state)
{
	struct tb_launch_shm shm = quiet_launch();

	(void)state;
	shm.noise.timed = 0;
	shm.noise.slow_yields[0] = 10;
	shm.noise.others_ns = 9000000;
	shm.noise.stalls = 3;
	assert_false(tb_disturbance(&shm, reason, sizeof(reason)));
}

static void another_task(void **state)
{
	struct tb_launch_shm shm = quiet_launch();

	(void)state;
	shm.noise.slow_yields[1] = 2;
	assert_true(tb_disturbance(&shm, reason, sizeof(reason)));
	assert_string_equal(reason, "another task ran on CPU 7 of the launch: 2 of 10 yields "
				    "waited for it");
	shm = quiet_launch();
	shm.noise.others_ns = 2100000;
	assert_true(tb_disturbance(&shm, reason, sizeof(reason)));
	assert_string_equal(reason, "other tasks ran for 2.1 of 10.0 ms on the CPUs of the launch");
}

static void the_kernel(void **state)
{
	struct tb_launch_shm shm = quiet_launch();

	(void)state;
	shm.noise.stalls = 3;
	assert_true(tb_disturbance(&shm, reason, sizeof(reason)));
	assert_string_equal(
		reason,
		"the kernel reclaimed, compacted or swapped memory during the launch (3 times)");
	shm = quiet_launch();
	shm.noise.migrated = 1;
	assert_true(tb_disturbance(&shm, reason, sizeof(reason)));
	assert_non_null(strstr(reason, "another CPU"));
	shm = quiet_launch();
	shm.gate.disturbed = 33;
	shm.gate.quiet = 32;
	assert_true(tb_disturbance(&shm, reason, sizeof(reason)));
	assert_non_null(strstr(reason, "most of the launch"));
}

/* More disturbed than not: in one metric, whatever the others saw. As many are no more. */
static void mostly_disturbed_metric(void **state)
{
	struct tb_launch_shm shm = quiet_launch();

	(void)state;
	shm.metrics = 2;
	shm.count[0][TB_GATED] = shm.count[1][TB_GATED] = 8;
	shm.count[1][TB_UNGATED] = 1;
	shm.count[1][TB_DISTURBED] = 8;
	assert_false(tb_disturbance(&shm, reason, sizeof(reason)));
	shm.count[1][TB_DISTURBED] = 9;
	assert_true(tb_disturbance(&shm, reason, sizeof(reason)));
	assert_non_null(strstr(reason, "most of the launch"));
	shm.count[1][TB_DISTURBED] = 0;
	shm.gate.quiet = shm.gate.disturbed = 32;
	assert_false(tb_disturbance(&shm, reason, sizeof(reason)));
}

struct spinner {
	int cpu;
	atomic_bool runs, quit;
};

static void *spin(void *arg)
{
	struct spinner *s = arg;

	tb_affinity_set(&s->cpu, 1);
	atomic_store(&s->runs, true);
	while (!atomic_load(&s->quit))
		;
	return NULL;
}

/*
 * A spinning task never sleeps. It is found each time where nothing else runs; beside other load the
 * scheduler may prefer the thread that yields.
 */
static void busy_cpu(void **state)
{
	struct spinner s = { .cpu = sched_getcpu() };
	unsigned int found = 0;
	pthread_t thread;

	(void)state;
	if (s.cpu < 0)
		skip();
	assert_int_equal(pthread_create(&thread, NULL, spin, &s), 0);
	while (!atomic_load(&s.runs))
		sched_yield();
	for (int i = 0; i < 20; i++) {
		int slow = tb_contention(s.cpu);

		assert_in_range(slow, 0, TB_YIELDS);
		found += slow >= TB_YIELDS_SLOW;
	}
	assert_in_range(found, 15, 20);
	atomic_store(&s.quit, true);
	pthread_join(thread, NULL);
}

static void no_such_cpu(void **state)
{
	(void)state;
	assert_true(tb_contention(8191) < 0);
	assert_true(tb_contention(-1) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undisturbed_launch), cmocka_unit_test(no_times),
		cmocka_unit_test(another_task),	      cmocka_unit_test(mostly_disturbed_metric),
		cmocka_unit_test(the_kernel),	      cmocka_unit_test(busy_cpu),
		cmocka_unit_test(no_such_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
