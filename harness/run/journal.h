/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: the results of a run so far, on disk.
 *
 * .STEM.journal holds one line of JSON for the run, one for each launch, and one for the end.
 * .STEM.numbers holds the samples of the launches as raw doubles. Each record is built from its
 * journal, even if the run ended normally; `recover` does the same for a killed run. The journal is
 * locked while its run lives.
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
	int dir; /* folder of the record; not owned */
	char stem[TB_STEM_MAX];
	int fd, numbers_fd;
	uint64_t numbers; /* doubles written so far */
};

/* Creates both files with `run` as the first line. 0 or -errno. */
int tb_journal_begin(struct tb_journal *journal, int dir, const char *stem, const json_t *run);
/*
 * Appends a launch of a row and its samples. Writes the samples first, so that each line refers to
 * existing samples. -EFBIG: more than TB_NUMBERS_MAX numbers; nothing is appended.
 */
int tb_journal_launch(struct tb_journal *journal, size_t row, const json_t *launch,
		      struct tb_launch_shm *shm);
/* Appends the last line, {"end": {...}}. */
int tb_journal_end(struct tb_journal *journal, const json_t *end);
int tb_journal_sync(struct tb_journal *journal);
void tb_journal_close(struct tb_journal *journal);
/* Removes both files, after the record is published. */
int tb_journal_remove(struct tb_journal *journal);

/*
 * The state of a journal: -EWOULDBLOCK if its run lives, with its process in *pid (0: not written
 * yet); -ESRCH if its run was killed; -ENOENT if there is no journal.
 */
int tb_journal_owner(int dir, const char *stem, long *pid);

/* Opens the journal of a killed run. 0 or -errno; -EWOULDBLOCK if its run lives. */
int tb_journal_open(struct tb_journal *journal, int dir, const char *stem);

/* Reads a journal line by line. */
struct tb_journal_reader {
	char *text; /* owned */
	size_t at, bytes;
	double *number; /* owned */
	size_t numbers;
	int err; /* -ENOMEM: memory was short for a line */
};

int tb_journal_read(struct tb_journal *journal, struct tb_journal_reader *reader);
/* The next line, owned by the caller. NULL at the end and for an incomplete last line. */
json_t *tb_journal_next(struct tb_journal_reader *reader);
void tb_journal_reader_free(struct tb_journal_reader *reader);

#endif
