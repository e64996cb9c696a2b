// SPDX-License-Identifier: GPL-2.0-or-later
/* Allocations and user accesses that fail, one after the other. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apf.h"
#include "pmu.h"

enum { MOST = 400 }; /* faults of one call */

static const char path[] = "/proc/thread-self/fail-nth";

/* Where the kernel can: the n-th allocation or user access of a call fails, for every n there is. */
static int inject(int nth)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", nth);

	if (fd < 0)
		return -1;
	if (write(fd, text, (size_t)n) != n)
		expect(false, "fail-nth can't be written");
	return fd;
}

/* Whether the fault was injected. It ends the injection. */
static bool injected_and_off(int nth_fd)
{
	char text[16] = "";
	/* These two copy as well: a fault that is left may be theirs. */
	bool injected = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;

	if (write(nth_fd, "0", 1) != 1 && write(nth_fd, "0", 1) != 1)
		expect(false, "fail-nth can't be cleared");
	close(nth_fd);
	return injected;
}

static void inject_open(void)
{
	bool injected = true;
	int nth;

	for (nth = 1; nth < MOST && injected; nth++) {
		int nth_fd = inject(nth), fd = open(TB_DEVICE, O_RDWR | O_CLOEXEC);
		int err = fd < 0 ? errno : 0;

		injected = injected_and_off(nth_fd);
		if (fd >= 0)
			close(fd);
		/* EFAULT is of the path. */
		expect(fd >= 0 || err == ENOMEM || err == EFAULT, "open fails with %d", err);
	}
	expect(nth > 2 && nth < MOST, "open: %d faults", nth - 2);
	say("open: %d faults injected", nth - 2);
}

union argument {
	struct tb_flush_setup flush;
	struct tb_pmu_setup pmu;
	struct tb_apf_wake wake;
	char bytes[512];
};

/* Raises the limits so that the operation can allocate its maximum. */
static union argument argument_of(const struct operation *op, int nth)
{
	union argument arg = { 0 };

	switch (op->number) {
	case TB_IOC_FLUSH_SETUP:
		arg.flush.l1d_bytes = 32 << 10;
		arg.flush.flush_bytes = 64 << 10;
		break;
	case TB_IOC_PMU_SETUP:
		arg.pmu = pmu_setup(0, 2);
		break;
	case TB_IOC_APF_WAKE:
		arg.wake.token = 100u + (uint32_t)nth;
		break;
	default:
		break;
	}
	return arg;
}

/* false: the call has no n-th. */
static bool inject_call(int fd, const struct operation *op, int nth)
{
	union argument arg = argument_of(op, nth);
	int nth_fd = inject(nth), err;
	bool injected;

	err = call(fd, op->number, &arg);
	injected = injected_and_off(nth_fd);
	expect(documented(err), "%s fails with %d", op->name, err);
	return injected;
}

static void inject_operation(int fd, const struct operation *op)
{
	int nth = 1;

	/* A wait must find its wake there. */
	do
		apf_wake(fd, 0, 0, NULL);
	while (nth < MOST && inject_call(fd, op, nth++));
	/* Each copies its argument at least, in and out. */
	expect(nth > 2 && nth < MOST, "%s: %d faults", op->name, nth - 2);
	say("%s: %d faults injected", op->name, nth - 2);
}

static void injected(void)
{
	int fd = device();

	if (access(path, W_OK)) {
		skip_test("this kernel injects no faults");
		close(fd);
		return;
	}
	pin(0);
	/* So that there are events to allocate. */
	if (!pmu_load())
		return;
	inject_open();
	for (int i = 0; i < OPERATIONS; i++)
		inject_operation(fd, &operations[i]);
	apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, NULL);
	close(fd);
	pmu_unload();
}

const struct test injection_tests[] = { { "failing allocations", injected }, { 0 } };
