// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of all options, and the parser that uses it. */
#include "cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/terminal.h"
#include "text/wrap.h"
#include "run/value.h"

const struct tb_option tb_options[TB_OPTIONS] = {
	[TB_OPT_PARAM] = { "param", 'p', "NAME=V1,V2",
			   "values of a parameter; the others get their defaults" },
	[TB_OPT_SUITE] = { "suite", 0, "quick|full",
			   "quick: fixed variants, 10 launches; full: many more, to 1 %" },
	[TB_OPT_LAUNCHES] = { "launches", 0, "N", "at most N launches of each variant" },
	[TB_OPT_ROUNDS] = { "rounds", 0, "N", "at most N rounds in each launch" },
	[TB_OPT_SEED] = { "seed", 0, "N", "random seed of the order of variants and of all data" },
	[TB_OPT_PRECISION] = { "precision", 0, "PCT",
			       "stop a variant when its interval is within PCT per cent" },
	[TB_OPT_BUDGET] = { "time-budget", 0, "S", "start no launch after S seconds" },
	[TB_OPT_CPUS] = { "cpus", 0, "LIST", "use only these CPUs: 1,4-5" },
	[TB_OPT_EVENTS] = { "events", 0, "E1,E2",
			    "count these in separate samples; see list --events" },
	[TB_OPT_LIST_EVENTS] = { "events", 0, NULL,
				 "print the events that run can count; with PMU, all of its events" },
	[TB_OPT_MIN_EFFECT] = { "min-effect", 0, "PCT",
				"differences within PCT count as equivalent (default 2)" },
	[TB_OPT_ALPHA] = { "alpha", 0, "SHARE", "false-positive rate (default 0.05)" },
	[TB_OPT_ONLY_CHANGED] = { "only-changed", 0, NULL, "print only rows that changed" },
	[TB_OPT_SORT] = { "sort", 0, "record|name|ratio", "order of rows" },
	[TB_OPT_FORMAT] = { "format", 0, "table|md|json|csv", "output format" },
	[TB_OPT_FAIL_ON] = { "fail-on", 0, "slower[:PCT]",
			     "exit with 3 when a row is slower, by at least PCT" },
	[TB_OPT_REFERENCE] = { "reference", 0, "NAME|A",
			       "compare the others with this one (default A, the first)" },
	[TB_OPT_BASELINE] = { "baseline", 0, "FILE|NAME", "compare the run with this record" },
	[TB_OPT_SAVE_BASELINE] = { "save-baseline", 0, "FILE|NAME",
				   "save a copy of the record for --baseline" },
	[TB_OPT_ACROSS_CLASSES] = { "across-classes", 0, NULL,
				    "compare records of different classes, too" },
	[TB_OPT_OUTPUT] = { "output", 'o', "FILE|FOLDER|-",
			    "destination; an existing file is never replaced" },
	[TB_OPT_EXPORT_FORMAT] = { "format", 0, "plot|csv|json|gbench",
				   "output format: plot writes a folder, the others one text" },
	[TB_OPT_JSON] = { "json", 0, NULL, "print one JSON document instead of a table" },
	[TB_OPT_WIDE] = { "wide", 0, NULL,
			  "print all columns and every reason, in lines of any length" },
	[TB_OPT_DRY_RUN] = { "dry-run", 'n', NULL, "print the plan and run nothing" },
	[TB_OPT_NO_REPORT] = { "no-report", 0, NULL, "write no HTML report beside the record" },
	[TB_OPT_STRICT] = { "strict", 0, NULL, "exit with 4 when a variant missed --precision" },
	[TB_OPT_STRICT_DOCTOR] = { "strict", 0, NULL,
				   "exit with 1 when a finding spoils measurements" },
	[TB_OPT_QUIET] = { "quiet", 'q', NULL, "print no progress" },
	[TB_OPT_HELP] = { "help", 'h', NULL, "print this help" },
};

enum tb_status tb_say(enum tb_status status, const char *fmt, ...)
{
	static const char prefix[] = "tollbooth: ";
	size_t width = SIZE_MAX;
	char text[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Arguments and file names may hold any characters; the message stays one line. */
	tb_make_inert(text);
	fputs(prefix, stderr);
	if (tb_terminal_able(STDERR_FILENO))
		width = tb_terminal_columns(STDERR_FILENO);
	if (strlen(prefix) + strlen(text) > width)
		tb_wrap(stderr, text, strlen(prefix), 2, width);
	else
		fprintf(stderr, "%s\n", text);
	return status;
}

enum tb_status tb_say_stdout(int err)
{
	/* -EPIPE: a reader such as head(1) ended. This is no error. */
	if (err && err != -EPIPE)
		tb_say(TB_OUTPUT, "standard output: %s", strerror(-err));
	return TB_OUTPUT;
}

enum tb_status tb_status_of(int err)
{
	if (err == -EREMOTE || err == -ENOSYS) /* hwloc describes another machine; no /proc */
		return TB_REFUSED;
	return err == -EINVAL || err == -EEXIST || err == -ENOENT ? TB_USAGE : TB_OUTPUT;
}

/* The tables of getopt_long(), with the options of one command. */
struct getopt_tables {
	struct option longs[TB_OPTIONS + 1];
	char shorts[3 * TB_OPTIONS];
};

static void fill_tables(const struct tb_command *command, struct getopt_tables *t)
{
	int n = 0;
	char *s = t->shorts;

	memset(t, 0, sizeof(*t));
	*s++ = ':'; /* report a missing value and an unknown option differently */
	for (int id = 0; id < TB_OPTIONS; id++) {
		const struct tb_option *o = &tb_options[id];

		if (!(command->options & TB_OPT(id)))
			continue;
		t->longs[n++] = (struct option){ o->name,
						 o->value ? required_argument : no_argument, NULL,
						 256 + id };
		if (o->letter) {
			*s++ = o->letter;
			if (o->value)
				*s++ = ':';
		}
	}
}

static int id_of(int found)
{
	if (found >= 256)
		return found - 256;
	for (int id = 0; id < TB_OPTIONS; id++)
		if (tb_options[id].letter == found)
			return id;
	return -1;
}

static enum tb_status refuse_option(const struct tb_command *command, const char *typed,
				    bool valueless)
{
	const char *names[TB_OPTIONS], *near;
	size_t n = 0;

	if (valueless)
		return tb_say(TB_USAGE, "%s needs a value; see tollbooth %s --help", typed,
			      command->name);
	for (int id = 0; id < TB_OPTIONS; id++)
		if (command->options & TB_OPT(id))
			names[n++] = tb_options[id].name;
	near = !strncmp(typed, "--", 2) ? tb_nearest(typed + 2, names, n) : NULL;
	if (near)
		return tb_say(TB_USAGE, "%s has no option %s; did you mean --%s?", command->name,
			      typed, near);
	return tb_say(TB_USAGE, "%s has no option %s; see tollbooth %s --help", command->name,
		      typed, command->name);
}

enum tb_status tb_args_read(const struct tb_command *command, int argc, char **argv,
			    struct tb_args *args)
{
	struct getopt_tables tables;
	char letter[3] = "";
	int found;

	memset(args, 0, sizeof(*args));
	fill_tables(command, &tables);
	opterr = 0;
	optind = 0; /* glibc: discards the state of an earlier command line */
	while ((found = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		int id = id_of(found);

		/*
		 * For letters in one word getopt returns the letter, and optind still points to the
		 * word.
		 */
		if ((found == '?' || found == ':') && optopt && optopt < 256)
			snprintf(letter, sizeof(letter), "-%c", optopt);
		if (found == '?' || found == ':')
			return refuse_option(command, letter[0] ? letter : argv[optind - 1],
					     found == ':');
		if (id == TB_OPT_PARAM && args->overrides == TB_OVERRIDES_MAX)
			return tb_say(TB_USAGE, "-p is given more than %d times", TB_OVERRIDES_MAX);
		/*
		 * The last value of an option is used. A second list would silently replace the
		 * first.
		 */
		if (args->value[id] && (id == TB_OPT_CPUS || id == TB_OPT_EVENTS))
			return tb_say(TB_USAGE, "--%s is given twice; write one list: --%s %s,%s",
				      tb_options[id].name, tb_options[id].name, args->value[id],
				      optarg);
		if (id == TB_OPT_PARAM)
			args->override[args->overrides++].text = optarg;
		args->value[id] = optarg ? optarg : "";
	}
	/* getopt_long() has moved the names after the options. */
	args->name = (const char *const *)argv + optind;
	args->names = (size_t)(argc - optind);
	return TB_OK;
}

enum tb_status tb_args_number(const struct tb_args *args, enum tb_option_id id, double fallback,
			      double lo, double hi, double *out)
{
	const char *text = args->value[id];
	bool whole = !strcmp(tb_options[id].value, "N");
	char *end;

	*out = fallback;
	if (!text)
		return TB_OK;
	*out = strtod(text, &end);
	/* A decimal comma, a unit, a second number or a fraction of a launch is refused. */
	if (end == text || *end || !(*out >= lo && *out <= hi) || (whole && *out != floor(*out)))
		return tb_say(TB_USAGE, "--%s %s: must be a%s number from %g to %g",
			      tb_options[id].name, text, whole ? " whole" : "", lo, hi);
	return TB_OK;
}

void tb_help_command(const struct tb_command *command)
{
	printf("usage: tollbooth %s %s\n\n%s\n\n", command->name, command->arguments,
	       command->summary);
	for (int id = 0; id < TB_OPTIONS; id++) {
		const struct tb_option *o = &tb_options[id];
		char left[64];

		if (!(command->options & TB_OPT(id)))
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
			 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
			 o->value ? " " : "", o->value ? o->value : "");
		printf("  %-30s  %s\n", left, o->help);
	}
}
