/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command that measured ends: table or JSON on stdout, report, where things are. */
#ifndef TB_FINISH_H
#define TB_FINISH_H

#include "cli/cli.h"
#include "record/record.h"
#include "run/session.h"

/* The record's table, or the record itself with --json or -o -. */
enum tb_status tb_finish(struct tb_session *session, const struct tb_args *args,
			 const struct tb_record *record);
/* The last lines on stderr: an unstable TSC, what was lost on the way, where record and report are. */
void tb_finish_where(struct tb_session *session, const struct tb_args *args,
		     const struct tb_record *record);

bool tb_record_has(const struct tb_record *record, const char *status);	 /* any row */
bool tb_record_only(const struct tb_record *record, const char *status); /* all rows */
/* Whether a headline has no interval, or one wider than the target (0: 1 %). */
bool tb_record_imprecise(const struct tb_record *record, double target);

#endif
