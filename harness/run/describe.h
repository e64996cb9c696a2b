/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The data of a run, as the JSON of its journal and record. The caller owns each result. */
#ifndef TB_DESCRIBE_H
#define TB_DESCRIBE_H

#include <jansson.h>

#include "measure/fingerprint.h"
#include "run/launch.h"
#include "run/variant.h"

/*
 * A row without launches: skipped with its reason, or about to run. resolution: TSC step in cycles,
 * 0: unknown. events: each becomes a metric; NULL: none.
 */
json_t *tb_describe_row(const struct tb_variant *variant, double resolution,
			const struct tb_events *events);
/* The requested events: [{name, encoding, reason}]. */
json_t *tb_describe_events(const struct tb_events *events);
/* The fingerprint of a CPU. An unknown value is null and has its reason in "nulls". */
json_t *tb_describe_fingerprint(int cpu, const struct tb_fingerprint *fingerprint);
/* One launch: the index counts in its row, seq in the run. */
json_t *tb_describe_launch(const struct tb_launch *launch, const struct tb_launch_shm *shm,
			   size_t index, size_t seq);
/* Now, UTC, milliseconds: "2026-11-21T20:44:41.123Z". */
void tb_time_text(char *out, size_t bytes);
/* UUID version 7 (RFC 9562): sorts by time and identifies no machine. 0 or -errno. */
int tb_run_id(char out[37]);

#endif
