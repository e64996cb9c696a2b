/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options by which a comparison is judged, of all commands that compare. */
#ifndef TB_CLI_VERDICT_H
#define TB_CLI_VERDICT_H

#include "cli/cli.h"
#include "compare/comparison.h"

/* --fail-on slower[:PCT] */
struct tb_fail_policy {
	bool there;
	double least; /* estimated loss from which on a slower row fails: 0.05 */
};

/* --min-effect and --alpha: TB_OK, or TB_USAGE, said. */
enum tb_status tb_judge_read(const struct tb_args *args, struct tb_judge *judge);
enum tb_status tb_fail_policy_read(const struct tb_args *args, struct tb_fail_policy *gate);
/* TB_REGRESSION, said, when a row is what --fail-on names. */
enum tb_status tb_fail_policy_ask(const struct tb_fail_policy *gate, const struct tb_comparison *c);

#endif
