// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cli.h"
static enum tb_status tune(const struct tb_cli *cli, const struct tb_args *args)
{
	(void)cli; (void)args;
	return TB_USAGE;
}
const struct tb_tune l1d_tune = { "l1d", "", tune };
