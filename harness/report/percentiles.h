/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The percentiles of a metric's samples, far into the tail. */
#ifndef TB_PERCENTILES_H
#define TB_PERCENTILES_H

#include <stdio.h>

#include "record/record.h"

/* Whether there are enough samples for one point. */
bool tb_percentiles_any(const struct tb_record *record, const json_t *row, const json_t *metric);
/*
 * Writes one line "TAIL VALUE" for each point. TAIL = 1/(1-q) starts at 1 and grows by 10 % while
 * ten samples lie beyond. VALUE is in the metric's unit. The samples are those of the summary's
 * column, pooled over the launches that count: for the picture, not for inference. Writes "1 NaN"
 * if there is no point, or no memory.
 */
void tb_percentiles_write(FILE *out, const struct tb_record *record, const json_t *row,
			  const json_t *metric);

#endif
