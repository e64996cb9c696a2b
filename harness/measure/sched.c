// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/sched.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "measure/clock.h"
#include "machine/refusal.h"

int tb_realtime_enter(void)
{
	const struct sched_param param = { .sched_priority = TB_FIFO_PRIORITY };

	return sched_setscheduler(0, SCHED_FIFO, &param) ? -errno : 0;
}

static void *enter(void *err)
{
	*(int *)err = tb_realtime_enter();
	return NULL;
}

int tb_realtime_try(void)
{
	pthread_t thread;
	int result, err = pthread_create(&thread, NULL, enter, &result);

	if (err)
		return -err;
	pthread_join(thread, NULL);
	return result;
}

bool tb_idle_allowed(void)
{
	return !access(TB_IDLE_DEVICE, W_OK);
}

int tb_idle_hold_shallow(void)
{
	int fd = open(TB_IDLE_DEVICE, O_WRONLY | O_CLOEXEC);
	int32_t microseconds = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, &microseconds, sizeof(microseconds)) != sizeof(microseconds)) {
		int err = errno ? -errno : -EIO;

		close(fd);
		return err;
	}
	return fd;
}

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
