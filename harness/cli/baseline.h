/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run --save-baseline and --baseline: a run against an earlier one. */
#ifndef TB_CLI_BASELINE_H
#define TB_CLI_BASELINE_H

#include "cli/cli.h"
#include "run/session.h"

/* Says what is wrong with the options before anything is measured: TB_OK or TB_USAGE. */
enum tb_status tb_baseline_check(const struct tb_args *args);
/*
 * After the record was published: keeps it as a baseline, and compares it with one.
 * The comparison goes to stdout; to stderr where stdout holds a JSON document.
 * TB_OK, TB_REGRESSION by --fail-on, TB_USAGE or TB_OUTPUT, said.
 */
enum tb_status tb_baseline_use(struct tb_session *session, const struct tb_args *args,
			       struct tb_record *record);

#endif
