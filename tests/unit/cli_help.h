/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines run in the test's process, with test benchmarks. */
#ifndef TB_TEST_CLI_HELP_H
#define TB_TEST_CLI_HELP_H

#include "compare_help.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "json_path.h"

static inline int no_setup(struct tb_trial *trial)
{
	(void)trial;
	return 0;
}

static inline int no_sample(struct tb_trial *trial, double *value)
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
static const struct tb_param params[] = {
	{ .name = "way", .values = "a|b|c", .fallback = "a", .help = "how" }, { 0 }
};
static const char *const ways[] = { "way=a,b,c", NULL };
#define BENCH(title)                                                                          \
	{                                                                                     \
		.name = title, .summary = "nothing", .realm = TB_REALM_USER, .version = 1,    \
		.cpus = 1, .metrics = metrics, .params = params, .quick = ways, .full = ways, \
		.rounds = 8, .untimed = true, .setup = no_setup, .sample = no_sample          \
	}
static const struct tb_bench one = BENCH("fake/one"), two = BENCH("fake/two"),
			     other = BENCH("made/up");

static struct {
	char folder[64], out[8192], err[4096];
	json_t *json; /* that was printed, or NULL */
} world;

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
	snprintf(world.folder, sizeof(world.folder), "/tmp/tb-cli-XXXXXX");
	assert_non_null(mkdtemp(world.folder));
	setenv("XDG_STATE_HOME", world.folder, 1);
	setenv("XDG_DATA_HOME", world.folder, 1);
	setenv("HOME", world.folder, 1);
	/* Words are split at spaces, which the checkout's path may have. */
	return chdir(world.folder) || symlink(TB_TEST_DATA, "data");
}

static inline int close_world(void **state)
{
	(void)state;
	json_decref(world.json);
	world.json = NULL;
	return chdir("/") || nftw(world.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline int redirect(int to, const char *path)
{
	int held = dup(to), fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(held >= 0 && fd >= 0 && dup2(fd, to) == to);
	close(fd);
	return held;
}

static inline void restore(int to, int held, const char *path, char *text, size_t bytes)
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
static inline int tollbooth(const char *words)
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
static inline void ends(const char *words, int want, const char *said)
{
	int got = tollbooth(words);

	if (got != want || !strstr(world.err, said))
		fail_msg("%s: %d, not %d with '%s': %s", words, got, want, said, world.err);
}

static inline double number(const char *path)
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

/* No run here should get as far as a launch; one that does has its worker in the test's program. */
static inline bool is_worker(int argc, char **argv, int *status)
{
	if (argc != 2 || strcmp(argv[1], "worker") != 0)
		return false;
	*status = tb_main(&(struct tb_cli){ benches, tunes, argc, argv });
	return true;
}

#endif
