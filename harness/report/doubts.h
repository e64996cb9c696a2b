/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TB_DOUBTS_H
#define TB_DOUBTS_H

#include <stdio.h>

#include "record/record.h"

/*
 * Prints skipped rows, failed checks and doubtful rows of a record, grouped by remedy and reason,
 * and the other runs, in lines of at most width columns. A null metric is reported if its column is
 * missing from the table because no row has a figure.
 */
void tb_doubts_print(FILE *out, const struct tb_record *record, size_t width);

#endif
