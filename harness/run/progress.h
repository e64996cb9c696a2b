/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Progress on stderr. On a terminal one line that is redrawn between launches, never
 * during one; elsewhere a line every TB_PROGRESS_S seconds.
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
	const char *phase; /* of tb_progress_phase() */
	uint64_t begin_ns;
	uint64_t shown_ns; /* the last line that was not on a terminal */
};

void tb_progress_begin(struct tb_progress *progress, bool quiet, double budget_s);
/* Shows that `done` of about `total` launches are done, and the name of the next one. */
void tb_progress_show(struct tb_progress *progress, size_t done, size_t total, const char *next);
/* A begin of its own for work without launches: shows "drawing the report" on a terminal. */
void tb_progress_phase(struct tb_progress *progress, bool quiet, const char *text);
/* The same of work in steps, from its begin on: "drawing the report   42 %  about 3 s left". */
void tb_progress_step(struct tb_progress *progress, size_t done, size_t total);
/* Steps that are shown like this. */
struct tb_steps tb_progress_steps(struct tb_progress *progress);
/* Erases the line. Call it before anything else is printed. */
void tb_progress_end(struct tb_progress *progress);

#endif
