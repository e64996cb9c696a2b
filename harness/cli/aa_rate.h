/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often compare calls a difference where there is none, by machine: aa-test measures it, compare
 * quotes it. Kept in $XDG_STATE_HOME/tollbooth/aa-test.json, else ~/.local/state/tollbooth.
 */
#ifndef TB_AA_RATE_H
#define TB_AA_RATE_H

#include <stddef.h>

#include "compare/aa.h"
#include "compare/gather.h"

/* Keeps the result of aa-test on this record for its machine; the last one counts. 0 or -errno. */
int tb_aa_rate_keep(const json_t *record, const struct tb_aa *aa);

/*
 * For each machine of the sides {"machine", "tested_at", "run_id", "rows", "comparisons", "called"};
 * "called" is null where aa-test has no result. NULL: out of memory.
 */
json_t *tb_aa_rates(const struct tb_sides *sides);
/* One of them as a sentence. */
void tb_aa_rate_text(const json_t *rate, char *out, size_t bytes);

#endif
