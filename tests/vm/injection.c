// SPDX-License-Identifier: GPL-2.0-or-later
/* Allocations and user accesses that fail, one after the other. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "apf.h"

/* Where the kernel can: the n-th allocation or user access of a call fails, for every n there is. */
static int inject(const char *path, int nth)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char text[16];
	int n = snprintf(text, sizeof(text), "%d", nth);

	if (fd < 0)
		return -1;
	if (write(fd, text, (size_t)n) != n)
		say("fail-nth can't be written");
	return fd;
}

static int inject_open(const char *path)
{
	int faults = 0;

	for (int nth = 1, left = 0; nth < 200 && !left; nth++) {
		char text[16] = "";
		int nth_fd = inject(path, nth), fd = open(TB_DEVICE, O_RDWR | O_CLOEXEC);
		int err = fd < 0 ? errno : 0;

		left = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) != 0;
		if (write(nth_fd, "0", 1) != 1)
			say("fail-nth can't be cleared");
		close(nth_fd);
		if (fd >= 0)
			close(fd);
		faults += !left;
		expect(fd >= 0 || err == ENOMEM, "open fails with %d", err);
	}
	return faults;
}

static void injected(void)
{
	static const char path[] = "/proc/thread-self/fail-nth";
	int fd = device(), faults = 0;

	if (access(path, W_OK)) {
		skip_test("this kernel injects no faults");
		close(fd);
		return;
	}
	pin(0);
	faults = inject_open(path);
	for (int i = 0; i < OPERATIONS; i++)
		for (int nth = 1, left = 0; nth < 200 && !left; nth++) {
			uint32_t words[64] = { operations[i].bytes };
			struct tb_flush_setup setup = { .size = sizeof(setup),
							.l1d_bytes = 32 << 10,
							.flush_bytes = 64 << 10 };
			struct tb_apf_wake wake = { .size = sizeof(wake), .token = 100u + nth };
			bool is_setup = operations[i].number == TB_IOC_FLUSH_SETUP;
			bool is_wake = operations[i].number == TB_IOC_APF_WAKE;
			char text[16] = "";
			int nth_fd, err;

			/* The wait must find its wake there. */
			apf_wake(fd, 0, 0, NULL);
			nth_fd = inject(path, nth);
			err = call(fd, operations[i].number,
				   is_setup  ? (void *)&setup
				   : is_wake ? (void *)&wake
					     : words);
			left = pread(nth_fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) != 0;
			if (write(nth_fd, "0", 1) != 1)
				say("fail-nth can't be cleared");
			close(nth_fd);
			faults += !left;
			expect(documented(err), "%s fails with %d", operations[i].name, err);
		}
	say("%d faults injected", faults);
	apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, NULL);
	close(fd);
}

const struct test injection_tests[] = { { "failing allocations", injected }, { 0 } };
