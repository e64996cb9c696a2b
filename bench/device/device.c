// SPDX-License-Identifier: GPL-2.0-or-later
#include "device/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int lack_device(struct tb_probe *probe, int err)
{
	char reason[128];

	if (err == EACCES || err == EPERM)
		return tb_probe_lack(probe, "no-permission",
				     TB_DEVICE " opens for root with CAP_SYS_ADMIN only",
				     "run as root");
	if (err == ENOENT || err == ENODEV || err == ENXIO)
		return tb_probe_lack(probe, "no-module", "the kernel module is not loaded",
				     "as root: tollbooth module build, then tollbooth module load");
	snprintf(reason, sizeof(reason), TB_DEVICE " could not be opened: %s", strerror(err));
	return tb_probe_lack(probe, "no-module", reason, "see tollbooth module status");
}

int tb_device_probe(struct tb_probe *probe, struct tb_info *info)
{
	int fd = open(TB_DEVICE, O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return lack_device(probe, errno);
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	err = ioctl(fd, TB_IOC_INFO, info) ? errno : 0;
	close(fd);
	if (err || info->abi != TB_ABI)
		return tb_probe_lack(probe, "module-mismatch",
				     "the loaded module speaks another version of the interface",
				     "as root: tollbooth module unload, build and load");
	return 0;
}

int tb_device_open_trial(struct tb_trial *trial)
{
	int fd = open(TB_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return tb_trial_fail(trial, -errno, TB_DEVICE " could not be opened");
	return fd;
}
