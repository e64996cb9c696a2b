/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A private mount namespace. The including file defines _GNU_SOURCE. */
#ifndef TB_TEST_OWN_MOUNTS_H
#define TB_TEST_OWN_MOUNTS_H

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

/* Maps one id to root in a new user namespace. */
static inline void put_map(const char *path, unsigned int id)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, "0 %u 1", id);
	close(fd);
}

/* Gives this process a private mount namespace; as an ordinary user, in a user namespace. */
static inline bool may_mount(void)
{
	unsigned int uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWNS) < 0) {
		int fd;

		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
			return false;
		fd = open("/proc/self/setgroups", O_WRONLY | O_CLOEXEC);
		if (fd >= 0) {
			dprintf(fd, "deny");
			close(fd);
		}
		put_map("/proc/self/uid_map", uid);
		put_map("/proc/self/gid_map", gid);
	}
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

#endif
