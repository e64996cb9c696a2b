// SPDX-License-Identifier: GPL-2.0-or-later
/* Which rows are compared, which are rejected and why, and the result of the whole table. */
#include <errno.h>

#include "duel.h"
#include "compare/aa.h"
#include "compare/print.h"
#include "compare/context.h"
#include "json_path.h"

static const double DEAR[10] = { 120, 121, 122, 123, 124, 125, 126, 127, 128, 129 };

static void refused(const char *key, json_t *value, bool of_row, const char *words)
{
	json_t *a = made_record(), *b = made_record(), *row;
	struct duel *d;

	made_row(a, "ns", TEN, 10);
	made_row(a, "ns", TEN, 10);
	made_row(b, "ns", TEN, 10);
	row = made_row(b, "ns", TEN, 10);
	json_object_set_new(of_row ? row : made_metric(row), key, value);
	d = duel(a, b, false);
	assert_int_equal(d->err, 0);
	assert_int_equal(d->c.rows, 2);
	assert_int_equal(d->c.compared, 1);
	assert_string_equal(d->c.row[0].refusal, "");
	if (!strstr(d->c.row[1].refusal, words))
		fail_msg("not '%s' but '%s'", words, d->c.row[1].refusal);
	part(d);
}

static void refusals(void **state)
{
	(void)state;
	refused("version", json_integer(2), true, "versions 1 and 2");
	refused("unit", json_string("core-cycles"), false, "unit ns and core-cycles");
	refused("unit", json_string("tsc"), false, "unit ns and tsc");
	refused("direction", json_string("higher"), false, "direction lower and higher");
	refused("summary",
		json_quoted("{'column': 'ungated', 'centres': [1, 2, 3, 4, 5], 'modes': null}"),
		false, "gated and ungated");
}

static void unknown_rate(void **state)
{
	json_t *a = made_record(), *b = made_record();
	struct duel *d;

	(void)state;
	made_row(a, "tsc", TEN, 10);
	made_row(b, "tsc", TEN, 10);
	json_object_set_new(json_path(b, "host.cpu"), "tsc_hz", json_null());
	d = duel(a, b, false);
	assert_int_equal(d->c.compared, 0);
	assert_non_null(strstr(d->c.row[0].refusal, "a record has no TSC rate"));
	part(d);
}

/* 3 GHz against 2 GHz: as many cycles are two thirds of the time. */
static void cycles_become_time(void **state)
{
	json_t *a = made_record(), *b = made_record();
	struct duel *d;

	(void)state;
	made_row(a, "tsc", TEN, 10);
	made_row(b, "tsc", TEN, 10);
	json_object_set_new(json_path(b, "host.cpu"), "tsc_hz", json_real(3e9));
	d = duel(a, b, false);
	assert_near(d->c.row[0].versus.ratio, 2.0 / 3, 1e-9);
	assert_near(d->c.row[0].a->estimate.estimate, 52.25, 1e-9);
	assert_string_equal(d->c.row[0].a->unit, "ns");
	part(d);
}

static void classes(void **state)
{
	for (int across = 0; across < 2; across++) {
		json_t *a = made_record(), *b = made_record();
		struct duel *d;

		made_row(a, "ns", TEN, 10);
		made_row(b, "ns", TEN, 10);
		json_object_set_new(b, "class", json_string("metal"));
		d = duel(a, b, across);
		assert_int_equal(d->err, across ? 0 : -EINVAL);
		if (!across)
			assert_non_null(
				strstr(d->why.text, "one is of class vm, two of class metal"));
		part(d);
	}
	(void)state;
}

static void higher_is_better(void **state)
{
	json_t *a = made_record(), *b = made_record();
	struct duel *d;

	(void)state;
	json_object_set_new(made_metric(made_row(a, "ops/s", TEN, 10)), "direction",
			    json_string("higher"));
	json_object_set_new(made_metric(made_row(b, "ops/s", DEAR, 10)), "direction",
			    json_string("higher"));
	d = duel(a, b, false);
	assert_int_equal(d->c.row[0].versus.verdict, TB_VERDICT_FASTER);
	assert_near(tb_compare_loss(&d->c.row[0]), 1 / d->c.row[0].versus.ratio - 1, 1e-12);
	part(d);
}

static void unfit_rows(void **state)
{
	static const char *const status[] = { "noisy", "failed", "unstable", "ok" };

	char reason[900]; /* longer than any line that is printed: whole all the same */

	(void)state;
	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	for (size_t i = 0; i < COUNT(status); i++) {
		json_t *a = made_record(), *b = made_record(), *row;
		struct duel *d;

		made_row(a, "ns", TEN, 10);
		row = made_row(b, "ns", DEAR, 10);
		json_object_set_new(row, "status", json_string(status[i]));
		json_object_set_new(row, "reason", json_string(reason));
		d = duel(a, b, false);
		assert_int_equal(d->c.row[0].versus.verdict,
				 i < 2 ? TB_VERDICT_INSUFFICIENT : TB_VERDICT_SLOWER);
		if (i < 2)
			assert_non_null(strstr(tb_versus_reason(&d->c.row[0].versus), reason));
		if (i < 2)
			assert_non_null(strstr(tb_versus_reason(&d->c.row[0].versus), status[i]));
		part(d);
	}
}

static void absent_rows(void **state)
{
	json_t *a = made_record(), *b = made_record(), *row;
	struct duel *d;

	(void)state;
	made_row(a, "ns", TEN, 10);
	made_row(a, "ns", TEN, 10);
	made_row(a, "ns", TEN, 10);
	made_row(b, "ns", TEN, 10);
	row = made_row(b, "ns", TEN, 10);
	json_object_set_new(row, "status", json_string("skipped"));
	json_object_set_new(row, "reason", json_string("no such thing"));
	json_object_set_new(row, "metrics", json_array());
	d = duel(a, b, false);
	assert_int_equal(d->c.rows, 1);
	assert_int_equal(d->c.absences, 2);
	assert_string_equal(d->c.absence[0].reason, "no such thing");
	assert_null(d->c.absence[1].reason);
	assert_ptr_equal(d->c.absence[1].missing, &d->side[1]);
	part(d);
}

/* One row of a hundred that alone would be called: not so among a hundred. */
static void table_corrects_for_many_rows(void **state)
{
	/* The weakest case that has an interval beyond 1: p = 2 / C(8, 4) = 0.029. */
	const double low[4] = { 100, 101, 102, 103 }, high[4] = { 120, 121, 122, 123 };
	const double other[4] = { 100.5, 101.5, 101, 102 };
	json_t *a = made_record(), *b = made_record();
	struct duel *d;

	(void)state;
	for (int i = 0; i < 100; i++) {
		made_row(a, "ns", low, 4);
		made_row(b, "ns", i == 7 ? high : other, 4);
	}
	d = duel(a, b, false);
	assert_near(d->c.row[7].versus.p, 2.0 / 70, 1e-9);
	assert_true(d->c.row[7].versus.q > 0.05);
	assert_int_equal(d->c.row[7].versus.verdict, TB_VERDICT_INCONCLUSIVE);
	assert_non_null(strstr(d->c.row[7].versus.reason, "over all 100 rows"));
	part(d);
}

/* The warnings of a comparison of records with these fingerprints; the caller frees them. */
static json_t *warnings_of(const char *one, const char *two)
{
	json_t *a = made_record(), *b = made_record(), *warnings;
	struct duel *d;

	made_row(a, "ns", TEN, 10);
	made_row(b, "ns", TEN, 10);
	if (one)
		json_object_set_new(a, "fingerprint", json_quoted(one));
	json_object_set_new(b, "fingerprint", json_quoted(two));
	d = duel(a, b, false);
	assert_int_equal(d->err, 0);
	warnings = json_deep_copy(d->c.warnings);
	part(d);
	return warnings;
}

static void warned(const char *one, const char *two, const char *want)
{
	json_t *warnings = warnings_of(one, two);

	assert_int_equal(json_array_size(warnings), want ? 1 : 0);
	if (want)
		assert_string_equal(json_string_value(json_array_get(warnings, 0)), want);
	json_decref(warnings);
}

static void fingerprints(void **state)
{
	(void)state;
	warned("{'core_hz': 3.0e9, 'l2_latency_cycles': 14.0}",
	       "{'core_hz': 3.25e9, 'l2_latency_cycles': 14.1}", NULL);
	warned("{'core_hz': 3.0e9, 'l2_latency_cycles': 14.0}",
	       "{'core_hz': 3.4e9, 'l2_latency_cycles': 14.1}",
	       "the fingerprints differ by more than 10 %: core_hz is 3.00 in A and 3.40 in B, in GHz");
	warned("{'l2_latency_cycles': 16.5}", "{'l2_latency_cycles': 14.0}",
	       "the fingerprints differ by more than 10 %: l2_latency_cycles is 14.00 in B and 16.50 in A");
	/* Unknown differs from nothing; sizes are facts of the context, not measured. */
	warned("{'core_hz': null}", "{'core_hz': 3e9}", NULL);
	warned(NULL, "{'core_hz': 3e9}", NULL);
	warned("{'xsave_bytes': 832}", "{'xsave_bytes': 2440}", NULL);
}

static void context(void **state)
{
	json_t *a = made_record(), *b = made_record(), *want;
	struct duel *d;

	(void)state;
	made_row(a, "ns", TEN, 10);
	made_row(b, "ns", TEN, 10);
	json_object_set_new(json_path(a, "host.cpu"), "flags", json_quoted("['a', 'b', 'c']"));
	json_object_set_new(json_path(b, "host.cpu"), "flags", json_quoted("['c', 'd', 'a']"));
	json_object_set_new(json_path(a, "host.cpu"), "microcode", json_string("0x1"));
	json_object_set_new(json_path(b, "host.cpu"), "microcode", json_null());
	json_object_set_new(json_path(b, "host.cpu"), "tsc_hz", json_real(2000000123.0));
	json_object_set_new(a, "environment",
			    json_quoted("{'kernel': {'cmdline': 'quiet mitigations=off'}}"));
	json_object_set_new(b, "environment", json_quoted("{'kernel': {'cmdline': 'ro quiet'}}"));
	d = duel(a, b, false);
	want = json_quoted("[{'path': 'host.cpu.flags', 'values': ['b', 'd']},"
			   "{'path': 'host.cpu.microcode', 'values': ['0x1', null]},"
			   "{'path': 'environment.kernel.cmdline',"
			   " 'values': ['mitigations=off', 'ro']}]");
	assert_true(json_equal(d->c.differences.list, want));
	json_decref(want);
	part(d);
}

/* Eight copies of a record are one run: pooled, they would be eighty launches. */
static void copies(void **state)
{
	json_t *a = made_record(), *b = made_record();
	struct tb_error why = { "" };
	struct duel *d;

	(void)state;
	made_row(a, "ns", TEN, 10);
	made_row(b, "ns", DEAR, 10);
	json_object_set(b, "run_id", json_object_get(a, "run_id"));
	d = duel(a, b, false);
	assert_int_equal(json_array_size(d->c.warnings), 1);
	assert_string_equal(json_string_value(json_array_get(d->c.warnings, 0)),
			    "A and B are the same run: compared with itself, a run cannot differ");
	for (int i = 0; i < 7; i++)
		assert_int_equal(tb_side_add(&d->side[0], json_deep_copy(a), "", &why), 0);
	assert_int_equal(d->side[0].records, 1);
	assert_int_equal(d->side[0].copies, 7);
	assert_int_equal(d->side[0].entry[0].n, 10);
	json_array_clear(d->c.warnings);
	assert_int_equal(tb_same_run_warn(&d->sides, d->c.warnings), 0);
	assert_int_equal(json_array_size(d->c.warnings), 2);
	assert_non_null(strstr(json_string_value(json_array_get(d->c.warnings, 0)),
			       "copies of a record in A: 7"));
	part(d);
}

static void hostile_types(void **state)
{
	static const char *const summaries[] = {
		"null", "1", "[]", "{}", "{'centres': 1}", "{'centres': {}}", "{'centres': []}"
	};
	struct tb_side side = { 0 };
	struct tb_error why = { "" };

	(void)state;
	for (size_t i = 0; i < COUNT(summaries); i++) {
		json_t *record = made_record();

		json_object_set_new(made_metric(made_row(record, "ns", TEN, 10)), "summary",
				    json_quoted(summaries[i]));
		assert_int_equal(tb_side_add(&side, record, "", &why), 0);
	}
	assert_int_equal(side.entries, 0);
	for (int i = 0; i < 2; i++) {
		json_t *record = made_record();

		json_object_set_new(made_metric(made_row(record, "ns", TEN, 10)), "summary",
				    json_quoted(i ? "{'centres': ['1']}" : "{'centres': [null]}"));
		assert_int_equal(tb_side_add(&side, record, "", &why), -EINVAL);
	}
	tb_side_free(&side);
}

/* The exact level, whatever the figures; and a test that takes more alarms than it says is caught. */
static void against_itself(void **state)
{
	struct tb_laws laws = { 0 };
	struct tb_aa_plan plan = { .judge = { 0.02, 0.05, &laws }, .pairs = 200, .seed = 1 };
	struct tb_random r;
	json_t *record = made_record();
	struct tb_side side;
	double x[10];
	struct tb_aa aa;

	(void)state;
	tb_random_seed(&r, 11, 0);
	for (int i = 0; i < 40; i++) {
		draw(&r, x, 10, 1, 0.5);
		made_row(record, "ns", x, 10);
	}
	x[1] = x[0];
	made_row(record, "ns", x, 10);
	made_row(record, "ns", x, 7);
	side = made_side(record);
	assert_int_equal(tb_aa_test(&side, &plan, &aa), 0);
	assert_int_equal(aa.rows, 42);
	assert_int_equal(aa.tied, 1);
	assert_int_equal(aa.few, 1);
	assert_int_equal(aa.alarms.of, 8000);
	assert_near(aa.alarms.expected, 8.0 / 252, 1e-9); /* U <= 2 of 5 and 5: 4 of 252, twice */
	assert_true(tb_aa_within(&aa.alarms));
	assert_true(aa.alarms.lo > 200 && aa.alarms.hi < 300);
	assert_true(tb_aa_within(&aa.tables));
	/* A law that believes in less chance than there is. */
	for (size_t k = 0; k < laws.at[0].width; k++)
		laws.at[0].below[k] /= 2;
	assert_int_equal(tb_aa_test(&side, &plan, &aa), 0);
	assert_false(tb_aa_within(&aa.alarms));
	tb_side_free(&side);
	tb_laws_free(&laws);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),
		cmocka_unit_test(unknown_rate),
		cmocka_unit_test(cycles_become_time),
		cmocka_unit_test(classes),
		cmocka_unit_test(higher_is_better),
		cmocka_unit_test(unfit_rows),
		cmocka_unit_test(absent_rows),
		cmocka_unit_test(table_corrects_for_many_rows),
		cmocka_unit_test(context),
		cmocka_unit_test(fingerprints),
		cmocka_unit_test(copies),
		cmocka_unit_test(hostile_types),
		cmocka_unit_test(against_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
