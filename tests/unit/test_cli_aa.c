// SPDX-License-Identifier: GPL-2.0-or-later
/* aa-test: its exit code and its error rate, for counts given by the test. */
#include "compare_help.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compare/aa.h"

static int given_aa(const struct tb_side *side, const struct tb_aa_plan *plan, struct tb_aa *out);

#define tb_aa_test given_aa
#include "cli/aa.c"
#undef tb_aa_test

static struct tb_aa world;

static int given_aa(const struct tb_side *side, const struct tb_aa_plan *plan, struct tb_aa *out)
{
	assert_int_equal(side->records, 1);
	assert_int_equal(plan->pairs, 200);
	*out = world;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static char folder[] = "/tmp/tb-aa-XXXXXX";

static int open_world(void **state)
{
	static const double figure[] = { 1, 2, 3 };
	json_t *record = made_record();

	(void)state;
	made_row(record, "ns", figure, 3);
	assert_non_null(mkdtemp(folder));
	setenv("XDG_STATE_HOME", folder, 1);
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(json_dump_file(record, "a.json", 0), 0);
	json_decref(record);
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	return chdir("/") || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int run_quietly(void)
{
	static const char *const name[] = { "a.json" };
	const struct tb_args args = { .name = name, .names = 1 };
	int held = dup(STDOUT_FILENO), status;
	FILE *null = fopen("/dev/null", "w");

	assert_non_null(null);
	fflush(stdout);
	dup2(fileno(null), STDOUT_FILENO);
	fclose(null);
	status = tb_command_aa_test.run(NULL, &args);
	fflush(stdout);
	dup2(held, STDOUT_FILENO);
	close(held);
	return status;
}

/* Both counts must lie in their bands. */
static void exits(void **state)
{
	static const struct {
		size_t alarms, tables;
		int status;
	} cases[] = {
		{ 20, 5, TB_OK },
		{ 10, 0, TB_OK },
		{ 30, 12, TB_OK },
		{ 9, 5, TB_BENCH_FAILED },
		{ 31, 5, TB_BENCH_FAILED },
		{ 20, 13, TB_BENCH_FAILED },
		{ 31, 13, TB_BENCH_FAILED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		world = (struct tb_aa){ .alarms = { 400, cases[i].alarms, 0.05, 10, 30 },
					.tables = { 200, cases[i].tables, 0.05, 0, 12 },
					.rows = 3 };
		if (run_quietly() != cases[i].status)
			fail_msg("%zu alarms, %zu tables", cases[i].alarms, cases[i].tables);
	}
}

/* What compare quotes: the tables that were called, of so many, over the rows that were split. */
static void error_rate_is_kept(void **state)
{
	json_t *all, *rate;

	(void)state;
	world = (struct tb_aa){ .alarms = { 400, 20, 0.05, 10, 30 },
				.tables = { 200, 7, 0.05, 0, 12 },
				.rows = 5,
				.few = 2,
				.tied = 1 };
	assert_int_equal(run_quietly(), TB_OK);
	all = json_load_file("tollbooth/aa-test.json", 0, NULL);
	rate = json_object_get(all, "V-6-1-1-vm");
	assert_non_null(rate);
	assert_int_equal(json_integer_value(json_object_get(rate, "called")), 7);
	assert_int_equal(json_integer_value(json_object_get(rate, "comparisons")), 200);
	assert_int_equal(json_integer_value(json_object_get(rate, "rows")), 3);
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exits),
		cmocka_unit_test(error_rate_is_kept),
	};

	return cmocka_run_group_tests(tests, open_world, close_world);
}
