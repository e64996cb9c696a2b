/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names that version 0.1 used in options and records, and their successors. */
#ifndef TB_RENAMED_H
#define TB_RENAMED_H

#include <jansson.h>

/*
 * The present name of what was called `name`; NULL if it was never renamed. `kind` is
 * "metric", "status", or the parameter of which `name` is a value.
 */
const char *tb_renamed(const char *kind, const char *name);

/* A renamed name of the record and its successor, "loop=seed is called loop=kvm"; "" for none. */
void tb_renamed_in_record(const json_t *record, char *out, size_t bytes);

#endif
