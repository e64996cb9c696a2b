// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/nulls.h"

#include <stdio.h>

static bool has_samples(const struct tb_launch_shm *shm, unsigned int m)
{
	for (int c = 0; c < TB_COLUMNS; c++)
		if (shm->count[m][c])
			return true;
	return false;
}

/* Sets the reason if the harness knows it; else returns false. */
static bool set_reason(const struct tb_bench *bench, struct tb_launch_shm *shm, unsigned int m)
{
	if (m >= tb_bench_metrics(bench)) {
		snprintf(shm->unavailable[m], TB_TEXT,
			 "the event lost the PMU in each sample: other programs use the counters");
		return true;
	}
	if (shm->rounds >= bench->metrics[m].trials)
		return false;
	snprintf(shm->unavailable[m], TB_TEXT,
		 "one sample needs %u trials, and the launch made %u rounds; use more --rounds",
		 bench->metrics[m].trials, shm->rounds);
	return true;
}

void tb_launch_nulls(const struct tb_bench *bench, struct tb_launch_shm *shm,
		     struct tb_launch *launch)
{
	/* A failed launch has its own reason, and its shared memory may be unusable. */
	if (launch->exit > TB_EXIT_DISTURBED)
		return;
	for (unsigned int m = 0; m < shm->metrics; m++) {
		if (shm->unavailable[m][0] || has_samples(shm, m) || set_reason(bench, shm, m) ||
		    launch->exit != TB_EXIT_OK)
			continue;
		launch->exit = TB_EXIT_ERROR;
		snprintf(launch->reason, sizeof(launch->reason),
			 "%s has no sample and the benchmark gives no reason",
			 bench->metrics[m].name);
		return;
	}
}
