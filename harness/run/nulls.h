/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ensures that each metric without a value has a reason. */
#ifndef TB_NULLS_H
#define TB_NULLS_H

#include "run/launch.h"
#include "run/launch_shm.h"

/*
 * Handles the metrics that have neither a sample nor a reason. Sets the reason if the harness knows
 * it. Otherwise the benchmark has a defect, and a launch that ended normally fails.
 */
void tb_launch_nulls(const struct tb_bench *bench, struct tb_launch_shm *shm,
		     struct tb_launch *launch);

#endif
