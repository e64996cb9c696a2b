// SPDX-License-Identifier: GPL-2.0-or-later
/* Records against each other: who may meet, and what comes of it. */
#include <math.h>
#include <stdio.h>

#include "json_quoted.h"
#include "report/ratio.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define MACHINE(class, hypervisor, name, model)                                    \
	"{'class': '" class "', 'environment': {'virtualization': {'hypervisor': " \
			    "'" hypervisor "'}}, 'host': {'cpu': {'uarch': '" name \
			    "', 'model': " #model "}},"                            \
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
		MACHINE("vm", "kvm", "Zen 4", 17),   MACHINE("metal", "", "Zen 4", 17),
		MACHINE("vm", "xen", "Skylake", 85), MACHINE("emulated", "tcg", "Zen 4", 17),
		MACHINE("vm", "kvm", "Zen 4", 17),   "{}",
	};
	static const char *const names[] = { "A Zen 4", "B Zen 4", "C Skylake",
					     "D Zen 4", "E Zen 4", "F unknown CPU" };
	static const int machines[] = { 1, 2, 3, 4, 1, 5 };
	struct tb_subject subjects[COUNT(json)];
	struct tb_record records[COUNT(json)];
	struct tb_group groups[COUNT(json)];

	(void)state;
	assert_int_equal(group(json, COUNT(json), records, subjects, groups), 4);
	assert_int_equal(groups[0].n, 3);
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

/* Launches whose medians are these, and one that does not count. */
#define SAMPLES(a, b, c, d, e, f)                                                        \
	"[{'gated': [" #a "]}, {'gated': [" #b "]}, {'gated': [" #c "]}, {'gated': [" #d \
	"]}, {'gated': [" #e "]}, {'gated': [" #f "]}, {'gated': [1e9]}]"
#define OK "{'exit': 'ok'}"
#define ROW(version, status, unit, direction, modes, samples)                                 \
	"{'class': 'vm', 'benchmarks': [{'name': 'a/b', 'version': " #version                 \
	", 'params': {'x': 1}, 'status': '" status "', 'launches': [" OK "," OK "," OK "," OK \
	"," OK "," OK ",{'exit': 'crashed'}], 'metrics': [{'name': 'm', 'unit': '" unit       \
	"', 'direction': '" direction "', 'headline': true, 'within': 'median',"              \
	"'samples': " samples ", 'summary': {'column': 'gated', 'modes': " modes "}}]}]}"
#define PLAIN(samples) ROW(1, "ok", "ns", "lower", "null", samples)
#define SIX	       SAMPLES(100, 101, 102, 103, 104, 105)

static struct tb_ratio ratio(const char *a, const char *b, size_t *lines)
{
	const char *json[] = { a, b };
	struct tb_subject subjects[2];
	struct tb_record records[2];
	struct tb_group groups[2];
	struct tb_ratio first = { .why = "no such row" };
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
	struct tb_ratio r = ratio(PLAIN(SIX), PLAIN(SAMPLES(200, 202, 204, 206, 208, 210)), &lines);

	(void)state;
	assert_null(r.why);
	assert_int_equal(lines, 1);
	assert_int_equal(r.line, 1);
	assert_true(fabs(r.estimate - 2) < 0.01 && r.ci.present && r.ci.lo > 1.9 && r.ci.hi < 2.1);
	assert_int_equal(r.verdict, TB_VERDICT_SLOWER);
	/* Six against six: the launch that crashed is none of them. */
	assert_int_equal(r.ci.lo_rank, 6);
	assert_int_equal(r.ci.hi_rank, 31);
	r = ratio(PLAIN(SIX), PLAIN(SIX), &lines);
	assert_true(fabs(r.estimate - 1) < 0.01);
	/* Of a rate twice as high is half as dear. */
	r = ratio(ROW(1, "ok", "ops/s", "higher", "null", SIX),
		  ROW(1, "ok", "ops/s", "higher", "null", SAMPLES(200, 202, 204, 206, 208, 210)),
		  &lines);
	assert_true(fabs(r.estimate - 0.5) < 0.01);
	assert_int_equal(r.verdict, TB_VERDICT_FASTER);
}

/* Whoever may not be compared has no ratio, and the reason. */
static void objections(void **state)
{
	static const struct {
		const char *other, *why;
	} cases[] = {
		{ ROW(2, "ok", "ns", "lower", "null", SIX), "no such row" },
		{ "{'class': 'vm', 'benchmarks': []}", "no such row" },
		{ ROW(1, "ok", "tsc", "lower", "null", SIX), "another unit" },
		{ ROW(1, "failed", "ns", "lower", "null", SIX), "failed" },
		{ ROW(1, "unquiet", "ns", "lower", "null", SIX), "unquiet" },
		{ ROW(1, "ok", "ns", "lower", "{'low': 1}", SIX), "a mixture of two modes" },
		{ PLAIN("[]"), "not measured" },
		{ PLAIN(SAMPLES(100, 101, 102, 103, 104, 0)), "a figure is not positive" },
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
