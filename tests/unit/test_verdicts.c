// SPDX-License-Identifier: GPL-2.0-or-later
/* The verdict "empty", and the checks of a row. */
#include "book.h"

#define ROW    "benchmarks.0."
#define EXCESS ROW "metrics.1.summary.excess"

/* A launch of `blocks` samples, each a share over 32 trials. */
static void shares(struct book *book, unsigned int blocks, double left, double reference)
{
	struct tb_launch_shm *shm = book_shm();

	for (unsigned int i = 0; i < blocks; i++) {
		book_put(shm, LATENCY, TB_GATED, 100);
		book_put(shm, LEFT, TB_GATED, left);
		book_put(shm, LEFT_REFERENCE, TB_GATED, reference);
	}
	book_launch(book, 0, shm, TB_EXIT_OK);
}

static void launches(struct book *book, unsigned int n, unsigned int blocks, double left,
		     double reference)
{
	for (unsigned int i = 0; i < n; i++)
		shares(book, blocks, left, reference);
}

static void empty(void **state)
{
	const double z2 = 1.6448536269514722 * 1.6448536269514722, n = 3200;
	struct book *book = *state;
	struct tb_record record;

	launches(book, 10, 10, 0, 0);
	record = book_to_record(book);
	assert_true(json_is_true(book_at(&record, EXCESS ".empty")));
	assert_number(&record, EXCESS ".trials", n);
	assert_number(&record, EXCESS ".launches", 10);
	assert_number(&record, EXCESS ".estimate", 0);
	/* Nothing seen is no proof of nothing: Wilson's upper limit of 0 of 3200. */
	assert_true(fabs(json_number_value(book_at(&record, EXCESS ".upper")) - z2 / (n + z2)) <
		    1e-9);
	/* The reference has none of its own. */
	assert_null_at(&record, ROW "metrics.2.summary.excess");
	tb_record_free(&record);
}

static void not_empty(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	launches(book, 10, 10, 1.0 / 32, 0);
	record = book_to_record(book);
	assert_true(json_is_false(book_at(&record, EXCESS ".empty")));
	assert_number(&record, EXCESS ".estimate", 1.0 / 32);
	assert_true(json_number_value(book_at(&record, EXCESS ".upper")) > 1.0 / 32);
	tb_record_free(&record);
}

/* What the probe sees where nothing is, is not the flush's. */
static void as_much_as_the_reference(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	launches(book, 40, 40, 1.0 / 32, 1.0 / 32);
	record = book_to_record(book);
	assert_number(&record, EXCESS ".estimate", 0);
	assert_number(&record, EXCESS ".trials", 51200);
	assert_true(json_is_true(book_at(&record, EXCESS ".empty")));
	tb_record_free(&record);
}

/* One launch of ten in which lines stayed: pooled trials would call it empty, the launches do not. */
static void one_bad_launch(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	launches(book, 9, 40, 0, 0);
	launches(book, 1, 40, 0.03, 0);
	record = book_to_record(book);
	assert_true(fabs(json_number_value(book_at(&record, EXCESS ".estimate")) - 0.003) < 1e-12);
	assert_true(json_is_false(book_at(&record, EXCESS ".empty")));
	tb_record_free(&record);
}

static void too_few_trials(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	launches(book, 10, 9, 0, 0);
	record = book_to_record(book);
	assert_number(&record, EXCESS ".trials", 2880);
	assert_null_at(&record, EXCESS ".empty");
	tb_record_free(&record);
	/* One launch of four blocks more: 3008. */
	launches(book, 1, 4, 0, 0);
	record = book_to_record(book);
	assert_number(&record, EXCESS ".trials", 3008);
	assert_true(json_is_true(book_at(&record, EXCESS ".empty")));
	tb_record_free(&record);
}

static void too_few_launches(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	launches(book, 9, 40, 0, 0);
	record = book_to_record(book);
	assert_number(&record, EXCESS ".trials", 11520);
	assert_null_at(&record, EXCESS ".empty");
	tb_record_free(&record);
	/* Nor does one that failed its controls make the tenth. */
	for (int i = 0; i < 2; i++) {
		struct tb_launch_shm *shm = book_shm();

		book_put(shm, LEFT, TB_GATED, 0);
		book_put(shm, LEFT_REFERENCE, TB_GATED, 0);
		book_launch(book, 0, shm, TB_EXIT_CHECK);
	}
	record = book_to_record(book);
	assert_number(&record, EXCESS ".launches", 9);
	assert_null_at(&record, EXCESS ".empty");
	tb_record_free(&record);
}

static void one_launch(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	launches(book, 1, 200, 0, 0);
	record = book_to_record(book);
	assert_number(&record, EXCESS ".upper", 1);
	assert_null_at(&record, EXCESS ".empty");
	tb_record_free(&record);
}

/* Shares that are none, and a reference with fewer samples: no verdict at all. */
static void unfit(void **state)
{
	struct book *book = *state;
	struct tb_record record;
	struct tb_launch_shm *shm;

	launches(book, 10, 10, 1.5, 0);
	record = book_to_record(book);
	assert_null_at(&record, EXCESS);
	assert_number(&record, ROW "metrics.1.summary.estimate", 1.5);
	tb_record_free(&record);

	launches(book, 1, 10, 0, 0);
	shm = book_shm();
	book_put(shm, LEFT, TB_GATED, 0);
	book_put(shm, LEFT, TB_GATED, 0);
	book_put(shm, LEFT_REFERENCE, TB_GATED, 0);
	book_launch(book, 1, shm, TB_EXIT_OK);
	record = book_to_record(book);
	assert_null_at(&record, "benchmarks.1.metrics.1.summary.excess");
	tb_record_free(&record);
}

static void checked(struct book *book, bool first, bool second, enum tb_exit exit)
{
	struct tb_launch_shm *shm = book_shm();

	book_put(shm, LATENCY, TB_GATED, 100);
	shm->n_checks = 2;
	snprintf(shm->check[0].name, sizeof(shm->check[0].name), "slope");
	snprintf(shm->check[0].want, sizeof(shm->check[0].want), "0.97..1.03");
	snprintf(shm->check[0].got, sizeof(shm->check[0].got), "1.00");
	shm->check[0].pass = first;
	snprintf(shm->check[1].name, sizeof(shm->check[1].name), "zero-page");
	shm->check[1].pass = second;
	book_launch(book, 0, shm, exit);
}

static void checks(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 8; i++)
		checked(book, true, true, TB_EXIT_OK);
	checked(book, false, true, TB_EXIT_CHECK);
	checked(book, false, true, TB_EXIT_CHECK);
	book_simple(book, 0, 100, TB_EXIT_SIGNAL); /* died before its checks */
	record = book_to_record(book);
	assert_length(&record, ROW "checks", 2);
	assert_text(&record, ROW "checks.0.name", "slope");
	assert_text(&record, ROW "checks.0.want", "0.97..1.03");
	assert_text(&record, ROW "checks.0.got", "8 of 10 launches");
	assert_true(json_is_true(book_at(&record, ROW "checks.0.pass")));
	assert_text(&record, ROW "checks.1.got", "10 of 10 launches");
	assert_int_equal(json_object_size(book_at(&record, ROW "checks.0")), 4);
	tb_record_free(&record);
	checked(book, false, false, TB_EXIT_CHECK);
	record = book_to_record(book);
	assert_text(&record, ROW "checks.0.got", "8 of 11 launches");
	assert_true(json_is_false(book_at(&record, ROW "checks.0.pass")));
	assert_true(json_is_true(book_at(&record, ROW "checks.1.pass")));
	assert_text(&record, ROW "status", "failed");
	tb_record_free(&record);
}

/* Whatever its exit says. */
static void launch_with_failed_check_is_discarded(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	checked(book, true, true, TB_EXIT_OK);
	checked(book, false, true, TB_EXIT_OK);
	record = book_to_record(book);
	assert_number(&record, ROW "metrics.0.summary.n_launches", 1);
	assert_text(&record, ROW "status", "failed");
	tb_record_free(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(empty, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(not_empty, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(as_much_as_the_reference, book_setup,
						book_teardown),
		cmocka_unit_test_setup_teardown(one_bad_launch, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(too_few_trials, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(too_few_launches, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(one_launch, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(unfit, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(checks, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(launch_with_failed_check_is_discarded, book_setup,
						book_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
