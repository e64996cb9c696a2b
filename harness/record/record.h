/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run record in memory: its JSON and its raw samples. */
#ifndef TB_RECORD_H
#define TB_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "json.h"

#define TB_RECORD_SCHEMA "tollbooth.run/2"

enum {
	TB_INLINE_MAX = 10000,	  /* numbers in the JSON; with more all go to the side file */
	TB_NUMBERS_MAX = 64 << 20 /* in a record; half a GiB */
};

struct tb_record {
	json_t *json;
	double *number; /* the side file's, or the journal's; NULL when all are inline */
	size_t numbers;
};

/*
 * Reads and checks a record and its side file: size limits, schema, sha256. The name is relative to
 * dir. 0; -EINVAL: not a valid record; -ENOENT: the record or its side file is missing; or -errno
 * of a read. *why is set.
 */
int tb_record_read(int dir, const char *name, struct tb_record *record, struct tb_error *why);
/* Checks that every summary, check and status follows from the samples. 0, -EINVAL or -ENOMEM. */
int tb_record_validate(const struct tb_record *record, struct tb_error *why);
void tb_record_free(struct tb_record *record);

/*
 * The samples of one launch of a metric in a column ("ungated", "gated", "disturbed"). Sets *at to
 * the numbers and returns their count; 0 for null. Inline numbers are copied into *buffer, which
 * grows as needed and which the caller frees.
 */
size_t tb_record_samples(const struct tb_record *record, const json_t *metric, size_t launch,
			 const char *column, double **buffer, const double **at);

/* A row as text: "l1d/flush-user loop=kvm-lfence size=64K". */
void tb_row_text(const json_t *row, char *out, size_t bytes);

/*
 * Loads a record's JSON from a file. The name is relative to dir. cuts: parts to leave out while
 * parsing, or NULL. A record with cuts no longer fits the schema, so only the schema's name is
 * checked, and the caller must check every type. 0, and the caller owns *json; -EINVAL with *why
 * set: not a record; or -errno.
 */
int tb_load_json(int dir, const char *name, const struct tb_strip_rule *cuts, json_t **json,
		 struct tb_error *why);

#endif
