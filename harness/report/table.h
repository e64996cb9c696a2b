/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as text for people. */
#ifndef TB_TABLE_H
#define TB_TABLE_H

#include <stdio.h>

#include "record/record.h"
#include "record/format.h"

/*
 * Machine, then a table a benchmark in lines of at most 100 columns, then skips and doubts,
 * grouped by their reason.
 */
void tb_table_print(FILE *out, const struct tb_record *record);
/*
 * All columns: intervals, ungated figures, references, quiet and n; a line for each doubtful row.
 */
void tb_table_print_wide(FILE *out, const struct tb_record *record);

#endif
