// SPDX-License-Identifier: GPL-2.0-or-later
/* A played gnuplot that hangs, fails or reports its start, with a given clock. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/clock.h"

static uint64_t given_ns(void);

#define tb_clock_ns given_ns
#include "report/render.c"
#undef tb_clock_ns

enum { BOUND_S = 20, PIDS = 2 };

static const uint64_t S = 1000000000;

/* The clock stops until gnuplot has started, stays at 19 s then, and continues to 21 s. */
static struct {
	char folder[64], path[64];
	bool stop; /* by a signal, at 19 s */
	size_t at_19, at_21;
	pid_t pid[PIDS]; /* gnuplot and its children */
} world;

static bool begun(void)
{
	char path[96];
	FILE *file;
	int n;

	snprintf(path, sizeof(path), "%s/pids", world.folder);
	file = fopen(path, "r");
	if (!file)
		return false;
	n = fscanf(file, "%d %d", &world.pid[0], &world.pid[1]);
	fclose(file);
	return n == PIDS;
}

static uint64_t given_ns(void)
{
	if (!begun())
		return 100 * S;
	if (world.at_19 < 3) {
		if (!world.at_19++ && world.stop)
			kill(getpid(), SIGTERM);
		return 119 * S;
	}
	if (world.at_21++ > 9)
		fail_msg("gnuplot is not killed");
	return 121 * S;
}

/* No process outlives the test, whether it passes or fails. */
static void end_all(int signal)
{
	for (int i = 0; i < PIDS; i++)
		if (world.pid[i] > 0)
			kill(world.pid[i], SIGKILL);
	if (signal)
		_exit(1);
}

static int open_world(void **state)
{
	char bin[96];

	(void)state;
	memset(&world, 0, sizeof(world));
	snprintf(world.folder, sizeof(world.folder), "/tmp/tb-render-XXXXXX");
	assert_non_null(mkdtemp(world.folder));
	snprintf(bin, sizeof(bin), "%s:/usr/bin:/bin", world.folder);
	setenv("PATH", bin, 1);
	setenv("GIVEN", world.folder, 1);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	signal(SIGALRM, end_all);
	alarm(BOUND_S);
	return 0;
}

static int close_world(void **state)
{
	static const char *const files[] = { "gnuplot", "pids", "starts" };
	char path[96];

	(void)state;
	end_all(0);
	alarm(0);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", world.folder, files[i]);
		unlink(path);
	}
	return rmdir(world.folder);
}

static void put_gnuplot(const char *script)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/gnuplot", world.folder);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\necho \"$@\" >>\"$GIVEN/starts\"\n%s\n", script);
	fclose(file);
	assert_int_equal(chmod(path, 0755), 0);
}

/* The whole of a file of the world; the caller frees it. */
static char *said(const char *name)
{
	char *text = calloc(1, 4096), path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", world.folder, name);
	file = fopen(path, "r");
	if (file) {
		text[fread(text, 1, 4095, file)] = '\0';
		fclose(file);
	}
	return text;
}

static struct tb_render opened(void)
{
	struct tb_render render = { .dir = -1 };
	struct tb_plots plots = { 0 };
	struct tb_error why = { "" };

	if (tb_render_open(&plots, &render, &why))
		fail_msg("%s", why.text);
	return render;
}

/* A process that was killed is ours to reap, as the subreaper; one that runs is killed here. */
static void assert_dead(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	pid_t got = 0;

	for (int i = 0; i < 500 && !got; i++) {
		got = waitpid(pid, NULL, WNOHANG);
		if (!got)
			nanosleep(&pause, NULL);
	}
	if (!got)
		fail_msg("process %d runs on", (int)pid);
}

#define HANGS                                                           \
	"sleep 60 >/dev/null 2>&1 &\necho $$ $! >\"$GIVEN/pids.new\"\n" \
	"mv \"$GIVEN/pids.new\" \"$GIVEN/pids\"\nexec sleep 60"

/* gnuplot is killed with its children after 20 s of the clock, and not started again. */
static void hangs(void **state)
{
	struct tb_error why = { "" }, again = { "" };
	struct tb_render render;
	char *starts;

	(void)state;
	put_gnuplot(HANGS);
	render = opened();
	assert_int_equal(tb_render_plot(&render, "one", &why), -EIO);
	assert_non_null(strstr(why.text, "within 20 s on one.gp"));
	assert_int_equal(world.at_19, 3);
	assert_int_equal(world.at_21, 1);
	assert_dead(world.pid[1]);
	assert_int_equal(kill(world.pid[0], 0), -1); /* reaped */
	assert_int_equal(tb_render_plot(&render, "two", &again), -EIO);
	assert_non_null(strstr(again.text, "not started on two.gp"));
	tb_render_close(&render);
	assert_int_equal(access(render.folder, F_OK), -1);
	starts = said("starts");
	assert_string_equal(starts, "-d one.gp\n");
	free(starts);
}

static volatile sig_atomic_t terminated;

static void count_signal(int signal)
{
	(void)signal;
	terminated++;
}

/* A signal ends both at once, and is delivered when the folder is gone. */
static void stopped(void **state)
{
	struct tb_error why = { "" };
	struct tb_render render;

	(void)state;
	terminated = 0;
	signal(SIGTERM, count_signal);
	put_gnuplot(HANGS);
	world.stop = true;
	render = opened();
	assert_int_equal(tb_render_plot(&render, "one", &why), -EINTR);
	assert_non_null(strstr(why.text, "stopped by signal 15"));
	assert_dead(world.pid[1]);
	assert_int_equal(terminated, 0);
	tb_render_close(&render);
	assert_int_equal(terminated, 1);
	assert_int_equal(access(render.folder, F_OK), -1);
	signal(SIGTERM, SIG_DFL);
}

/* This program acts as gnuplot: a shell would clear the signal mask before reporting it. */
static int tell_mask(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	unsigned long long mask = 0;
	char line[256];

	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "SigBlk: %llx", &mask) == 1)
			printf("%llx\n", mask);
	return !status || fclose(status);
}

static void blocks_nothing(void **state)
{
	struct tb_error why = { "" };
	char self[4096] = "", path[96];
	struct tb_render render;
	unsigned char *mask;
	size_t n;

	(void)state;
	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(path, sizeof(path), "%s/gnuplot", world.folder);
	assert_int_equal(symlink(self, path), 0);
	render = opened();
	if (tb_render_plot(&render, "one", &why))
		fail_msg("%s", why.text);
	mask = tb_render_file(&render, "one.svg", &n);
	tb_render_close(&render);
	assert_non_null(mask);
	assert_string_equal((char *)mask, "0\n");
	free(mask);
}

/* gnuplot is called without ~/.gnuplot, in the folder of the data. */
static void starts(void **state)
{
	struct tb_error why = { "" };
	struct tb_render render;
	unsigned char *svg;
	char *text;
	size_t n;

	(void)state;
	put_gnuplot("cat\npwd");
	render = opened();
	if (tb_render_plot(&render, "one", &why))
		fail_msg("%s", why.text);
	svg = tb_render_file(&render, "one.svg", &n);
	assert_non_null(svg);
	assert_int_equal(n, strlen(render.folder) + 1);
	assert_memory_equal(svg, render.folder, n - 1);
	free(svg);
	text = said("starts");
	assert_string_equal(text, "-d one.gp\n");
	free(text);
	tb_render_close(&render);
}

static void fails(const char *script, int err, const char *words)
{
	struct tb_error why = { "" };
	struct tb_render render;

	put_gnuplot(script);
	render = opened();
	assert_int_equal(tb_render_plot(&render, "one", &why), err);
	if (!strstr(why.text, words))
		fail_msg("no '%s' in '%s'", words, why.text);
	tb_render_close(&render);
}

/* A picture that it left behind does not make up for an error. */
static void failures(void **state)
{
	(void)state;
	fails("echo '<svg/>'\necho undefined variable >&2\nexit 3", -EIO,
	      "failed on one.gp: undefined variable");
	fails("echo '<svg/>'\nkill -SEGV $$", -EIO, "failed on one.gp: it printed no message");
	fails("exit 0", -EIO, "wrote no picture of one.gp");
	fails("echo '<svg/>'\nexit 127", -ENOENT, "gnuplot is not installed");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(hangs, open_world, close_world),
		cmocka_unit_test_setup_teardown(stopped, open_world, close_world),
		cmocka_unit_test_setup_teardown(starts, open_world, close_world),
		cmocka_unit_test_setup_teardown(failures, open_world, close_world),
		cmocka_unit_test_setup_teardown(blocks_nothing, open_world, close_world),
	};

	if (argc > 1 && !strcmp(argv[0], "gnuplot"))
		return tell_mask();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
