/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that version 0.1 used in options and records, and their replacements. */
#ifndef TB_RENAMED_H
#define TB_RENAMED_H

#include <jansson.h>

/*
 * The new name of `name`, or NULL if it was not renamed. `kind` is "metric", "status", or the
 * parameter that has the value `name`.
 */
const char *tb_renamed(const char *kind, const char *name);

/* Writes the first renamed name in the record, "loop=seed is called loop=kvm", or "". */
void tb_renamed_in_record(const json_t *record, char *out, size_t bytes);

#endif
