// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocked signals, temporary folders, and the search for gnuplot. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "gnuplot.h"
#include "machine/folders.h"
#include "stops.h"

static const int held[] = { SIGINT, SIGTERM, SIGHUP };
enum { HELD = sizeof(held) / sizeof(*held) };

static bool is_blocked(int signal)
{
	sigset_t now;

	sigprocmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, signal);
}

/* Each of the three is handled once, and the end restores the mask. */
static void taken(void **state)
{
	struct tb_stops stops;

	(void)state;
	for (int i = 0; i < HELD; i++) {
		assert_int_equal(tb_stops_block(&stops), 0);
		assert_true(is_blocked(SIGCHLD));
		for (int k = 0; k < HELD; k++)
			assert_true(is_blocked(held[k]));
		assert_int_equal(tb_stops_take(&stops), 0);
		raise(held[i]);
		assert_int_equal(tb_stops_take(&stops), held[i]);
		assert_int_equal(tb_stops_take(&stops), 0);
		raise(SIGCHLD); /* no stop */
		assert_int_equal(tb_stops_take(&stops), 0);
		tb_stops_release(&stops);
		assert_false(is_blocked(SIGCHLD));
		for (int k = 0; k < HELD; k++)
			assert_false(is_blocked(held[k]));
	}
}

/* nohup: a signal that was ignored before stays ignored. */
static void ignored(void **state)
{
	struct tb_stops stops;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	assert_int_equal(tb_stops_block(&stops), 0);
	assert_false(sigismember(&stops.stops, SIGHUP));
	assert_true(sigismember(&stops.stops, SIGTERM));
	assert_false(is_blocked(SIGHUP));
	raise(SIGHUP);
	assert_int_equal(tb_stops_take(&stops), 0);
	tb_stops_release(&stops);
	signal(SIGHUP, SIG_DFL);
}

/* A signal that was blocked before stays blocked. */
static void inherited(void **state)
{
	struct tb_stops stops;
	sigset_t set;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	assert_int_equal(tb_stops_block(&stops), 0);
	tb_stops_release(&stops);
	assert_true(is_blocked(SIGTERM));
	assert_false(is_blocked(SIGINT));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void folders(void **state)
{
	struct tb_error why = { "" };
	char top[] = "/tmp/tb-stops-XXXXXX", out[128], small[8];

	(void)state;
	assert_non_null(mkdtemp(top));
	setenv("TMPDIR", top, 1);
	assert_string_equal(tb_scratch_parent(), top);
	assert_int_equal(tb_scratch_folder("x", out, sizeof(out), &why), 0);
	assert_memory_equal(out, top, strlen(top));
	assert_int_equal(rmdir(out), 0);
	assert_int_equal(tb_scratch_folder("x", small, sizeof(small), &why), -ENAMETOOLONG);
	assert_non_null(strstr(why.text, "set TMPDIR"));
	assert_int_equal(rmdir(top), 0);
	assert_int_equal(tb_scratch_folder("x", out, sizeof(out), &why), -ENOENT);
	setenv("TMPDIR", "relative", 1);
	assert_string_equal(tb_scratch_parent(), "/tmp");
	unsetenv("TMPDIR");
	assert_string_equal(tb_scratch_parent(), "/tmp");
}

static void put(int dir, const char *name, mode_t mode)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* A program that can be run, in one of the folders of the path, each below the root. */
static void gnuplot(void **state)
{
	char top[] = "/tmp/tb-stops-XXXXXX";
	int dir;

	(void)state;
	assert_non_null(mkdtemp(top));
	dir = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(dir, "a", 0700), 0);
	assert_int_equal(mkdirat(dir, "b", 0700), 0);
	assert_false(tb_gnuplot_in(dir, "/a:/b"));
	put(dir, "a/gnuplot", 0600);
	assert_false(tb_gnuplot_in(dir, "/a:/b"));
	put(dir, "b/gnuplot", 0700);
	assert_true(tb_gnuplot_in(dir, "/a:/b"));
	assert_true(tb_gnuplot_in(dir, "/b"));
	assert_false(tb_gnuplot_in(dir, "/a"));
	assert_false(tb_gnuplot_in(dir, "/"));
	assert_false(tb_gnuplot_in(dir, NULL)); /* /bin and /usr/bin of that root */
	assert_int_equal(unlinkat(dir, "a/gnuplot", 0), 0);
	assert_int_equal(unlinkat(dir, "b/gnuplot", 0), 0);
	assert_int_equal(unlinkat(dir, "a", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(dir, "b", AT_REMOVEDIR), 0);
	close(dir);
	assert_int_equal(rmdir(top), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),   cmocka_unit_test(ignored), cmocka_unit_test(inherited),
		cmocka_unit_test(folders), cmocka_unit_test(gnuplot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
