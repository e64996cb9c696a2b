// SPDX-License-Identifier: GPL-2.0-or-later
/* A launch from the inside: memory between guards, controls, checks, the first failure. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/trial.h"

enum { PAGE = 4096, GUARD = 64 << 10 };

static const struct tb_param params[] = {
	{ .name = "loop", .values = "a|b", .fallback = "a", .help = "" },
	{ .name = "size", .values = "4K..1G/4K", .fallback = "64K", .help = "" },
	{ 0 }
};
static const struct tb_bench bench = { .name = "fake/one", .params = params };
static struct tb_trial trial;
static int fd;

static int setup(void **state)
{
	(void)state;
	trial = (struct tb_trial){ .bench = &bench };
	return tb_launch_shm_create(3, 8, &fd, &trial.shm);
}

static int teardown(void **state)
{
	(void)state;
	tb_trial_release(&trial);
	tb_launch_shm_unmap(trial.shm);
	return close(fd);
}

/* The signal that a child dies of when it touches the byte; 0: it lives. */
static int touch(const char *at, bool write)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL); /* a sanitizer's handler would exit instead */
		signal(SIGBUS, SIG_DFL);
		if (write)
			asm volatile("movb $1, (%0)" ::"r"(at) : "memory");
		else
			asm volatile("movb (%0), %%al" ::"r"(at) : "al", "memory");
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void guarded(const char *area, size_t bytes)
{
	size_t whole = (bytes + PAGE - 1) / PAGE * PAGE;

	assert_int_equal((uintptr_t)area % PAGE, 0);
	for (size_t i = 0; i < whole; i++)
		assert_int_equal(area[i], 0);
	for (int write = 0; write < 2; write++) {
		assert_int_equal(touch(area, write), 0);
		assert_int_equal(touch(area + whole - 1, write), 0);
		assert_int_equal(touch(area - 1, write), SIGSEGV);
		assert_int_equal(touch(area - GUARD, write), SIGSEGV);
		assert_int_equal(touch(area + whole, write), SIGSEGV);
		assert_int_equal(touch(area + whole + GUARD - 1, write), SIGSEGV);
	}
}

static void guards(void **state)
{
	static const size_t sizes[] = { 1, PAGE, PAGE + 1, 300 << 10 };
	char *area[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		area[i] = tb_trial_alloc(&trial, sizes[i]);
		assert_non_null(area[i]);
		guarded(area[i], sizes[i]);
	}
	memset(area[2], 7, 2 * PAGE);
	tb_trial_release(&trial);
	assert_int_equal(trial.areas, 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(touch(area[i], false), SIGSEGV);
	assert_string_equal(trial.shm->why, "");
}

static void areas_run_out(void **state)
{
	(void)state;
	for (int i = 0; i < TB_AREAS_MAX; i++)
		assert_non_null(tb_trial_alloc(&trial, PAGE));
	assert_string_equal(trial.shm->why, "");
	assert_null(tb_trial_alloc(&trial, PAGE));
	assert_string_equal(trial.shm->why, "too many areas in one launch");
	tb_trial_release(&trial);
	assert_non_null(tb_trial_alloc(&trial, PAGE));
}

static void memory_runs_out(void **state)
{
	(void)state;
	assert_null(tb_trial_alloc(&trial, (size_t)1 << 60));
	assert_string_equal(trial.shm->why, "not enough memory for the launch's buffers");
	assert_int_equal(trial.areas, 0);
	assert_non_null(tb_trial_alloc(&trial, PAGE));
}

static void first_failure_wins(void **state)
{
	char text[2 * TB_TEXT];

	(void)state;
	assert_int_equal(tb_trial_fail(&trial, -EPROTO, "the first"), -EPROTO);
	assert_int_equal(tb_trial_fail(&trial, -ENOMEM, "the second"), -ENOMEM);
	assert_string_equal(trial.shm->why, "the first");
	trial.shm->why[0] = '\0';
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tb_trial_fail(&trial, -EPROTO, text);
	assert_int_equal(strlen(trial.shm->why), TB_TEXT - 1);
}

/* As an enum in the order of the values, where one begins like another. */
static void choice_indexes(void **state)
{
	static const struct tb_param choices[] = {
		{ .name = "loop",
		  .values = "kvm|kvm-lfence|see|l2",
		  .fallback = "kvm",
		  .help = "" },
		{ .name = "one", .values = "only", .fallback = "only", .help = "" },
		{ 0 }
	};
	static const char *const names[] = { "kvm", "kvm-lfence", "see", "l2" };
	const struct tb_bench other = { .name = "fake/two", .params = choices };

	(void)state;
	trial.bench = &other;
	for (unsigned int i = 0; i < 4; i++) {
		snprintf(trial.shm->job.value[0], TB_VALUE, "%s", names[i]);
		assert_int_equal(tb_trial_choice_index(&trial, "loop"), i);
	}
	snprintf(trial.shm->job.value[1], TB_VALUE, "only");
	assert_int_equal(tb_trial_choice_index(&trial, "one"), 0);
}

static const char *x_or_y(unsigned int i)
{
	static const char *const names[] = { "x", "y" };

	return i < 2 ? names[i] : NULL;
}

/* The values may come from a table. */
static void choice_indexes_of_a_table(void **state)
{
	static const struct tb_param choices[] = { { .name = "way", .choice = x_or_y }, { 0 } };
	const struct tb_bench other = { .name = "fake/two", .params = choices };

	(void)state;
	trial.bench = &other;
	snprintf(trial.shm->job.value[0], TB_VALUE, "y");
	assert_int_equal(tb_trial_choice_index(&trial, "way"), 1);
}

/* The signal that ends a child that reads the choice. */
static int ask(const char *param)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		tb_trial_choice_index(&trial, param);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* Asking for an unknown parameter or value is a bug of the benchmark: it stops at once. */
static void unknown_choices(void **state)
{
	(void)state;
	snprintf(trial.shm->job.value[0], TB_VALUE, "b");
	assert_int_equal(ask("loop"), 0);
	assert_int_equal(ask("lop"), SIGABRT);
	assert_int_equal(ask("loops"), SIGABRT);
	snprintf(trial.shm->job.value[0], TB_VALUE, "c");
	assert_int_equal(ask("loop"), SIGABRT);
	snprintf(trial.shm->job.value[0], TB_VALUE, "a|b");
	assert_int_equal(ask("loop"), SIGABRT);
	snprintf(trial.shm->job.value[1], TB_VALUE, "4096");
	assert_int_equal(ask("size"), SIGABRT);
}

static void parameters_of_the_launch(void **state)
{
	struct tb_job *job = &trial.shm->job;
	int thing;

	(void)state;
	snprintf(job->value[0], TB_VALUE, "b");
	snprintf(job->value[1], TB_VALUE, "65536");
	job->cpu[0] = 3;
	job->cpu[1] = 5;
	job->cache[1] = 48 << 10;
	job->cache[3] = 32 << 20;
	job->tsc_hz = 2e9;
	assert_string_equal(tb_trial_choice(&trial, "loop"), "b");
	assert_int_equal(tb_trial_number(&trial, "size"), 65536);
	assert_int_equal(tb_trial_cpu(&trial, 0), 3);
	assert_int_equal(tb_trial_cpu(&trial, 1), 5);
	assert_int_equal(tb_trial_cache(&trial, 1), 48 << 10);
	assert_int_equal(tb_trial_cache(&trial, 2), 0);
	assert_int_equal(tb_trial_cache(&trial, 3), 32 << 20);
	assert_true(tb_trial_ns(&trial, 500) == 250);
	tb_trial_set_priv(&trial, &thing);
	assert_ptr_equal(tb_trial_priv(&trial), &thing);
	trial.column = TB_DISTURBED;
	trial.taken = 9;
	assert_int_equal(tb_trial_column(&trial), TB_DISTURBED);
	assert_int_equal(tb_trial_samples(&trial), 9);
	assert_ptr_equal(tb_trial_random(&trial), &trial.random);
}

/* More than there is room for are left out, never written behind the others. */
static void controls_and_checks(void **state)
{
	struct tb_launch_shm *t = trial.shm;
	char name[64];

	(void)state;
	for (int i = 0; i < TB_CONTROLS_MAX + 3; i++) {
		snprintf(name, sizeof(name), "control-%d", i);
		tb_trial_control(&trial, name, i);
	}
	assert_int_equal(t->n_checks, 3);
	assert_string_equal(t->check[0].name, "controls");
	assert_int_equal(t->check[0].pass, 0);
	t->n_checks = 0;
	for (int i = 0; i < TB_CHECKS_MAX + 3; i++) {
		snprintf(name, sizeof(name), "check-%d", i);
		tb_trial_check(&trial, name, i % 2, "want", "got");
	}
	assert_int_equal(t->n_controls, TB_CONTROLS_MAX);
	assert_int_equal(t->n_checks, TB_CHECKS_MAX);
	assert_string_equal(t->control[TB_CONTROLS_MAX - 1].name, "control-23");
	assert_true(t->control[TB_CONTROLS_MAX - 1].value == TB_CONTROLS_MAX - 1);
	/* A check without room fails the launch. */
	assert_string_equal(t->check[TB_CHECKS_MAX - 1].name, "checks");
	assert_int_equal(t->check[TB_CHECKS_MAX - 1].pass, 0);
	assert_string_equal(t->check[0].name, "check-0");
	assert_string_equal(t->check[0].want, "want");
	assert_string_equal(t->check[0].got, "got");
	assert_int_equal(t->check[0].pass, 0);
	assert_int_equal(t->check[1].pass, 1);
	assert_string_equal(t->unavailable[0], "");
	assert_int_equal(tb_launch_shm_check(t), 0);
}

static void long_texts(void **state)
{
	struct tb_launch_shm *t = trial.shm;
	char text[2 * TB_TEXT];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tb_trial_control(&trial, text, 1);
	tb_trial_check(&trial, text, true, text, text);
	tb_trial_unavailable(&trial, 2, text);
	assert_int_equal(strlen(t->control[0].name), sizeof(t->control[0].name) - 1);
	assert_int_equal(strlen(t->check[0].name), sizeof(t->check[0].name) - 1);
	assert_int_equal(strlen(t->check[0].want), sizeof(t->check[0].want) - 1);
	assert_int_equal(strlen(t->check[0].got), sizeof(t->check[0].got) - 1);
	assert_int_equal(strlen(t->unavailable[2]), TB_TEXT - 1);
	assert_string_equal(t->unavailable[1], "");
	assert_int_equal(t->count[0][0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(guards, setup, teardown),
		cmocka_unit_test_setup_teardown(areas_run_out, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_runs_out, setup, teardown),
		cmocka_unit_test_setup_teardown(first_failure_wins, setup, teardown),
		cmocka_unit_test_setup_teardown(parameters_of_the_launch, setup, teardown),
		cmocka_unit_test_setup_teardown(choice_indexes, setup, teardown),
		cmocka_unit_test_setup_teardown(choice_indexes_of_a_table, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_choices, setup, teardown),
		cmocka_unit_test_setup_teardown(controls_and_checks, setup, teardown),
		cmocka_unit_test_setup_teardown(long_texts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
