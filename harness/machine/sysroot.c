// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/sysroot.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int tb_sysroot_open(const char *path, struct tb_sysroot *root)
{
	root->real = !path || !strcmp(path, "/");
	root->fd = open(path ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root->fd < 0 ? -errno : 0;
}

void tb_sysroot_close(struct tb_sysroot *root)
{
	if (root->fd >= 0)
		close(root->fd);
	root->fd = -1;
}

const struct tb_sysroot *tb_sysroot_or_here(const struct tb_sysroot *root, struct tb_sysroot *here)
{
	*here = (struct tb_sysroot){ .fd = -1 };
	if (root)
		return root;
	tb_sysroot_open(NULL, here);
	return here;
}

static int vpath(char path[PATH_MAX], const char *fmt, va_list args)
{
	int len = vsnprintf(path, PATH_MAX, fmt, args);

	return len < 0 || len >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int open_file(const struct tb_sysroot *root, const char *fmt, va_list args)
{
	char path[PATH_MAX];
	struct stat st;
	int fd, err = vpath(path, fmt, args);

	if (err)
		return err;
	/* A test's root may hold a pipe; it must not make us wait for a writer. */
	fd = openat(root->fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		err = -errno;
	else if (S_ISDIR(st.st_mode))
		err = -EISDIR;
	else if (!S_ISREG(st.st_mode))
		err = -ENXIO;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Reads until the end or until buf is full; /proc hands out its files in pieces. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int vtext(const struct tb_sysroot *root, char *buf, size_t size, const char *fmt,
		 va_list args)
{
	ssize_t len;
	int fd;

	if (!size)
		return -EINVAL;
	buf[0] = '\0';
	if (size > TB_SYSROOT_TEXT_MAX + 1)
		size = TB_SYSROOT_TEXT_MAX + 1;
	fd = open_file(root, fmt, args);
	if (fd < 0)
		return fd;
	len = read_all(fd, buf, size);
	close(fd);
	if (len == (ssize_t)size)
		len = -EFBIG;
	if (len < 0) {
		buf[0] = '\0';
		return (int)len;
	}
	while (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return (int)len;
}

int tb_sysroot_text(const struct tb_sysroot *root, char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vtext(root, buf, size, fmt, args);
	va_end(args);
	return len;
}

/* strtoull() alone takes a sign, leading blanks, rubbish behind and a NUL in the middle. */
static int digits_end(const char *text, size_t len)
{
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	if (!len || strspn(text, "0123456789") != len)
		return -EINVAL;
	return 0;
}

int tb_sysroot_parse_u64(const char *text, size_t len, uint64_t *value)
{
	unsigned long long number;
	int err = digits_end(text, len);

	if (err)
		return err;
	errno = 0;
	number = strtoull(text, NULL, 10);
	if (errno)
		return -ERANGE;
	*value = number;
	return 0;
}

int tb_sysroot_parse_i64(const char *text, size_t len, int64_t *value)
{
	long long number;
	int err = len && text[0] == '-' ? digits_end(text + 1, len - 1) : digits_end(text, len);

	if (err)
		return err;
	errno = 0;
	number = strtoll(text, NULL, 10);
	if (errno)
		return -ERANGE;
	*value = number;
	return 0;
}

int tb_sysroot_u64(const struct tb_sysroot *root, uint64_t *value, const char *fmt, ...)
{
	char buf[64];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vtext(root, buf, sizeof(buf), fmt, args);
	va_end(args);
	return len < 0 ? len : tb_sysroot_parse_u64(buf, (size_t)len, value);
}

int tb_sysroot_i64(const struct tb_sysroot *root, int64_t *value, const char *fmt, ...)
{
	char buf[64];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vtext(root, buf, sizeof(buf), fmt, args);
	va_end(args);
	return len < 0 ? len : tb_sysroot_parse_i64(buf, (size_t)len, value);
}

static int slurp_fd(int fd, size_t max, char **text, size_t *len)
{
	size_t room = 0;
	ssize_t got = 0;

	*text = NULL;
	*len = 0;
	/* The size that /proc and /sys state is 0 or a page: only reading tells. */
	do {
		char *more;

		room = room ? room * 4 : 16384;
		if (room > max)
			room = max;
		more = realloc(*text, room + 1);
		if (!more) {
			got = -ENOMEM;
			break;
		}
		*text = more;
		got = read_all(fd, *text + *len, room - *len);
		if (got > 0)
			*len += (size_t)got;
	} while (got > 0 && *len == room && room < max);
	if (got >= 0) {
		(*text)[*len] = '\0';
		return 0;
	}
	free(*text);
	*text = NULL;
	*len = 0;
	return (int)got;
}

int tb_sysroot_slurp(const struct tb_sysroot *root, size_t max, char **text, size_t *len,
		     const char *fmt, ...)
{
	va_list args;
	int fd, err;

	*text = NULL;
	*len = 0;
	va_start(args, fmt);
	fd = open_file(root, fmt, args);
	va_end(args);
	if (fd < 0)
		return fd;
	err = slurp_fd(fd, max, text, len);
	close(fd);
	return err;
}

bool tb_sysroot_has(const struct tb_sysroot *root, const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list args;
	int err;

	va_start(args, fmt);
	err = vpath(path, fmt, args);
	va_end(args);
	return !err && !faccessat(root->fd, path, F_OK, 0);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* gcc 12's analyzer loses the copy that the array owns, and calls it a leak. */
#ifndef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
/* Doubles the array whenever it is full: /proc of a large server holds many thousand names. */
static int append_name(char ***names, size_t *count, const char *name)
{
	bool full = !(*count & (*count - 1)); /* 0 or a power of two */
	char **more = full ? reallocarray(*names, *count ? *count * 2 : 1, sizeof(**names))
			   : *names;

	if (!more)
		return -ENOMEM;
	*names = more;
	more[*count] = strdup(name);
	if (!more[*count])
		return -ENOMEM;
	++*count;
	return 0;
}
#ifndef __clang__
#pragma GCC diagnostic pop
#endif

static int collect(DIR *dir, char ***names, size_t *count)
{
	for (;;) {
		const struct dirent *entry;
		int err;

		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		if (entry->d_name[0] == '.')
			continue;
		err = append_name(names, count, entry->d_name);
		if (err)
			return err;
	}
}

int tb_sysroot_names(const struct tb_sysroot *root, char ***names, size_t *count, const char *fmt,
		     ...)
{
	char path[PATH_MAX];
	va_list args;
	DIR *dir;
	int fd, err;

	*names = NULL;
	*count = 0;
	va_start(args, fmt);
	err = vpath(path, fmt, args);
	va_end(args);
	if (err)
		return err;
	fd = openat(root->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		err = -errno;
		close(fd);
		return err;
	}
	err = collect(dir, names, count);
	closedir(dir);
	if (err) {
		tb_sysroot_names_free(*names, *count);
		*names = NULL;
		*count = 0;
		return err;
	}
	if (*count)
		qsort(*names, *count, sizeof(**names), by_name);
	return 0;
}

void tb_sysroot_names_free(char **names, size_t count)
{
	while (count)
		free(names[--count]);
	free(names);
}
