/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TB_NOTES_H
#define TB_NOTES_H

#include <stdio.h>

#include "record/record.h"

/* Doubts, nulls and skips of all rows, a line each; nothing when there are none. */
void tb_notes_print(FILE *out, const struct tb_record *record);
/* Runs on the same CPUs at the same time, a line a CPU. */
void tb_notes_other_runs(FILE *out, const struct tb_record *record);
/* Of these rows (NULL: none) status and reason only, each line begun with who. */
void tb_notes_rows(FILE *out, const char *who, const json_t *rows);

#endif
