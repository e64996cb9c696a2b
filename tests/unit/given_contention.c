// SPDX-License-Identifier: GPL-2.0-or-later
/* Yields whose duration the test chooses. */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "given.h"

static struct {
	uint64_t ns;
	uint64_t took[16]; /* by the n-th yield */
	unsigned int yields;
	int policy, priority, refused;
} given;

static uint64_t given_time(void)
{
	return given.ns;
}

static int given_yield(void)
{
	given.ns += given.took[given.yields++ % 16];
	return 0;
}

static int given_class(pid_t pid, int policy, const struct sched_param *param)
{
	given.policy = pid ? -1 : policy;
	given.priority = param->sched_priority;
	return given.refused;
}

#undef tb_clock_ns
#define tb_clock_ns()			   given_time()
#define sched_yield()			   given_yield()
#define sched_setscheduler(pid, class, at) given_class(pid, class, at)
#include "measure/contention.c"

static int reset(void **state)
{
	(void)state;
	given = (typeof(given)){ .ns = 1000, .policy = -1, .priority = -1 };
	return 0;
}

/* Longer than TB_YIELD_SLOW_NS: not as long. */
static void counts_slow_yields(void **state)
{
	(void)state;
	given.took[1] = TB_YIELD_SLOW_NS + 1;
	given.took[4] = TB_YIELD_SLOW_NS;
	given.took[5] = 10 * TB_YIELD_SLOW_NS;
	given.took[9] = TB_YIELD_SLOW_NS + 1;
	assert_int_equal(tb_contention(given_cpu()), 3);
	assert_int_equal(given.yields, TB_YIELDS);
}

static void none_is_slow(void **state)
{
	(void)state;
	assert_int_equal(tb_contention(given_cpu()), 0);
}

/* In a class that gives its CPU away, or there is no answer. */
static void yields_as_a_normal_thread(void **state)
{
	(void)state;
	tb_contention(given_cpu());
	assert_int_equal(given.policy, SCHED_OTHER);
	assert_int_equal(given.priority, 0);
	given.refused = -1;
	given.yields = 0;
	assert_int_equal(tb_contention(given_cpu()), -EPERM);
	assert_int_equal(given.yields, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(counts_slow_yields, reset),
		cmocka_unit_test_setup(none_is_slow, reset),
		cmocka_unit_test_setup(yields_as_a_normal_thread, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
