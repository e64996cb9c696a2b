/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress on stderr. On a terminal it is one line, redrawn between launches and never during one.
 * Elsewhere it is a new line every TB_PROGRESS_S seconds.
 */
#ifndef TB_PROGRESS_H
#define TB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "steps.h"

enum { TB_PROGRESS_S = 10 };

struct tb_progress {
	bool quiet;    /* --quiet: nothing is shown */
	bool terminal; /* stderr is a terminal that can erase a line */
	size_t drawn;  /* columns of the line on the terminal */
	double budget_s;
	const char *phase; /* text of tb_progress_phase() */
	uint64_t begin_ns;
	uint64_t shown_ns; /* time of the last line, if stderr is no terminal */
};

void tb_progress_begin(struct tb_progress *progress, bool quiet, double budget_s);
/* Shows that `done` of about `total` launches are done, and the name of the next one. */
void tb_progress_show(struct tb_progress *progress, size_t done, size_t total, const char *next);
/* For work without launches, instead of begin: shows "drawing the report" on a terminal. */
void tb_progress_phase(struct tb_progress *progress, bool quiet, const char *text);
/* For work in steps, after the phase: shows "drawing the report   42 %  about 3 s left". */
void tb_progress_step(struct tb_progress *progress, size_t done, size_t total);
/* Steps whose show() calls tb_progress_step(). */
struct tb_steps tb_progress_steps(struct tb_progress *progress);
/* Erases the line. Call it before any other output. */
void tb_progress_end(struct tb_progress *progress);

#endif
