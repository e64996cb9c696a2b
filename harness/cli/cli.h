/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: subcommands, their options, and their exit statuses. */
#ifndef TB_CLI_H
#define TB_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench.h"
#include "error.h"
#include "record/record.h"
#include "run/variant.h"

/* Exit codes, as documented in tollbooth(1). */
enum tb_status {
	TB_OK = 0,
	TB_BENCH_FAILED = 1,
	TB_USAGE = 2,	     /* or an invalid record */
	TB_REGRESSION = 3,   /* --fail-on */
	TB_IMPRECISE = 4,    /* --strict */
	TB_REFUSED = 5,	     /* the environment does not allow it */
	TB_OUTPUT = 74,	     /* output could not be written */
	TB_OUT_OF_TIME = 75, /* a partial record is saved */
	TB_SKIPPED = 77,     /* all variants were skipped */
	TB_SIGNALLED = 128   /* plus the signal; a partial record is saved */
};

/* A search of `tune`. Families register their own. */
struct tb_cli;
struct tb_args;
struct tb_tune {
	const char *name; /* "l1d" */
	const char *summary;
	enum tb_status (*run)(const struct tb_cli *cli, const struct tb_args *args);
};

/* main() passes this to the harness, which knows no other benchmarks. */
struct tb_cli {
	const struct tb_bench *const *benches; /* ends with NULL, tunes too */
	const struct tb_tune *const *tunes;
	int argc;
	char **argv;
};

/* Options; option.c has one row for each. */
enum tb_option_id {
	TB_OPT_PARAM,
	TB_OPT_SUITE,
	TB_OPT_LAUNCHES,
	TB_OPT_ROUNDS,
	TB_OPT_SEED,
	TB_OPT_PRECISION,
	TB_OPT_BUDGET,
	TB_OPT_CPUS,
	TB_OPT_EVENTS,
	TB_OPT_LIST_EVENTS, /* --events of list, a flag */
	TB_OPT_MIN_EFFECT,
	TB_OPT_ALPHA,
	TB_OPT_ONLY_CHANGED,
	TB_OPT_SORT,
	TB_OPT_FORMAT,
	TB_OPT_FAIL_ON,
	TB_OPT_REFERENCE,
	TB_OPT_BASELINE,
	TB_OPT_SAVE_BASELINE,
	TB_OPT_ACROSS_CLASSES,
	TB_OPT_OUTPUT,
	TB_OPT_EXPORT_FORMAT,
	TB_OPT_JSON,
	TB_OPT_WIDE,
	TB_OPT_DRY_RUN,
	TB_OPT_NO_REPORT,
	TB_OPT_STRICT,
	TB_OPT_STRICT_DOCTOR, /* --strict of doctor */
	TB_OPT_QUIET,
	TB_OPT_HELP,
	TB_OPTIONS
};

enum { TB_OVERRIDES_MAX = 32 };

/* The parsed command line. */
struct tb_args {
	const char *value[TB_OPTIONS]; /* NULL: not given; "" for a flag */
	struct tb_override override[TB_OVERRIDES_MAX];
	size_t overrides;
	const char *const *name; /* the arguments without options; point into argv */
	size_t names;
};

struct tb_command {
	const char *name, *arguments, *summary;
	unsigned long options; /* bits of tb_option_id */
	enum tb_status (*run)(const struct tb_cli *cli, const struct tb_args *args);
};

#define TB_OPT(id) (1ul << (id))

struct tb_option {
	const char *name;
	char letter;	   /* 0: none */
	const char *value; /* NULL: a flag */
	const char *help;
};

extern const struct tb_option tb_options[TB_OPTIONS];
extern const struct tb_command *const tb_commands[];	    /* ends with NULL */
const struct tb_command *tb_find_command(const char *name); /* NULL: there is none */
extern const struct tb_command tb_command_list, tb_command_run, tb_command_show,
	tb_command_validate, tb_command_recover, tb_command_report, tb_command_tune,
	tb_command_export, tb_command_explain, tb_command_completion, tb_command_doctor,
	tb_command_compare, tb_command_aa_test, tb_command_module;

/* Parses argv[1..] after the subcommand. TB_OK, or TB_USAGE after an error message. */
enum tb_status tb_args_read(const struct tb_command *command, int argc, char **argv,
			    struct tb_args *args);
/*
 * Reads the number of an option, which must be whole if the value's name is N. TB_OK with *out (the
 * fallback when the option was not given), or TB_USAGE after an error message.
 */
enum tb_status tb_args_number(const struct tb_args *args, enum tb_option_id id, double fallback,
			      double lo, double hi, double *out);
/* `list --events [PMU]`: the events that run can count, and whether each is available here. */
enum tb_status tb_list_events(const struct tb_args *args);
/* A benchmark's parameters and metrics, for list and explain. New references. */
json_t *tb_describe_params(const struct tb_bench *bench);
json_t *tb_describe_metrics(const struct tb_bench *bench);
void tb_help_command(const struct tb_command *command);

/* Prints "tollbooth: ..." on stderr. Returns status. */
enum tb_status tb_say(enum tb_status status, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * Reports that stdout cannot be written, except for -EPIPE (its reader ended). Returns TB_OUTPUT.
 */
enum tb_status tb_say_stdout(int err);
/* Reads a record that the user named. TB_OK, or TB_USAGE after an error message. */
enum tb_status tb_read_record(const char *name, struct tb_record *record);
/* Maps -errno to an exit status: TB_REFUSED, TB_USAGE for bad input, or TB_OUTPUT. */
enum tb_status tb_status_of(int err);

/* Runs the subcommand in argv. Returns the exit status. */
int tb_main(const struct tb_cli *cli);

#endif
