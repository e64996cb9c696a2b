/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The false-positive rate of compare, for each machine. aa-test measures it, compare prints it. It
 * is saved in $XDG_STATE_HOME/tollbooth/aa-test.json, or in ~/.local/state/tollbooth.
 */
#ifndef TB_AA_RATE_H
#define TB_AA_RATE_H

#include <stddef.h>

#include "compare/aa.h"
#include "compare/gather.h"

/* Saves the result of aa-test for the record's machine, in place of an earlier one. 0 or -errno. */
int tb_aa_rate_keep(const json_t *record, const struct tb_aa *aa);

/*
 * Returns for each machine of the sides {"machine", "tested_at", "run_id", "rows", "comparisons",
 * "called"}. "called" is null for a machine without a result. A new reference; NULL: out of memory.
 */
json_t *tb_aa_rates(const struct tb_sides *sides);
/* Formats one of these objects as a sentence. */
void tb_aa_rate_text(const json_t *rate, char *out, size_t bytes);

#endif
