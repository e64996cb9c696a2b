// SPDX-License-Identifier: GPL-2.0-or-later
/* From samples to estimates, intervals and status. */
#include "book.h"

#define ROW	"benchmarks.0."
#define SUMMARY ROW "metrics.0.summary."

/* 0..10 in an order without a trend. */
static const int order[11] = { 5, 0, 9, 3, 8, 1, 10, 4, 7, 2, 6 };

static void eleven(struct book *book, double base, double step)
{
	for (int i = 0; i < 11; i++)
		book_simple(book, 0, base + step * order[i], TB_EXIT_OK);
}

static void estimate(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	eleven(book, 100, 1);
	record = book_to_record(book);
	assert_text(&record, SUMMARY "column", "gated");
	assert_number(&record, SUMMARY "n_launches", 11);
	assert_number(&record, SUMMARY "n_samples", 33);
	assert_number(&record, SUMMARY "estimate", 105);
	/* Of 11 the second and the tenth: P(Bin(11, 1/2) <= 1) = 12/2048 on each side. */
	assert_number(&record, SUMMARY "ci.lo", 101);
	assert_number(&record, SUMMARY "ci.hi", 109);
	assert_number(&record, SUMMARY "ci.nominal", 0.95);
	assert_number(&record, SUMMARY "ci.coverage", 1 - 24.0 / 2048);
	assert_number(&record, SUMMARY "quantiles.min", 99);
	assert_number(&record, SUMMARY "quantiles.max", 111);
	assert_number(&record, SUMMARY "quantiles.p50", 105);
	/* Fewer than ten of 33 lie beyond the quartiles. */
	assert_null_at(&record, SUMMARY "quantiles.p25");
	assert_null_at(&record, SUMMARY "quantiles.p99");
	assert_number(&record, SUMMARY "ungated.estimate", 115);
	assert_number(&record, SUMMARY "ungated.n_samples", 33);
	assert_number(&record, SUMMARY "outliers.removed", 0);
	assert_number(&record, SUMMARY "outliers.high_severe", 0);
	assert_null_at(&record, SUMMARY "excess");
	assert_length(&record, SUMMARY "warnings", 0);
	assert_text(&record, ROW "status", "ok");
	assert_null_at(&record, ROW "reason");
	assert_number(&record, ROW "quiet_share", 1);
	tb_record_free(&record);
}

static void within_a_launch(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 6; i++) {
		struct tb_launch_shm *shm = book_shm();

		book_put(shm, LATENCY, TB_GATED, 100);
		book_put(shm, LATENCY, TB_GATED, 101);
		book_put(shm, LATENCY, TB_GATED, 5000);
		/* The median of these is 0: a mean sees the rare. */
		book_put(shm, LEFT, TB_GATED, 0);
		book_put(shm, LEFT, TB_GATED, 0);
		book_put(shm, LEFT, TB_GATED, 0.75);
		book_launch(book, 0, shm, TB_EXIT_OK);
	}
	record = book_to_record(book);
	assert_number(&record, SUMMARY "estimate", 101);
	assert_number(&record, ROW "metrics.1.summary.estimate", 0.25);
	/* Without a reference there is nothing to be in excess of. */
	assert_null_at(&record, ROW "metrics.1.summary.excess");
	tb_record_free(&record);
}

static void without_gate(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 6; i++) {
		struct tb_launch_shm *shm = book_shm();

		book_put(shm, LATENCY, TB_UNGATED, 100 + i);
		book_put(shm, LATENCY, TB_DISTURBED, 900);
		shm->gate.looks = 0;
		book_launch(book, 0, shm, TB_EXIT_OK);
	}
	record = book_to_record(book);
	assert_text(&record, SUMMARY "column", "ungated");
	assert_number(&record, SUMMARY "estimate", 102.5);
	assert_number(&record, SUMMARY "ungated.estimate", 102.5);
	assert_null_at(&record, ROW "quiet_share");
	assert_null_at(&record, ROW "launches.0.gate");
	assert_text(&record, ROW "status", "ok");
	tb_record_free(&record);
}

static void few_launches(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 5; i++)
		book_simple(book, 0, 100 + 50 * i, TB_EXIT_OK);
	record = book_to_record(book);
	assert_null_at(&record, SUMMARY "ci");
	assert_null_at(&record, SUMMARY "drift");
	assert_text(&record, SUMMARY "warnings.0", "too-few-launches");
	/* No interval is no wide one. */
	assert_text(&record, ROW "status", "ok");
	tb_record_free(&record);
}

static void unstable(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	/* 100 +- 4 * 1.3: 5.2 %. */
	eleven(book, 93.5, 1.3);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "unstable");
	assert_text(&record, ROW "reason_code", "wide-interval");
	assert_text(&record, ROW "reason",
		    "the launches differ: the interval reaches 5.2 % from the estimate");
	assert_true(tb_relative_width(book_at(&record, ROW "metrics.0")) > 0.0519);
	tb_record_free(&record);
}

static void not_unstable(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	eleven(book, 93.75, 1.25);
	record = book_to_record(book);
	assert_true(tb_relative_width(book_at(&record, ROW "metrics.0")) == 0.05);
	assert_text(&record, ROW "status", "ok");
	tb_record_free(&record);
}

/* A share may be as wide as it likes: it is no headline. */
static void headlines_only(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 11; i++) {
		struct tb_launch_shm *shm = book_shm();

		book_put(shm, LATENCY, TB_GATED, 100);
		book_put(shm, LEFT, TB_GATED, order[i] / 10.0);
		book_launch(book, 0, shm, TB_EXIT_OK);
	}
	record = book_to_record(book);
	assert_true(tb_relative_width(book_at(&record, ROW "metrics.1")) > 0.5);
	assert_text(&record, ROW "status", "ok");
	tb_record_free(&record);
}

static void quiet(struct book *book, size_t row, uint64_t quiet, uint64_t disturbed)
{
	struct tb_launch_shm *shm = book_shm();

	book_put(shm, LATENCY, TB_GATED, 100);
	shm->gate.quiet = quiet;
	shm->gate.disturbed = disturbed;
	book_launch(book, row, shm, TB_EXIT_OK);
}

static void noisy(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	quiet(book, 0, 30, 70);
	quiet(book, 0, 19, 81);
	quiet(book, 1, 30, 70);
	quiet(book, 1, 20, 80);
	record = book_to_record(book);
	assert_number(&record, ROW "quiet_share", 0.245);
	assert_text(&record, ROW "status", "noisy");
	assert_text(&record, ROW "reason_code", "noisy-core");
	assert_number(&record, "benchmarks.1.quiet_share", 0.25);
	assert_text(&record, "benchmarks.1.status", "ok");
	tb_record_free(&record);
}

/* What an unsound launch saw of the core, and what it measured, is no part of it. */
static void launches_that_do_not_count(void **state)
{
	static const enum tb_exit bad[] = { TB_EXIT_CHECK, TB_EXIT_ERROR, TB_EXIT_SIGNAL,
					    TB_EXIT_TIMEOUT };
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 16; i++)
		book_simple(book, 0, 100, TB_EXIT_OK);
	for (int i = 0; i < 4; i++) {
		struct tb_launch_shm *shm = book_shm();

		book_put(shm, LATENCY, TB_GATED, 5000);
		shm->gate.quiet = 0;
		shm->gate.disturbed = 500;
		book_launch(book, 0, shm, bad[i]);
	}
	record = book_to_record(book);
	/* A fifth, and no more. */
	assert_text(&record, ROW "status", "ok");
	assert_length(&record, ROW "launches", 20);
	assert_number(&record, SUMMARY "n_launches", 16);
	assert_number(&record, SUMMARY "quantiles.max", 101);
	assert_number(&record, ROW "quiet_share", 1);
	tb_record_free(&record);
	/* Stopped ones are nobody's fault. */
	for (int i = 0; i < 50; i++)
		book_simple(book, 0, 5000, TB_EXIT_STOPPED);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "ok");
	assert_number(&record, SUMMARY "n_launches", 16);
	tb_record_free(&record);
	book_simple(book, 0, 5000, TB_EXIT_CHECK);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "failed");
	assert_text(&record, ROW "reason_code", "launches-failed");
	assert_text(&record, ROW "reason", "5 of 21 launches do not count: it was check-failed");
	tb_record_free(&record);
}

/* On a busy core: its ungated samples stand beside the figure, and it is no failure. */
static void disturbed_launches(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 6; i++)
		book_simple(book, 0, 100, TB_EXIT_OK);
	for (int i = 0; i < 7; i++)
		book_simple(book, 0, 900, TB_EXIT_DISTURBED);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "ok");
	assert_number(&record, SUMMARY "n_launches", 6);
	assert_number(&record, SUMMARY "estimate", 100);
	assert_number(&record, SUMMARY "ungated.n_launches", 13);
	assert_number(&record, SUMMARY "ungated.estimate", 910);
	tb_record_free(&record);
	/* Without any that was quiet the ungated figure is all there is, and no verdict. */
	for (int i = 0; i < 3; i++)
		book_simple(book, 1, 900, TB_EXIT_DISTURBED);
	record = book_to_record(book);
	assert_text(&record, "benchmarks.1.status", "noisy");
	assert_number(&record, "benchmarks.1.quiet_share", 0);
	assert_text(&record, "benchmarks.1.metrics.0.summary.column", "ungated");
	assert_number(&record, "benchmarks.1.metrics.0.summary.estimate", 910);
	assert_null_at(&record, "benchmarks.1.metrics.0.summary.ungated");
	tb_record_free(&record);
}

static void launch_with_overhead(struct book *book, double overhead, enum tb_exit exit)
{
	struct tb_launch_shm *shm = book_shm();

	book_put(shm, LATENCY, TB_GATED, 100);
	book_put(shm, LATENCY, TB_UNGATED, 110);
	shm->n_controls = 1;
	snprintf(shm->control[0].name, sizeof(shm->control[0].name), "overhead-latency");
	shm->control[0].value = overhead;
	book_launch(book, 0, shm, exit);
}

/* A metric's overhead is that of the launches whose samples are reported. */
static void overhead(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	launch_with_overhead(book, 40, TB_EXIT_DISTURBED);
	launch_with_overhead(book, 50, TB_EXIT_CHECK);
	record = book_to_record(book);
	assert_number(&record, ROW "metrics.0.overhead", 40);
	tb_record_free(&record);
	launch_with_overhead(book, 7, TB_EXIT_OK);
	record = book_to_record(book);
	assert_number(&record, ROW "metrics.0.overhead", 7);
	tb_record_free(&record);
}

static void only_stopped(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	book_simple(book, 0, 100, TB_EXIT_STOPPED);
	book_simple(book, 1, 100, TB_EXIT_ERROR);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "failed");
	assert_text(&record, ROW "reason_code", "no-launch");
	assert_null_at(&record, ROW "metrics.0.summary");
	assert_text(&record, "benchmarks.1.reason_code", "launches-failed");
	assert_null_at(&record, "benchmarks.1.metrics.0.summary");
	tb_record_free(&record);
}

/* Failed before noisy before unstable. */
static void worst_first(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 11; i++) {
		struct tb_launch_shm *shm = book_shm();

		book_put(shm, LATENCY, TB_GATED, 100 + 10 * order[i]);
		shm->gate.disturbed = 100;
		book_launch(book, 0, shm, TB_EXIT_OK);
	}
	record = book_to_record(book);
	assert_text(&record, ROW "status", "noisy");
	tb_record_free(&record);
	for (int i = 0; i < 3; i++)
		book_simple(book, 0, 100, TB_EXIT_SIGNAL);
	record = book_to_record(book);
	assert_text(&record, ROW "status", "failed");
	tb_record_free(&record);
}

static void modes(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 6; i++) {
		struct tb_launch_shm *shm = book_shm();

		for (int k = 0; k < 20; k++) {
			book_put(shm, LATENCY, TB_GATED, k % 4 ? 100 + k % 3 : 200 + k % 3);
			book_put(shm, LEFT, TB_GATED, k % 4 ? 0.1 : 0.9);
		}
		book_launch(book, 0, shm, TB_EXIT_OK);
		book_simple(book, 1, 100, TB_EXIT_OK);
	}
	record = book_to_record(book);
	assert_number(&record, SUMMARY "modes.low", 101);
	assert_number(&record, SUMMARY "modes.high", 201);
	assert_number(&record, SUMMARY "modes.share_high", 0.25);
	assert_text(&record, SUMMARY "warnings.0", "two-modes");
	/* A figure over a block of trials has none. */
	assert_null_at(&record, ROW "metrics.1.summary.modes");
	assert_null_at(&record, "benchmarks.1.metrics.0.summary.modes");
	tb_record_free(&record);
}

static void drift(void **state)
{
	struct book *book = *state;
	struct tb_record record;

	for (int i = 0; i < 11; i++) {
		book_simple(book, 0, 100 + 0.5 * i, TB_EXIT_OK);
		book_simple(book, 1, 100 + 0.5 * order[i], TB_EXIT_OK);
	}
	record = book_to_record(book);
	assert_number(&record, SUMMARY "drift.slope", 0.5);
	assert_true(json_number_value(book_at(&record, SUMMARY "drift.p")) < 0.001);
	assert_text(&record, SUMMARY "warnings.0", "drift");
	/* Told, not condemned. */
	assert_text(&record, ROW "status", "ok");
	assert_true(json_number_value(book_at(&record, "benchmarks.1.metrics.0.summary.drift.p")) >
		    0.1);
	assert_length(&record, "benchmarks.1.metrics.0.summary.warnings", 0);
	tb_record_free(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(estimate, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(within_a_launch, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(without_gate, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(few_launches, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(unstable, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(not_unstable, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(headlines_only, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(noisy, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(disturbed_launches, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(overhead, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(launches_that_do_not_count, book_setup,
						book_teardown),
		cmocka_unit_test_setup_teardown(only_stopped, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(worst_first, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(modes, book_setup, book_teardown),
		cmocka_unit_test_setup_teardown(drift, book_setup, book_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
