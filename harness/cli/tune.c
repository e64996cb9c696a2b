// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth tune: runs a search of a family */
#include <string.h>

#include "cli/cli.h"

static enum tb_status tune(const struct tb_cli *cli, const struct tb_args *args)
{
	const char *names[16];
	size_t n = 0;

	for (; n < 16 && cli->tunes[n]; n++) {
		names[n] = cli->tunes[n]->name;
		if (args->names == 1 && !strcmp(args->name[0], names[n]))
			return cli->tunes[n]->run(cli, args);
	}
	if (args->names != 1)
		return tb_say(TB_USAGE, "tune needs one name: %s", n ? names[0] : "there is none");
	return tb_say(TB_USAGE, "no search '%s'; tune has %s", args->name[0],
		      n ? names[0] : "nothing");
}

const struct tb_command tb_command_tune = {
	.name = "tune",
	.arguments = "SEARCH [options]",
	.summary = "find the best parameters on this machine, and rate those of the kernel",
	.options = TB_OPT(TB_OPT_SEED) | TB_OPT(TB_OPT_CPUS) | TB_OPT(TB_OPT_OUTPUT) |
		   TB_OPT(TB_OPT_JSON) | TB_OPT(TB_OPT_NO_REPORT) | TB_OPT(TB_OPT_QUIET) |
		   TB_OPT(TB_OPT_HELP),
	.run = tune,
};
