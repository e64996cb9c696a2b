// SPDX-License-Identifier: GPL-2.0-or-later
#include "ktap.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static struct {
	unsigned int done, failed, effort;
	bool fails;
	const char *skip;
} ktap;

const struct operation operations[OPERATIONS] = {
	{ "info", TB_IOC_INFO, sizeof(struct tb_info) },
	{ "flush-setup", TB_IOC_FLUSH_SETUP, sizeof(struct tb_flush_setup) },
	{ "flush-sample", TB_IOC_FLUSH_SAMPLE, sizeof(struct tb_flush_sample) },
	{ "pmu-setup", TB_IOC_PMU_SETUP, sizeof(struct tb_pmu_setup) },
	{ "apf-wait", TB_IOC_APF_WAIT, sizeof(struct tb_apf_wait) },
	{ "apf-wake", TB_IOC_APF_WAKE, sizeof(struct tb_apf_wake) },
	{ "apf-stat", TB_IOC_APF_STAT, sizeof(struct tb_apf_stat) },
};

unsigned long resized(const struct operation *op, uint32_t bytes)
{
	return _IOC(_IOC_DIR(op->number), _IOC_TYPE(op->number), _IOC_NR(op->number), bytes);
}

/* Documented in uapi/tollbooth.h; what PMU drivers say of raw events is in it. */
bool documented(int err)
{
	static const int errors[] = { 0,       -EFAULT, -EINVAL,   -E2BIG,	-EINTR,	 -ENOMEM,
				      -ENOTTY, -ENXIO,	-ENODATA,  -EOPNOTSUPP, -ENOENT, -EBUSY,
				      -EEXIST, -ENOSPC, -EALREADY, -EDOM,	-EIO,	 -ETIME };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i] == err)
			return true;
	return false;
}

static void vsay(const char *fmt, va_list ap)
{
	char text[512];

	vsnprintf(text, sizeof(text), fmt, ap);
	/* One write a line: the kernel's own lines go to the same console. */
	dprintf(STDOUT_FILENO, "# %s\n", text);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void expect(bool holds, const char *fmt, ...)
{
	va_list ap;

	if (holds)
		return;
	ktap.fails = true;
	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void alive(const char *what, uint64_t done)
{
	enum { PAUSE_S = 5 };
	static _Thread_local time_t last;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (now.tv_sec - last >= PAUSE_S && last)
		say("%s: %llu", what, (unsigned long long)done);
	if (now.tv_sec - last >= PAUSE_S)
		last = now.tv_sec;
}

void skip_test(const char *reason)
{
	ktap.skip = reason;
}

unsigned int effort(void)
{
	return ktap.effort;
}

int call(int fd, unsigned long operation, void *argument)
{
	return ioctl(fd, operation, argument) ? -errno : 0;
}

void expect_call(int fd, unsigned long operation, void *argument, int want, const char *what)
{
	int got = call(fd, operation, argument);

	expect(got == want, "%s: want %s, got %s", what, want ? strerrorname_np(-want) : "0",
	       got ? strerrorname_np(-got) : "0");
}

int device(void)
{
	int fd = open(TB_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		say("%s: %s", TB_DEVICE, strerror(errno));
		exit(1);
	}
	return fd;
}

int cpus(void)
{
	return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	expect(!sched_setaffinity(0, sizeof(set), &set), "can't run on CPU %d", cpu);
}

struct tb_info info_of(int fd)
{
	struct tb_info info = { 0 };

	expect_call(fd, TB_IOC_INFO, &info, 0, "info");
	return info;
}

bool has_table(void)
{
	int fd = device();
	bool has = info_of(fd).caps & TB_CAP_APF;

	close(fd);
	return has;
}

void knob(const char *name, unsigned int value)
{
	char path[96], text[16];
	int n = snprintf(text, sizeof(text), "%u", value), fd;

	snprintf(path, sizeof(path), "/sys/module/tollbooth/parameters/%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	expect(fd >= 0 && write(fd, text, (size_t)n) == n, "%s: %s; not the test build?", path,
	       strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void run_group(const struct group *group)
{
	for (const struct test *tests = group->tests; tests->name; tests++) {
		ktap.fails = false;
		ktap.skip = group->skip;
		if (!group->skip)
			tests->run();
		ktap.done++;
		ktap.failed += ktap.fails;
		dprintf(STDOUT_FILENO, "%s %u - %s%s%s\n", ktap.fails ? "not ok" : "ok", ktap.done,
			tests->name, ktap.skip ? " # SKIP " : "", ktap.skip ? ktap.skip : "");
	}
}

int run_tests(const struct group *groups, int n, unsigned int much)
{
	unsigned int tests = 0;

	ktap.effort = much;
	for (int i = 0; i < n; i++)
		for (const struct test *t = groups[i].tests; t->name; t++)
			tests++;
	dprintf(STDOUT_FILENO, "KTAP version 1\n1..%u\n", tests);
	for (int i = 0; i < n; i++)
		run_group(&groups[i]);
	return ktap.failed ? 1 : 0;
}
