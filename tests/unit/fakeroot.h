/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A root folder made by a test and gone after it. Failures end the test program. */
#ifndef TB_FAKEROOT_H
#define TB_FAKEROOT_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/sysroot.h"

struct fakeroot {
	char path[64];
	struct tb_sysroot root;
};

static inline void fakeroot_need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static inline void fakeroot_open(struct fakeroot *fake)
{
	snprintf(fake->path, sizeof(fake->path), "/tmp/tollbooth-root-XXXXXX");
	fakeroot_need(mkdtemp(fake->path), fake->path);
	fakeroot_need(!tb_sysroot_open(fake->path, &fake->root), fake->path);
}

/* Makes the folders on the way; a path that ends in '/' is a folder itself. */
static inline void fakeroot_put(const struct fakeroot *fake, const char *path, const void *data,
				size_t len)
{
	char part[256];
	int fd;

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		mkdirat(fake->root.fd, part, 0755);
	}
	if (path[strlen(path) - 1] == '/')
		return;
	fd = openat(fake->root.fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	fakeroot_need(fd >= 0 && write(fd, data, len) == (ssize_t)len, path);
	close(fd);
}

static inline void fakeroot_text(const struct fakeroot *fake, const char *path, const char *text)
{
	fakeroot_put(fake, path, text, strlen(text));
}

static inline int fakeroot_remove(const char *path, const struct stat *st, int type,
				  struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void fakeroot_close(struct fakeroot *fake)
{
	tb_sysroot_close(&fake->root);
	fakeroot_need(!nftw(fake->path, fakeroot_remove, 16, FTW_DEPTH | FTW_PHYS), fake->path);
}

#endif
