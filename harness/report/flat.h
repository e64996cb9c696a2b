/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record's figures as a table of the plainest kind: for spreadsheets, R, pandas, jq. */
#ifndef TB_FLAT_H
#define TB_FLAT_H

#include <stdio.h>

#include "record/record.h"

/* First column of every line; raised when a column changes its name or meaning. */
#define TB_FLAT_FORMAT "tollbooth.flat/1"

/*
 * An array of objects, one for each metric of each row, all with the same keys in
 * the same order; a row that was skipped is one object without a metric. What is
 * not known is null. A parameter is a key of its own, param_NAME. A new
 * reference; NULL when short of memory.
 */
json_t *tb_flat(const struct tb_record *record);

/*
 * The same as CSV with a line of names, by RFC 4180 but for line ends, which are
 * LF. null is an empty cell. Text is ASCII, and where a spreadsheet would take it
 * for a formula a ' stands before it.
 */
void tb_flat_csv(FILE *out, const json_t *flat);

#endif
