/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: what a run has so far, on disk.
 *
 * .STEM.journal holds a line of JSON for the run, one for each launch, and one
 * for the end; .STEM.numbers holds the launches' samples as raw doubles. Every
 * record is folded from its journal, whether its run ended well or was killed:
 * `recover` is the same path, taken later. The journal is locked while its run lives.
 */
#ifndef TB_JOURNAL_H
#define TB_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "publish.h"
#include "run/launch_shm.h"
#include "record/write.h"

struct tb_journal {
	int dir; /* of the record; not owned */
	char stem[TB_STEM_MAX];
	int fd, numbers_fd;
	uint64_t numbers; /* written so far */
};

/* Creates both files with `run` as the first line. 0 or -errno. */
int tb_journal_begin(struct tb_journal *journal, int dir, const char *stem, const json_t *run);
/*
 * Appends a launch of a row and its samples. Samples first: a line never names
 * what is not there. -EFBIG: more than TB_NUMBERS_MAX, and nothing is appended.
 */
int tb_journal_launch(struct tb_journal *journal, size_t row, const json_t *launch,
		      struct tb_launch_shm *shm);
/* {"end": {...}} */
int tb_journal_end(struct tb_journal *journal, const json_t *end);
int tb_journal_sync(struct tb_journal *journal);
void tb_journal_close(struct tb_journal *journal);
/* Removes both files, after the record is published. */
int tb_journal_remove(struct tb_journal *journal);

/*
 * Whose journal that is: -EWOULDBLOCK while its run lives, *pid its process (0: it
 * has not said yet); -ESRCH when it was left behind; -ENOENT when there is none.
 */
int tb_journal_owner(int dir, const char *stem, long *pid);

/* A journal that somebody left: -EWOULDBLOCK while its run lives. */
int tb_journal_open(struct tb_journal *journal, int dir, const char *stem);

/* What a journal says, line by line. */
struct tb_journal_reader {
	char *text; /* owned */
	size_t at, bytes;
	double *number; /* owned */
	size_t numbers;
	int err; /* -ENOMEM: there was a line, but no room for it */
};

int tb_journal_read(struct tb_journal *journal, struct tb_journal_reader *reader);
/* The next line; NULL at the end, and for a torn last line. The caller owns it. */
json_t *tb_journal_next(struct tb_journal_reader *reader);
void tb_journal_reader_free(struct tb_journal_reader *reader);

#endif
