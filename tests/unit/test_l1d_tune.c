// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tune l1d on a machine given by the test: the runs of its search and its confirmation, their
 * choice, and its end. The test makes the campaigns; the resulting records are
 * read by the program.
 */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#include "json_quoted.h"
#include "tune_fake.h"

static int setup(void **state)
{
	(void)state;
	json_decref(fake.json);
	memset(&fake, 0, sizeof(fake));
	fake.empty_from[0] = fake.empty_from[1] = 60 * KIB;
	fake.status = "ok";
	fake.guest = true;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(fake.json);
	fake.json = NULL;
	return 0;
}

static char shown[16384];

/* Its table stands in `shown`. */
static enum tb_status tuned(bool json)
{
	const struct tb_cli cli = { .argc = 0 };
	struct tb_args args = { .value = { [TB_OPT_SEED] = "77",
					   [TB_OPT_QUIET] = "",
					   [TB_OPT_JSON] = json ? "" : NULL } };
	FILE *out = stdout, *memory;
	enum tb_status status;

	memset(shown, 0, sizeof(shown));
	memory = fmemopen(shown, sizeof(shown) - 1, "w");
	assert_non_null(memory);
	stdout = memory;
	status = tested_tune.run(&cli, &args);
	stdout = out;
	fclose(memory);
	assert_int_equal(fake.opened, 1);
	assert_int_equal(fake.closed, 1);
	return status;
}

/* How many variants of a loop and a size a campaign had. */
static unsigned int variants(unsigned int run, const char *loop, unsigned long bytes)
{
	char text[80];
	unsigned int n = 0;

	snprintf(text, sizeof(text), "%s %lu ", loop, bytes);
	for (const char *at = fake.variants[run]; (at = strstr(at, text)); at++)
		n += at == fake.variants[run] || at[-1] == '\n';
	return n;
}

static unsigned int lines(const char *text)
{
	unsigned int n = 0;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

/* The search is short, and leaves the confirmation half of the time. */
static void plans(void **state)
{
	(void)state;
	assert_int_equal(tuned(false), TB_OK);
	assert_int_equal(fake.runs, 2);
	assert_int_equal(fake.discarded, 1);
	assert_int_equal(fake.published, 1);
	assert_int_equal(fake.where, 1);
	assert_int_equal(fake.plan[0].launches, 2);
	assert_int_equal(fake.plan[0].slot_ms, 12);
	assert_true(fake.plan[0].budget_s == 27.5);
	/* It took 20 s. */
	assert_int_equal(fake.plan[1].launches, 11);
	assert_int_equal(fake.plan[1].slot_ms, 100);
	assert_true(fake.plan[1].budget_s == 35);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fake.plan[i].seed, 77);
		assert_true(fake.plan[i].quiet);
	}
	/* 9 loops, 9 sizes, 4 victims. */
	assert_int_equal(lines(fake.variants[0]), 9 * 9 * 4);
	assert_int_equal(variants(0, "kvm", 64 * KIB), 4);
	assert_int_equal(variants(0, "store", 128 * KIB), 4);
}

/* The three cheapest that seem empty, and the kernel's loop at 64 KiB and around its edge. */
static void finalists(void **state)
{
	(void)state;
	assert_int_equal(tuned(false), TB_OK);
	assert_int_equal(variants(1, "kvm-lfence", 64 * KIB), 4);
	assert_int_equal(variants(1, "kvm-lfence", 56 * KIB), 4);
	assert_int_equal(variants(1, "kvm-lfence", 60 * KIB), 4);
	/* 48K leaves lines. */
	assert_int_equal(variants(1, "unroll8", 52 * KIB), 4);
	assert_int_equal(variants(1, "unroll8", 56 * KIB), 4);
	assert_int_equal(variants(1, "unroll8", 60 * KIB), 4);
	assert_int_equal(lines(fake.variants[1]), 6 * 4);
	assert_non_null(strstr(fake.variants[1], "unroll8 53248 page\nunroll8 53248 full\n"
						 "unroll8 53248 dirty\nunroll8 53248 reused\n"));
}

/* On the metal the kernel's loop is the one with CPUID. */
static void literal(void **state)
{
	(void)state;
	fake.guest = false;
	fake.empty_from[0] = fake.empty_from[1] = 72 * KIB;
	assert_int_equal(tuned(false), TB_OK);
	assert_int_equal(variants(1, "kvm", 64 * KIB), 4);
	assert_int_equal(variants(1, "kvm", 72 * KIB), 4);
	assert_int_equal(variants(1, "kvm-lfence", 64 * KIB), 0);
	assert_int_equal(lines(fake.variants[1]), 5 * 4);
	assert_null(strstr(shown, "LFENCE in place of CPUID"));
	assert_non_null(strstr(shown, "for every victim?  no\n"));
	assert_non_null(strstr(shown, "    margin     0.89 (empty at 72K, not shown at 64K)\n"));
	assert_non_null(
		strstr(shown, "| kernel loop 64K: NOT EMPTY (<= 30.20 points), margin 0.89 "));
}

static const json_t *told(void)
{
	return tb_json_at(fake.json, "x.tune-l1d");
}

/* Judged by the confirmation alone; the search only names who is confirmed. */
static void verdicts(void **state)
{
	(void)state;
	fake.empty_from[1] = 64 * KIB;
	assert_int_equal(tuned(false), TB_OK);
	/* The finalists of the search left lines: the cheapest confirmed is the kernel's. */
	assert_string_equal(tb_json_text(json_object_get(told(), "winner"), "loop", ""),
			    "kvm-lfence");
	assert_int_equal(tb_json_number(json_object_get(told(), "winner"), "size", 0), 64 * KIB);
	assert_string_equal(tb_json_text(json_object_get(told(), "kernel"), "verdict", ""),
			    "empty");
	assert_int_equal(tb_json_number(told(), "empty_from_size", 0), 64 * KIB);
	assert_true(json_is_false(json_object_get(told(), "literal")));
	assert_int_equal(json_array_size(json_object_get(told(), "search")), 9 * 9);
	assert_int_equal(json_array_size(json_object_get(told(), "ties")), 0);
	assert_non_null(strstr(shown, "for every victim?  yes\n"));
	assert_non_null(strstr(shown, "    margin     1.00 (empty at 64K, not shown at 60K)\n"));
	assert_non_null(strstr(shown, "LFENCE in place of CPUID"));
	assert_non_null(strstr(shown, "does:  kvm-lfence over 64K\n"));
}

/* It empties at each size that was tried, or at none. */
static void edges(void **state)
{
	(void)state;
	fake.empty_from[0] = fake.empty_from[1] = 0;
	assert_int_equal(tuned(false), TB_OK);
	/* The smallest tried beside its own. */
	assert_int_equal(variants(1, "kvm-lfence", 48 * KIB), 4);
	assert_int_equal(variants(1, "kvm-lfence", 64 * KIB), 4);
	assert_int_equal(lines(fake.variants[1]), 5 * 4);
	assert_non_null(
		strstr(shown, "margin     1.33 or more (empty at 48K, no smaller one tried)"));
	/* Sizes of other loops are no margin of the kernel's. */
	setup(NULL);
	fake.empty_from[0] = 72 * KIB;
	fake.empty_from[1] = 0;
	assert_int_equal(tuned(false), TB_OK);
	assert_int_equal(variants(1, "unroll8", 52 * KIB), 4);
	assert_non_null(
		strstr(shown, "margin     1.00 or more (empty at 64K, no smaller one tried)"));
	setup(NULL);
	fake.empty_from[0] = fake.empty_from[1] = KIB * KIB;
	assert_int_equal(tuned(false), TB_OK);
	assert_int_equal(variants(1, "kvm-lfence", 128 * KIB), 4);
	assert_int_equal(lines(fake.variants[1]), 5 * 4);
	assert_true(json_is_null(json_object_get(told(), "empty_from_size")));
	assert_non_null(strstr(shown, "none (not shown empty at 128K)"));
	assert_true(json_is_null(json_object_get(told(), "winner")));
	assert_non_null(strstr(shown, "None of the finalists was confirmed"));
}

static void endings(void **state)
{
	static const struct {
		enum tb_end end[2];
		int err[2], open_err, publish_err, write_err;
		bool no_l1d, json, inline_all, failed;
		enum tb_status status;
		unsigned int runs, published, where, written;
	} cases[] = {
		{ .status = TB_OK, .runs = 2, .published = 1, .where = 1 },
		{ .json = true,
		  .status = TB_OK,
		  .runs = 2,
		  .published = 1,
		  .where = 1,
		  .written = 1 },
		{ .json = true,
		  .write_err = -EIO,
		  .status = TB_OUTPUT,
		  .runs = 2,
		  .published = 1,
		  .written = 1 },
		/* What lies in the record on stdout is not printed again. */
		{ .json = true,
		  .inline_all = true,
		  .status = TB_OK,
		  .runs = 2,
		  .published = 1,
		  .where = 1 },
		{ .publish_err = -EIO, .status = TB_OUTPUT, .runs = 2, .published = 1 },
		{ .failed = true,
		  .status = TB_BENCH_FAILED,
		  .runs = 2,
		  .published = 1,
		  .where = 1 },
		{ .end = { TB_END_SIGNAL }, .status = TB_SIGNALLED + SIGTERM, .runs = 1 },
		/* The search may run out of time: the confirmation has its own. */
		{ .end = { TB_END_BUDGET },
		  .status = TB_OK,
		  .runs = 2,
		  .published = 1,
		  .where = 1 },
		{ .end = { TB_END_DONE, TB_END_SIGNAL },
		  .status = TB_SIGNALLED + SIGTERM,
		  .runs = 2,
		  .published = 1,
		  .where = 1 },
		{ .end = { TB_END_DONE, TB_END_BUDGET },
		  .status = TB_OUT_OF_TIME,
		  .runs = 2,
		  .published = 1,
		  .where = 1 },
		{ .end = { TB_END_DONE, TB_END_BUDGET },
		  .failed = true,
		  .status = TB_BENCH_FAILED,
		  .runs = 2,
		  .published = 1,
		  .where = 1 },
		{ .err = { -ENOSPC }, .status = TB_OUTPUT, .runs = 1 },
		{ .err = { 0, -ENOSPC }, .status = TB_OUTPUT, .runs = 2 },
		{ .open_err = -EREMOTE, .status = TB_REFUSED },
		{ .open_err = -EINVAL, .status = TB_USAGE },
		{ .no_l1d = true, .status = TB_SKIPPED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum tb_status status;

		setup(NULL);
		memcpy(fake.end, cases[i].end, sizeof(fake.end));
		memcpy(fake.err, cases[i].err, sizeof(fake.err));
		fake.open_err = cases[i].open_err;
		fake.publish_err = cases[i].publish_err;
		fake.write_err = cases[i].write_err;
		fake.no_l1d = cases[i].no_l1d;
		fake.inline_all = cases[i].inline_all;
		fake.status = cases[i].failed ? "failed" : "ok";
		status = tuned(cases[i].json);
		if (status != cases[i].status || fake.runs != cases[i].runs ||
		    fake.published != cases[i].published || fake.where != cases[i].where ||
		    fake.written != cases[i].written)
			fail_msg("case %zu: status %d, %u runs, %u published, %u where, %u written",
				 i, (int)status, fake.runs, fake.published, fake.where,
				 fake.written);
		/* JSON and table do not both go to stdout. */
		assert_int_equal(strstr(shown, "for every victim?") != NULL,
				 fake.published && !cases[i].json && !cases[i].publish_err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plans, setup, teardown),
		cmocka_unit_test_setup_teardown(finalists, setup, teardown),
		cmocka_unit_test_setup_teardown(literal, setup, teardown),
		cmocka_unit_test_setup_teardown(verdicts, setup, teardown),
		cmocka_unit_test_setup_teardown(edges, setup, teardown),
		cmocka_unit_test_setup_teardown(endings, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
