/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The samples of a metric by percentile, far into the tail. */
#ifndef TB_PERCENTILES_H
#define TB_PERCENTILES_H

#include <stdio.h>

#include "record/record.h"

/* Whether the samples suffice for a point. */
bool tb_percentiles_any(const struct tb_record *record, const json_t *row, const json_t *metric);
/*
 * Writes a line "TAIL VALUE" a point, TAIL = 1/(1-q) from 1 upwards in steps of a
 * tenth, as long as ten samples lie beyond; VALUE in the metric's unit. Samples
 * are those of the summary's column, pooled over the launches that count: for
 * the picture, not for inference. "1 NaN" when there is no point, or no memory.
 */
void tb_percentiles_write(FILE *out, const struct tb_record *record, const json_t *row,
			  const json_t *metric);

#endif
