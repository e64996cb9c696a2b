// SPDX-License-Identifier: GPL-2.0-or-later
/* Values, verdicts and status of a row on both sides of each limit. */
#include "book.h"

#define ROW	"benchmarks.0."
#define SUMMARY ROW "metrics.0.summary."
#define EXCESS	ROW "metrics.1.summary.excess."

/* Launch i of n holds i + 1, i + 1 + n, ...: all of them together 1 to n * samples. */
static void interleaved(struct book *book, unsigned int n, unsigned int samples)
{
	for (unsigned int i = 0; i < n; i++) {
		struct tb_launch_shm *shm = book_shm();

		for (unsigned int k = samples; k-- > 0;)
			book_put(shm, LATENCY, TB_GATED, i + 1 + k * n);
		book_launch(book, 0, shm, TB_EXIT_OK);
	}
}

/* Type 7: the quantile p of 1 to n is 1 + (n - 1) p. */
static void quantiles(void **state)
{
	static const struct {
		const char *path;
		double p;
	} at[] = { { SUMMARY "quantiles.p1", 0.01 },  { SUMMARY "quantiles.p5", 0.05 },
		   { SUMMARY "quantiles.p25", 0.25 }, { SUMMARY "quantiles.p50", 0.5 },
		   { SUMMARY "quantiles.p75", 0.75 }, { SUMMARY "quantiles.p95", 0.95 },
		   { SUMMARY "quantiles.p99", 0.99 }, { SUMMARY "quantiles.min", 0 },
		   { SUMMARY "quantiles.max", 1 },    { SUMMARY "quantiles.p999", NAN } };
	struct book *book = *state;
	struct tb_record record;

	interleaved(book, 6, 200);
	record = book_to_record(book);
	for (size_t i = 0; i < COUNT(at); i++)
		if (isnan(at[i].p))
			assert_null_at(&record, at[i].path);
		else
			assert_number(&record, at[i].path, 1 + 1199 * at[i].p);
	assert_number(&record, SUMMARY "n_samples", 1200);
	assert_number(&record, SUMMARY "n_launches", 6);
	/* Launches' medians are 598, ... 603. */
	assert_number(&record, SUMMARY "estimate", 600.5);
	assert_number(&record, SUMMARY "ci.lo", 598);
	assert_number(&record, SUMMARY "ci.hi", 603);
	assert_number(&record, SUMMARY "centres.2", 600);
	tb_record_free(&record);
}

/* Ten samples must lie beyond a quantile. */
static void quantiles_need_samples(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	interleaved(book, 3, 333);
	record = book_to_record(book);
	assert_null_at(&record, SUMMARY "quantiles.p99");
	assert_null_at(&record, SUMMARY "quantiles.p1");
	assert_number(&record, SUMMARY "quantiles.p95", 1 + 998 * 0.95);
	tb_record_free(&record);
	book_simple(book, 0, 500, TB_EXIT_OK);
	record = book_to_record(book);
	assert_true(json_is_real(book_at(&record, SUMMARY "quantiles.p99")));
	tb_record_free(&record);
}

static void six(struct book *book, const double value[6])
{
	for (int i = 0; i < 6; i++)
		book_simple(book, 0, value[i], TB_EXIT_OK);
}

/* S = 15 of six launches: p = 0.0085; of five there is no drift; one exchanged: 0.024. */
static void drift(void **state)
{
	static const double nearly[6] = { 100, 100.2, 100.1, 100.3, 100.4, 100.5 };
	struct book *book = *state;
	struct tb_record record;

	six(book, nearly);
	record = book_to_record(book);
	assert_length(&record, SUMMARY "warnings", 0);
	assert_true(json_number_value(book_at(&record, SUMMARY "drift.p")) < 0.03);
	tb_record_free(&record);
	for (int i = 0; i < 6; i++)
		book_simple(book, 1, 100 + 0.1 * i, TB_EXIT_OK);
	record = book_to_record(book);
	assert_text(&record, "benchmarks.1.metrics.0.summary.warnings.0", "drift");
	assert_true(fabs(json_number_value(
				 book_at(&record, "benchmarks.1.metrics.0.summary.drift.slope")) -
			 0.1) < 1e-9);
	tb_record_free(&record);
}

/* The wider side of the interval counts: 99 and 106 about 100. */
static void unstable(void **state)
{
	static const double wide[6] = { 100, 99, 100, 106, 100, 100 };
	struct book *book = *state;
	struct tb_record record;

	six(book, wide);
	record = book_to_record(book);
	assert_number(&record, SUMMARY "ci.lo", 99);
	assert_number(&record, SUMMARY "ci.hi", 106);
	assert_text(&record, ROW "status", "unstable");
	assert_text(&record, ROW "reason",
		    "the launches differ: the interval reaches 6.0 % from the estimate");
	tb_record_free(&record);
}

/* A launch of 10 samples of 32 trials each. */
static void shares(struct book *book, enum tb_column column, double share, enum tb_exit exit)
{
	struct tb_launch_shm *shm = book_shm();

	for (int i = 0; i < 10; i++) {
		book_put(shm, LEFT, column, share);
		book_put(shm, LEFT_REFERENCE, column, 0);
	}
	book_launch(book, 0, shm, exit);
}

/* 0.4 % of 3200 trials is below the limit, its bound is not: not proved empty. */
static void bound_not_estimate(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 10; i++)
		shares(book, TB_GATED, 0.004, TB_EXIT_OK);
	record = book_to_record(book);
	assert_number(&record, EXCESS "estimate", 0.004);
	assert_true(json_number_value(book_at(&record, EXCESS "upper")) > TB_EMPTY_EXCESS);
	assert_true(json_is_false(book_at(&record, EXCESS "empty")));
	tb_record_free(&record);
}

/* A core that nobody saw quiet proves nothing empty. */
static void ungated_proves_nothing(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 10; i++)
		shares(book, TB_UNGATED, 0, TB_EXIT_OK);
	record = book_to_record(book);
	assert_text(&record, ROW "metrics.1.summary.column", "ungated");
	assert_number(&record, EXCESS "trials", 3200);
	assert_null_at(&record, EXCESS "empty");
	tb_record_free(&record);
}

/* Two of twelve launches that do not count leave the verdict, three of thirteen withhold it. */
static void failed_row_has_no_verdict(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 12; i++)
		shares(book, TB_GATED, 0, i < 2 ? TB_EXIT_CHECK : TB_EXIT_OK);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "ok");
	assert_true(json_is_true(book_at(&record, EXCESS "empty")));
	tb_record_free(&record);
	shares(book, TB_GATED, 0, TB_EXIT_CHECK);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "failed");
	assert_null_at(&record, EXCESS "empty");
	tb_record_free(&record);
}

static void checked(struct book *book, size_t row, bool pass, enum tb_exit exit)
{
	struct tb_launch_shm *shm = book_shm();

	book_put(shm, LATENCY, TB_GATED, 100);
	book_put(shm, LATENCY, TB_UNGATED, pass ? 110 : 990);
	shm->n_checks = 1;
	snprintf(shm->check[0].name, sizeof(shm->check[0].name), "slope");
	shm->check[0].pass = pass;
	book_launch(book, row, shm, exit);
}

/* One of five launches may fail, two of nine may not. */
static void failed_share(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 5; i++)
		checked(book, 0, i > 0, TB_EXIT_OK);
	for (int i = 0; i < 9; i++)
		checked(book, 1, i > 1, TB_EXIT_OK);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "ok");
	assert_text(&record, ROW "checks.0.got", "4 of 5 launches");
	assert_true(json_is_true(book_at(&record, ROW "checks.0.pass")));
	assert_number(&record, SUMMARY "n_launches", 4);
	assert_text(&record, "benchmarks.1.status", "failed");
	assert_text(&record, "benchmarks.1.checks.0.got", "7 of 9 launches");
	assert_true(json_is_false(book_at(&record, "benchmarks.1.checks.0.pass")));
	assert_number(&record, "benchmarks.1.metrics.0.summary.n_launches", 7);
	tb_record_free(&record);
}

/* Beside the figure stand disturbed launches, too, but none whose check failed. */
static void disturbed_and_failed(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 6; i++)
		checked(book, 0, true, TB_EXIT_OK);
	checked(book, 0, true, TB_EXIT_DISTURBED);
	checked(book, 0, false, TB_EXIT_DISTURBED);
	record = book_to_record(book);
	assert_number(&record, SUMMARY "n_launches", 6);
	assert_number(&record, SUMMARY "ungated.n_launches", 7);
	assert_number(&record, SUMMARY "ungated.quantiles.max", 110);
	tb_record_free(&record);
}

static void looked(struct book *book, size_t row, unsigned int disturbed, enum tb_exit exit)
{
	struct tb_launch_shm *shm = book_shm(); /* 4 were quiet */

	book_put(shm, LATENCY, TB_GATED, 100);
	book_put(shm, LATENCY, TB_UNGATED, 110);
	shm->gate.disturbed = disturbed;
	book_launch(book, row, shm, exit);
}

/* 4 of 16 looks are enough, 4 of 17 are not; what a disturbed launch calls quiet is none. */
static void quiet_share(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	looked(book, 0, 12, TB_EXIT_OK);
	looked(book, 1, 8, TB_EXIT_OK);
	looked(book, 1, 0, TB_EXIT_DISTURBED);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "ok");
	assert_number(&record, ROW "quiet_share", 0.25);
	assert_text(&record, "benchmarks.1.status", "ok");
	assert_number(&record, "benchmarks.1.quiet_share", 0.25);
	tb_record_free(&record);
	looked(book, 0, 5, TB_EXIT_OK);	       /* 8 of 25 */
	looked(book, 1, 1, TB_EXIT_DISTURBED); /* 4 of 21 */
	record = book_to_record(book);
	assert_text(&record, ROW "status", "ok");
	assert_number(&record, ROW "quiet_share", 0.32);
	assert_text(&record, "benchmarks.1.status", "noisy");
	assert_number(&record, "benchmarks.1.quiet_share", 4.0 / 21);
	tb_record_free(&record);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, book_setup, book_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(quantiles),
		TEST(quantiles_need_samples),
		TEST(drift),
		TEST(unstable),
		TEST(bound_not_estimate),
		TEST(ungated_proves_nothing),
		TEST(failed_row_has_no_verdict),
		TEST(failed_share),
		TEST(disturbed_and_failed),
		TEST(quiet_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
