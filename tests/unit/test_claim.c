// SPDX-License-Identifier: GPL-2.0-or-later
/* Claims of CPUs. Their numbers exist on no machine, so other runs do not interfere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "json.h"
#include "run/claim.h"

static const struct tb_param none[] = { { 0 } };
static const struct tb_param placed[] = { { .name = TB_PLACEMENT_PARAM }, { 0 } };
static const struct tb_bench alone = { .name = "alone", .params = none };
static const struct tb_bench two = { .name = "two", .params = placed };

/* The i-th of this process's own CPUs; a network namespace has one set of names for all. */
static int cpu_of(int i)
{
	return 100000 + 8 * getpid() + i;
}

static void claim(struct tb_claims *claims, const struct tb_bench *bench, int cpu, int other)
{
	struct tb_variant v = { .bench = bench, .cpu = { cpu, other } };
	struct tb_variants variants = { &v, 1 };

	tb_claim_cpus(claims, &variants);
}

static size_t others(const struct tb_claims *claims, const char *began)
{
	const json_t *other;
	size_t i, n = 0;

	json_array_foreach(claims->others, i, other) {
		n += !strcmp(tb_json_text(other, "began", ""), began);
		assert_int_equal(tb_json_number(other, "process", 0), getpid());
	}
	return n;
}

static void both_runs_see_each_other(void **state)
{
	struct tb_claims a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	claim(&a, &alone, cpu_of(1), cpu_of(2));
	claim(&a, &alone, cpu_of(1), cpu_of(2)); /* once; a run does not report itself */
	assert_int_equal(a.n, 1);
	assert_null(a.others);
	claim(&b, &alone, cpu_of(2), cpu_of(1)); /* role 1 is of a placement only */
	assert_null(b.others);
	claim(&b, &two, cpu_of(3), cpu_of(1));
	assert_int_equal(others(&b, "before"), 1);
	tb_claim_accept(&a);
	tb_claim_accept(&a);
	assert_int_equal(others(&a, "during"), 1);
	claim(&c, &alone, cpu_of(1), 0);
	assert_int_equal(others(&c, "before"), 2);
	/* A claim ends with its run. The second run's claim stays. */
	tb_claim_release(&a);
	tb_claim_release(&c);
	claim(&c, &alone, cpu_of(1), 0);
	assert_int_equal(others(&c, "before"), 1);
	tb_claim_release(&b);
	tb_claim_release(&c);
	claim(&c, &alone, cpu_of(1), 0);
	assert_null(c.others);
	tb_claim_release(&c);
}

/* Nothing is measured there. */
static void skipped_variants(void **state)
{
	struct tb_variant v = { .bench = &two,
				.cpu = { cpu_of(1), cpu_of(2) },
				.code = "not-here" };
	struct tb_variants variants = { &v, 1 };
	struct tb_claims a = { 0 };

	(void)state;
	tb_claim_cpus(&a, &variants);
	assert_int_equal(a.n, 0);
	v.code[0] = '\0';
	tb_claim_cpus(&a, &variants);
	assert_int_equal(a.n, 2);
	tb_claim_release(&a);
}

static void too_many_claims(void **state)
{
	struct tb_claims runs[12] = { 0 };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		claim(&runs[i], &alone, cpu_of(4), 0);
		assert_int_equal(others(&runs[i], "before"), i < 8 ? i : 8);
	}
	for (size_t i = 0; i < 12; i++)
		tb_claim_release(&runs[i]);
}

static void in_the_record(void **state)
{
	struct tb_claims a = { 0 }, b = { 0 };
	json_t *json = tb_claim_describe(&a);

	(void)state;
	assert_int_equal(json_object_size(json), 0);
	json_decref(json);
	claim(&a, &alone, cpu_of(5), 0);
	claim(&b, &alone, cpu_of(5), 0);
	json = tb_claim_describe(&b);
	assert_int_equal(
		tb_json_number(json_array_get(json_object_get(json, "other_runs"), 0), "cpu", 0),
		cpu_of(5));
	json_decref(json);
	tb_claim_release(&a);
	tb_claim_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_runs_see_each_other),
		cmocka_unit_test(skipped_variants),
		cmocka_unit_test(too_many_claims),
		cmocka_unit_test(in_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
