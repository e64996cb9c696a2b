// SPDX-License-Identifier: GPL-2.0-or-later
/* Every flush loop that this CPU can run, over small buffers between guards. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "run/value.h"
#include "l1d/l1d.h"
#include "run/trial.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { WORDS = L1D_LINE / sizeof(uint64_t) };

static const size_t sizes[] = { 4 << 10, 8 << 10, 20 << 10, 64 << 10 };
static struct tb_trial trial;
static struct tb_random random_state;
static int fd;

static int setup(void **state)
{
	(void)state;
	trial = (struct tb_trial){ .bench = &l1d_flush_user };
	tb_random_seed(&random_state, 1, 2);
	return tb_launch_shm_create(1, 1, &fd, &trial.shm);
}

static int teardown(void **state)
{
	(void)state;
	tb_trial_release(&trial);
	tb_launch_shm_unmap(trial.shm);
	return close(fd);
}

static const char *loop_choices(void)
{
	static char values[TB_VALUES];

	for (const struct tb_param *p = l1d_flush_user.params; p->name; p++)
		if (!strcmp(p->name, "loop"))
			return tb_param_values(p, values);
	fail_msg("no parameter loop");
	return "";
}

/* The user's choices are the table's loops, in its order. */
static void names(void **state)
{
	char all[512] = "";

	(void)state;
	for (size_t i = 0; i < COUNT(tb_flush_loops); i++) {
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? "|" : "",
			 tb_flush_loops[i].name);
		assert_string_equal(l1d_loop(tb_flush_loops[i].name)->name, tb_flush_loops[i].name);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(tb_flush_loops[i].name, tb_flush_loops[k].name);
			assert_ptr_not_equal(tb_flush_loops[i].run, tb_flush_loops[k].run);
		}
	}
	assert_string_equal(all, loop_choices());
	assert_null(l1d_loop("see"));
	assert_null(l1d_loop("seedy"));
	assert_null(l1d_loop(""));
}

static void needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tb_flush_loops); i++) {
		const char *missing = NULL;
		bool runs = l1d_loop_runs(&tb_flush_loops[i], &missing);

		if (tb_flush_loops[i].need == TB_NEED_NOTHING)
			assert_true(runs);
		if (!runs)
			assert_non_null(missing);
		assert_int_equal(runs, l1d_loop_runs(&tb_flush_loops[i], &missing));
	}
}

static uint64_t *linked(size_t bytes)
{
	struct l1d_rig rig = { .random = &random_state };
	uint64_t *at = tb_trial_alloc(&trial, bytes);

	assert_non_null(at);
	for (size_t i = 0; i < bytes / sizeof(*at); i++)
		at[i] = 0x0123456789abcdefu * (i + 1);
	l1d_link(&rig, (char *)at, bytes / L1D_LINE);
	return at;
}

/* One cycle through all lines. */
static void links(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		size_t lines = sizes[i] / L1D_LINE, turns = 0;
		char *at = (char *)linked(sizes[i]), *line = at;
		bool *seen = calloc(lines, sizeof(*seen));

		assert_non_null(seen);
		do {
			size_t k = (size_t)(line - at) / L1D_LINE;

			assert_true(line >= at && line < at + sizes[i]);
			assert_int_equal((line - at) % L1D_LINE, 0);
			assert_false(seen[k]);
			seen[k] = true;
			line = *(char **)line;
			turns++;
		} while (line != at);
		assert_int_equal(turns, lines);
		free(seen);
	}
}

/* Not in order, or the prefetchers would follow. */
static void links_at_random(void **state)
{
	char *at = (char *)linked(64 << 10), *line = at;
	int next = 0;

	(void)state;
	for (int i = 0; i < 1024; i++) {
		next += *(char **)line == line + L1D_LINE;
		line = *(char **)line;
	}
	assert_true(next < 20);
}

/* In a child, that a loop which leaves its buffer ends it and not the test. 0: all well. */
static int run_loop(const struct tb_flush_loop *loop, uint64_t *at, const uint64_t *copy,
		    size_t bytes)
{
	size_t words = bytes / sizeof(*at);

	alarm(30);
	signal(SIGSEGV, SIG_DFL);
	loop->run(at, bytes);
	for (size_t i = 0; i < words; i++) {
		bool link = i % WORDS == 0, stored = i % WORDS == 1;

		if (loop->run == tb_flush_store && stored) {
			/* Written, and the same in every line. */
			if (at[i] != at[1])
				return 2;
		} else if (at[i] != copy[i]) {
			return link ? 3 : 4;
		}
	}
	return 0;
}

static void run_all(const struct tb_flush_loop *loop)
{
	static const char *const wrong[] = { "", "", "did not write every line", "changed a link",
					     "changed what it only reads" };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t *at = linked(sizes[i]), *copy = malloc(sizes[i]);
		int status = 0;
		pid_t pid;

		assert_non_null(copy);
		memcpy(copy, at, sizes[i]);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			_exit(run_loop(loop, at, copy, sizes[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		free(copy);
		tb_trial_release(&trial);
		if (WIFSIGNALED(status))
			fail_msg("%s over %zu bytes: signal %d", loop->name, sizes[i],
				 WTERMSIG(status));
		if (WEXITSTATUS(status))
			fail_msg("%s over %zu bytes %s", loop->name, sizes[i],
				 wrong[WEXITSTATUS(status)]);
	}
}

static void loops(void **state)
{
	const char *missing;

	(void)state;
	for (size_t i = 0; i < COUNT(tb_flush_loops); i++)
		if (l1d_loop_runs(&tb_flush_loops[i], &missing))
			run_all(&tb_flush_loops[i]);
		else
			print_message("%s: this CPU does not support %s\n", tb_flush_loops[i].name,
				      missing);
}

/* Touches nothing, wherever it is pointed. */
static void null_window(void **state)
{
	uint64_t *at = linked(4 << 10), before = at[1];

	(void)state;
	tb_flush_nothing(at, 4 << 10);
	assert_int_equal(at[1], before);
	tb_flush_nothing(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(needs),
		cmocka_unit_test_setup_teardown(links, setup, teardown),
		cmocka_unit_test_setup_teardown(links_at_random, setup, teardown),
		cmocka_unit_test_setup_teardown(loops, setup, teardown),
		cmocka_unit_test_setup_teardown(null_window, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
