/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a launch behind the functions of bench.h. */
#ifndef TB_TRIAL_H
#define TB_TRIAL_H

#include "bench.h"
#include "measure/counters.h"
#include "run/launch_shm.h"
#include "stats/random.h"

enum { TB_AREAS_MAX = 32 };

struct tb_trial {
	const struct tb_bench *bench;
	struct tb_launch_shm *shm;
	struct tb_random random;
	enum tb_column column;
	uint64_t taken;
	uint32_t disturbed;	      /* metrics of the current sample, one bit each */
	struct tb_counters *counters; /* during a counted sample, else NULL */
	double operations;	      /* of its window; 0: the benchmark marked no window */
	void *priv;
	struct {
		void *at;
		size_t bytes;
	} area[TB_AREAS_MAX];
	unsigned int areas;
};

void tb_trial_release(struct tb_trial *trial); /* unmaps its areas */

#endif
