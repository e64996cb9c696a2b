// SPDX-License-Identifier: GPL-2.0-or-later
/* CPU sets on a machine with 4096 possible CPUs: the kernel refuses a set of fewer bits. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): CPU_SET_S
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "machine/affinity.h"
#include "machine/place.h"

enum { POSSIBLE = 4096 };

/* The kernel's side, in place of the system calls. */
static struct kernel {
	unsigned char set[POSSIBLE / 8];
	int calls;
} kernel;

int sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *set)
{
	(void)pid;
	if (bytes < sizeof(kernel.set)) {
		errno = EINVAL;
		return -1;
	}
	memset(set, 0, bytes);
	memcpy(set, kernel.set, sizeof(kernel.set));
	return 0;
}

int sched_setaffinity(pid_t pid, size_t bytes, const cpu_set_t *set)
{
	(void)pid;
	kernel.calls++;
	memset(kernel.set, 0, sizeof(kernel.set));
	memcpy(kernel.set, set, bytes < sizeof(kernel.set) ? bytes : sizeof(kernel.set));
	return 0;
}

static void check(const int *want, size_t n)
{
	size_t count;
	int *cpus;

	assert_int_equal(tb_affinity_get(&cpus, &count), 0);
	assert_int_equal(count, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cpus[i], want[i]);
	free(cpus);
}

static void beyond_1023(void **state)
{
	const int two[] = { 1500, 1 }, sorted[] = { 1, 1500 };

	(void)state;
	assert_int_equal(tb_affinity_set(two, 2), 0);
	check(sorted, 2);
	assert_int_equal(tb_affinity_leave(1500), 0);
	check(sorted, 1);
	assert_int_equal(tb_affinity_pin_self(4095), 0);
	check((const int[]){ 4095 }, 1);
}

/* The measured CPU stays where it is the only one, or is not in the set. */
static void leaving_nothing(void **state)
{
	const int one[] = { 1500 };

	(void)state;
	assert_int_equal(tb_affinity_set(one, 1), 0);
	kernel.calls = 0;
	assert_int_equal(tb_affinity_leave(1500), 0);
	assert_int_equal(tb_affinity_leave(7), 0);
	assert_int_equal(kernel.calls, 0);
	check(one, 1);
}

static void no_cpu(void **state)
{
	(void)state;
	assert_int_equal(tb_affinity_set((const int[]){ -1 }, 1), -EINVAL);
	assert_int_equal(tb_affinity_set((const int[]){ 1 << 30 }, 1), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beyond_1023),
		cmocka_unit_test(leaving_nothing),
		cmocka_unit_test(no_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
