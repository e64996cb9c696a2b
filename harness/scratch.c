// SPDX-License-Identifier: GPL-2.0-or-later
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine/refusal.h"

const char *tb_scratch_parent(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp && tmp[0] == '/' ? tmp : "/tmp";
}

int tb_scratch_folder(const char *name, char *out, size_t bytes, struct tb_error *why)
{
	const char *tmp = tb_scratch_parent();
	int err;

	if ((size_t)snprintf(out, bytes, "%s/%s.XXXXXX", tmp, name) >= bytes)
		err = -ENAMETOOLONG;
	else
		err = mkdtemp(out) ? 0 : -errno;
	if (!err)
		return 0;
	return tb_error(why, err,
			"no temporary folder in %s: %s; set TMPDIR to a folder that can be written",
			tmp, strerror(-err));
}

static int removed_file(const char *folder, const char *name)
{
	char path[4096];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s.XXXXXX", folder, name) >= (int)sizeof(path))
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

int tb_memory_file(const char *name)
{
	const char *const folders[] = { "/dev/shm", tb_scratch_parent(), "/tmp" };
	int fd = memfd_create(name, MFD_CLOEXEC), err = errno;

	if (fd >= 0)
		return fd;
	if (!tb_is_refusal(err))
		return -err;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && fd < 0; i++)
		fd = removed_file(folders[i], name);
	return fd < 0 ? -err : fd;
}
