// SPDX-License-Identifier: GPL-2.0-or-later
/* A metric without a figure has a reason: in its launch, in its row, in its record. */
#include "book.h"

#include "run/nulls.h"

enum { EVENT = BOOK_METRICS, ALL_METRICS };

/* A launch with this exit, all metrics of the benchmark and one event, which is counted. */
static struct tb_launch_shm *shm_of(uint32_t rounds)
{
	struct tb_launch_shm *shm;
	int fd;

	assert_int_equal(tb_launch_shm_create(ALL_METRICS, BOOK_ROOM, &fd, &shm), 0);
	close(fd);
	shm->rounds = rounds;
	book_put(shm, LATENCY, TB_UNGATED, 100);
	book_put(shm, LEFT, TB_GATED, 0);
	book_put(shm, LEFT_REFERENCE, TB_DISTURBED, 0);
	book_put(shm, EVENT, TB_UNGATED, 3);
	return shm;
}

static void forget(struct tb_launch_shm *shm, unsigned int metric)
{
	memset(shm->count[metric], 0, sizeof(shm->count[metric]));
}

static enum tb_exit exit_after(struct tb_launch_shm *shm, enum tb_exit exit, const char *reason)
{
	struct tb_launch launch = { .exit = exit };

	tb_launch_nulls(&book_bench, shm, &launch);
	if (!strstr(launch.reason, reason))
		fail_msg("'%s' lacks '%s'", launch.reason, reason);
	return launch.exit;
}

/* A sample in any column is one. */
static void all_measured(void **state)
{
	struct tb_launch_shm *shm = shm_of(64);

	(void)state;
	assert_int_equal(exit_after(shm, TB_EXIT_OK, ""), TB_EXIT_OK);
	for (unsigned int m = 0; m < ALL_METRICS; m++)
		assert_string_equal(shm->unavailable[m], "");
	tb_launch_shm_unmap(shm);
}

static void silent_metric(void **state)
{
	struct tb_launch_shm *shm = shm_of(64);

	(void)state;
	forget(shm, LATENCY);
	assert_int_equal(exit_after(shm, TB_EXIT_OK, "latency has no sample"), TB_EXIT_ERROR);
	/* The benchmark's reason is taken. */
	snprintf(shm->unavailable[LATENCY], TB_TEXT, "not here");
	assert_int_equal(exit_after(shm, TB_EXIT_OK, ""), TB_EXIT_OK);
	assert_string_equal(shm->unavailable[LATENCY], "not here");
	/* As many rounds as trials are a sample. */
	shm->rounds = BOOK_TRIALS;
	forget(shm, LEFT);
	assert_int_equal(exit_after(shm, TB_EXIT_OK, "left-any has no sample"), TB_EXIT_ERROR);
	tb_launch_shm_unmap(shm);
}

static void reasons_of_the_harness(void **state)
{
	struct tb_launch_shm *shm = shm_of(BOOK_TRIALS - 1);

	(void)state;
	forget(shm, LEFT);
	forget(shm, EVENT);
	assert_int_equal(exit_after(shm, TB_EXIT_OK, ""), TB_EXIT_OK);
	assert_string_equal(
		shm->unavailable[LEFT],
		"one sample needs 32 trials, and the launch made 31 rounds; use more --rounds");
	assert_non_null(strstr(shm->unavailable[EVENT], "the event lost the PMU"));
	assert_string_equal(shm->unavailable[LEFT_REFERENCE], "");
	tb_launch_shm_unmap(shm);
}

/* A launch that does not count anyway keeps its own reason. */
static void other_exits(void **state)
{
	struct tb_launch_shm *shm = shm_of(8);

	(void)state;
	forget(shm, LATENCY);
	for (enum tb_exit exit = TB_EXIT_CHECK; exit <= TB_EXIT_STOPPED; exit++)
		assert_int_equal(exit_after(shm, exit, ""), exit);
	assert_string_equal(shm->unavailable[LATENCY], "");
	tb_launch_shm_unmap(shm);
}

/* In the record: the row's reason where no launch counts, else that none of them has a sample. */
static void reasons_in_records(void **state)
{
	struct book *book = *state;
	struct tb_error why = { "" };
	struct tb_record record;

	for (int i = 0; i < 4; i++) {
		book_simple(book, 0, 100, TB_EXIT_OK);
		book_simple(book, 1, 100, TB_EXIT_CHECK);
	}
	book_end(book);
	record = book_to_record(book);
	assert_null_at(&record, "benchmarks.0.metrics.0.reason");
	assert_text(&record, "benchmarks.0.metrics.1.reason",
		    "no launch that counts has a sample of it");
	assert_text(&record, "benchmarks.1.metrics.0.reason",
		    "4 of 4 launches do not count: it was check-failed");
	assert_int_equal(tb_record_validate(&record, &why), 0);
	json_object_set_new(book_at(&record, "benchmarks.0.metrics.1"), "reason", json_null());
	assert_int_equal(tb_record_validate(&record, &why), -EINVAL);
	assert_non_null(strstr(why.text, "left-any is null without a reason"));
	json_object_set_new(book_at(&record, "benchmarks.0.metrics.1"), "reason", json_string(""));
	assert_int_equal(tb_record_validate(&record, &why), -EINVAL);
	tb_record_free(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_measured),
		cmocka_unit_test(silent_metric),
		cmocka_unit_test(reasons_of_the_harness),
		cmocka_unit_test(other_exits),
		cmocka_unit_test_setup_teardown(reasons_in_records, book_setup, book_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
