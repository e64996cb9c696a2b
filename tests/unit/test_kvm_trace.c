// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * KVM's tracepoints with one failing call: no file stays open. The files of tracefs and perf
 * are played: this program's functions replace libc's.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "apf/kvm_trace.h"
#include "entries.h"
#include "played.h"

static int calls, fail_at; /* counted from 1; 0: none fails */

static bool fails(void)
{
	errno = EMFILE;
	return ++calls == fail_at;
}

static int new_file(const char *path)
{
	return fails() ? -1 : (int)real_call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY, 0, 0, 0);
}

int open(const char *path, int flags, ...)
{
	if (!strncmp(path, "/sys/kernel/tracing", 19))
		return new_file("/");
	return (int)real_call(SYS_openat, AT_FDCWD, (long)path, flags, 0600, 0, 0);
}

int faccessat(int fd, const char *path, int mode, int flags)
{
	(void)fd;
	(void)path;
	(void)mode;
	(void)flags;
	return 0;
}

/* Holds a number, as the id of a tracepoint does. */
int openat(int fd, const char *path, int flags, ...)
{
	if (!strncmp(path, "events/kvm/", 11))
		return new_file("/proc/sys/kernel/pid_max");
	return (int)real_call(SYS_openat, fd, (long)path, flags, 0600, 0, 0);
}

long syscall(long number, ...)
{
	long word[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		word[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_perf_event_open)
		return new_file("/dev/null");
	return real_call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}

int ioctl(int fd, unsigned long request, ...)
{
	(void)fd;
	(void)request;
	return fails() ? -1 : 0;
}

void *mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset)
{
	if (flags & MAP_SHARED) {
		if (fails())
			return MAP_FAILED;
		fd = -1;
		flags = MAP_PRIVATE | MAP_ANONYMOUS;
	}
	return (void *)real_call(SYS_mmap, (long)at, (long)bytes, rights, flags, fd, offset);
}

static void test_each_call_fails_once(void **state)
{
	struct kvm_trace trace = { .ring = NULL };
	const char *why = "";
	int before = entries("/proc/self/fd");

	(void)state;
	kvm_trace_close(&trace); /* never opened */
	assert_int_equal(entries("/proc/self/fd"), before);
	for (fail_at = 1;; fail_at++) {
		int err;

		calls = 0;
		why = "";
		err = kvm_trace_open(&trace, 0, &why);
		if (calls < fail_at) {
			assert_int_equal(err, 0);
			break;
		}
		if (err)
			assert_true(why[0]);
		else
			kvm_trace_close(&trace);
		assert_int_equal(entries("/proc/self/fd"), before);
	}
	kvm_trace_close(&trace);
	kvm_trace_close(&trace);
	assert_int_equal(entries("/proc/self/fd"), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_call_fails_once) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
