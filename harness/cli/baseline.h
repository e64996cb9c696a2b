/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run --save-baseline and --baseline: compares a run with an earlier one. */
#ifndef TB_CLI_BASELINE_H
#define TB_CLI_BASELINE_H

#include "cli/cli.h"
#include "run/session.h"

/* Checks the options before anything is measured. TB_OK, or TB_USAGE after an error message. */
enum tb_status tb_baseline_check(const struct tb_args *args);
/*
 * After the record was published: compares it with a baseline, and saves it as one.
 * The comparison goes to stdout, or to stderr if stdout holds a JSON document.
 * TB_OK, TB_REGRESSION by --fail-on, or TB_USAGE or TB_OUTPUT after an error message.
 */
enum tb_status tb_baseline_use(struct tb_session *session, const struct tb_args *args,
			       struct tb_record *record);

#endif
