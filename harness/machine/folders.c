// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/folders.h"

#include <pwd.h>
#include <sys/stat.h>
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

int tb_make_folders(const char *path)
{
	char part[4096];

	for (size_t i = 1; path[i - 1]; i++) {
		if (path[i] && path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int tb_home_folder(char *out, size_t bytes)
{
	const char *home = getenv("HOME");
	struct passwd user, *found = NULL;
	char text[4096];

	if ((!home || home[0] != '/') && !getpwuid_r(getuid(), &user, text, sizeof(text), &found) &&
	    found)
		home = user.pw_dir;
	if (!home || home[0] != '/')
		return -ENOENT;
	snprintf(out, bytes, "%s", home);
	return 0;
}

int tb_default_folder(char *out, size_t bytes)
{
	char program[4096], marker[4200];
	const char *xdg = getenv("XDG_DATA_HOME");
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	program[n] = '\0';
	/* CHECKOUT/build/tollbooth, or a preset's CHECKOUT/build/asan/tollbooth. */
	for (int up = 0; up < 3 && (slash = strrchr(program, '/')); up++) {
		*slash = '\0';
		snprintf(marker, sizeof(marker), "%s/results/tollbooth.run-2.schema.json", program);
		if (up && !access(marker, F_OK)) {
			snprintf(out, bytes, "%s/results/local", program);
			return 0;
		}
	}
	if (xdg && xdg[0] == '/')
		snprintf(out, bytes, "%s/tollbooth", xdg);
	else if (!tb_home_folder(program, sizeof(program)))
		snprintf(out, bytes, "%s/.local/share/tollbooth", program);
	else
		return -ENOENT;
	return 0;
}
