// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "record/record.h"
#include "record/format.h"
#include "run/worker.h"
#include "machine/program.h"
#include "run/value.h"

const struct tb_command *const tb_commands[] = {
	&tb_command_list,     &tb_command_explain,    &tb_command_doctor,
	&tb_command_run,      &tb_command_tune,	      &tb_command_show,
	&tb_command_compare,  &tb_command_aa_test,    &tb_command_report,
	&tb_command_validate, &tb_command_recover,    &tb_command_export,
	&tb_command_module,   &tb_command_completion, NULL
};

const struct tb_command *tb_find_command(const char *name)
{
	for (int i = 0; tb_commands[i]; i++)
		if (!strcmp(tb_commands[i]->name, name))
			return tb_commands[i];
	return NULL;
}

static void help(FILE *out)
{
	fputs("usage: tollbooth COMMAND [options]\n\n"
	      "Measures the cost of three x86 Linux kernel mechanisms and verifies that each one has\n"
	      "its effect. tollbooth list prints the benchmarks.\n\n",
	      out);
	for (int i = 0; tb_commands[i]; i++)
		fprintf(out, "  %-10s %s\n", tb_commands[i]->name, tb_commands[i]->summary);
	fputs("\nDetails: tollbooth COMMAND --help, and man tollbooth.\n", out);
}

static enum tb_status unknown_command(const char *name)
{
	const char *names[32], *near;
	size_t n = 0;

	for (; tb_commands[n]; n++)
		names[n] = tb_commands[n]->name;
	near = tb_nearest(name, names, n);
	if (near)
		return tb_say(TB_USAGE, "no command '%s'; did you mean '%s'?", name, near);
	return tb_say(TB_USAGE, "no command '%s'; see tollbooth --help", name);
}

static enum tb_status version(void)
{
	json_t *tool = tb_program();
	char text[256];

	if (!tool)
		return tb_say(TB_OUTPUT, "%s", strerror(ENOMEM));
	tb_tool_text(tool, text, sizeof(text));
	puts(text);
	json_decref(tool);
	return TB_OK;
}

static enum tb_status dispatch(const struct tb_cli *cli)
{
	const struct tb_command *command;
	struct tb_args args;
	enum tb_status status;

	if (cli->argc < 2) {
		help(stderr);
		return TB_USAGE;
	}
	if (!strcmp(cli->argv[1], "--help") || !strcmp(cli->argv[1], "-h") ||
	    !strcmp(cli->argv[1], "help")) {
		help(stdout);
		return TB_OK;
	}
	if (!strcmp(cli->argv[1], "--version")) {
		return version();
	}
	command = tb_find_command(cli->argv[1]);
	if (!command)
		return unknown_command(cli->argv[1]);
	status = tb_args_read(command, cli->argc - 1, cli->argv + 1, &args);
	if (status != TB_OK)
		return status;
	if (args.value[TB_OPT_HELP]) {
		tb_help_command(command);
		return TB_OK;
	}
	return command->run(cli, &args);
}

/*
 * A file that got the number of a closed stream would be written to. /dev/null is read-only here.
 */
static void fill_closed_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)open("/dev/null", O_RDONLY);
}

int tb_main(const struct tb_cli *cli)
{
	enum tb_status status;

	fill_closed_streams();
	/*
	 * A parent may leave SIGCHLD ignored. Then the kernel reaps children, and waitpid() fails.
	 */
	signal(SIGCHLD, SIG_DFL);

	if (cli->argc == 2 && !strcmp(cli->argv[1], "worker"))
		return tb_worker_main(cli->benches);
	/* Only LC_CTYPE: in every locale numbers are written and read with a decimal point. */
	setlocale(LC_CTYPE, "");
	/* A full disk or a closed pipe is an error to report, not a reason to die. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	status = dispatch(cli);
	errno = 0;
	if (fflush(stdout) || ferror(stdout))
		return (int)tb_say_stdout(-errno);
	return (int)status;
}
