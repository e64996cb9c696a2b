// SPDX-License-Identifier: GPL-2.0-or-later
/* The option table, completion and the manual list exactly the same options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/complete.h"

static const struct tb_param params[] = {
	{ .name = "way", .values = "steady|so-so", .fallback = "steady", .help = "how" },
	{ .name = "size", .values = "4K..1M/4K", .fallback = "64K", .help = "how much" },
	{ 0 }
};
static const struct tb_param other_params[] = {
	{ .name = "way", .values = "steady|so-so", .fallback = "steady", .help = "how" },
	{ .name = "depth", .values = "1..9", .fallback = "1", .help = "how deep" },
	{ 0 }
};
static const char *const none[] = { NULL };
static const struct tb_bench one = {
	.name = "fake/one", .summary = "1", .params = params, .quick = none, .full = none
};
static const struct tb_bench two = {
	.name = "fake/two", .summary = "2", .params = other_params, .quick = none, .full = none
};
static const struct tb_bench lone = { .name = "lone/three",
				      .summary = "3",
				      .params = other_params + 2,
				      .quick = none,
				      .full = none };
static const struct tb_bench *const benches[] = { &one, &two, &lone, NULL };
static const struct tb_tune find = { .name = "find", .summary = "4" };
static const struct tb_tune *const tunes[] = { &find, NULL };
static const struct tb_cli cli = { .benches = benches, .tunes = tunes };

enum { WORDS = 16 };

/* The candidates of a line, one a line without what they mean; the caller frees it. */
static char *completed(const char *line)
{
	const char *word[WORDS];
	char copy[256], *text = NULL, *to, *rest = copy;
	size_t bytes, words = 0;
	FILE *out = open_memstream(&text, &bytes);

	snprintf(copy, sizeof(copy), "%s", line);
	while (rest && words < WORDS)
		word[words++] = strsep(&rest, " ");
	assert_null(rest);
	tb_complete(&cli, word, words, out);
	fclose(out);
	to = text;
	for (char *from = text; *from; from++) {
		if (*from == '\t')
			from += strcspn(from, "\n");
		*to++ = *from;
	}
	*to = '\0';
	return text;
}

static void check(const char *line, const char *want)
{
	char *got = completed(line);

	if (strcmp(got, want) != 0)
		fail_msg("'%s' becomes\n%snot\n%s", line, got, want);
	free(got);
}

#define FAKES "fake\nfake/one\nfake/two\n"
#define ALL   FAKES "lone\nlone/three\n"

static void test_names(void **state)
{
	(void)state;
	check("ru", "run\n");
	check("re", "report\nrecover\n");
	check("nosuch", "");
	check("--v", "--version\n");
	check("run ", ALL);
	check("explain fa", FAKES);
	check("list fake/t", "fake/two\n");
	check("run lone ", ALL);
	check("nosuch ", "");
	check("show ", "FILE\n");
	check("export a.json", "FILE\n");
	check("recover ", "FOLDER\n");
	check("completion ", "bash\nzsh\nfish\n");
	check("tune ", "find\n");
	check("run -- ", ALL);
	check("run -- --su", "");
}

static void test_values(void **state)
{
	(void)state;
	check("run --suite ", "quick\nfull\n");
	check("run --suite f", "full\n");
	check("run --suite=", "--suite=quick\n--suite=full\n");
	check("run --suite=q", "--suite=quick\n");
	check("run --suite quick ", ALL);
	check("run --suite=quick ", ALL);
	check("run --seed ", "");
	check("run --seed=", "");
	check("run -o ", "FILE\n-\n");
	check("run -qo ", "FILE\n-\n");
	check("run -oout ", ALL);
	check("run --output ", "FILE\n-\n");
	check("run --json ", ALL);
	check("run --json=", "");
	check("export a --format ", "plot\ncsv\njson\ngbench\n");
	/* A flag there, with a value here. */
	check("list --events ", ALL);
	check("run --events page-f", "page-faults\n");
	check("run --events cycles,page-f", "cycles,page-faults\n");
}

static void test_params(void **state)
{
	(void)state;
	check("run -p ", "way=\nsize=\ndepth=\n");
	check("run --param s", "size=\n");
	check("run --param=s", "--param=size=\n");
	check("run -p way=", "way=steady\nway=so-so\n");
	check("run -p way=so", "way=so-so\n");
	check("run -p way=steady,", "way=steady,steady\nway=steady,so-so\n");
	check("run --param=way=s", "--param=way=steady\n--param=way=so-so\n");
	check("run -p size=", "size=64K\n");
	check("run -p wa=", "");
	/* Of the benchmarks that are named. */
	check("run fake/one -p ", "way=\nsize=\n");
	check("run fake/two -p ", "way=\ndepth=\n");
	check("run lone -p ", "");
	check("run -p way=steady -p de", "depth=\n");
}

/* Every option of every command, and no other. */
static void test_options(void **state)
{
	(void)state;
	for (int i = 0; tb_commands[i]; i++) {
		const struct tb_command *command = tb_commands[i];
		char line[64], want[1024] = "";

		for (int id = 0; id < TB_OPTIONS; id++)
			if (command->options & TB_OPT(id))
				snprintf(want + strlen(want), sizeof(want) - strlen(want), "--%s\n",
					 tb_options[id].name);
		snprintf(line, sizeof(line), "%s -", command->name);
		check(line, want);
	}
}

static char *manual(void)
{
	char *text = calloc(1, 1 << 17);
	FILE *file = fopen(TB_TEST_DATA "/../../docs/man/tollbooth.1.scd", "r");

	assert_non_null(text);
	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 17) - 1, file) > 1000);
	fclose(file);
	return text;
}

/* The headings of a section, without their marks: "list [NAME...]", "-q, --quiet". Returns how many. */
static size_t headings(const char *text, const char *section, char heading[64][128])
{
	size_t n = 0, used = 0;

	text = strstr(text, section);
	assert_non_null(text);
	text += strlen(section);
	for (; *text && strncmp(text, "\n# ", 3) != 0; text++) {
		if (*text != '\n' || text[1] != '*')
			continue;
		for (used = 0; *++text != '\n' && used < 127;)
			if (*text != '*' && *text != '_' && *text != '\\')
				heading[n][used++] = *text;
		heading[n++][used] = '\0';
		assert_true(n < 64);
		text--;
	}
	return n;
}

static void check_heading(char heading[64][128], size_t *n, const char *want)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(heading[i], want)) {
			memmove(heading[i], heading[--*n], sizeof(heading[0]));
			return;
		}
	fail_msg("the manual has no \"%s\"", want);
}

static void test_manual_commands(void **state)
{
	char heading[64][128], want[256], *text = manual();
	size_t n = headings(text, "# COMMANDS\n", heading);

	(void)state;
	for (int i = 0; tb_commands[i]; i++) {
		snprintf(want, sizeof(want), "%s%s%s", tb_commands[i]->name,
			 *tb_commands[i]->arguments ? " " : "", tb_commands[i]->arguments);
		check_heading(heading, &n, want);
	}
	if (n)
		fail_msg("the manual has a command \"%s\"", heading[0]);
	free(text);
}

/* Options of the same words in two commands share a heading. */
static bool told_before(int id)
{
	const struct tb_option *o = &tb_options[id];

	for (int i = 0; i < id; i++)
		if (!strcmp(tb_options[i].name, o->name) && !tb_options[i].value == !o->value &&
		    (!o->value || !strcmp(tb_options[i].value, o->value)))
			return true;
	return false;
}

static void test_manual_options(void **state)
{
	char heading[64][128], want[256], *text = manual();
	size_t n = headings(text, "# OPTIONS\n", heading);

	(void)state;
	for (int id = 0; id < TB_OPTIONS; id++) {
		const struct tb_option *o = &tb_options[id];
		char letter[8] = "";

		if (told_before(id))
			continue;
		if (o->letter)
			snprintf(letter, sizeof(letter), "-%c, ", o->letter);
		snprintf(want, sizeof(want), "%s--%s%s%s", letter, o->name, o->value ? " " : "",
			 o->value ? o->value : "");
		check_heading(heading, &n, want);
	}
	if (n)
		fail_msg("the manual has an option \"%s\"", heading[0]);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),		cmocka_unit_test(test_values),
		cmocka_unit_test(test_params),		cmocka_unit_test(test_options),
		cmocka_unit_test(test_manual_commands), cmocka_unit_test(test_manual_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
