// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth export: a record's figures for other programs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "report/plotdata.h"

/* Not export(): clang-format takes that for the keyword of C++. */
static enum tb_status export_record(const struct tb_cli *cli, const struct tb_args *args)
{
	const char *folder = args->value[TB_OPT_OUTPUT];
	struct tb_series series[TB_PLOTS];
	struct tb_record record;
	enum tb_status status;
	int dir = -1, err = 0;

	(void)cli;
	if (args->names != 1 || !folder)
		return tb_say(TB_USAGE, "export needs one record, and a folder with -o");
	status = tb_read_record(args->name[0], &record);
	if (status != TB_OK)
		return status;
	if (mkdir(folder, 0755) && errno != EEXIST)
		err = -errno;
	if (!err) {
		dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = dir < 0 ? -errno : tb_plot_export(&record, dir, series);
	}
	if (dir >= 0)
		close(dir);
	tb_record_free(&record);
	if (err)
		return err == -EEXIST
			       ? tb_say(TB_USAGE,
					"%s holds an export already: choose another folder", folder)
			       : tb_say(TB_OUTPUT, "%s: %s", folder, strerror(-err));
	printf("in that folder:\n");
	for (int i = 0; i < TB_PLOTS; i++)
		printf("cd %s && gnuplot %s.gp > %s.svg\n", folder, tb_plots[i].name,
		       tb_plots[i].name);
	return TB_OK;
}

const struct tb_command tb_command_export = {
	.name = "export",
	.arguments = "RECORD -o FOLDER",
	.summary = "write the data of a record's plots, with the scripts that draw them",
	.options = TB_OPT(TB_OPT_OUTPUT) | TB_OPT(TB_OPT_HELP),
	.run = export_record,
};
