/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record's figures as a flat table: for spreadsheets, R, pandas, jq. */
#ifndef TB_FLAT_H
#define TB_FLAT_H

#include <stdio.h>

#include "record/record.h"

/* First column of every line; raised when a column changes its name or meaning. */
#define TB_FLAT_FORMAT "tollbooth.flat/1"

/*
 * An array of objects, one for each metric of each row, all with the same keys in the same order. A
 * skipped row is one object without a metric. Unknown values are null. Each parameter has a key
 * param_NAME. A new reference; NULL: out of memory.
 */
json_t *tb_flat(const struct tb_record *record);

/*
 * The same as CSV with a line of names, as in RFC 4180 except that lines end with LF. null is an
 * empty cell. Text is ASCII, with a ' before text that a spreadsheet would read as a formula.
 */
void tb_flat_csv(FILE *out, const json_t *flat);

#endif
