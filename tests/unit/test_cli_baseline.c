// SPDX-License-Identifier: GPL-2.0-or-later
/* The record of `run`, and its exit code by precision and by baseline. */
#include "run_help.h"

/* Launches that differ by up to 6 % are not precise to 0.1 %. */
static void precision(void **state)
{
	(void)state;
	ends("100", "--launches 10 -p spread=1 --precision 0.1 --strict -o strict", TB_IMPRECISE);
}

/* The baseline is A, the run B: a dearer run fails, a cheaper one does not. */
static void baseline(void **state)
{
	json_t *record;

	(void)state;
	ends("100", "--launches 6 -p spread=1 --save-baseline ./base.json -o first", TB_OK);
	record = json_load_file("base.json", 0, NULL);
	assert_int_equal(json_array_size(json_path(record, "benchmarks.0.launches")), 6);
	json_decref(record);
	ends("130", "--launches 6 -p spread=1 --baseline ./base.json --fail-on slower -o dear",
	     TB_REGRESSION);
	assert_non_null(strstr(out, "A is the baseline ./base.json, B this run."));
	assert_non_null(strstr(out, "1 slower"));
	ends("70", "--launches 6 -p spread=1 --baseline ./base.json --fail-on slower -o cheap",
	     TB_OK);
	assert_non_null(strstr(out, "1 faster"));
}

/* What was given is what is recorded, of each launch, in each column. */
static void figures(void **state)
{
	json_t *record;

	(void)state;
	ends("123.5", "--launches 2 -o given", TB_OK);
	record = json_load_file("given.json", 0, NULL);
	assert_true(json_number_value(
			    json_path(record, "benchmarks.0.metrics.0.summary.estimate")) == 123.5);
	assert_true(json_number_value(
			    json_path(record, "benchmarks.0.metrics.0.summary.n_launches")) == 2);
	assert_true(json_number_value(
			    json_path(record, "benchmarks.0.metrics.0.summary.n_samples")) == 16);
	json_decref(record);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { TEST(precision), TEST(baseline), TEST(figures) };
	int status;

	if (is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
