// SPDX-License-Identifier: GPL-2.0-or-later
/* A record as flat lines, as CSV, and in Google Benchmark's format. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "json_path.h"
#include "report/flat.h"
#include "report/gbench.h"
#include "report_help.h"

#define LAUNCH(exit) "{'exit': '" exit "', 'checks': []}"
#define SAMPLES(a, b)                                                \
	"'samples': [{'gated': " a ", 'ungated': [7]}, {'gated': " b \
	", 'ungated': [7]}, {'gated': [1e9], 'ungated': [1e9]}], 'summary': {'column': 'gated'"
#define RECORD(hz)                                                                                                                                           \
	"{'run_id': 'id', 'started_at': '2026-11-21T21:27:33.181Z', 'class': 'vm',"                                                                          \
	"'suite': {'clock': {'tsc_hz': " hz                                                                                                                  \
	"}}, 'host': {'cpus_online': 2, 'cpu': {'derived': {'uarch': 'Made Up'},"                                                                            \
	"'vendor': 'x', 'tsc_hz': " hz ", 'microcode': null}}, 'benchmarks': ["                                                                              \
	"{'name': 'fake/one', 'version': 3, 'realm': 'user', 'params': {'way': 'a', 'size': 65536},"                                                         \
	"'status': 'noisy', 'reason_code': 'noisy-core', 'reason': 'a neighbour', 'quiet_share': 0.1,"                                                       \
	"'launches': [" LAUNCH("ok") "," LAUNCH("ok") "," LAUNCH(                                                                                            \
		"crashed") "], 'metrics': ["                                                                                                                 \
			   "{'name': 'latency', 'unit': 'tsc', 'direction': 'lower', 'headline': true, 'within': 'median',"                                  \
			   "'reason': null, " SAMPLES(                                                                                                       \
				   "[10, 20, 90]",                                                                                                           \
				   "[30]") ", 'n_launches': 2, 'n_samples': 4,"                                                                              \
					   "'estimate': 25.1, 'ci': {'lo': 20, 'hi': 30.5, 'coverage': 0.97}, 'modes': null,"                                \
					   "'warnings': ['drift', 'two-modes'], 'ungated': {'estimate': 7, 'ci': null}}},"                                   \
					   "{'name': 'left', 'unit': 'lines', 'within': 'mean', 'reason': null, " SAMPLES(                                   \
						   "[1, 2]",                                                                                                 \
						   "[4]") "}},"                                                                                              \
							  "{'name': 'none', 'unit': 'ns', 'within': 'median', 'reason': 'not of this loop',"                 \
							  "'samples': null, 'summary': null}]},"                                                             \
							  "{'name': 'fake/two', 'version': 1, 'realm': 'user', 'params': {'depth': 4}, 'status': 'skipped'," \
							  "'reason_code': 'no-two', 'reason': '=1+1', 'quiet_share': null, 'launches': [], 'metrics': []}]}"

static struct tb_record record(const char *json)
{
	return (struct tb_record){ .json = json_quoted(json) };
}

static void print_csv(FILE *out, const struct tb_record *r)
{
	json_t *flat = tb_flat(r);

	assert_non_null(flat);
	tb_flat_csv(out, flat);
	json_decref(flat);
}

enum { LINES = 16, CELLS = 64 };

/* A table by RFC 4180; cells point into the text. */
struct csv {
	char *cell[LINES][CELLS];
	size_t cells[LINES], lines;
};

static void parse(char *text, struct csv *csv)
{
	char *from = text, *to = text;

	memset(csv, 0, sizeof(*csv));
	while (*from) {
		bool quoted = *from == '"', more;

		assert_true(csv->lines < LINES && csv->cells[csv->lines] < CELLS);
		csv->cell[csv->lines][csv->cells[csv->lines]++] = to;
		from += quoted;
		while (quoted ? *from != '"' || from[1] == '"' : !strchr(",\n", *from)) {
			assert_true(quoted || *from != '"');
			from += *from == '"';
			*to++ = *from++;
		}
		from += quoted;
		more = *from == ',';
		assert_true(more || *from == '\n');
		from++;
		*to++ = '\0';
		csv->lines += !more;
	}
}

static const char *at(const struct csv *csv, size_t line, const char *name)
{
	for (size_t i = 0; i < csv->cells[0]; i++)
		if (!strcmp(csv->cell[0][i], name))
			return csv->cell[line][i];
	fail_msg("no column %s", name);
	return NULL;
}

static void test_csv(void **state)
{
	static const struct {
		size_t line;
		const char *name, *want;
	} cells[] = {
		{ 1, "format", "tollbooth.flat/1" },
		{ 1, "benchmark", "fake/one" },
		{ 1, "version", "3" },
		{ 1, "microcode", "" },
		{ 1, "param_way", "a" },
		{ 1, "param_size", "65536" },
		{ 1, "param_depth", "" },
		{ 1, "metric", "latency" },
		{ 1, "unit", "tsc" },
		{ 1, "headline", "true" },
		{ 1, "status", "noisy" },
		{ 1, "reason", "a neighbour" },
		{ 1, "estimate", "25.1" },
		{ 1, "ci_lo", "20" },
		{ 1, "ci_hi", "30.5" },
		{ 1, "n_launches", "2" },
		{ 1, "n_samples", "4" },
		{ 1, "mode_low", "" },
		{ 1, "ungated_estimate", "7" },
		{ 1, "ungated_ci_lo", "" },
		{ 1, "warnings", "drift two-modes" },
		{ 2, "metric", "left" },
		{ 2, "estimate", "" },
		/* A metric's own reason, not its row's. */
		{ 3, "reason", "not of this loop" },
		{ 3, "status", "noisy" },
		{ 4, "benchmark", "fake/two" },
		{ 4, "metric", "" },
		{ 4, "status", "skipped" },
		{ 4, "reason_code", "no-two" },
		{ 4, "reason", "'=1+1" },
		{ 4, "param_way", "" },
		{ 4, "param_depth", "4" },
	};
	char *text = printed(print_csv, RECORD("1e9"));
	struct csv csv;

	(void)state;
	parse(text, &csv);
	assert_int_equal(csv.lines, 5);
	for (size_t line = 1; line < csv.lines; line++)
		assert_int_equal(csv.cells[line], csv.cells[0]);
	for (size_t i = 0; i < COUNT(cells); i++)
		if (strcmp(at(&csv, cells[i].line, cells[i].name), cells[i].want) != 0)
			fail_msg("line %zu: %s is '%s', not '%s'", cells[i].line, cells[i].name,
				 at(&csv, cells[i].line, cells[i].name), cells[i].want);
	free(text);
}

/* The reason of the only row, as CSV has it. */
static void check_cell(const char *reason, const char *want)
{
	json_t *flat = json_pack("[{s:s}]", "reason", reason);
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	tb_flat_csv(out, flat);
	fclose(out);
	assert_string_equal(text + strlen("reason\n"), want);
	free(text);
	json_decref(flat);
}

static void test_csv_cells(void **state)
{
	(void)state;
	check_cell("plain words", "plain words\n");
	check_cell("", "\n");
	check_cell("  ", "  \n");
	check_cell("a,b", "\"a,b\"\n");
	check_cell("say \"a\"", "\"say \"\"a\"\"\"\n");
	check_cell("a\nb\rc", "a?b?c\n");
	check_cell("=1+1", "'=1+1\n");
	check_cell("+1", "'+1\n");
	check_cell("-1", "'-1\n");
	check_cell("@SUM(A1)", "'@SUM(A1)\n");
	check_cell("  =1", "'  =1\n");
	check_cell("=HYPERLINK(\"http://x\",\"y\")",
		   "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\n");
	check_cell("\t=1", "?=1\n");
	check_cell("\x1b]0;x\x07", "?]0;x?\n");
}

/* A negative number is one, and no formula. */
static void test_csv_numbers(void **state)
{
	json_t *flat = json_pack("[{s:f,s:f,s:I,s:b,s:n}]", "a", -0.1, "b", 1e-300, "c",
				 (json_int_t)9007199254740993, "d", 0, "e");
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	tb_flat_csv(out, flat);
	fclose(out);
	assert_string_equal(text, "a,b,c,d,e\n-0.1,1e-300,9007199254740993,false,\n");
	free(text);
	json_decref(flat);
}

static void test_flat_json(void **state)
{
	struct tb_record r = record(RECORD("1e9"));
	json_t *flat = tb_flat(&r);
	size_t keys = json_object_size(json_array_get(flat, 0)), i;
	const json_t *line;

	(void)state;
	assert_int_equal(json_array_size(flat), 4);
	json_array_foreach(flat, i, line)
		assert_int_equal(json_object_size(line), keys);
	line = json_array_get(flat, 3);
	assert_true(json_is_null(json_object_get(line, "estimate")));
	assert_true(json_is_null(json_object_get(line, "metric")));
	assert_int_equal(json_integer_value(json_object_get(line, "param_depth")), 4);
	json_decref(flat);
	json_decref(r.json);
}

static void test_flat_hostile(void **state)
{
	char *text = printed(print_csv, hostile);
	struct csv csv;

	(void)state;
	for (const char *c = text; *c; c++)
		assert_true(*c == '\n' || (*c >= 0x20 && *c < 0x7f));
	parse(text, &csv);
	assert_int_equal(csv.lines, 2);
	assert_int_equal(csv.cells[1], csv.cells[0]);
	free(text);
}

static double number(json_t *json, const char *path)
{
	const json_t *value = json_path(json, path);

	if (!json_is_number(value))
		fail_msg("%s is no number", path);
	return json_number_value(value);
}

static void check_text(json_t *json, const char *path, const char *want)
{
	const char *got = json_string_value(json_path(json, path));

	if (!got || strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", path, got ? got : "no text", want);
}

static void test_gbench(void **state)
{
	struct tb_record r = record(RECORD("5e8"));
	size_t left_out;
	json_t *json = tb_gbench(&r, &left_out);

	(void)state;
	/* Two launches count; mean, median, stddev and cv of their figures 40 and 60 ns. */
	assert_int_equal(json_array_size(json_path(json, "benchmarks")), 6);
	assert_int_equal(left_out, 1);
	check_text(json, "benchmarks.0.name", "fake/one/way:a/size:64K/latency");
	check_text(json, "benchmarks.0.run_name", "fake/one/way:a/size:64K/latency");
	check_text(json, "benchmarks.0.run_type", "iteration");
	check_text(json, "benchmarks.0.time_unit", "ns");
	check_text(json, "benchmarks.0.label", "noisy");
	assert_true(number(json, "benchmarks.0.real_time") == 40);
	assert_true(number(json, "benchmarks.0.cpu_time") == 40);
	assert_true(number(json, "benchmarks.0.iterations") == 3);
	assert_true(number(json, "benchmarks.0.repetitions") == 2);
	assert_true(number(json, "benchmarks.0.repetition_index") == 0);
	assert_true(number(json, "benchmarks.0.left") == 1.5);
	assert_true(number(json, "benchmarks.1.real_time") == 60);
	assert_true(number(json, "benchmarks.1.repetition_index") == 1);
	assert_true(number(json, "benchmarks.1.left") == 4);
	check_text(json, "benchmarks.2.name", "fake/one/way:a/size:64K/latency_mean");
	check_text(json, "benchmarks.2.run_name", "fake/one/way:a/size:64K/latency");
	check_text(json, "benchmarks.2.run_type", "aggregate");
	check_text(json, "benchmarks.2.aggregate_name", "mean");
	assert_true(number(json, "benchmarks.2.real_time") == 50);
	check_text(json, "benchmarks.3.aggregate_name", "median");
	check_text(json, "benchmarks.4.aggregate_name", "stddev");
	assert_true(fabs(number(json, "benchmarks.4.real_time") - sqrt(200)) < 1e-9);
	check_text(json, "benchmarks.5.aggregate_unit", "percentage");
	assert_true(fabs(number(json, "benchmarks.5.real_time") - sqrt(200) / 50) < 1e-12);
	check_text(json, "context.date", "2026-11-21T21:27:33.181Z");
	assert_true(number(json, "context.num_cpus") == 2);
	assert_true(number(json, "context.mhz_per_cpu") == 500);
	json_decref(json);
	json_decref(r.json);
}

/* As many cycles in two runs of a machine, calibrated apart by less than is known: a tie. */
static void test_gbench_ties(void **state)
{
	struct tb_record a = record(RECORD("2299999917.758833")),
			 b = record(RECORD("2299999917.628703"));
	size_t left_out;
	json_t *one = tb_gbench(&a, &left_out), *other = tb_gbench(&b, &left_out);

	(void)state;
	assert_true(number(one, "benchmarks.0.real_time") ==
		    number(other, "benchmarks.0.real_time"));
	assert_true(fabs(number(one, "benchmarks.0.real_time") - 20 / 2.3) < 1e-4);
	json_decref(one);
	json_decref(other);
	json_decref(a.json);
	json_decref(b.json);
}

/* Without a rate a cycle is no time. */
static void test_gbench_no_clock(void **state)
{
	struct tb_record r = record(RECORD("null")), evil = record(hostile);
	size_t left_out;
	json_t *json = tb_gbench(&r, &left_out);

	(void)state;
	assert_int_equal(json_array_size(json_path(json, "benchmarks")), 0);
	assert_int_equal(left_out, 2);
	json_decref(json);
	json = tb_gbench(&evil, &left_out);
	assert_non_null(json);
	assert_int_equal(left_out, 1);
	json_decref(json);
	json_decref(r.json);
	json_decref(evil.json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),	     cmocka_unit_test(test_csv_cells),
		cmocka_unit_test(test_csv_numbers),  cmocka_unit_test(test_flat_json),
		cmocka_unit_test(test_flat_hostile), cmocka_unit_test(test_gbench),
		cmocka_unit_test(test_gbench_ties),  cmocka_unit_test(test_gbench_no_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
