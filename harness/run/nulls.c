// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/nulls.h"

#include <stdio.h>

static bool has_samples(const struct tb_tray *tray, unsigned int m)
{
	for (int c = 0; c < TB_COLUMNS; c++)
		if (tray->count[m][c])
			return true;
	return false;
}

/* The reason, if it is the harness's own; else false. */
static bool set_reason(const struct tb_bench *bench, struct tb_tray *tray, unsigned int m)
{
	if (m >= tb_bench_metrics(bench)) {
		snprintf(tray->lack[m], TB_TEXT,
			 "the counter was not on the PMU throughout any sample: others use it");
		return true;
	}
	if (tray->rounds >= bench->metrics[m].trials)
		return false;
	snprintf(tray->lack[m], TB_TEXT,
		 "one sample is %u trials and the launch made %u rounds; use more --rounds",
		 bench->metrics[m].trials, tray->rounds);
	return true;
}

void tb_launch_nulls(const struct tb_bench *bench, struct tb_tray *tray, struct tb_launch *launch)
{
	/* A launch that broke off has a reason of its own, and maybe an unusable tray. */
	if (launch->exit > TB_EXIT_DISTURBED)
		return;
	for (unsigned int m = 0; m < tray->metrics; m++) {
		if (tray->lack[m][0] || has_samples(tray, m) || set_reason(bench, tray, m) ||
		    launch->exit != TB_EXIT_OK)
			continue;
		launch->exit = TB_EXIT_ERROR;
		snprintf(launch->reason, sizeof(launch->reason),
			 "%s has no sample and the benchmark gives no reason",
			 bench->metrics[m].name);
		return;
	}
}
