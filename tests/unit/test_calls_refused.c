// SPDX-License-Identifier: GPL-2.0-or-later
/* Failing system calls in small helpers: unnamed files, sleeping threads, breakpoints. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/breakpoint.h"
#include "measure/counters.h"
#include "measure/clock.h"
#include "machine/folders.h"

static struct {
	int memfd_errno;
	const char *
		stats[4]; /* what the n-th look at the thread reads; the last one again and again */
	unsigned int looks;
	uint64_t ns, step;
	uint64_t count; /* of the breakpoint */
	int breakpoint; /* its file, or -1 */
} given;

static int given_memfd(void)
{
	errno = given.memfd_errno;
	return -1;
}

static ssize_t given_look(char *text, size_t bytes)
{
	const char *stat = given.stats[given.looks];

	given.looks += given.looks < 3 && given.stats[given.looks + 1];
	if (!stat[0])
		return 0;
	return snprintf(text, bytes, "%s", stat);
}

static uint64_t given_ns(void)
{
	return given.ns += given.step;
}

static ssize_t given_read(void *out, size_t bytes)
{
	memcpy(out, &given.count, sizeof(given.count));
	return (ssize_t)bytes;
}

#define memfd_create(name, flags)		   given_memfd()
#define pread(fd, text, bytes, offset)		   ((void)(fd), given_look(text, bytes))
#define tb_clock_ns()				   given_ns()
#define syscall(nr, attr, pid, cpu, leader, flags) ((void)(attr), given.breakpoint)
#define read(fd, out, bytes)			   given_read(out, bytes)
#include "measure/sched.c"
#include "measure/breakpoint.c"
#include "machine/folders.c"
#undef read

static int reset(void **state)
{
	(void)state;
	memset(&given, 0, sizeof(given));
	given.step = 1000000;
	return 0;
}

/* Where a filter refuses memfd_create a file takes its place, which nobody else can open. */
static void files_without_a_name(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	given.memfd_errno = EPERM;
	fd = tb_memory_file("tollbooth-test");
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	given.memfd_errno = EMFILE;
	assert_int_equal(tb_memory_file("tollbooth-test"), -EMFILE);
}

static int wait_for(const char *first, const char *second)
{
	given.looks = 0;
	given.stats[0] = first;
	given.stats[1] = second;
	return tb_asleep_wait(7);
}

/* "tid (name) state": the name may be anything. */
static void sleepers(void **state)
{
	(void)state;
	assert_int_equal(wait_for("7 (worker) S 1 2", NULL), 0);
	assert_int_equal(wait_for("7 (worker) D 1 2", NULL), 0);
	assert_int_equal(wait_for("7 (a) R b) S 1 2", NULL), 0);
	assert_int_equal(wait_for("7 (worker) R 1 2", "7 (worker) S 1 2"), 0);
	assert_int_equal(given.looks, 1);
	assert_int_equal(wait_for("7 (worker) R 1 2", ""), -ESRCH);
}

/* A thread that does not fall asleep within a second will not. */
static void never_asleep(void **state)
{
	(void)state;
	assert_int_equal(wait_for("7 (worker) R 1 2", NULL), -ETIMEDOUT);
	assert_int_equal(given.ns, 1001 * given.step);
	assert_int_equal(wait_for("7 (a) S b) R 1 2", NULL), -ETIMEDOUT);
	assert_int_equal(wait_for("7 (worker) T 1 2", NULL), -ETIMEDOUT);
}

/* Three stores are three, or the machine does not deliver breakpoints. */
static void breakpoints(void **state)
{
	static const struct {
		uint64_t count;
		bool fires;
	} counts[] = { { 3, true }, { 0, false }, { 2, false }, { 4, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		given.breakpoint = open("/dev/null", O_RDONLY | O_CLOEXEC);
		given.count = counts[i].count;
		assert_int_equal(tb_breakpoint_fires(), counts[i].fires);
	}
	/* One that cannot be opened is explained elsewhere. */
	given.breakpoint = -1;
	given.count = 0;
	assert_true(tb_breakpoint_fires());
}

/* Stores of user space to these eight bytes. */
static void breakpoint_counts_writes(void **state)
{
	static uint64_t watched;
	struct perf_event_attr attr = tb_breakpoint_attr(&watched);

	(void)state;
	assert_int_equal(attr.type, PERF_TYPE_BREAKPOINT);
	assert_int_equal(attr.size, sizeof(attr));
	assert_int_equal(attr.bp_type, HW_BREAKPOINT_W);
	assert_int_equal(attr.bp_addr, (uintptr_t)&watched);
	assert_int_equal(attr.bp_len, 8);
	assert_int_equal(attr.exclude_kernel, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(files_without_a_name, reset),
		cmocka_unit_test_setup(sleepers, reset),
		cmocka_unit_test_setup(never_asleep, reset),
		cmocka_unit_test_setup(breakpoints, reset),
		cmocka_unit_test_setup(breakpoint_counts_writes, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
