// SPDX-License-Identifier: GPL-2.0-or-later
/* Records on disk: inline or beside, bit for bit, never replaced. */
#include <float.h>

#include "book.h"

static struct tb_error why;

static bool there(const struct book *book, const char *name)
{
	return !faccessat(book->dir, name, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* A row with n numbers, awkward ones among them. */
static double number(size_t i)
{
	static const double odd[] = { 0.0,
				      -0.0,
				      1.0 / 3,
				      DBL_MAX,
				      -DBL_MAX,
				      DBL_MIN,
				      0x1p-1074,
				      -0x1.fffffffffffffp-1023,
				      0.1,
				      1e22,
				      123456789.123456789,
				      0x1.0000000000001p0 };

	return i < COUNT(odd) ? odd[i] : 1e6 * sin((double)i) + 1 / (double)(i + 1);
}

static void write_numbers(struct book *book, size_t n)
{
	for (size_t i = 0; i < n;) {
		struct tb_launch_shm *shm = book_shm();

		for (size_t k = 0; i < n && k < BOOK_ROOM; k++)
			book_put(shm, LATENCY, TB_DISTURBED, number(i++));
		book_launch(book, 1, shm, TB_EXIT_OK);
	}
	book_end(book);
}

/* The numbers of the row's launches are those that were written. */
static void assert_numbers(const struct tb_record *record, size_t n)
{
	const json_t *metric = book_at(record, "benchmarks.1.metrics.0");
	size_t launches = json_array_size(book_at(record, "benchmarks.1.launches")), i = 0;
	double *buffer = NULL;

	for (size_t l = 0; l < launches; l++) {
		const double *x;
		size_t got = tb_record_samples(record, metric, l, "disturbed", &buffer, &x);

		assert_true(i + got <= n);
		for (size_t k = 0; k < got; k++, i++) {
			double want = number(i);

			if (memcmp(&x[k], &want, sizeof(want)) != 0)
				fail_msg("number %zu is %a, not %a", i, x[k], want);
		}
	}
	assert_int_equal(i, n);
	free(buffer);
}

static struct tb_record read_back(const struct book *book, const char *name)
{
	struct tb_record record;

	why.text[0] = '\0';
	if (tb_record_read(book->dir, name, &record, &why))
		fail_msg("%s", why.text);
	return record;
}

static void published(struct book *book, size_t n, bool beside)
{
	struct tb_record record;

	write_numbers(book, n);
	record = book_to_record(book);
	assert_int_equal(record.numbers, n);
	assert_int_equal(tb_record_publish(&record, book->dir, STEM, &why), 0);
	tb_record_free(&record);
	assert_true(there(book, STEM ".json"));
	assert_int_equal(there(book, STEM ".samples.zst"), beside);

	record = read_back(book, STEM ".json");
	assert_int_equal(record.numbers, beside ? n : 0);
	assert_int_equal(json_is_null(book_at(&record, "samples_file")), !beside);
	if (beside)
		assert_text(&record, "samples_file.file", STEM ".samples.zst");
	assert_numbers(&record, n);
	if (tb_record_validate(&record, &why))
		fail_msg("%s", why.text);
	tb_record_free(&record);
}

static void few_are_inline(void **state)
{
	published(*state, 10000, false);
}

static void many_lie_beside(void **state)
{
	published(*state, 10001, true);
}

static void none_at_all(void **state)
{
	published(*state, 0, false);
}

/* More than a frame of the side file. */
static void frames(void **state)
{
	published(*state, 131072 + 5, true);
}

/* For standard output all numbers are inline. */
static void all_inline(void **state)
{
	struct book *book = *state;
	struct tb_record record;
	int fd;

	write_numbers(book, 12000);
	record = book_to_record(book);
	assert_int_equal(tb_record_inline(&record), 0);
	assert_null(record.number);
	assert_int_equal(record.numbers, 0);
	assert_numbers(&record, 12000);
	fd = openat(book->dir, "copy.json", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(tb_record_write(record.json, fd), 0);
	close(fd);
	assert_int_equal(tb_record_write(record.json, -1), -EBADF);
	tb_record_free(&record);
	record = read_back(book, "copy.json");
	assert_numbers(&record, 12000);
	assert_int_equal(tb_record_validate(&record, &why), 0);
	tb_record_free(&record);
}

static void put(const struct book *book, const char *name, const char *text)
{
	int fd = openat(book->dir, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void assert_kept(const struct book *book, const char *name, const char *text)
{
	int fd = openat(book->dir, name, O_RDONLY | O_CLOEXEC);
	char got[64] = "";

	assert_int_equal(read(fd, got, sizeof(got)), strlen(text));
	assert_string_equal(got, text);
	close(fd);
}

static void never_replaces(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	write_numbers(book, 3);
	record = book_to_record(book);
	put(book, STEM ".json", "precious");
	why.text[0] = '\0';
	assert_int_equal(tb_record_publish(&record, book->dir, STEM, &why), -EEXIST);
	assert_non_null(strstr(why.text, STEM ".json"));
	assert_kept(book, STEM ".json", "precious");
	/* By another name it is still whole. */
	assert_int_equal(tb_record_publish(&record, book->dir, "other", &why), 0);
	tb_record_free(&record);
	record = read_back(book, "other.json");
	assert_numbers(&record, 3);
	tb_record_free(&record);
}

static void never_replaces_samples(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	write_numbers(book, 10001);
	record = book_to_record(book);
	put(book, STEM ".samples.zst", "precious");
	why.text[0] = '\0';
	assert_int_equal(tb_record_publish(&record, book->dir, STEM, &why), -EEXIST);
	assert_non_null(strstr(why.text, STEM ".samples.zst"));
	assert_kept(book, STEM ".samples.zst", "precious");
	assert_false(there(book, STEM ".json"));
	/* The record's name exists already, so its side file is removed. */
	put(book, "taken.json", "precious");
	assert_int_equal(tb_record_publish(&record, book->dir, "taken", &why), -EEXIST);
	assert_kept(book, "taken.json", "precious");
	assert_false(there(book, "taken.samples.zst"));
	assert_int_equal(tb_record_publish(&record, book->dir, "other", &why), 0);
	tb_record_free(&record);
	record = read_back(book, "other.json");
	assert_text(&record, "samples_file.file", "other.samples.zst");
	assert_numbers(&record, 10001);
	tb_record_free(&record);
}

/* A record that would not validate is not published. */
static void no_record_is_left(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	write_numbers(book, 10001);
	record = book_to_record(book);
	json_object_set_new(record.json, "run_id", json_string(""));
	why.text[0] = '\0';
	assert_int_equal(tb_record_publish(&record, book->dir, STEM, &why), -EIO);
	assert_non_null(strstr(why.text, STEM ".json differs when it is read back: "));
	assert_non_null(strstr(why.text, "run_id"));
	assert_false(there(book, STEM ".json"));
	assert_false(there(book, STEM ".samples.zst"));
	tb_record_free(&record);
}

/* Neither does one whose figures do not follow from its samples: its shape alone is no proof. */
static void no_false_figure_is_left(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 6; i++)
		book_simple(book, 0, 100 + i, TB_EXIT_OK);
	book_end(book);
	record = book_to_record(book);
	json_object_set_new(book_at(&record, "benchmarks.0.metrics.0.summary"), "estimate",
			    json_real(102.6));
	why.text[0] = '\0';
	assert_int_equal(tb_record_publish(&record, book->dir, STEM, &why), -EIO);
	assert_non_null(strstr(why.text, "does not follow from the samples"));
	assert_false(there(book, STEM ".json"));
	tb_record_free(&record);
}

/* Each number belongs to one launch: overlapping ranges could request any amount of memory. */
static void overlapping_ranges(void **state)
{
	struct book *book = *state;
	struct tb_record record;
	json_t *range;
	int fd;

	published(book, 10001, true);
	record = read_back(book, STEM ".json");
	range = book_at(&record, "benchmarks.1.metrics.0.samples.0.gated");
	json_object_set_new(range, "count", json_integer(1));
	fd = openat(book->dir, "overlap.json", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(tb_record_write(record.json, fd), 0);
	close(fd);
	tb_record_free(&record);
	why.text[0] = '\0';
	assert_int_equal(tb_record_read(book->dir, "overlap.json", &record, &why), -EINVAL);
	assert_non_null(strstr(why.text, "samples beyond the side file"));
}

static void samples_of_nothing(void **state)
{
	static const char *const metrics[] = {
		"{}",
		"{'samples': null}",
		"{'samples': []}",
		"{'samples': [{}]}",
		"{'samples': [{'gated': []}]}",
		"{'samples': [{'gated': {'first': 0, 'count': 0}}]}",
		"{'samples': [{'ungated': [1]}]}",
	};
	struct tb_record record = { 0 };
	double *buffer = NULL;
	const double *x;

	(void)state;
	for (size_t i = 0; i < COUNT(metrics); i++) {
		json_t *metric = json_quoted(metrics[i]);

		assert_int_equal(tb_record_samples(&record, metric, 0, "gated", &buffer, &x), 0);
		json_decref(metric);
	}
	free(buffer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(few_are_inline, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(many_lie_beside, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(none_at_all, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(frames, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(all_inline, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(never_replaces, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(never_replaces_samples, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(no_record_is_left, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(no_false_figure_is_left, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(overlapping_ranges, book_setup, book_teardown),
		cmocka_unit_test(samples_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
