/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes records. */
#ifndef TB_WRITE_H
#define TB_WRITE_H

#include "record/record.h"

enum { TB_STEM_MAX = 128 }; /* of a record's name without .json */

/*
 * Publishes STEM.json, and before it STEM.samples.zst if the samples exceed TB_INLINE_MAX. Never
 * replaces a file: -EEXIST. 0, or -errno with *why set.
 */
int tb_record_publish(struct tb_record *record, int dir, const char *stem, struct tb_error *why);
/* Replaces every {first, count} in the record by the numbers. 0 or -ENOMEM. */
int tb_record_inline(struct tb_record *record);
/* Writes JSON to fd, the only way to write a record. 0 or -errno. */
int tb_record_write(const json_t *json, int fd);

#endif
