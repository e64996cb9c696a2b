// SPDX-License-Identifier: GPL-2.0-or-later
/* Other commands: their exit codes, and the plan of run. */
#include "cli_help.h"

#define GOLDEN "data/golden/"

/* A golden record in which something is changed. */
static void put_changed(const char *name, const char *path, const char *key, json_t *value)
{
	json_t *record = json_load_file(GOLDEN "flush.json", 0, NULL);

	assert_non_null(record);
	assert_int_equal(json_object_set_new(json_path(record, path), key, value), 0);
	json_dump_file(record, name, 0);
	json_decref(record);
}

/* One that is not valid among others: the exit code tells, whichever it is. */
static void validated(void **state)
{
	(void)state;
	put_changed("figure.json", "benchmarks.0.metrics.0.summary", "estimate", json_real(1.5));
	put_changed("shape.json", "suite", "seed", json_string("none"));
	ends("validate " GOLDEN "flush.json " GOLDEN "skipped.json", TB_OK, "");
	ends("validate figure.json", TB_USAGE, "does not follow from the samples");
	ends("validate shape.json", TB_USAGE, "suite.seed");
	ends("validate figure.json " GOLDEN "flush.json", TB_USAGE, "does not follow");
	assert_non_null(strstr(world.out, "flush.json: valid"));
	ends("validate " GOLDEN "flush.json figure.json", TB_USAGE, "does not follow");
	ends("validate none.json", TB_USAGE, "none.json");
	ends("validate", TB_USAGE, "needs a record");
	ends("show " GOLDEN "flush.json", TB_OK, "");
	ends("show shape.json", TB_USAGE, "suite.seed");
	ends("show none.json", TB_USAGE, "none.json");
}

static void put_file(const char *name)
{
	FILE *file = fopen(name, "w");

	fputs("mine\n", file);
	fclose(file);
}

static void is_mine(const char *name)
{
	char line[16] = "";
	FILE *file = fopen(name, "r");

	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_string_equal(line, "mine\n");
}

/* Nothing that is there is ever replaced, and that is the user's error. */
static void replaces_nothing(void **state)
{
	(void)state;
	put_file("there.json");
	ends("export " GOLDEN "flush.json --format json -o there.json", TB_USAGE, "never replaces");
	ends("export " GOLDEN "flush.json --format csv -o there.json", TB_USAGE, "never replaces");
	ends("report " GOLDEN "flush.json -o there.json", TB_USAGE, "never replaces");
	ends("run fake/one -o there.json", TB_USAGE, "there.json");
	ends("run fake/one --save-baseline ./there.json -o new.json", TB_USAGE,
	     "a baseline is never replaced");
	is_mine("there.json");
	assert_int_equal(access("new.json", F_OK), -1);
	ends("export " GOLDEN "flush.json --format json -o new.json", TB_OK, "");
	ends("export " GOLDEN "flush.json --format json -o no/new.json", TB_USAGE, "no/new.json");
	ends("export " GOLDEN "flush.json --format xml", TB_USAGE, "must be plot, csv");
	ends("export " GOLDEN "flush.json", TB_USAGE, "a folder with -o");
	ends("report", TB_USAGE, "needs a record");
	ends("recover none", TB_USAGE, "none");
	ends("recover .", TB_OK, "0 records recovered");
}

static void numbers(void **state)
{
	static const char *const wrong[] = {
		"--launches 0",	   "--launches 10001", "--launches 1.5",
		"--launches x",	   "--launches 3x",    "--rounds 7",
		"--seed -1",	   "--seed 0.5",       "--precision 0",
		"--precision 101", "--precision 1,5",  "--time-budget 0",
		"--suite large",   "--fail-on slower", "--baseline none.json",
	};
	char words[128];

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		snprintf(words, sizeof(words), "run fake/one --dry-run %s", wrong[i]);
		ends(words, TB_USAGE, "");
	}
	ends("run fake/one --dry-run -p nothing=1", TB_USAGE, "no selected benchmark has it");
	ends("run fake/one --dry-run -p way=d", TB_USAGE, "way");
	ends("run fake/one --dry-run -p way", TB_USAGE, "write NAME=VALUE");
	ends("run fake/one --dry-run --baseline a.json -o -", TB_USAGE, "give -o a file");
}

static void planned(const char *options, double launches, double longest)
{
	char words[160];

	snprintf(words, sizeof(words), "run fake/one -p way=a --dry-run --json %s", options);
	ends(words, TB_OK, "");
	assert_near(number("launches"), launches, 0);
	assert_near(number("longest_s"), longest, 1e-9);
	assert_near(number("runs"), 1, 0);
}

/* A launch takes its slot and 8 ms; a quick slot is what 55 s leave of it, 20 to 200 ms. */
static void plans(void **state)
{
	(void)state;
	planned("", 10, 10 * 0.208);
	planned("--launches 1", 1, 0.208);
	planned("--launches 1000", 1000, 1000 * 0.054); /* 55000 / 1001 - 8 = 46.9 */
	planned("--launches 10000", 10000, 10000 * 0.028);
	planned("--suite full", 50, 50 * 0.308);
	planned("--suite full --launches 2", 2, 2 * 0.308);
	planned("--precision 1", 50, 50 * 0.208);
	planned("--precision 1 --launches 12", 12, 12 * 0.208);
	ends("run fake/one --dry-run --json --seed 7", TB_OK, "");
	assert_near(number("runs"), 3, 0);
	assert_near(number("seed"), 7, 0);
	/* Two families: 85 s. 85000 / 9001 - 8 is below 20. */
	ends("run --dry-run --json --launches 100", TB_OK, "");
	assert_near(number("runs"), 9, 0);
	assert_near(number("longest_s"), 900 * (86 + 8) / 1000.0,
		    1e-9); /* 85000 / 901 - 8 = 86.3 */
	ends("run fake --dry-run --json --launches 100", TB_OK, "");
	assert_near(number("longest_s"), 600 * (83 + 8) / 1000.0,
		    1e-9); /* 55000 / 601 - 8 = 83.5 */
}

/* Benchmarks, families and patterns; a family is its whole name. */
static void selected(void **state)
{
	(void)state;
	ends("list --json", TB_OK, "");
	assert_int_equal(json_array_size(world.json), 3);
	assert_string_equal(text("0.metrics.0.within"), "median");
	assert_string_equal(text("0.metrics.1.within"), "mean");
	assert_string_equal(text("0.metrics.0.unit"), "ns");
	assert_near(number("0.runnable"), 3, 0);
	ends("list made --json", TB_OK, "");
	assert_int_equal(json_array_size(world.json), 1);
	assert_string_equal(text("0.name"), "made/up");
	ends("list fake --json", TB_OK, "");
	assert_int_equal(json_array_size(world.json), 2);
	ends("list *o* --json", TB_OK, "");
	assert_int_equal(json_array_size(world.json), 2);
	ends("list xxxx", TB_USAGE, "no benchmark");
	ends("list mad", TB_USAGE, "no benchmark");
	ends("explain", TB_USAGE, "needs a benchmark");
	ends("explain made/up --json", TB_OK, "");
	assert_string_equal(text("0.name"), "made/up");
}

/* What an error means at the end. */
static void errors(void **state)
{
	static const struct {
		int err;
		enum tb_status status;
	} cases[] = {
		{ -EINVAL, TB_USAGE },	  { -EEXIST, TB_USAGE },   { -ENOENT, TB_USAGE },
		{ -EREMOTE, TB_REFUSED }, { -ENOSYS, TB_REFUSED }, { -ENOSPC, TB_OUTPUT },
		{ -EIO, TB_OUTPUT },	  { -ENOMEM, TB_OUTPUT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(tb_status_of(cases[i].err), cases[i].status);
}

static void invalid_arguments(void **state)
{
	(void)state;
	ends("", TB_USAGE, "usage:");
	ends("--help", TB_OK, "");
	ends("--version", TB_OK, "");
	ends("compere", TB_USAGE, "did you mean 'compare'?");
	ends("compare --nothing", TB_USAGE, "no option");
	ends("module", TB_USAGE, "takes status");
	ends("module status now", TB_USAGE, "does not take");
	ends("completion", TB_USAGE, "needs one shell");
	ends("completion bash", TB_OK, "");
	ends("tune", TB_USAGE, "tune needs one name");
	ends("doctor now", TB_USAGE, "takes no name");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { TEST(validated), TEST(replaces_nothing),
					    TEST(numbers),   TEST(plans),
					    TEST(selected),  TEST(invalid_arguments),
					    TEST(errors) };
	int status;

	if (is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
