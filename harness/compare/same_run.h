/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of a record are one run: its launches count once. */
#ifndef TB_SAME_RUN_H
#define TB_SAME_RUN_H

#include <jansson.h>
#include <stdbool.h>

#include "compare/gather.h"

/* Whether the side has a record with this one's run id. */
bool tb_same_run_in(const struct tb_side *side, const json_t *record);

/*
 * Appends to the array of texts a warning for each side that was given copies, and for each two
 * sides that have a run in common. 0 or -ENOMEM.
 */
int tb_same_run_warn(const struct tb_sides *sides, json_t *warnings);

#endif
