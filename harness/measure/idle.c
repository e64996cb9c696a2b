// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/idle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

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
