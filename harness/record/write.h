/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record on its way to disk. */
#ifndef TB_WRITE_H
#define TB_WRITE_H

#include "record/record.h"

enum { TB_STEM_MAX = 128 }; /* of a record's name without .json */

/*
 * Publishes STEM.json, and STEM.samples.zst before it when the samples are many.
 * Never replaces a file: -EEXIST.
 */
int tb_record_publish(struct tb_record *record, int dir, const char *stem, struct tb_error *why);
/* Replaces every {first, count} by the numbers. 0 or -ENOMEM. */
int tb_record_inline(struct tb_record *record);
/* The one way a record is written. */
int tb_record_write(const json_t *json, int fd);

#endif
