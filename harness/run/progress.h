/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line on a terminal, redrawn between launches only. */
#ifndef TB_PROGRESS_H
#define TB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tb_progress {
	bool shown; /* stderr is a terminal and nobody said --quiet */
	uint64_t begin_ns;
	double budget_s;
};

void tb_progress_begin(struct tb_progress *progress, bool quiet, double budget_s);
/* done of about total launches; what comes next. */
void tb_progress_show(const struct tb_progress *progress, size_t done, size_t total,
		      const char *next);
void tb_progress_end(const struct tb_progress *progress);

#endif
