// SPDX-License-Identifier: GPL-2.0-or-later
/* A launch from the inside, where the kernel and the counters are the test's. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/trial.h"

enum { METRICS = 3, EVENTS = 2 };

static struct {
	int lock_errno, advice;
	void *locked, *advised;
	size_t locked_bytes, advised_bytes;
	unsigned int begins, ends;
} given;

static int given_lock(void *at, size_t bytes)
{
	given.locked = at;
	given.locked_bytes = bytes;
	if (!given.lock_errno)
		return 0;
	errno = given.lock_errno;
	return -1;
}

static int given_advise(void *at, size_t bytes, int advice)
{
	given.advised = at;
	given.advised_bytes = bytes;
	given.advice = advice;
	return 0;
}

#define mlock(at, bytes)	    given_lock(at, bytes)
#define madvise(at, bytes, advice)  given_advise(at, bytes, advice)
#define tb_counters_begin(counters) ((void)(counters), (void)given.begins++)
#define tb_counters_end(counters)   ((void)(counters), (void)given.ends++)
#include "run/trial.c"

static const struct tb_metric metrics[METRICS + 1] = {
	{ .name = "first" }, { .name = "second" }, { .name = "third" }, { 0 }
};
static const struct tb_bench bench = { .name = "fake/one", .metrics = metrics };
static struct tb_trial trial;
static int fd;

static int open_trial(void **state)
{
	(void)state;
	memset(&given, 0, sizeof(given));
	trial = (struct tb_trial){ .bench = &bench };
	if (tb_launch_shm_create(METRICS + EVENTS, 8, &fd, &trial.shm))
		return -1;
	trial.shm->locked = 1;
	trial.shm->events.n = EVENTS;
	snprintf(trial.shm->events.at[1].name, TB_EVENT_NAME, "page-faults");
	return 0;
}

static int close_trial(void **state)
{
	(void)state;
	tb_trial_release(&trial);
	tb_launch_shm_unmap(trial.shm);
	return close(fd);
}

static unsigned int pages_in(void *at, size_t bytes)
{
	unsigned char in[16];
	unsigned int n = 0;

	assert_int_equal(mincore(at, bytes, in), 0);
	for (size_t i = 0; i < bytes / PAGE; i++)
		n += in[i] & 1;
	return n;
}

/* All of it is locked, and never of huge pages. */
static void memory(void **state)
{
	char *area = tb_trial_alloc(&trial, 3 * PAGE - 1);

	(void)state;
	assert_ptr_equal(given.locked, area);
	assert_int_equal(given.locked_bytes, 3 * PAGE);
	assert_ptr_equal(given.advised, area);
	assert_int_equal(given.advised_bytes, 3 * PAGE);
	assert_int_equal(given.advice, MADV_NOHUGEPAGE);
	assert_int_equal(trial.shm->locked, 1);
	assert_int_equal(trial.shm->lock_err, 0);
}

/* Memory that may not be locked is there all the same, and the record says why it is not locked. */
static void memory_that_is_not_locked(void **state)
{
	char *area;

	(void)state;
	given.lock_errno = EPERM;
	area = tb_trial_alloc(&trial, 3 * PAGE);
	assert_non_null(area);
	assert_int_equal(pages_in(area, 3 * PAGE), 3);
	assert_int_equal(trial.shm->locked, 0);
	assert_int_equal(trial.shm->lock_err, -EPERM);
	assert_string_equal(trial.shm->why, "");
}

/* As many as were wanted, neither fewer nor more. */
static void count_checks(void **state)
{
	static const struct {
		long long want, got;
		bool pass;
		const char *texts[2];
	} checks[] = { { 5, 5, true, { "5", "5" } },
		       { 5, 4, false, { "5", "4" } },
		       { 5, 6, false, { "5", "6" } },
		       { 0, -1, false, { "0", "-1" } } };

	(void)state;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		tb_trial_check_count(&trial, "children", checks[i].want, checks[i].got);
		assert_int_equal(trial.shm->n_checks, i + 1);
		assert_string_equal(trial.shm->check[i].name, "children");
		assert_int_equal(trial.shm->check[i].pass, checks[i].pass);
		assert_string_equal(trial.shm->check[i].want, checks[i].texts[0]);
		assert_string_equal(trial.shm->check[i].got, checks[i].texts[1]);
	}
}

/* One that found no place is not known to have passed. */
static void too_many_checks(void **state)
{
	const struct tb_check *last = &trial.shm->check[TB_CHECKS_MAX - 1];

	(void)state;
	for (int i = 0; i < TB_CHECKS_MAX; i++)
		tb_trial_check(&trial, "passes", true, "1", "1");
	assert_int_equal(last->pass, 1);
	tb_trial_check(&trial, "passes", true, "1", "1");
	assert_int_equal(trial.shm->n_checks, TB_CHECKS_MAX);
	assert_int_equal(last->pass, 0);
	assert_string_equal(last->name, "checks");
}

/* Windows count in counted samples only. */
static void counted_windows(void **state)
{
	struct tb_counters counters = { .n = 1 };

	(void)state;
	tb_trial_count_begin(&trial);
	tb_trial_count_end(&trial, 16);
	assert_false(tb_trial_counting(&trial));
	assert_int_equal(given.begins + given.ends, 0);
	assert_true(trial.operations == 0);
	trial.counters = &counters;
	assert_true(tb_trial_counting(&trial));
	tb_trial_count_begin(&trial);
	assert_int_equal(given.begins, 1);
	assert_int_equal(given.ends, 0);
	tb_trial_count_end(&trial, 16);
	assert_int_equal(given.ends, 1);
	assert_true(trial.operations == 16);
}

/* Each count its own, from nothing. */
static void counts_of_another_window(void **state)
{
	struct tb_counters counters = { .n = 2 };

	(void)state;
	counters.at[0].begin = counters.at[1].begin = 77;
	trial.counters = &counters;
	tb_trial_counted(&trial, (const uint64_t[]){ 14, 28 }, 2);
	assert_int_equal(counters.at[0].end - counters.at[0].begin, 14);
	assert_int_equal(counters.at[1].end - counters.at[1].begin, 28);
	assert_true(trial.operations == 2);
}

static void disturbed_metrics(void **state)
{
	(void)state;
	tb_trial_disturbed(&trial, 2);
	assert_int_equal(trial.disturbed, 4);
	tb_trial_disturbed(&trial, 0);
	assert_int_equal(trial.disturbed, 5);
}

static void overheads(void **state)
{
	const struct tb_control *control = trial.shm->control;

	(void)state;
	tb_trial_overhead(&trial, 1, 12.5);
	tb_trial_overhead_event(&trial, 1, 3);
	assert_int_equal(trial.shm->n_controls, 2);
	assert_string_equal(control[0].name, "overhead-second");
	assert_true(control[0].value == 12.5);
	assert_string_equal(control[1].name, "overhead-event/page-faults");
	assert_true(control[1].value == 3);
}

/* Events stand behind the benchmark's own metrics. */
static void reasons(void **state)
{
	(void)state;
	tb_trial_unavailable_event(&trial, 1, "no counter");
	tb_trial_unavailable(&trial, 1, "no such part");
	for (unsigned int m = 0; m < METRICS + EVENTS; m++)
		assert_string_equal(trial.shm->unavailable[m], m == 1		  ? "no such part"
							       : m == METRICS + 1 ? "no counter"
										  : "");
	tb_trial_unavailable(&trial, 1, "");
	assert_string_equal(trial.shm->unavailable[1], "");
}

static void refusals(void **state)
{
	(void)state;
	assert_int_equal(tb_trial_refused(&trial, -EAGAIN, "clone", "no thread to fault"), -EAGAIN);
	assert_ptr_equal(strstr(trial.shm->why, "no thread to fault: "), trial.shm->why);
}

#define trial_test(name) cmocka_unit_test_setup_teardown(name, open_trial, close_trial)

int main(void)
{
	const struct CMUnitTest tests[] = {
		trial_test(memory),
		trial_test(memory_that_is_not_locked),
		trial_test(count_checks),
		trial_test(too_many_checks),
		trial_test(counted_windows),
		trial_test(counts_of_another_window),
		trial_test(disturbed_metrics),
		trial_test(overheads),
		trial_test(reasons),
		trial_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
