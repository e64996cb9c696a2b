// SPDX-License-Identifier: GPL-2.0-or-later
/* How `run` ends, and what it records, by figures that the test gives. This program is its own worker. */
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/cli.h"
#include "json_path.h"
#include "stats/random.h"

/* The figure of each launch, in the environment that workers inherit. */
#define GIVEN "TB_TEST_GIVEN"

enum { BOUND_S = 60 };

/* spread=1: launches differ by up to 6 %, by their seeds. */
static int draw(struct tb_trial *trial)
{
	double *figure = tb_trial_alloc(trial, sizeof(*figure));
	const char *given = getenv(GIVEN);

	if (!figure)
		return -1;
	*figure = given ? strtod(given, NULL) : 0;
	if (tb_trial_number(trial, "spread"))
		*figure *= 1 + 0.06 * tb_random_unit(tb_trial_random(trial));
	tb_trial_set_priv(trial, figure);
	return 0;
}

static int give(struct tb_trial *trial, double *value)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	if (!strcmp(tb_trial_choice(trial, "way"), "slow"))
		nanosleep(&pause, NULL);
	if (!strcmp(tb_trial_choice(trial, "way"), "signal"))
		kill(getppid(), SIGTERM); /* the run's process */
	value[0] = *(double *)tb_trial_priv(trial);
	return 0;
}

static int verify(struct tb_trial *trial)
{
	tb_trial_check(trial, "planted", strcmp(tb_trial_choice(trial, "way"), "wrong"), "1", "?");
	return 0;
}

static int probe(struct tb_probe *probe)
{
	if (!strcmp(tb_probe_choice(probe, "way"), "absent"))
		return tb_probe_lack(probe, "planted", "it is planted", "none");
	return 0;
}

static const struct tb_metric metrics[] = {
	{ .name = "latency", .unit = TB_NS, .help = "made up", .headline = true, .shown = true },
	{ 0 }
};
static const struct tb_param params[] = { { "way", "plain|wrong|absent|slow|signal", "plain",
					    "how" },
					  { "spread", "0..1", "0", "of launches" },
					  { 0 } };
static const char *const plain[] = { "way=plain", NULL };
static const struct tb_bench bench = { .name = "fake/one",
				       .summary = "nothing",
				       .realm = "user",
				       .version = 1,
				       .cpus = 1,
				       .metrics = metrics,
				       .params = params,
				       .quick = plain,
				       .full = plain,
				       .rounds = 64,
				       .untimed = true,
				       .probe = probe,
				       .setup = draw,
				       .sample = give,
				       .verify = verify };
static const struct tb_bench *const benches[] = { &bench, NULL };
static const struct tb_tune *const tunes[] = { NULL };

static char folder[64], out[8192];

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
	snprintf(folder, sizeof(folder), "/tmp/tb-run-XXXXXX");
	assert_non_null(mkdtemp(folder));
	setenv("XDG_DATA_HOME", folder, 1);
	setenv("HOME", folder, 1);
	alarm(BOUND_S);
	return chdir(folder);
}

static int close_world(void **state)
{
	(void)state;
	alarm(0);
	return chdir("/") || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void read_printed(void)
{
	int fd = open("printed", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, out, sizeof(out) - 1);

	out[n > 0 ? n : 0] = '\0';
	close(fd);
}

enum { WORDS = 32 };

/* "tollbooth run fake/one --rounds 8 --no-report -q --seed 1 WORDS"; what it printed is in out. */
static int run(const char *figure, const char *words)
{
	char copy[512], *argv[WORDS + 1] = { copy }, *rest = NULL;
	struct tb_cli cli = { benches, tunes, 1, argv };
	int held[2] = { dup(STDOUT_FILENO), dup(STDERR_FILENO) }, fd, status;

	setenv(GIVEN, figure, 1);
	snprintf(copy, sizeof(copy), "tollbooth run fake/one --rounds 8 --no-report -q --seed 1 %s",
		 words);
	strtok_r(copy, " ", &rest);
	while (cli.argc < WORDS && (argv[cli.argc] = strtok_r(NULL, " ", &rest)))
		cli.argc++;
	fflush(stdout);
	fd = open("printed", O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	status = tb_main(&cli);
	fflush(stdout);
	dup2(held[0], STDOUT_FILENO);
	dup2(held[1], STDERR_FILENO);
	close(held[0]);
	close(held[1]);
	close(fd);
	read_printed();
	return status;
}

static void ends(const char *figure, const char *words, int want)
{
	int got = run(figure, words);

	if (got != want)
		fail_msg("%s: %d, not %d: %s", words, got, want, out);
}

static void statuses(void **state)
{
	json_t *record;

	(void)state;
	ends("100", "--launches 1 -p way=plain,wrong -o both", TB_BENCH_FAILED);
	ends("100", "--launches 1 -p way=absent -o absent", TB_SKIPPED);
	ends("100", "--launches 1 -p way=plain,absent -o some", TB_OK);
	/* A launch takes some 100 ms: of fifty the time is not enough, and some are saved. */
	ends("100", "--launches 50 -p way=slow --time-budget 0.1 -o late", TB_OUT_OF_TIME);
	record = json_load_file("late.json", 0, NULL);
	assert_true(json_is_false(json_object_get(record, "complete")));
	assert_true(json_array_size(json_path(record, "benchmarks.0.launches")) < 10);
	json_decref(record);
}

/* Launches that differ by up to 6 % are not precise to 0.1 %. */
static void precision(void **state)
{
	(void)state;
	ends("100", "--launches 10 -p spread=1 --precision 0.1 --strict -o strict", TB_IMPRECISE);
}

/* The baseline is A, the run B: a dearer run fails, a cheaper one does not. */
static void baseline(void **state)
{
	json_t *record;

	(void)state;
	ends("100", "--launches 6 -p spread=1 --save-baseline ./base.json -o first", TB_OK);
	record = json_load_file("base.json", 0, NULL);
	assert_int_equal(json_array_size(json_path(record, "benchmarks.0.launches")), 6);
	json_decref(record);
	ends("130", "--launches 6 -p spread=1 --baseline ./base.json --fail-on slower -o dear",
	     TB_REGRESSION);
	assert_non_null(strstr(out, "A is the baseline ./base.json, B this run."));
	assert_non_null(strstr(out, "1 slower"));
	ends("70", "--launches 6 -p spread=1 --baseline ./base.json --fail-on slower -o cheap",
	     TB_OK);
	assert_non_null(strstr(out, "1 faster"));
}

/* What was given is what is recorded, of each launch, in each column. */
static void figures(void **state)
{
	json_t *record;

	(void)state;
	ends("123.5", "--launches 2 -o given", TB_OK);
	record = json_load_file("given.json", 0, NULL);
	assert_true(json_number_value(
			    json_path(record, "benchmarks.0.metrics.0.summary.estimate")) == 123.5);
	assert_true(json_number_value(
			    json_path(record, "benchmarks.0.metrics.0.summary.n_launches")) == 2);
	assert_true(json_number_value(
			    json_path(record, "benchmarks.0.metrics.0.summary.n_samples")) == 16);
	json_decref(record);
}

/* A signal ends the run: what was measured is saved, and the exit code names it. */
static void stopped(void **state)
{
	json_t *record;

	(void)state;
	ends("100", "--launches 50 -p way=signal -o early", TB_SIGNALLED + SIGTERM);
	record = json_load_file("early.json", 0, NULL);
	assert_true(json_is_false(json_object_get(record, "complete")));
	json_decref(record);
}

/* In a process of its own, whose launches have no right to SCHED_FIFO: that is told. */
static void without_fifo(void **state)
{
	const struct rlimit none = { 0, 0 };
	const char *policy;
	json_t *record;
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		prctl(PR_CAPBSET_DROP, CAP_SYS_NICE);
		setrlimit(RLIMIT_RTPRIO, &none);
		_exit(run("100", "--launches 1 -o poor"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	read_printed();
	record = json_load_file("poor.json", 0, NULL);
	policy = json_string_value(json_path(record, "benchmarks.0.launches.0.policy"));
	assert_non_null(policy);
	assert_int_equal(!strstr(out, "without SCHED_FIFO: "), !strcmp(policy, "fifo"));
	json_decref(record);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { TEST(statuses),  TEST(stopped),  TEST(without_fifo),
					    TEST(precision), TEST(baseline), TEST(figures) };

	if (argc == 2 && !strcmp(argv[1], "worker"))
		return tb_main(&(struct tb_cli){ benches, tunes, argc, argv });
	return cmocka_run_group_tests(tests, NULL, NULL);
}
