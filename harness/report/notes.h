/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TB_NOTES_H
#define TB_NOTES_H

#include <stdio.h>

#include "record/record.h"

/* Prints a line for each doubt, null and skipped row; nothing without any. */
void tb_notes_print(FILE *out, const struct tb_record *record);
/* Prints a line for each CPU on which other runs measured at the same time. */
void tb_notes_other_runs(FILE *out, const struct tb_record *record);
/* Prints status and reason of these rows (NULL: none). Each line begins with `who`. */
void tb_notes_rows(FILE *out, const char *who, const json_t *rows);

#endif
