// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cli.h"
static enum tb_status export(const struct tb_cli *cli, const struct tb_args *args)
{
	(void)cli; (void)args;
	return TB_USAGE;
}
const struct tb_command tb_command_export = { .name = "export", .arguments = "", .summary = "", .options = TB_OPT(TB_OPT_HELP), .run = export };
