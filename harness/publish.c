// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): renameat2
#include "publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_SUFFIX ".tmp"

int tb_write_all(int fd, const void *buf, size_t len)
{
	const char *at = buf;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/*
 * A writer locks its temporary file. The PID in the name is not enough: PIDs are reused, and each
 * PID namespace has its own.
 */
static bool has_writer(int dirfd, const char *temp)
{
	int fd = openat(dirfd, temp, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool locked;

	if (fd < 0)
		return false;
	locked = flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
	close(fd);
	return locked;
}

/* A dead process with our PID may have left this file: remove it and try once more. */
static int open_temp(int dirfd, const char *temp)
{
	const int flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC;
	int fd = openat(dirfd, temp, flags, 0644);

	if (fd < 0 && errno == EEXIST) {
		if (has_writer(dirfd, temp))
			return -EBUSY;
		if (unlinkat(dirfd, temp, 0) < 0 && errno != ENOENT)
			return -errno;
		fd = openat(dirfd, temp, flags, 0644);
		if (fd < 0 && errno == EEXIST)
			return -EBUSY;
	}
	if (fd < 0)
		return -errno;
	(void)flock(fd, LOCK_EX | LOCK_NB); /* without locks the PID must suffice */
	return fd;
}

static int fill(int fd, int (*write)(int fd, void *arg), void *arg)
{
	int rc = write(fd, arg);

	if (rc > 0)
		rc = -EIO;
	if (!rc && fsync(fd) < 0)
		rc = -errno;
	/* Network file systems may report a failed write only here. */
	if (close(fd) < 0 && !rc)
		rc = -errno;
	return rc;
}

static int rename_new(int dirfd, const char *temp, const char *name)
{
	if (renameat2(dirfd, temp, dirfd, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(dirfd, temp, dirfd, name, 0) < 0)
		return -errno;
	(void)unlinkat(dirfd, temp, 0); /* the file is published; a sweep removes a leftover */
	return 0;
}

int tb_publish(int dirfd, const char *name, int (*write)(int fd, void *arg), void *arg)
{
	char temp[NAME_MAX + 1];
	int fd, len, rc;

	if (!name[0] || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	len = snprintf(temp, sizeof(temp), ".%s.%ld" TEMP_SUFFIX, name, (long)getpid());
	if (len < 0 || (size_t)len >= sizeof(temp))
		return -ENAMETOOLONG;
	fd = open_temp(dirfd, temp);
	if (fd < 0)
		return fd;
	rc = fill(fd, write, arg);
	if (!rc)
		rc = rename_new(dirfd, temp, name);
	if (rc) {
		unlinkat(dirfd, temp, 0);
		return rc;
	}
	/* EINVAL: this file system has no fsync() for folders. */
	return fsync(dirfd) < 0 && errno != EINVAL ? -errno : 0;
}

/* The PID in a name .NAME.PID.tmp; 0: the name has another form. */
static pid_t temp_owner(const char *name)
{
	size_t len = strlen(name), digits = 0;
	long pid = 0;

	if (name[0] != '.' || len < sizeof(".n.1" TEMP_SUFFIX) - 1)
		return 0;
	len -= sizeof(TEMP_SUFFIX) - 1;
	if (strcmp(name + len, TEMP_SUFFIX) != 0)
		return 0;
	while (digits < len && name[len - digits - 1] >= '0' && name[len - digits - 1] <= '9')
		digits++;
	if (!digits || digits > 9 || len - digits < 3 || name[len - digits - 1] != '.')
		return 0;
	for (size_t i = len - digits; i < len; i++)
		pid = pid * 10 + (name[i] - '0');
	return (pid_t)pid;
}

static int sweep_one(int dirfd, const char *name)
{
	pid_t pid = temp_owner(name);
	struct stat st;

	if (pid <= 0 || kill(pid, 0) == 0 || errno != ESRCH)
		return 0;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (has_writer(dirfd, name))
		return 0;
	return unlinkat(dirfd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int tb_publish_sweep(int dirfd)
{
	/* A dup() would share the directory offset of dirfd. */
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		rc = -errno;
		close(fd);
		return rc;
	}
	for (;;) {
		const struct dirent *entry;
		int one;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		one = sweep_one(dirfd, entry->d_name);
		if (!rc)
			rc = one;
	}
	if (!rc)
		rc = -errno;
	closedir(dir);
	return rc;
}
