// SPDX-License-Identifier: GPL-2.0-or-later
/* Ratios between records: which rows are paired, and the result. */
#include <math.h>
#include <stdio.h>

#include "json_quoted.h"
#include "report/ratio.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define MACHINE(class, hypervisor, name, model)                                                \
	"{'class': '" class "', 'environment': {'virtualization': {'hypervisor': "             \
			    "'" hypervisor "'}}, 'host': {'cpu': {'derived': {'uarch': '" name \
			    "'}, 'model': " #model "}},"                                       \
			    "'benchmarks': []}"

static size_t group(const char *const *json, size_t n, struct tb_record *records,
		    struct tb_subject *subjects, struct tb_group *groups)
{
	for (size_t i = 0; i < n; i++)
		records[i] = (struct tb_record){ .json = json_quoted(json[i]) };
	tb_subjects_name(records, n, subjects);
	return tb_subjects_group(subjects, n, groups);
}

static void classes(void **state)
{
	static const char *const json[] = {
		MACHINE("vm", "kvm", "Zen 4", 17),
		MACHINE("metal", "", "Zen 4", 17),
		MACHINE("vm", "xen", "Skylake", 85),
		MACHINE("emulated", "tcg", "Zen 4", 17),
		MACHINE("vm", "kvm", "Zen 4", 17),
		"{}",
		/* The same numbers, and another core derived. */
		MACHINE("vm", "kvm", "Zen 5", 17),
		MACHINE("vm", "xen", "Skylake", 85),
	};
	static const char *const names[] = { "A Zen 4", "B Zen 4",	 "C Skylake", "D Zen 4",
					     "E Zen 4", "F unknown CPU", "G Zen 5",   "H Skylake" };
	static const int machines[] = { 1, 2, 3, 4, 1, 5, 6, 3 };
	struct tb_subject subjects[COUNT(json)];
	struct tb_record records[COUNT(json)];
	struct tb_group groups[COUNT(json)];

	(void)state;
	assert_int_equal(group(json, COUNT(json), records, subjects, groups), 4);
	assert_int_equal(groups[0].n, 5);
	assert_ptr_equal(groups[0].at[2], &subjects[4]);
	assert_string_equal(groups[0].text, "class vm (kvm, xen)");
	assert_string_equal(groups[2].text, "class emulated (tcg)");
	assert_string_equal(groups[3].text, "class unknown");
	for (size_t i = 0; i < COUNT(json); i++) {
		assert_string_equal(subjects[i].name, names[i]);
		assert_int_equal(subjects[i].machine, machines[i]);
		json_decref(records[i].json);
	}
}

#define CENTRES(a, b, c, d, e, f) "[" #a "," #b "," #c "," #d "," #e "," #f "]"
#define ROW(version, status, unit, direction, modes, centres)                                    \
	"{'class': 'vm', 'benchmarks': [{'name': 'a/b', 'version': " #version                    \
	", 'params': {'x': 1}, 'status': '" status "', 'metrics': [{'name': 'm', 'unit': '" unit \
	"', 'direction': '" direction "', 'headline': true, 'summary': "                         \
	"{'column': 'gated', 'modes': " modes ", 'centres': " centres "}}]}]}"
#define PLAIN(centres) ROW(1, "ok", "ns", "lower", "null", centres)
#define SIX	       CENTRES(100, 101, 102, 103, 104, 105)

static struct tb_ratio ratio(const char *a, const char *b, size_t *lines)
{
	const char *json[] = { a, b };
	struct tb_subject subjects[2];
	struct tb_record records[2];
	struct tb_group groups[2];
	struct tb_ratio first = { .why = "not there" };
	struct tb_ratios ratios;

	assert_int_equal(group(json, 2, records, subjects, groups), 1);
	assert_int_equal(tb_ratios_gather(&groups[0], &ratios), 0);
	if (ratios.n)
		first = ratios.at[0];
	*lines = ratios.lines;
	assert_true(ratios.n <= 1);
	tb_ratios_free(&ratios);
	json_decref(records[0].json);
	json_decref(records[1].json);
	return first;
}

static void ratios(void **state)
{
	size_t lines;
	struct tb_ratio r = ratio(PLAIN(SIX), PLAIN(CENTRES(200, 202, 204, 206, 208, 210)), &lines);

	(void)state;
	assert_string_equal(r.why, "");
	assert_int_equal(lines, 1);
	assert_int_equal(r.line, 1);
	assert_true(fabs(r.estimate - 2) < 0.01 && r.ci.present && r.ci.lo > 1.9 && r.ci.hi < 2.1);
	assert_int_equal(r.verdict, TB_VERDICT_SLOWER);
	assert_int_equal(r.ci.lo_rank, 6);
	assert_int_equal(r.ci.hi_rank, 31);
	r = ratio(PLAIN(SIX), PLAIN(SIX), &lines);
	assert_true(fabs(r.estimate - 1) < 0.01);
	/* Of a rate twice as high is half as dear. */
	r = ratio(ROW(1, "ok", "ops/s", "higher", "null", SIX),
		  ROW(1, "ok", "ops/s", "higher", "null", CENTRES(200, 202, 204, 206, 208, 210)),
		  &lines);
	assert_true(fabs(r.estimate - 0.5) < 0.01);
	assert_true(r.ci.lo > 1 / 2.1 && r.ci.lo < r.estimate);
	assert_true(r.ci.hi < 1 / 1.9 && r.ci.hi > r.estimate);
	assert_int_equal(r.verdict, TB_VERDICT_FASTER);
}

/* Whoever may not be compared has no ratio, and the reason. */
static void objections(void **state)
{
	static const struct {
		const char *other, *why;
	} cases[] = {
		{ ROW(2, "ok", "ns", "lower", "null", SIX),
		  "versions 1 and 2 of the benchmark, whose figures are not comparable" },
		{ "{'class': 'vm', 'benchmarks': []}", "not there" },
		{ ROW(1, "ok", "core-cycles", "lower", "null", SIX), "unit ns and core-cycles" },
		{ ROW(1, "failed", "ns", "lower", "null", SIX), "B is failed: no reason given" },
		{ ROW(1, "noisy", "ns", "lower", "null", SIX), "B is noisy: no reason given" },
		{ ROW(1, "ok", "ns", "lower", "{'low': 1}", SIX), "a mixture of two modes" },
		{ PLAIN("[]"), "not there" },
		{ PLAIN(CENTRES(100, 101, 102, 103, 104, 0)), "a figure is not positive" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t lines;
		struct tb_ratio r = ratio(PLAIN(SIX), cases[i].other, &lines);

		assert_string_equal(r.why, cases[i].why);
		assert_int_equal(lines, 0);
		assert_int_equal(r.line, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes),
		cmocka_unit_test(ratios),
		cmocka_unit_test(objections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
