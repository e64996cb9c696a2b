// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/publish.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "record/json.h"
#include "record/samples.h"

#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): renameat2

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
 * A writer holds a lock on its temporary file, since a process's number alone
 * does not tell: it comes round again, and other PID namespaces have their own.
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

/* Where a dead process of our own number left the file behind, it is in the way once. */
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
	(void)flock(fd, LOCK_EX | LOCK_NB); /* where there are no locks, the number must do */
	return fd;
}

static int fill(int fd, int (*write)(int fd, void *arg), void *arg)
{
	int rc = write(fd, arg);

	if (rc > 0)
		rc = -EIO;
	if (!rc && fsync(fd) < 0)
		rc = -errno;
	/* Network file systems report a failed write no earlier than here. */
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
	(void)unlinkat(dirfd, temp, 0); /* published all the same; a sweep takes what stays */
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

/* The PID of a name .NAME.PID.tmp, or 0: not one of ours. */
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
	/* Not a dup(): that would share dirfd's place in the listing. */
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

typedef int (*each_range)(json_t *entry, const char *column, const json_t *range, void *arg);

/* Every {first, count} of a record. */
static int for_ranges(const json_t *record, each_range each, void *arg)
{
	json_t *row, *metric, *entry;
	size_t r, m, l;
	int err = 0;

	json_array_foreach(json_object_get(record, "benchmarks"), r, row)
		json_array_foreach(json_object_get(row, "metrics"), m, metric)
			json_array_foreach(json_object_get(metric, "samples"), l, entry)
				for (int c = 0; c < TB_COLUMNS && !err; c++) {
					const json_t *range = json_object_get(
						entry, tb_column_name((enum tb_column)c));

					if (json_is_object(range))
						err = each(entry, tb_column_name((enum tb_column)c),
							   range, arg);
				}
	return err;
}

static int inline_range(json_t *entry, const char *column, const json_t *range, void *arg)
{
	const struct tb_record *record = arg;
	const double *x = record->number + (size_t)tb_json_number(range, "first", 0);
	size_t n = (size_t)tb_json_number(range, "count", 0);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		if (json_array_append_new(array, json_real(x[i])))
			return -ENOMEM;
	return json_object_set_new(entry, column, array) ? -ENOMEM : 0;
}

static int count_range(json_t *entry, const char *column, const json_t *range, void *arg)
{
	(void)entry;
	(void)column;
	*(size_t *)arg += (size_t)tb_json_number(range, "count", 0);
	return 0;
}

int tb_record_inline(struct tb_record *record)
{
	int err = for_ranges(record->json, inline_range, record);

	free(record->number);
	record->number = NULL;
	record->numbers = 0;
	return err;
}

int tb_record_write(const json_t *json, int fd)
{
	/* ASCII: a foreign record's U+009B or U+202E would command the terminal of `show --json`. */
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17) | JSON_ENSURE_ASCII);
	int err = text ? tb_write_all(fd, text, strlen(text)) : -ENOMEM;

	free(text);
	return err ? err : tb_write_all(fd, "\n", 1);
}

struct side {
	const struct tb_record *record;
	json_t *description;
};

static int write_side(int fd, void *arg)
{
	struct side *side = arg;
	struct tb_samples_writer *writer = NULL;
	int err = tb_samples_open(fd, &writer);

	if (err)
		return err;
	err = tb_samples_put(writer, side->record->number, side->record->numbers);
	if (!err)
		err = tb_samples_finish(writer, &side->description);
	else
		tb_samples_abort(writer);
	return err;
}

static int write_json(int fd, void *arg)
{
	return tb_record_write(arg, fd);
}

static int publish_side(struct tb_record *record, int dir, const char *name)
{
	struct side side = { record, NULL };
	int err = tb_publish(dir, name, write_side, &side);

	if (err) {
		json_decref(side.description);
		return err;
	}
	json_object_set_new(side.description, "file", json_string(name));
	json_object_set_new(record->json, "samples_file", side.description);
	return 0;
}

/*
 * A disk that lies and a library that was short of memory leave a file all the
 * same. Whoever publishes throws away afterwards what the record was made of.
 */
static int read_back(int dir, const char *name, struct tb_error *why)
{
	struct tb_error detail = { "" };
	struct tb_record there;
	int err = tb_record_read(dir, name, &there, &detail);

	if (!err) {
		err = tb_record_validate(&there, &detail);
		tb_record_free(&there);
	}
	return err ? tb_error(why, -EIO, "%s does not read back as it should: %s", name,
			      detail.text[0] ? detail.text : strerror(-err))
		   : 0;
}

int tb_record_publish(struct tb_record *record, int dir, const char *stem, struct tb_error *why)
{
	char name[TB_STEM_MAX + 16], side[TB_STEM_MAX + 16];
	size_t numbers = 0;
	int err;

	for_ranges(record->json, count_range, &numbers);
	snprintf(name, sizeof(name), "%s.json", stem);
	snprintf(side, sizeof(side), "%s.samples.zst", stem);
	/* The side file first: a record that is there is whole. */
	err = numbers > TB_INLINE_MAX ? publish_side(record, dir, side) : tb_record_inline(record);
	if (err)
		return tb_error(why, err, "%s: %s", side, strerror(-err));
	err = tb_publish(dir, name, write_json, record->json);
	/* The name is another record's, which knows nothing of these samples. */
	if (err == -EEXIST && numbers > TB_INLINE_MAX)
		unlinkat(dir, side, 0);
	if (err)
		return tb_error(why, err, "%s: %s", name, strerror(-err));
	err = read_back(dir, name, why);
	if (err) {
		unlinkat(dir, name, 0);
		if (numbers > TB_INLINE_MAX)
			unlinkat(dir, side, 0);
	}
	return err;
}
