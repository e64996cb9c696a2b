// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "publish.h"
#include "json.h"
#include "record/record.h"
#include "record/write.h"

static void file_name(const struct tb_journal *journal, const char *what, char *out, size_t bytes)
{
	snprintf(out, bytes, ".%s.%s", journal->stem, what);
}

static int open_file(struct tb_journal *journal, const char *what, int flags)
{
	char name[TB_STEM_MAX + 16];
	int fd;

	file_name(journal, what, name, sizeof(name));
	fd = openat(journal->dir, name, flags | O_CLOEXEC | O_NOFOLLOW, 0644);
	return fd < 0 ? -errno : fd;
}

static int open_both(struct tb_journal *journal, int flags)
{
	journal->fd = open_file(journal, "journal", flags);
	if (journal->fd < 0)
		return journal->fd;
	if (flock(journal->fd, LOCK_EX | LOCK_NB)) {
		int err = -errno;

		close(journal->fd);
		return err;
	}
	/* A run may have been killed before it created the second file. */
	journal->numbers_fd = open_file(journal, "numbers", flags | O_CREAT);
	if (journal->numbers_fd < 0) {
		close(journal->fd);
		return journal->numbers_fd;
	}
	return 0;
}

static int put_line(struct tb_journal *journal, const json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(17));
	size_t length;
	int err;

	if (!text)
		return -ENOMEM;
	length = strlen(text);
	text[length] =
		'\n'; /* in place of the NUL: one write, so that only the last line can be torn */
	err = tb_write_all(journal->fd, text, length + 1);
	free(text);
	return err;
}

/* Writes the PID first: a reader that finds the journal locked reads only that. */
static int put_first_line(struct tb_journal *journal, const json_t *run)
{
	json_t *line = json_pack("{s:I}", "pid", (json_int_t)getpid());
	int err = line && !json_object_update(line, (json_t *)run) ? put_line(journal, line)
								   : -ENOMEM;

	json_decref(line);
	return err;
}

int tb_journal_begin(struct tb_journal *journal, int dir, const char *stem, const json_t *run)
{
	int err;

	*journal = (struct tb_journal){ .dir = dir };
	snprintf(journal->stem, sizeof(journal->stem), "%s", stem);
	err = open_both(journal, O_RDWR | O_CREAT | O_EXCL | O_APPEND);
	if (err) {
		char name[TB_STEM_MAX + 16];

		file_name(journal, "journal", name, sizeof(name));
		if (journal->fd >= 0) /* we created it */
			unlinkat(dir, name, 0);
		return err;
	}
	err = put_first_line(journal, run);
	if (!err)
		err = tb_journal_sync(journal);
	if (err) {
		tb_journal_remove(journal);
		tb_journal_close(journal);
	}
	return err;
}

int tb_journal_open(struct tb_journal *journal, int dir, const char *stem)
{
	*journal = (struct tb_journal){ .dir = dir };
	snprintf(journal->stem, sizeof(journal->stem), "%s", stem);
	return open_both(journal, O_RDWR | O_APPEND);
}

int tb_journal_owner(int dir, const char *stem, long *pid)
{
	struct tb_journal journal = { .dir = dir };
	char text[32] = "";
	int fd, err;

	*pid = 0;
	snprintf(journal.stem, sizeof(journal.stem), "%s", stem);
	fd = open_file(&journal, "journal", O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return fd;
	err = flock(fd, LOCK_SH | LOCK_NB) ? -errno : -ESRCH;
	if (err == -EWOULDBLOCK && pread(fd, text, sizeof(text) - 1, 0) > 0)
		(void)sscanf(text, "{\"pid\":%ld", pid);
	close(fd);
	return err;
}

/* One metric: {"ungated": {"first", "count"}, ...}, or {"unavailable": reason}. */
static json_t *put_metric(struct tb_journal *journal, struct tb_launch_shm *shm, unsigned int m,
			  int *err)
{
	json_t *columns = json_object();

	if (shm->unavailable[m][0]) {
		json_decref(columns);
		return json_pack("{s:o}", "unavailable",
				 tb_text(shm->unavailable[m], strlen(shm->unavailable[m])));
	}
	for (int c = 0; c < TB_COLUMNS && !*err; c++) {
		uint32_t n = shm->count[m][c];

		*err = tb_write_all(journal->numbers_fd,
				    tb_launch_shm_column(shm, m, (enum tb_column)c),
				    n * sizeof(double));
		json_object_set_new(columns, tb_column_name((enum tb_column)c),
				    json_pack("{s:I,s:I}", "first", (json_int_t)journal->numbers,
					      "count", (json_int_t)n));
		journal->numbers += n;
	}
	return columns;
}

/* Readers accept no more numbers: the journal up to here can still become a record. */
static bool fits(const struct tb_journal *journal, const struct tb_launch_shm *shm)
{
	uint64_t numbers = journal->numbers;

	for (unsigned int m = 0; m < shm->metrics; m++)
		for (int c = 0; c < TB_COLUMNS; c++)
			numbers += shm->count[m][c];
	return numbers <= TB_NUMBERS_MAX;
}

int tb_journal_launch(struct tb_journal *journal, size_t row, const json_t *launch,
		      struct tb_launch_shm *shm)
{
	json_t *samples = json_array(), *line;
	int err = fits(journal, shm) ? 0 : -EFBIG;

	for (unsigned int m = 0; m < shm->metrics && !err; m++)
		json_array_append_new(samples, put_metric(journal, shm, m, &err));
	line = json_pack("{s:I,s:O,s:o}", "row", (json_int_t)row, "launch", launch, "samples",
			 samples);
	if (!err)
		err = line ? put_line(journal, line) : -ENOMEM;
	json_decref(line);
	return err;
}

int tb_journal_end(struct tb_journal *journal, const json_t *end)
{
	json_t *line = json_pack("{s:O}", "end", end);
	int err = line ? put_line(journal, line) : -ENOMEM;

	json_decref(line);
	return err ? err : tb_journal_sync(journal);
}

int tb_journal_sync(struct tb_journal *journal)
{
	if (fdatasync(journal->numbers_fd) || fdatasync(journal->fd))
		return -errno;
	return 0;
}

void tb_journal_close(struct tb_journal *journal)
{
	close(journal->fd);
	close(journal->numbers_fd);
}

int tb_journal_remove(struct tb_journal *journal)
{
	char name[TB_STEM_MAX + 16];

	/* Remove the journal last: recover and sweep find the files by it. */
	file_name(journal, "numbers", name, sizeof(name));
	if (unlinkat(journal->dir, name, 0) && errno != ENOENT)
		return -errno;
	file_name(journal, "journal", name, sizeof(name));
	return unlinkat(journal->dir, name, 0) && errno != ENOENT ? -errno : 0;
}

static int slurp(int fd, size_t limit, void **out, size_t *bytes)
{
	struct stat st;
	char *text;
	size_t have = 0;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTSUP;
	if ((size_t)st.st_size > limit)
		return -EFBIG;
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (have < (size_t)st.st_size) {
		ssize_t n = pread(fd, text + have, (size_t)st.st_size - have, (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			free(text);
			return err;
		}
		if (!n)
			break;
		have += (size_t)n;
	}
	text[have] = '\0';
	*out = text;
	*bytes = have;
	return 0;
}

int tb_journal_read(struct tb_journal *journal, struct tb_journal_reader *reader)
{
	const size_t limit = (size_t)4 << 30;
	void *text = NULL, *number = NULL;
	size_t bytes = 0;
	int err;

	*reader = (struct tb_journal_reader){ 0 };
	err = slurp(journal->fd, limit, &text, &reader->bytes);
	if (!err)
		err = slurp(journal->numbers_fd, limit, &number, &bytes);
	if (err) {
		free(text);
		return err;
	}
	reader->text = text;
	reader->number = number;
	reader->numbers = bytes / sizeof(double);
	return 0;
}

json_t *tb_journal_next(struct tb_journal_reader *reader)
{
	char *line = reader->text + reader->at;
	char *end = memchr(line, '\n', reader->bytes - reader->at);
	json_error_t error;
	json_t *json;

	if (!end)
		return NULL;
	json = json_loadb(line, (size_t)(end - line), 0, &error);
	if (!json && json_error_code(&error) == json_error_out_of_memory)
		reader->err = -ENOMEM;
	reader->at = (size_t)(end - reader->text) + 1;
	return json;
}

void tb_journal_reader_free(struct tb_journal_reader *reader)
{
	free(reader->text);
	free(reader->number);
	*reader = (struct tb_journal_reader){ 0 };
}
