/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No metric of a launch is null without a reason. */
#ifndef TB_NULLS_H
#define TB_NULLS_H

#include "run/launch.h"
#include "run/launch_shm.h"

/*
 * Looks at the metrics that have neither a sample nor a reason. Where the harness knows the reason,
 * it is set. Otherwise the benchmark is wrong: a launch that ended well fails.
 */
void tb_launch_nulls(const struct tb_bench *bench, struct tb_launch_shm *shm,
		     struct tb_launch *launch);

#endif
