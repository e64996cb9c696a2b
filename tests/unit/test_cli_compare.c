// SPDX-License-Identifier: GPL-2.0-or-later
/* compare and aa-test as commands: their exit codes, and the figures that they print. */
#include "cli_help.h"

/* A record of rows whose figures are 100 to 109, times the factors. */
static void put_record(const char *name, const double *factor, size_t rows, const char *class)
{
	json_t *record = made_record();
	double figure[10];

	for (size_t r = 0; r < rows; r++) {
		for (size_t i = 0; i < 10; i++)
			figure[i] = factor[r] * (100 + (double)i);
		made_row(record, "ns", figure, 10);
	}
	json_object_set_new(record, "class", json_string(class));
	assert_int_equal(json_dump_file(record, name, 0), 0);
	json_decref(record);
}

static void put_records(void)
{
	static const double plain[3] = { 1, 1, 1 }, dearer[3] = { 1, 1.1, 1.3 },
			    cheaper[3] = { 0.7, 1, 1 };

	put_record("a.json", plain, 3, "vm");
	put_record("same.json", plain, 3, "vm");
	put_record("dear.json", dearer, 3, "vm");
	put_record("cheap.json", cheaper, 3, "vm");
	put_record("metal.json", plain, 3, "metal");
	put_record("short.json", plain, 1, "vm");
}

/* --fail-on: rows with a sufficient loss fail, and the worst one is named. */
static void fail_on(void **state)
{
	(void)state;
	put_records();
	ends("compare a.json dear.json", TB_OK, "");
	ends("compare a.json dear.json --fail-on slower", TB_REGRESSION,
	     "2 rows are slower, most of all fake/one number=2 latency of B: +30.0 %");
	ends("compare a.json dear.json --fail-on slower:5", TB_REGRESSION, "2 rows are slower");
	ends("compare a.json dear.json --fail-on slower:20%", TB_REGRESSION, "1 rows are slower");
	ends("compare a.json dear.json --fail-on slower:31", TB_OK, "");
	ends("compare a.json dear.json --fail-on slower --min-effect 20", TB_REGRESSION,
	     "1 rows are slower");
	ends("compare a.json dear.json --fail-on slower --min-effect 50", TB_OK, "");
	ends("compare a.json cheap.json --fail-on slower", TB_OK, "");
	ends("compare cheap.json a.json --fail-on slower", TB_REGRESSION, "+42.9 %");
	ends("compare a.json same.json --fail-on slower:0", TB_OK, "");
	ends("compare a.json dear.json --fail-on faster", TB_USAGE, "must be slower");
	ends("compare a.json dear.json --fail-on slower:x", TB_USAGE, "must be slower");
	ends("compare a.json dear.json --fail-on slower:-1", TB_USAGE, "must be slower");
}

static void refused_comparisons(void **state)
{
	(void)state;
	put_records();
	ends("compare", TB_USAGE, "compare needs records");
	ends("compare a.json", TB_USAGE, "a.json is alone");
	ends("compare a.json none.json", TB_USAGE, "none.json");
	ends("compare a.json metal.json", TB_USAGE, "--across-classes");
	ends("compare a.json metal.json --across-classes", TB_OK, "");
	ends("compare a.json dear.json --reference X", TB_USAGE, "not among the arguments");
	ends("compare a.json dear.json --format xml", TB_USAGE, "must be one of");
	ends("compare a.json dear.json --alpha 0.6", TB_USAGE, "must be a number");
	ends("compare a.json dear.json --alpha 0", TB_USAGE, "must be a number");
	ends("compare a.json dear.json --min-effect -1", TB_USAGE, "must be a percentage");
	ends("compare a.json dear.json --min-effect 1001", TB_USAGE, "must be a percentage");
}

/* All rows are of another version: a table without a row is no success. */
static void no_comparable_row(void **state)
{
	json_t *json, *row;
	size_t i;

	(void)state;
	put_records();
	json = json_load_file("same.json", 0, NULL);
	json_array_foreach(json_object_get(json, "benchmarks"), i, row)
		json_object_set_new(row, "version", json_integer(2));
	json_dump_file(json, "next.json", 0);
	json_decref(json);
	ends("compare a.json next.json", TB_USAGE, "no row could be compared: versions 1 and 2");
}

/* The JSON output with this test and this reference. */
static void compared(void **state)
{
	(void)state;
	put_records();
	ends("compare a.json dear.json --json", TB_OK, "");
	assert_near(number("alpha"), 0.05, 1e-12);
	assert_near(number("min_effect"), 0.02, 1e-12);
	assert_string_equal(text("reference"), "A");
	assert_near(number("rows.2.ratio.estimate"), 1.3, 1e-3);
	/* 95 % of the median of ten: the second and the ninth. */
	assert_near(number("rows.0.estimate_a.lo"), 101, 1e-12);
	assert_near(number("rows.0.estimate_a.hi"), 108, 1e-12);
	ends("compare a.json dear.json --json --reference B", TB_OK, "");
	assert_string_equal(text("reference"), "B");
	assert_near(number("rows.2.ratio.estimate"), 1 / 1.3, 1e-3);
	ends("compare a.json dear.json --json --reference dear.json --alpha 0.5 --min-effect 7",
	     TB_OK, "");
	assert_string_equal(text("reference"), "B");
	assert_near(number("alpha"), 0.5, 1e-12);
	assert_near(number("min_effect"), 0.07, 1e-12);
	assert_int_equal(json_array_size(json_path(world.json, "rows")), 3);
	ends("compare a.json dear.json --json --only-changed", TB_OK, "");
	assert_int_equal(json_array_size(json_path(world.json, "rows")), 2);
	ends("compare a.json short.json --json", TB_OK, "");
	assert_int_equal(json_array_size(json_path(world.json, "rows")), 1);
	assert_near(number("only.0.rows"), 2, 1e-12);
}

/* aa-test keeps its rate by machine and class, and compare quotes it. */
static void false_calls(void **state)
{
	(void)state;
	put_records();
	ends("compare a.json dear.json --json", TB_OK, "");
	assert_true(json_is_null(json_path(world.json, "false_calls.0.called")));
	/* With a minimum effect of 1000 % nothing is called, though intervals leave out 1. */
	ends("aa-test a.json --min-effect 1000", TB_OK, "");
	ends("compare a.json metal.json --across-classes --json", TB_OK, "");
	assert_string_equal(text("false_calls.0.machine"), "V-6-1-1-vm");
	assert_near(number("false_calls.0.called"), 0, 0);
	assert_near(number("false_calls.0.comparisons"), 200, 0);
	assert_near(number("false_calls.0.rows"), 3, 0);
	assert_string_equal(text("false_calls.1.machine"), "V-6-1-1-metal");
	assert_true(json_is_null(json_path(world.json, "false_calls.1.called")));
	ends("aa-test a.json dear.json", TB_USAGE, "one record");
	ends("aa-test .", TB_USAGE, "a folder");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { TEST(fail_on), TEST(refused_comparisons),
					    TEST(no_comparable_row), TEST(compared),
					    TEST(false_calls) };
	int status;

	if (is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
