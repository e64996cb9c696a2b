/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that set the verdicts and the exit status of a comparison. */
#ifndef TB_CLI_VERDICT_H
#define TB_CLI_VERDICT_H

#include "cli/cli.h"
#include "compare/comparison.h"

/* --fail-on slower[:PCT] */
struct tb_fail_policy {
	bool there;
	double least; /* smallest estimated loss of a failing row, as a share: 0.05 */
};

/* Reads --min-effect and --alpha. TB_OK, or TB_USAGE after an error message. */
enum tb_status tb_judge_read(const struct tb_args *args, struct tb_judge *judge);
enum tb_status tb_fail_policy_read(const struct tb_args *args, struct tb_fail_policy *gate);
/* TB_REGRESSION after a message if a row matches --fail-on, else TB_OK. */
enum tb_status tb_fail_policy_ask(const struct tb_fail_policy *gate, const struct tb_comparison *c);

#endif
