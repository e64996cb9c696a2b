/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For test_publish.c: a folder for each test, and system calls that fail or kill on demand. */
#ifndef TB_TEST_PUBLISH_FAKE_H
#define TB_TEST_PUBLISH_FAKE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "publish.h"

enum { BLOB = 150000 };

/*
 * The program's own definitions take precedence over libc's: they note each step (write,
 * fsync, close, rename, link, folder, kill), fail it on request, or die before it.
 */
static struct {
	char trace[32];
	size_t steps;
	long die_at; /* step; -1: never */
	char fail;   /* step's letter */
	int fail_errno;
	int fd; /* the file being published, -1: none */
	size_t chunk;
	bool interrupt, nothing; /* write() is interrupted once; takes nothing */
} fake = { .die_at = -1, .fd = -1 };

static int step(char letter)
{
	if ((long)fake.steps == fake.die_at)
		syscall(SYS_kill, getpid(), SIGKILL);
	if (fake.steps < sizeof(fake.trace) - 1)
		fake.trace[fake.steps] = letter;
	fake.steps++;
	if (letter != fake.fail)
		return 0;
	errno = fake.fail_errno;
	return -1;
}

int fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && step(S_ISDIR(st.st_mode) ? 'd' : 'f') < 0)
		return -1;
	return (int)syscall(SYS_fsync, fd);
}

int close(int fd)
{
	int failed = fd == fake.fd ? step('c') : 0;
	int error = errno, rc = (int)syscall(SYS_close, fd);

	if (failed)
		errno = error;
	return failed ? failed : rc;
}

int renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned int flags)
{
	if (step('r') < 0)
		return -1;
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags)
{
	if (step('l') < 0)
		return -1;
	return (int)syscall(SYS_linkat, from_fd, from, to_fd, to, flags);
}

int kill(pid_t pid, int sig)
{
	if (step('k') < 0)
		return -1;
	return (int)syscall(SYS_kill, pid, sig);
}

ssize_t write(int fd, const void *buf, size_t len)
{
	if (fake.interrupt) {
		fake.interrupt = false;
		errno = EINTR;
		return -1;
	}
	if (fake.nothing)
		return 0;
	return syscall(SYS_write, fd, buf, fake.chunk && len > fake.chunk ? fake.chunk : len);
}

static void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.die_at = -1;
	fake.fd = -1;
}

/* The folder of a test: a name, a descriptor. */
struct folder {
	char path[64];
	int fd;
};

static int setup(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));
	const char *parent = getenv("TMPDIR");

	fake_reset();
	if (!folder)
		return -1;
	snprintf(folder->path, sizeof(folder->path), "%.40s/tb-publish-XXXXXX",
		 parent ? parent : "/tmp");
	*state = folder;
	if (!mkdtemp(folder->path))
		return -1;
	folder->fd = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder->fd < 0 ? -1 : 0;
}

/* Calls each() for all files of the folder; returns their number. */
static int list(const struct folder *folder, void (*each)(int dirfd, const char *name))
{
	DIR *dir = opendir(folder->path);
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		n++;
		if (each)
			each(folder->fd, entry->d_name);
	}
	closedir(dir);
	return n;
}

static void remove_any(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) < 0)
		unlinkat(dirfd, name, AT_REMOVEDIR);
}

static int teardown(void **state)
{
	struct folder *folder = *state;

	fake_reset();
	list(folder, remove_any);
	close(folder->fd);
	rmdir(folder->path);
	free(folder);
	return 0;
}

static char blob_byte(size_t i)
{
	return (char)(i * 31 + i / 4096);
}

static int write_blob(int fd, void *arg)
{
	char chunk[1000];

	(void)arg;
	fake.fd = fd;
	for (size_t at = 0; at < BLOB; at += sizeof(chunk)) {
		int rc;

		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = blob_byte(at + i);
		rc = at % 50000 ? 0 : step('w');
		rc = rc ? -errno : tb_write_all(fd, chunk, sizeof(chunk));
		if (rc)
			return rc;
	}
	return 0;
}

static int write_given(int fd, void *arg)
{
	(void)fd;
	return *(int *)arg;
}

static void assert_whole(int dirfd, const char *name)
{
	static char read_back[BLOB + 1];
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, read_back, sizeof(read_back));
	close(fd);
	assert_int_equal(n, BLOB);
	for (size_t i = 0; i < BLOB; i++)
		if (read_back[i] != blob_byte(i))
			fail_msg("%s: byte %zu is wrong", name, i);
}

static void touch(int dirfd, const char *name)
{
	int fd = openat(dirfd, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(tb_write_all(fd, "kept", 4), 0);
	close(fd);
}

static bool exists(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

#endif
