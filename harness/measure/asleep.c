// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/asleep.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "measure/clock.h"

int tb_asleep_open(pid_t tid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int tb_asleep_wait(int fd)
{
	const uint64_t second = 1000000000;
	uint64_t begin = tb_clock_ns();
	char text[128], *end;
	ssize_t n;

	do {
		n = pread(fd, text, sizeof(text) - 1, 0);
		if (n <= 0)
			return n < 0 ? -errno : -ESRCH;
		text[n] = '\0';
		/* "tid (name) S ...": the name may hold anything, a bracket too. */
		end = strrchr(text, ')');
		if (end && end[1] == ' ' && (end[2] == 'S' || end[2] == 'D'))
			return 0;
		sched_yield();
	} while (tb_clock_ns() - begin < second);
	return -ETIMEDOUT;
}
