// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/clock.h"

void tb_progress_begin(struct tb_progress *progress, bool quiet, double budget_s)
{
	const char *term = getenv("TERM");

	progress->shown = !quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb");
	progress->begin_ns = tb_clock_ns();
	progress->budget_s = budget_s;
}

void tb_progress_show(const struct tb_progress *progress, size_t done, size_t total,
		      const char *next)
{
	double spent = (double)(tb_clock_ns() - progress->begin_ns) / 1e9;
	double left = done ? spent / (double)done * (double)(total - done) : 0;

	if (!progress->shown)
		return;
	if (progress->budget_s > 0 && left > progress->budget_s - spent)
		left = progress->budget_s > spent ? progress->budget_s - spent : 0;
	if (done)
		fprintf(stderr, "\r\033[K%3zu %%  %zu of %zu launches, about %.0f s left  %.60s",
			100 * done / total, done, total, left, next);
	else
		fprintf(stderr, "\r\033[K  0 %%  %zu launches to make  %.60s", total, next);
}

void tb_progress_end(const struct tb_progress *progress)
{
	if (progress->shown)
		fputs("\r\033[K", stderr);
}
