// SPDX-License-Identifier: GPL-2.0-or-later
/* A command line, an argument a line: options, numbers, CPUs, sizes, variants and events. */
#include <stdlib.h>
#include <string.h>

#include "benches.h"
#include "cli/cli.h"
#include "fuzz.h"
#include "measure/events.h"
#include "size.h"
#include "machine/cpu_list.h"

enum { ARGUMENTS_MAX = 400 };

/* The command in argv[0], or the first: where it stood does not matter here. */
static const struct tb_command *command_of(const char *name)
{
	for (int i = 0; tb_commands[i]; i++)
		if (!strcmp(tb_commands[i]->name, name))
			return tb_commands[i];
	return tb_commands[1];
}

static void read_variants(const struct tb_args *args)
{
	const struct tb_machine stage = { .cache = { 0, 48 << 10, 2 << 20, 32 << 20 },
					  .memory = 1 << 30 };

	for (size_t i = 0; tb_benches[i]; i++) {
		struct tb_variants variants = { 0 };
		struct tb_error why = { "" };

		tb_variants_add(&variants, tb_benches[i], tb_benches[i]->quick, args->override,
				args->overrides, &stage, &why);
		fuzz_inert(why.text, strlen(why.text));
		for (size_t v = 0; v < variants.n; v++) {
			char text[160];

			tb_variant_text(&variants.at[v], text, sizeof(text));
		}
		tb_variants_free(&variants);
	}
}

static void read_values(const struct tb_args *args)
{
	struct tb_error why = { "" };
	struct tb_events events;
	double number;
	size_t n;
	int *cpus;

	tb_args_number(args, TB_OPT_LAUNCHES, 10, 1, 10000, &number);
	fuzz_need((number >= 1 && number <= 10000) || args->value[TB_OPT_LAUNCHES],
		  "beyond its range");
	tb_args_number(args, TB_OPT_SEED, 1, 0, 9007199254740991.0, &number);
	tb_args_number(args, TB_OPT_BUDGET, 0, 0.1, 1e7, &number);
	if (args->value[TB_OPT_CPUS] &&
	    !tb_cpu_list_parse(args->value[TB_OPT_CPUS], &cpus, &n, NULL)) {
		for (size_t i = 0; i < n; i++)
			fuzz_need(cpus[i] >= 0 && cpus[i] < TB_CPUS_MAX_POSSIBLE, "no CPU");
		free(cpus);
	}
	if (args->value[TB_OPT_EVENTS])
		tb_events_read(args->value[TB_OPT_EVENTS], &events, &why);
	fuzz_inert(why.text, strlen(why.text));
	for (size_t i = 0; i < args->names; i++) {
		unsigned long size;

		tb_size_read(args->name[i], &size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[ARGUMENTS_MAX + 1], *text = malloc(size + 1), *rest = text, *word;
	struct tb_args *args = malloc(sizeof(*args));
	int argc = 0;

	memcpy(text, data, size);
	text[size] = '\0';
	while (argc < ARGUMENTS_MAX && (word = strsep(&rest, "\n")))
		argv[argc++] = word;
	argv[argc] = NULL;
	if (tb_args_read(command_of(argv[0]), argc, argv, args) == TB_OK) {
		read_values(args);
		read_variants(args);
	}
	free(args);
	free(text);
	return 0;
}
