/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `run` in the test's process, with given values. The test program is its own worker. */
#ifndef TB_TEST_RUN_HELP_H
#define TB_TEST_RUN_HELP_H

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
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/cli.h"
#include "json_path.h"
#include "random_unit.h"

/* The figure of each launch, in the environment that workers inherit. */
#define GIVEN "TB_TEST_GIVEN"

enum { BOUND_S = 60 };

/* spread=1: launches differ by up to 6 %, by their seeds. */
static inline int draw(struct tb_trial *trial)
{
	double *figure = tb_trial_alloc(trial, sizeof(*figure));
	const char *given = getenv(GIVEN);

	if (!figure)
		return -1;
	*figure = given ? strtod(given, NULL) : 0;
	if (tb_trial_number(trial, "spread"))
		*figure *= 1 + 0.06 * random_unit(tb_trial_random(trial));
	tb_trial_set_priv(trial, figure);
	return 0;
}

static inline int give(struct tb_trial *trial, double *value)
{
	const struct timespec pause = { .tv_nsec = 5000000 };

	if (!strcmp(tb_trial_choice(trial, "way"), "slow"))
		nanosleep(&pause, NULL);
	if (!strcmp(tb_trial_choice(trial, "way"), "signal"))
		kill(getppid(), SIGTERM); /* the run's process */
	value[0] = *(double *)tb_trial_priv(trial);
	return 0;
}

static inline int verify(struct tb_trial *trial)
{
	tb_trial_check(trial, "planted", strcmp(tb_trial_choice(trial, "way"), "wrong"), "1", "?");
	return 0;
}

static inline int probe(struct tb_probe *probe)
{
	if (!strcmp(tb_probe_choice(probe, "way"), "absent"))
		return tb_probe_unavailable(probe, "planted", "it is planted", "none");
	return 0;
}

static const struct tb_metric metrics[] = {
	{ .name = "latency", .unit = TB_NS, .help = "made up", .headline = true, .shown = true },
	{ 0 }
};
static const struct tb_param params[] = {
	{ .name = "way",
	  .values = "plain|wrong|absent|slow|signal",
	  .fallback = "plain",
	  .help = "how" },
	{ .name = "spread", .values = "0..1", .fallback = "0", .help = "of launches" },
	{ 0 }
};
static const char *const plain[] = { "way=plain", NULL };
static const struct tb_bench bench = { .name = "fake/one",
				       .summary = "nothing",
				       .realm = TB_REALM_USER,
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

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int open_world(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/tb-run-XXXXXX");
	assert_non_null(mkdtemp(folder));
	setenv("XDG_DATA_HOME", folder, 1);
	setenv("HOME", folder, 1);
	alarm(BOUND_S);
	return chdir(folder);
}

static inline int close_world(void **state)
{
	(void)state;
	alarm(0);
	return chdir("/") || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void read_printed(void)
{
	int fd = open("printed", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, out, sizeof(out) - 1);

	out[n > 0 ? n : 0] = '\0';
	close(fd);
}

enum { WORDS = 32 };

/* "tollbooth run fake/one --rounds 8 --no-report -q --seed 1 WORDS"; what it printed is in out. */
static inline int run(const char *figure, const char *words)
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

static inline void ends(const char *figure, const char *words, int want)
{
	int got = run(figure, words);

	if (got != want)
		fail_msg("%s: %d, not %d: %s", words, got, want, out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

static inline bool is_worker(int argc, char **argv, int *status)
{
	if (argc != 2 || strcmp(argv[1], "worker") != 0)
		return false;
	*status = tb_main(&(struct tb_cli){ benches, tunes, argc, argv });
	return true;
}

#endif
