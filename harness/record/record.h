/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run record in memory: its JSON and its raw samples, wherever those lie on disk. */
#ifndef TB_RECORD_H
#define TB_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "json.h"

#define TB_RECORD_SCHEMA "tollbooth.run/2"

enum {
	TB_INLINE_MAX = 10000,	  /* numbers in the JSON itself; more go to the side file */
	TB_NUMBERS_MAX = 64 << 20 /* in a record; half a GiB */
};

struct tb_record {
	json_t *json;
	double *number; /* the side file's, or the journal's; NULL when all are inline */
	size_t numbers;
};

/*
 * Reads and checks a record and its side file: size limits, schema, sha256. The
 * name is opened relative to dir. 0; -EINVAL with the error said for what is
 * no valid record; -ENOENT: it, or its side file, is missing; -errno when it could not be read.
 */
int tb_record_read(int dir, const char *name, struct tb_record *record, struct tb_error *why);
/* The same, and every summary, check and status must follow from the samples. */
int tb_record_validate(const struct tb_record *record, struct tb_error *why);
void tb_record_free(struct tb_record *record);

/*
 * One launch's samples of a metric in a column ("ungated", "gated", "disturbed").
 * Sets *at to the numbers (inline ones are copied into *buffer, grown as needed)
 * and returns how many; 0 for null.
 */
size_t tb_record_samples(const struct tb_record *record, const json_t *metric, size_t launch,
			 const char *column, double **buffer, const double **at);

/* Where a row stands in words: "l1d/flush-user loop=kvm-lfence size=64K". */
void tb_row_text(const json_t *row, char *out, size_t bytes);

/* A record's JSON from a file. */

/*
 * The name is opened relative to dir. cuts: parts that nobody will look at, or
 * NULL for none. What was cut no longer fits the schema, so nothing but the name of
 * the schema is checked then, and the reader trusts no type. 0 with *json the
 * caller's; -EINVAL with the error said for what is no record, or -errno.
 */
int tb_load_json(int dir, const char *name, const struct tb_strip_rule *cuts, json_t **json,
		 struct tb_error *why);

#endif
