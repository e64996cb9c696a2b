// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to the scheduler and to the idle governor, and their results. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/sched.h"

enum { FD = 1000 };

static struct {
	int calls, policy, priority, refused; /* refused: with this errno */
	pthread_t thread;
	char path[64];
	int flags, open_errno, write_errno, written, closed, access_mode;
	int32_t microseconds;
	size_t bytes;
} given;

static int fail_with(int err)
{
	errno = err;
	return -1;
}

static int given_class(pid_t pid, int policy, const struct sched_param *param)
{
	given.calls++;
	given.policy = pid ? -1 : policy;
	given.priority = param->sched_priority;
	given.thread = pthread_self();
	return given.refused ? fail_with(given.refused) : 0;
}

static int given_open(const char *path, int flags)
{
	snprintf(given.path, sizeof(given.path), "%s", path);
	given.flags = flags;
	return given.open_errno ? fail_with(given.open_errno) : FD;
}

static ssize_t given_write(int fd, const void *data, size_t bytes)
{
	given.bytes = fd == FD ? bytes : 0;
	memcpy(&given.microseconds, data, sizeof(given.microseconds));
	return given.write_errno ? fail_with(given.write_errno) : given.written;
}

static int given_access(const char *path, int mode)
{
	snprintf(given.path, sizeof(given.path), "%s", path);
	given.access_mode = mode;
	return given.open_errno ? fail_with(given.open_errno) : 0;
}

#define sched_setscheduler(pid, policy, param) given_class(pid, policy, param)
#define open(path, flags)		       given_open(path, flags)
#define write(fd, data, bytes)		       given_write(fd, data, bytes)
#define close(fd)			       (given.closed += (fd) == FD)
#define access(path, mode)		       given_access(path, mode)
#include "measure/sched.c"

static int reset(void **state)
{
	(void)state;
	memset(&given, 0, sizeof(given));
	given.policy = -1;
	given.written = sizeof(int32_t);
	return 0;
}

static void real_time_class(void **state)
{
	(void)state;
	assert_int_equal(tb_realtime_enter(), 0);
	assert_int_equal(given.policy, SCHED_FIFO);
	assert_int_equal(given.priority, 10);
	given.refused = EPERM;
	assert_int_equal(tb_realtime_enter(), -EPERM);
}

/* In a separate thread: the caller stays in the normal class. */
static void tries(void **state)
{
	(void)state;
	assert_int_equal(tb_realtime_try(), 0);
	assert_int_equal(given.calls, 1);
	assert_false(pthread_equal(given.thread, pthread_self()));
	given.refused = EPERM;
	assert_int_equal(tb_realtime_try(), -EPERM);
	assert_int_equal(given.calls, 2);
}

/* No latency at all, for as long as the file is open. */
static void shallow_idle(void **state)
{
	(void)state;
	assert_int_equal(tb_idle_hold_shallow(), FD);
	assert_string_equal(given.path, "/dev/cpu_dma_latency");
	assert_int_equal(given.flags & O_ACCMODE, O_WRONLY);
	assert_int_equal(given.bytes, sizeof(int32_t));
	assert_int_equal(given.microseconds, 0);
	assert_int_equal(given.closed, 0);
}

static void no_shallow_idle(void **state)
{
	(void)state;
	given.write_errno = EINVAL;
	assert_int_equal(tb_idle_hold_shallow(), -EINVAL);
	assert_int_equal(given.closed, 1);
	given.write_errno = errno = 0;
	given.written = 1;
	assert_int_equal(tb_idle_hold_shallow(), -EIO);
	assert_int_equal(given.closed, 2);
	given.open_errno = EACCES;
	assert_int_equal(tb_idle_hold_shallow(), -EACCES);
	assert_int_equal(given.closed, 2);
}

static void whether_idle_may_be_shallow(void **state)
{
	(void)state;
	assert_true(tb_idle_allowed());
	assert_int_equal(given.access_mode, W_OK);
	assert_string_equal(given.path, "/dev/cpu_dma_latency");
	given.open_errno = ENOENT;
	assert_false(tb_idle_allowed());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(real_time_class, reset),
		cmocka_unit_test_setup(tries, reset),
		cmocka_unit_test_setup(shallow_idle, reset),
		cmocka_unit_test_setup(no_shallow_idle, reset),
		cmocka_unit_test_setup(whether_idle_may_be_shallow, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
