// SPDX-License-Identifier: GPL-2.0-or-later
/* A slightly changed value is rejected, for each value that follows from the samples. */
#include "book.h"

/* Two rows with all that a summary can hold, and an overhead. failed: a launch that does not count, 14 for none. */
static void fill(struct book *book, size_t failed)
{
	for (size_t i = 0; i < 14; i++) {
		struct tb_launch_shm *shm = book_shm();

		for (int k = 0; k < 30; k++) {
			double mode = k % 3 ? 100 : 200;

			book_put(shm, LATENCY, TB_GATED, mode + (double)(i % 5) + 0.1 * k);
			book_put(shm, LATENCY, TB_UNGATED, mode + 11 + 0.1 * k);
			book_put(shm, LEFT, TB_GATED, k % 7 / 32.0);
			book_put(shm, LEFT_REFERENCE, TB_GATED, k % 2 / 32.0);
		}
		shm->n_checks = 1;
		snprintf(shm->check[0].name, sizeof(shm->check[0].name), "slope");
		shm->check[0].pass = i != failed;
		shm->gate.disturbed = i % 4;
		shm->n_controls = 1;
		snprintf(shm->control[0].name, sizeof(shm->control[0].name), "overhead-latency");
		shm->control[0].value = 3 + (double)i;
		book_launch(book, i % 2, shm, i == failed ? TB_EXIT_CHECK : TB_EXIT_OK);
	}
	book_end(book);
}

static bool believed(const struct tb_record *record)
{
	struct tb_error why = { "" };

	return !tb_record_validate(record, &why);
}

/* Changes each value in place, validates, and restores it. Returns the number of changes. */
static size_t refuse_each(const struct tb_record *record, json_t *value, const char *where);

static size_t refuse_one(const struct tb_record *record, json_t *value, const char *where)
{
	double x = json_number_value(value);
	json_int_t n = json_integer_value(value);
	bool accepted;

	if (json_is_integer(value))
		json_integer_set(value, n + 1);
	else
		json_real_set(value, fabs(x) > 0 ? x * 1.000001 : 1e-9);
	accepted = believed(record);
	if (json_is_integer(value))
		json_integer_set(value, n);
	else
		json_real_set(value, x);
	if (accepted)
		fail_msg("%s is believed when it is a millionth more", where);
	return 1;
}

static size_t refuse_array(const struct tb_record *record, json_t *array, const char *where)
{
	size_t n = 0, i;
	json_t *value;

	json_array_foreach(array, i, value) {
		char path[256];

		snprintf(path, sizeof(path), "%.200s.%zu", where, i);
		n += refuse_each(record, value, path);
	}
	json_array_append_new(array, json_integer(1));
	if (believed(record))
		fail_msg("%s is believed with one element more", where);
	json_array_remove(array, json_array_size(array) - 1);
	return n + 1;
}

static size_t refuse_each(const struct tb_record *record, json_t *value, const char *where)
{
	json_t *member;
	const char *key;
	size_t n = 0;

	if (json_is_number(value))
		return refuse_one(record, value, where);
	if (json_is_array(value))
		return refuse_array(record, value, where);
	json_object_foreach(value, key, member) {
		char path[256];

		snprintf(path, sizeof(path), "%.180s.%.60s", where, key);
		n += refuse_each(record, member, path);
	}
	return n;
}

static void each_figure(void **state)
{
	static const char *const of_row[] = { "checks", "quiet_share" };
	struct book *book = *state;
	struct tb_record record;
	json_t *row, *metric;
	size_t i, m, n = 0;

	fill(book, 5);
	record = book_to_record(book);
	assert_true(believed(&record));
	json_array_foreach(json_object_get(record.json, "benchmarks"), i, row) {
		if (!strcmp(tb_json_text(row, "status", ""), "skipped"))
			continue;
		json_array_foreach(json_object_get(row, "metrics"), m, metric) {
			n += refuse_each(&record, json_object_get(metric, "summary"), "summary");
			if (m == LATENCY)
				n += refuse_one(&record, json_object_get(metric, "overhead"),
						"overhead");
		}
		for (size_t k = 0; k < COUNT(of_row); k++)
			n += refuse_each(&record, json_object_get(row, of_row[k]), of_row[k]);
	}
	assert_true(believed(&record));
	assert_true(n > 150);
	tb_record_free(&record);
}

/* A sample that is another one changes a figure, whichever row and launch it is of. */
static void each_sample(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	fill(book, 14);
	record = book_to_record(book);
	for (size_t i = 0; i < record.numbers; i += 97) {
		double x = record.number[i];

		record.number[i] = 1e6;
		if (believed(&record))
			fail_msg("sample %zu of %zu may be any other", i, record.numbers);
		record.number[i] = x;
	}
	assert_true(believed(&record));
	tb_record_free(&record);
}

/* One row's fault is not forgotten for the next row's sake. */
static void each_row(void **state)
{
	static const char *const rows[] = { "benchmarks.0", "benchmarks.1" };
	struct book *book = *state;
	struct tb_record record;

	fill(book, 5);
	record = book_to_record(book);
	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *row = book_at(&record, rows[i]);
		json_t *status = json_incref(json_object_get(row, "status"));

		json_object_set_new(row, "status", json_string("noisy"));
		assert_false(believed(&record));
		json_object_set_new(row, "status", status);
		assert_true(believed(&record));
	}
	tb_record_free(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_figure, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(each_sample, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(each_row, book_setup, book_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
