// SPDX-License-Identifier: GPL-2.0-or-later
/* Complete and truncated journals, and the records made of them. */
#include "book.h"

static void append(struct book *book, const char *line)
{
	assert_int_equal(write(book->journal.fd, line, strlen(line)), strlen(line));
}

static void whole(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 3; i++)
		book_simple(book, i % 2, 100 + i, TB_EXIT_OK);
	book_end(book);
	record = book_to_record(book);
	assert_true(json_is_true(book_at(&record, "complete")));
	assert_text(&record, "exit_reason", "done");
	assert_text(&record, "finished_at", "2026-11-21T21:28:00Z");
	assert_text(&record, "run_id", "01a20001-e23d-7d00-9c18-7273f8223aeb");
	assert_length(&record, "benchmarks.0.launches", 2);
	assert_length(&record, "benchmarks.1.launches", 1);
	assert_length(&record, "benchmarks.0.metrics.0.samples", 2);
	assert_number(&record, "benchmarks.0.launches.1.seq", 2);
	assert_number(&record, "benchmarks.0.metrics.0.samples.1.gated.count", 3);
	/* Ungated and gated of launches 0 and 1, and ungated of launch 2 lie before it. */
	assert_number(&record, "benchmarks.0.metrics.0.samples.1.gated.first", 15);
	assert_int_equal(record.numbers, 18);
	assert_true(record.number[15] == 101 && record.number[17] == 103);
	assert_number(&record, "benchmarks.0.metrics.0.samples.1.ungated.first", 12);
	assert_true(record.number[12] == 111 && record.number[14] == 113);
	tb_record_free(&record);
}

static void skipped_rows_stay(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	book_end(book);
	record = book_to_record(book);
	assert_text(&record, "benchmarks.2.status", "skipped");
	assert_text(&record, "benchmarks.2.reason_code", "no-b");
	assert_text(&record, "benchmarks.2.reason", "this machine has none");
	assert_null_at(&record, "benchmarks.2.remedy");
	assert_length(&record, "benchmarks.2.metrics", 0);
	assert_text(&record, "benchmarks.0.status", "failed");
	assert_text(&record, "benchmarks.0.reason_code", "no-launch");
	assert_null_at(&record, "benchmarks.0.metrics.0.samples");
	assert_text(&record, "benchmarks.0.metrics.0.reason", "no launch was made");
	tb_record_free(&record);
}

static void no_end_line(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	book_simple(book, 0, 100, TB_EXIT_OK);
	record = book_to_record(book);
	assert_true(json_is_false(book_at(&record, "complete")));
	assert_text(&record, "exit_reason", "killed");
	assert_string_not_equal(json_string_value(book_at(&record, "finished_at")),
				"2026-11-21T21:27:33.181Z");
	assert_length(&record, "benchmarks.0.launches", 1);
	tb_record_free(&record);
}

/* Torn at every byte of its last line: the launches before it are all there. */
static void torn_last_line(void **state)
{
	struct book *book = *state;
	off_t before, after;

	book_simple(book, 0, 100, TB_EXIT_OK);
	book_simple(book, 0, 101, TB_EXIT_OK);
	before = book_size(book, JOURNAL);
	book_simple(book, 0, 102, TB_EXIT_OK);
	after = book_size(book, JOURNAL);
	for (off_t size = after; size >= before; size -= size > before + 60 ? 41 : 1) {
		struct tb_record record;

		book_cut(book, JOURNAL, book_size(book, JOURNAL) - size);
		record = book_to_record(book);
		assert_length(&record, "benchmarks.0.launches", size == after ? 3 : 2);
		assert_length(&record, "benchmarks.0.metrics.0.samples", size == after ? 3 : 2);
		assert_text(&record, "exit_reason", "killed");
		tb_record_free(&record);
	}
}

static void torn_first_line(void **state)
{
	struct book *book = *state;
	struct tb_error why = { "" };
	struct tb_record record;

	book_cut(book, JOURNAL, 1);
	assert_int_equal(tb_record_from_journal(&book->journal, &record, &why), -ENODATA);
	assert_true(why.text[0]);
	assert_null(record.json);
	book_cut(book, JOURNAL, book_size(book, JOURNAL));
	assert_int_equal(tb_record_from_journal(&book->journal, &record, NULL), -ENODATA);
	/* Whole, but not a run's. */
	append(book, "{\"end\": {}}\n");
	assert_int_equal(tb_record_from_journal(&book->journal, &record, NULL), -EINVAL);
	book_cut(book, JOURNAL, book_size(book, JOURNAL));
	append(book, "{\"record\": []}\n");
	assert_int_equal(tb_record_from_journal(&book->journal, &record, NULL), -EINVAL);
	assert_null(record.json);
}

/* The machine died between the numbers and their line. */
static void numbers_missing(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 3; i++)
		book_simple(book, 0, 100 + i, TB_EXIT_OK);
	book_end(book);
	book_cut(book, NUMBERS, 1);
	record = book_to_record(book);
	assert_length(&record, "benchmarks.0.launches", 2);
	assert_length(&record, "benchmarks.0.metrics.0.samples", 2);
	assert_length(&record, "benchmarks.0.metrics.2.samples", 2);
	assert_number(&record, "benchmarks.0.metrics.0.summary.estimate", 100.5);
	tb_record_free(&record);
	book_cut(book, NUMBERS, book_size(book, NUMBERS));
	record = book_to_record(book);
	assert_length(&record, "benchmarks.0.launches", 0);
	assert_text(&record, "benchmarks.0.reason_code", "no-launch");
	tb_record_free(&record);
}

/* Invalid samples, as a broken disk may leave them. */
static void numbers_not_finite(void **state)
{
	struct book *book = *state;
	struct tb_record record;
	double nan = NAN;
	char path[160];
	int fd;

	for (int i = 0; i < 3; i++)
		book_simple(book, 0, 100 + i, TB_EXIT_OK);
	snprintf(path, sizeof(path), "%s/%s", book->path, NUMBERS);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, &nan, sizeof(nan), 7 * sizeof(nan)), sizeof(nan));
	close(fd);
	record = book_to_record(book);
	assert_length(&record, "benchmarks.0.launches", 2);
	assert_number(&record, "benchmarks.0.metrics.0.summary.estimate", 101);
	tb_record_free(&record);
}

#define LAUNCH "\"launch\": {\"exit\": \"ok\"}"

/* Lines that no harness writes are no launches. */
static void hostile_lines(void **state)
{
	static const char *const lines[] = {
		"{\"row\": -1, " LAUNCH ", \"samples\": []}\n",
		"{\"row\": 3, " LAUNCH ", \"samples\": []}\n",
		"{\"row\": 9223372036854775807, " LAUNCH ", \"samples\": []}\n",
		"{\"row\": 0.5, " LAUNCH ", \"samples\": []}\n",
		"{\"row\": \"0\", " LAUNCH ", \"samples\": []}\n",
		"{" LAUNCH ", \"samples\": []}\n",
		"{\"row\": 0, " LAUNCH
		", \"samples\": [{\"gated\": {\"first\": -3, \"count\": 3}}]}\n",
		"{\"row\": 0, " LAUNCH
		", \"samples\": [{\"gated\": {\"first\": 3, \"count\": -3}}]}\n",
		"{\"row\": 0, " LAUNCH
		", \"samples\": [{\"gated\": {\"first\": 5, \"count\": 2}}]}\n",
		"{\"row\": 0, " LAUNCH
		", \"samples\": [{\"gated\": {\"first\": 1e300, \"count\": 1}}]}\n",
		"{\"row\": 0, \"samples\": []}\n",
		"[]\n",
		"{}\n",
	};
	struct book *book = *state;
	struct tb_record record;

	book_simple(book, 0, 100, TB_EXIT_OK);
	for (size_t i = 0; i < COUNT(lines); i++)
		append(book, lines[i]);
	book_end(book);
	append(book, "{\"end\": {\"exit_reason\": \"signal\"}}\n");
	record = book_to_record(book);
	assert_length(&record, "benchmarks.0.launches", 1);
	assert_length(&record, "benchmarks.0.metrics.0.samples", 1);
	assert_length(&record, "benchmarks.1.launches", 0);
	assert_length(&record, "benchmarks.2.launches", 0);
	assert_text(&record, "benchmarks.2.status", "skipped");
	assert_text(&record, "exit_reason", "done");
	tb_record_free(&record);
}

/* Lines before invalid data are kept, lines after it are ignored. */
static void rubbish(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	book_simple(book, 0, 100, TB_EXIT_OK);
	append(book, "{\"row\": 0, \n");
	book_simple(book, 0, 101, TB_EXIT_OK);
	book_end(book);
	record = book_to_record(book);
	assert_length(&record, "benchmarks.0.launches", 1);
	assert_text(&record, "exit_reason", "killed");
	tb_record_free(&record);
}

/* An entry of samples a launch in each metric, or no reader takes the record. */
static void fewer_samples_than_metrics(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	book_simple(book, 0, 100, TB_EXIT_OK);
	append(book, "{\"row\": 0, " LAUNCH ", \"samples\": [{}]}\n");
	record = book_to_record(book);
	for (int m = 0; m < BOOK_METRICS; m++) {
		char path[64];

		snprintf(path, sizeof(path), "benchmarks.0.metrics.%d.samples", m);
		assert_length(&record, path,
			      json_array_size(book_at(&record, "benchmarks.0.launches")));
	}
	tb_record_free(&record);
}

static void one_writer(void **state)
{
	struct book *book = *state;
	struct tb_journal other;
	json_t *run = book_run();
	off_t before = book_size(book, JOURNAL);

	assert_int_equal(tb_journal_begin(&other, book->dir, STEM, run), -EEXIST);
	assert_int_equal(book_size(book, JOURNAL), before);
	json_decref(run);
	/* Its run lives. */
	assert_int_equal(tb_journal_open(&other, book->dir, STEM), -EWOULDBLOCK);
	tb_journal_close(&book->journal);
	assert_int_equal(tb_journal_open(&book->journal, book->dir, STEM), 0);
	assert_int_equal(tb_journal_open(&other, book->dir, STEM), -EWOULDBLOCK);
	assert_int_equal(tb_journal_open(&other, book->dir, "absent"), -ENOENT);
	assert_int_equal(book_size(book, ".absent.numbers"), -1);
	assert_int_equal(tb_journal_remove(&book->journal), 0);
	assert_int_equal(book_size(book, JOURNAL), -1);
	assert_int_equal(book_size(book, NUMBERS), -1);
	assert_int_equal(tb_journal_remove(&book->journal), 0);
}

/* Numbers without a journal are in the way of a new one, which leaves no half of itself. */
static void begins_whole_or_not(void **state)
{
	struct book *book = *state;
	struct tb_journal other;
	json_t *run = book_run();
	int fd = openat(book->dir, ".other.numbers", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	close(fd);
	assert_int_equal(tb_journal_begin(&other, book->dir, "other", run), -EEXIST);
	assert_int_equal(book_size(book, ".other.journal"), -1);
	assert_int_equal(book_size(book, ".other.numbers"), 0);
	assert_int_equal(tb_journal_begin(&other, -1, "other", run), -EBADF);
	json_decref(run);
}

static void missing(void **state)
{
	struct book *book = *state;
	struct tb_launch_shm *shm = book_shm();
	struct tb_record record;

	book_put(shm, LATENCY, TB_GATED, 100);
	book_put(shm, LEFT, TB_GATED, 0.5); /* not kept: the metric missing */
	snprintf(shm->unavailable[LEFT], TB_TEXT, "CPUID exits");
	book_launch(book, 0, shm, TB_EXIT_OK);
	record = book_to_record(book);
	assert_null_at(&record, "benchmarks.0.metrics.1.samples");
	assert_null_at(&record, "benchmarks.0.metrics.1.summary");
	assert_text(&record, "benchmarks.0.metrics.1.reason", "CPUID exits");
	assert_length(&record, "benchmarks.0.metrics.0.samples", 1);
	assert_null_at(&record, "benchmarks.0.metrics.0.reason");
	assert_int_equal(record.numbers, 1);
	tb_record_free(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whole, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(skipped_rows_stay, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(no_end_line, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(torn_last_line, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(torn_first_line, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(numbers_missing, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(numbers_not_finite, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(hostile_lines, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(rubbish, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(fewer_samples_than_metrics, book_setup,
						book_teardown),
		cmocka_unit_test_setup_teardown(one_writer, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(begins_whole_or_not, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(missing, book_setup, book_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
