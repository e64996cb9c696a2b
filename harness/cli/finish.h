/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a command that measured: a table or JSON on stdout, the report, paths on stderr. */
#ifndef TB_FINISH_H
#define TB_FINISH_H

#include "cli/cli.h"
#include "record/record.h"
#include "run/session.h"

/* Prints the record's table, or the record with --json. TB_OK or TB_OUTPUT. */
enum tb_status tb_finish(struct tb_session *session, const struct tb_args *args,
			 const struct tb_record *record);
/* Prints on stderr: findings about the TSC, missing rights, the paths of record and report. */
void tb_finish_where(struct tb_session *session, const struct tb_args *args,
		     const struct tb_record *record);

bool tb_record_has(const struct tb_record *record, const char *status);	 /* any row */
bool tb_record_only(const struct tb_record *record, const char *status); /* all rows */
/* Whether a headline has no interval, or one wider than the target (0: 1 %). */
bool tb_record_imprecise(const struct tb_record *record, double target);

#endif
