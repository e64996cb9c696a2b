// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines, run in this process: their exit codes, and the figures that they print. */
#include "compare_help.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "json_path.h"

static int no_setup(struct tb_trial *trial)
{
	(void)trial;
	return 0;
}

static int no_sample(struct tb_trial *trial, double *value)
{
	(void)trial;
	value[0] = 1;
	return 0;
}

static const struct tb_metric metrics[] = {
	{ .name = "latency", .unit = TB_NS, .help = "made up", .headline = true },
	{ .name = "left", .unit = TB_LINES, .help = "made up", .within = TB_MEAN },
	{ 0 }
};
static const struct tb_param params[] = { { "way", "a|b|c", "a", "how" }, { 0 } };
static const char *const ways[] = { "way=a,b,c", NULL };
#define BENCH(title)                                                                            \
	{                                                                                       \
		.name = title, .summary = "nothing", .realm = "user", .version = 1, .cpus = 1,  \
		.metrics = metrics, .params = params, .quick = ways, .full = ways, .rounds = 8, \
		.untimed = true, .setup = no_setup, .sample = no_sample                         \
	}
static const struct tb_bench one = BENCH("fake/one"), two = BENCH("fake/two"),
			     other = BENCH("made/up");

static struct {
	char folder[64], out[8192], err[4096];
	json_t *json; /* that was printed, or NULL */
} world;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int open_world(void **state)
{
	(void)state;
	snprintf(world.folder, sizeof(world.folder), "/tmp/tb-cli-XXXXXX");
	assert_non_null(mkdtemp(world.folder));
	setenv("XDG_STATE_HOME", world.folder, 1);
	setenv("XDG_DATA_HOME", world.folder, 1);
	setenv("HOME", world.folder, 1);
	return chdir(world.folder);
}

static int close_world(void **state)
{
	(void)state;
	json_decref(world.json);
	world.json = NULL;
	return chdir("/") || nftw(world.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int redirect(int to, const char *path)
{
	int held = dup(to), fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(held >= 0 && fd >= 0 && dup2(fd, to) == to);
	close(fd);
	return held;
}

static void restore(int to, int held, const char *path, char *text, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, bytes - 1);

	text[n > 0 ? n : 0] = '\0';
	close(fd);
	dup2(held, to);
	close(held);
}

enum { WORDS = 16 };

static const struct tb_bench *const benches[] = { &one, &two, &other, NULL };
static const struct tb_tune *const tunes[] = { NULL };

/* Runs "tollbooth WORDS"; what it printed is in world. */
static int tollbooth(const char *words)
{
	char copy[512], *argv[WORDS + 1] = { copy }, *rest = NULL;
	struct tb_cli cli = { benches, tunes, 1, argv };
	int held[2], status;

	snprintf(copy, sizeof(copy), "tollbooth %s", words);
	strtok_r(copy, " ", &rest);
	while (cli.argc < WORDS && (argv[cli.argc] = strtok_r(NULL, " ", &rest)))
		cli.argc++;
	fflush(stdout);
	held[0] = redirect(STDOUT_FILENO, "stdout");
	held[1] = redirect(STDERR_FILENO, "stderr");
	status = tb_main(&cli);
	fflush(stdout);
	json_decref(world.json);
	world.json = json_load_file("stdout", 0, NULL);
	restore(STDOUT_FILENO, held[0], "stdout", world.out, sizeof(world.out));
	restore(STDERR_FILENO, held[1], "stderr", world.err, sizeof(world.err));
	return status;
}

/* It ends so, with these words on stderr. */
static void ends(const char *words, int want, const char *said)
{
	int got = tollbooth(words);

	if (got != want || !strstr(world.err, said))
		fail_msg("%s: %d, not %d with '%s': %s", words, got, want, said, world.err);
}

static double number(const char *path)
{
	const json_t *value = json_path(world.json, path);

	if (!json_is_number(value))
		fail_msg("no number %s in %s", path, world.out);
	return json_number_value(value);
}

static const char *text(const char *path)
{
	const char *value = json_string_value(json_path(world.json, path));

	if (!value)
		fail_msg("no text %s in %s", path, world.out);
	return value;
}

/* A record of rows whose figures are 100 to 109, times the factors. */
static void put_record(const char *name, const double *factor, size_t rows, const char *class)
{
	json_t *record = made_record();
	double figure[10];

	for (size_t r = 0; r < rows; r++) {
		for (size_t i = 0; i < 10; i++)
			figure[i] = factor[r] * (100 + (double)i);
		made_row(record, "ns", figure, 10);
	}
	json_object_set_new(record, "class", json_string(class));
	assert_int_equal(json_dump_file(record, name, 0), 0);
	json_decref(record);
}

static void put_records(void)
{
	static const double plain[3] = { 1, 1, 1 }, dearer[3] = { 1, 1.1, 1.3 },
			    cheaper[3] = { 0.7, 1, 1 };

	put_record("a.json", plain, 3, "vm");
	put_record("same.json", plain, 3, "vm");
	put_record("dear.json", dearer, 3, "vm");
	put_record("cheap.json", cheaper, 3, "vm");
	put_record("metal.json", plain, 3, "metal");
	put_record("short.json", plain, 1, "vm");
}

/* --fail-on: what lost enough fails, and the worst is named. */
static void fail_on(void **state)
{
	(void)state;
	put_records();
	ends("compare a.json dear.json", TB_OK, "");
	ends("compare a.json dear.json --fail-on slower", TB_REGRESSION,
	     "2 rows are slower; by most fake/one number=2 latency of B: +30.0 %");
	ends("compare a.json dear.json --fail-on slower:5", TB_REGRESSION, "2 rows are slower");
	ends("compare a.json dear.json --fail-on slower:20%", TB_REGRESSION, "1 rows are slower");
	ends("compare a.json dear.json --fail-on slower:31", TB_OK, "");
	ends("compare a.json dear.json --fail-on slower --min-effect 20", TB_REGRESSION,
	     "1 rows are slower");
	ends("compare a.json dear.json --fail-on slower --min-effect 50", TB_OK, "");
	ends("compare a.json cheap.json --fail-on slower", TB_OK, "");
	ends("compare cheap.json a.json --fail-on slower", TB_REGRESSION, "+42.9 %");
	ends("compare a.json same.json --fail-on slower:0", TB_OK, "");
	ends("compare a.json dear.json --fail-on faster", TB_USAGE, "must be slower");
	ends("compare a.json dear.json --fail-on slower:x", TB_USAGE, "must be slower");
	ends("compare a.json dear.json --fail-on slower:-1", TB_USAGE, "must be slower");
}

static void refused_comparisons(void **state)
{
	(void)state;
	put_records();
	ends("compare", TB_USAGE, "compare needs records");
	ends("compare a.json", TB_USAGE, "a.json is alone");
	ends("compare a.json none.json", TB_USAGE, "none.json");
	ends("compare a.json metal.json", TB_USAGE, "--across-classes");
	ends("compare a.json metal.json --across-classes", TB_OK, "");
	ends("compare a.json dear.json --reference X", TB_USAGE, "none of what is compared");
	ends("compare a.json dear.json --format xml", TB_USAGE, "must be one of");
	ends("compare a.json dear.json --alpha 0.6", TB_USAGE, "must be a number");
	ends("compare a.json dear.json --alpha 0", TB_USAGE, "must be a number");
	ends("compare a.json dear.json --min-effect -1", TB_USAGE, "must be a percentage");
	ends("compare a.json dear.json --min-effect 1001", TB_USAGE, "must be a percentage");
}

/* All rows are of another version: a table without a row is no success. */
static void nothing_compared(void **state)
{
	json_t *json, *row;
	size_t i;

	(void)state;
	put_records();
	json = json_load_file("same.json", 0, NULL);
	json_array_foreach(json_object_get(json, "benchmarks"), i, row)
		json_object_set_new(row, "version", json_integer(2));
	json_dump_file(json, "next.json", 0);
	json_decref(json);
	ends("compare a.json next.json", TB_USAGE, "no row could be compared: versions 1 and 2");
}

/* What is printed as JSON: by these judges, against this reference. */
static void compared(void **state)
{
	(void)state;
	put_records();
	ends("compare a.json dear.json --json", TB_OK, "");
	assert_near(number("alpha"), 0.05, 1e-12);
	assert_near(number("min_effect"), 0.02, 1e-12);
	assert_string_equal(text("reference"), "A");
	assert_near(number("rows.2.ratio.estimate"), 1.3, 1e-3);
	/* 95 % of the median of ten: the second and the ninth. */
	assert_near(number("rows.0.estimate_a.lo"), 101, 1e-12);
	assert_near(number("rows.0.estimate_a.hi"), 108, 1e-12);
	ends("compare a.json dear.json --json --reference B", TB_OK, "");
	assert_string_equal(text("reference"), "B");
	assert_near(number("rows.2.ratio.estimate"), 1 / 1.3, 1e-3);
	ends("compare a.json dear.json --json --reference dear.json --alpha 0.5 --min-effect 7",
	     TB_OK, "");
	assert_string_equal(text("reference"), "B");
	assert_near(number("alpha"), 0.5, 1e-12);
	assert_near(number("min_effect"), 0.07, 1e-12);
	assert_int_equal(json_array_size(json_path(world.json, "rows")), 3);
	ends("compare a.json dear.json --json --only-changed", TB_OK, "");
	assert_int_equal(json_array_size(json_path(world.json, "rows")), 2);
	ends("compare a.json short.json --json", TB_OK, "");
	assert_int_equal(json_array_size(json_path(world.json, "rows")), 1);
	assert_near(number("only.0.rows"), 2, 1e-12);
}

/* aa-test keeps its rate by machine and class, and compare quotes it. */
static void false_calls(void **state)
{
	(void)state;
	put_records();
	ends("compare a.json dear.json --json", TB_OK, "");
	assert_true(json_is_null(json_path(world.json, "false_calls.0.called")));
	/* With a minimum effect of 1000 % nothing is called, though intervals leave out 1. */
	ends("aa-test a.json --min-effect 1000", TB_OK, "");
	ends("compare a.json metal.json --across-classes --json", TB_OK, "");
	assert_string_equal(text("false_calls.0.machine"), "V-6-1-1-vm");
	assert_near(number("false_calls.0.called"), 0, 0);
	assert_near(number("false_calls.0.comparisons"), 200, 0);
	assert_near(number("false_calls.0.rows"), 3, 0);
	assert_string_equal(text("false_calls.1.machine"), "V-6-1-1-metal");
	assert_true(json_is_null(json_path(world.json, "false_calls.1.called")));
	ends("aa-test a.json dear.json", TB_USAGE, "one record");
	ends("aa-test .", TB_USAGE, "a folder");
}

#define GOLDEN TB_TEST_DATA "/golden/"

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
	     "no baseline is ever replaced");
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

static void other_words(void **state)
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(fail_on),
		TEST(refused_comparisons),
		TEST(nothing_compared),
		TEST(compared),
		TEST(false_calls),
		TEST(validated),
		TEST(replaces_nothing),
		TEST(numbers),
		TEST(plans),
		TEST(selected),
		TEST(other_words),
		TEST(errors),
	};

	/* No run here should get as far as a launch; one that does has its worker. */
	if (argc == 2 && !strcmp(argv[1], "worker"))
		return tb_main(&(struct tb_cli){ benches, tunes, argc, argv });
	return cmocka_run_group_tests(tests, NULL, NULL);
}
