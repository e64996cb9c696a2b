// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): sched_getaffinity
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "machine/affinity.h"
#include "machine/place.h"
#include "machine/topology.h"
#include "machine/sysfs_cpu.h"
#include "machine/cpu_list.h"

#ifndef TB_TEST_DATA
#error "TB_TEST_DATA is the folder tests/data"
#endif

/* Two packages of two L3s of two L2s of two cores of two threads: CPUs 0-31 in this order. */
#define LARGE "package:2 l3:2 l2:2 core:2 pu:2"
/*
 * Two P cores of two threads (CPUs 0-3), four E cores on one L2 (4-7, of which 7 is
 * not allowed), two E cores outside the L3 (8-9). XML comments are beyond hwloc's
 * own reader.
 */
#define HYBRID TB_TEST_DATA "/topologies/hybrid.xml"

static struct tb_place *opened(const char *source)
{
	struct tb_place *place;

	assert_int_equal(tb_place_open(source, &place), 0);
	assert_non_null(place);
	return place;
}

static void names(void **state)
{
	char all[128] = "";
	enum tb_placement placement;

	(void)state;
	for (int i = 0; i < TB_PLACEMENT_COUNT; i++) {
		const char *name = tb_placement_name((unsigned int)i);

		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? "|" : "", name);
		assert_int_equal(tb_placement_parse(name, &placement), 0);
		assert_int_equal(placement, i);
	}
	assert_string_equal(all, "same-cpu|smt-sibling|same-l2|same-l3|cross-l3|cross-package");
	assert_null(tb_placement_name(TB_PLACEMENT_COUNT));
	assert_int_equal(tb_placement_parse("same", &placement), -EINVAL);
	assert_int_equal(tb_placement_parse("", &placement), -EINVAL);
}

struct neighbour {
	int cpu;
	enum tb_placement placement;
	int other;	 /* or -errno */
	const char *why; /* a part of it, where there is none */
};

static void check_neighbours(const char *source, const struct neighbour *cases, size_t count)
{
	struct tb_place *place = opened(source);

	for (size_t i = 0; i < count; i++) {
		const char *why = "untouched";
		int other = -1;
		int rc = tb_place_neighbour(place, cases[i].cpu, cases[i].placement, &other, &why);

		if ((rc ? rc : other) != cases[i].other)
			fail_msg("%s of CPU %d in %s is %d (%d), not %d",
				 tb_placement_name(cases[i].placement), cases[i].cpu, source, other,
				 rc, cases[i].other);
		assert_non_null(strstr(why, rc && cases[i].why ? cases[i].why : "untouched"));
		assert_int_equal(
			tb_place_neighbour(place, cases[i].cpu, cases[i].placement, &other, NULL),
			rc);
	}
	tb_place_close(place);
}

#define NEIGHBOURS(source, cases) check_neighbours(source, cases, sizeof(cases) / sizeof(*(cases)))

static void neighbours_of_a_large_machine(void **state)
{
	static const struct neighbour cases[] = {
		{ 0, TB_SAME_CPU, 0, NULL },
		{ 0, TB_SMT_SIBLING, 1, NULL },
		{ 1, TB_SMT_SIBLING, 0, NULL },
		{ 0, TB_SAME_L2, 3, NULL },
		{ 3, TB_SAME_L2, 1, NULL },
		{ 0, TB_SAME_L3, 7, NULL },
		{ 7, TB_SAME_L3, 3, NULL },
		{ 0, TB_CROSS_L3, 15, NULL },
		{ 15, TB_CROSS_L3, 7, NULL },
		{ 0, TB_CROSS_PACKAGE, 31, NULL },
		{ 31, TB_CROSS_PACKAGE, 15, NULL },
		{ 31, TB_SMT_SIBLING, 30, NULL },
		{ 32, TB_SAME_CPU, -EINVAL, "may not run" },
		{ -1, TB_SAME_CPU, -EINVAL, "may not run" },
	};

	(void)state;
	NEIGHBOURS(LARGE, cases);
}

static void neighbours_that_are_not_there(void **state)
{
	static const struct neighbour single[] = {
		{ 0, TB_SAME_CPU, 0, NULL },
		{ 0, TB_SMT_SIBLING, -ENOENT, "no second thread" },
		{ 0, TB_SAME_L2, -ENOENT, "L2" },
		{ 0, TB_SAME_L3, -ENOENT, "L3" },
		{ 0, TB_CROSS_L3, -ENOENT, "no other L3" },
		{ 0, TB_CROSS_PACKAGE, -ENOENT, "one package" },
	};
	/* No cache is shown: cores of one package stand in no relation that has a name. */
	static const struct neighbour bare[] = {
		{ 0, TB_SMT_SIBLING, 1, NULL },	  { 0, TB_SAME_L2, -ENOENT, "L2" },
		{ 0, TB_SAME_L3, -ENOENT, "L3" }, { 0, TB_CROSS_L3, -ENOENT, "no other L3" },
		{ 0, TB_CROSS_PACKAGE, 7, NULL },
	};
	/* L3 without L2: what is said of the L3 still holds. */
	static const struct neighbour no_l2[] = {
		{ 0, TB_SAME_L2, -ENOENT, "L2" },
		{ 0, TB_SAME_L3, 1, NULL },
		{ 0, TB_CROSS_L3, 3, NULL },
	};
	/* A virtual machine that shows no packages has one. */
	static const struct neighbour no_package[] = {
		{ 0, TB_CROSS_L3, 3, NULL },
		{ 0, TB_CROSS_PACKAGE, -ENOENT, "one package" },
	};

	(void)state;
	NEIGHBOURS("pu:1", single);
	NEIGHBOURS("package:2 core:2 pu:2", bare);
	NEIGHBOURS("package:1 l3:2 core:2 pu:1", no_l2);
	NEIGHBOURS("l3:2 core:2 pu:1", no_package);
}

static void neighbours_on_a_hybrid(void **state)
{
	static const struct neighbour cases[] = {
		{ 0, TB_SMT_SIBLING, 1, NULL },
		{ 4, TB_SMT_SIBLING, -ENOENT, "no second thread" },
		{ 0, TB_SAME_L2, -ENOENT, "L2" },
		{ 4, TB_SAME_L2, 6, NULL }, /* 7 is not allowed */
		{ 0, TB_SAME_L3, 3, NULL }, /* a P core; 6 is higher, but an E core */
		{ 3, TB_SAME_L3, 1, NULL },
		{ 4, TB_SAME_L3, 3, NULL },  /* no other E core has an L2 of its own there */
		{ 0, TB_CROSS_L3, 9, NULL }, /* outside the L3 */
		{ 8, TB_CROSS_L3, 6, NULL }, /* an E core; not one of 0-3 */
		{ 8, TB_SAME_L2, 9, NULL },
		{ 8, TB_SAME_L3, -ENOENT, "L3" },
		{ 7, TB_SAME_CPU, -EINVAL, "may not run" },
	};

	(void)state;
	NEIGHBOURS(HYBRID, cases);
}

static void allowed_cpus(void **state)
{
	struct tb_place *place = opened(HYBRID);

	(void)state;
	assert_true(tb_place_allowed(place, 6));
	assert_false(tb_place_allowed(place, 7));
	assert_true(tb_place_allowed(place, 9));
	assert_false(tb_place_allowed(place, 10));
	assert_false(tb_place_allowed(place, -1));
	tb_place_close(place);
}

/* --cpus: some of those that are allowed, or none is taken away. */
static void restricted_cpus(void **state)
{
	static const int some[] = { 0, 2 }, more[] = { 2, 7 };
	struct tb_place *place = opened(HYBRID);

	(void)state;
	assert_int_equal(tb_place_restrict(place, more, 2), -EINVAL);
	assert_false(tb_place_allowed(place, 7));
	assert_true(tb_place_allowed(place, 6));
	assert_int_equal(tb_place_restrict(place, some, 2), 0);
	assert_true(tb_place_allowed(place, 2));
	assert_false(tb_place_allowed(place, 6));
	assert_int_equal(tb_place_default_cpu(place), 2);
	assert_int_equal(tb_place_restrict(place, some, 0), -EINVAL);
	tb_place_close(place);
}

static void default_cpu(void **state)
{
	static const struct {
		const char *source;
		int cpu;
	} cases[] = {
		{ LARGE, 31 },
		{ "pu:1", 0 },
		{ HYBRID, 3 }, /* the last thread of the last P core */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tb_place *place = opened(cases[i].source);

		assert_int_equal(tb_place_default_cpu(place), cases[i].cpu);
		tb_place_close(place);
	}
}

static void caches(void **state)
{
	static const struct {
		int cpu;
		unsigned int level;
		bool instruction;
		int rc;
		struct tb_place_cache cache;
	} cases[] = {
		{ 0, 1, false, 0, { 49152, 12, 64, 64, true } },
		{ 0, 1, true, 0, { 32768, 8, 64, 64, true } },
		{ 1, 2, false, 0, { 1310720, 10, 64, 2048, true } },
		{ 0, 3, false, 0, { 12582912, 12, 64, 16384, true } },
		{ 2, 1, false, 0, { 49152, 0, 64, 0, false } },	  /* ways -1 */
		{ 4, 2, false, 0, { 2097152, 0, 64, 0, false } }, /* ways 0 */
		{ 4, 1, false, -ENOENT, { 0 } },
		{ 4, 1, true, -ENOENT, { 0 } },
		{ 8, 3, false, -ENOENT, { 0 } },
		{ 0, 4, false, -ENOENT, { 0 } },
		{ 0, 0, false, -EINVAL, { 0 } },
		{ 0, 6, false, -EINVAL, { 0 } },
		{ 0, 4, true, -EINVAL, { 0 } },
		{ 10, 1, false, -EINVAL, { 0 } },
		{ -1, 1, false, -EINVAL, { 0 } },
	};
	struct tb_place *place = opened(HYBRID);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct tb_place_cache cache = { .known = true };
		int rc = tb_place_cache(place, cases[i].cpu, cases[i].level, cases[i].instruction,
					&cache);

		print_message("CPU %d, level %u\n", cases[i].cpu, cases[i].level);
		assert_int_equal(rc, cases[i].rc);
		assert_int_equal(cache.size_bytes, cases[i].cache.size_bytes);
		assert_int_equal(cache.ways, cases[i].cache.ways);
		assert_int_equal(cache.line_bytes, cases[i].cache.line_bytes);
		assert_int_equal(cache.sets, cases[i].cache.sets);
		assert_int_equal(cache.known, cases[i].cache.known);
	}
	tb_place_close(place);
}

static void sources_that_do_not_load(void **state)
{
	static const char readme[] = TB_TEST_DATA "/roots/nothing/README";
	const char *const sources[] = { "/nonexistent.xml", "none.xml", "bananas:2",
					"package:0",	    "",		readme };
	struct tb_place *place;

	(void)state;
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		place = (struct tb_place *)state;
		assert_true(tb_place_open(sources[i], &place) < 0);
		assert_null(place);
	}
	tb_place_close(NULL);
}

static void lists(void **state)
{
	static const struct {
		const char *text, *cpus; /* cpus NULL: refused */
		const char *why;
	} cases[] = {
		{ "0", "0,", NULL },
		{ "0-3,5", "0,1,2,3,5,", NULL },
		{ "5,0-3,2-4", "0,1,2,3,4,5,", NULL },
		{ "7-7", "7,", NULL },
		{ "007", "7,", NULL },
		{ "8191", "8191,", NULL },
		{ "", NULL, "missing" },
		{ ",", NULL, "missing" },
		{ "1,", NULL, "missing" },
		{ ",1", NULL, "missing" },
		{ "1,,2", NULL, "missing" },
		{ "-1", NULL, "missing" },
		{ "1-", NULL, "missing" },
		{ "1--2", NULL, "missing" },
		{ "3-1", NULL, "backwards" },
		{ "8192", NULL, "above 8191" },
		{ "0-8192", NULL, "above 8191" },
		{ "18446744073709551616", NULL, "above 8191" },
		{ "1-2-3", NULL, "holds numbers" },
		{ "1 ", NULL, "holds numbers" },
		{ " 1", NULL, "missing" },
		{ "1\n", NULL, "holds numbers" },
		{ "all", NULL, "missing" },
		{ "1;2", NULL, "holds numbers" },
		{ "0x1", NULL, "holds numbers" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char got[128] = "";
		const char *why = NULL;
		int *cpus, rc;
		size_t count;

		print_message("\"%s\"\n", cases[i].text);
		rc = tb_cpu_list_parse(cases[i].text, &cpus, &count, &why);
		assert_int_equal(rc, cases[i].cpus ? 0 : -EINVAL);
		for (size_t k = 0; k < count; k++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%d,", cpus[k]);
		assert_string_equal(got, cases[i].cpus ? cases[i].cpus : "");
		assert_true(!why == !cases[i].why);
		assert_true(!why || !cases[i].why || strstr(why, cases[i].why));
		free(cpus);
	}
	assert_int_equal(tb_cpu_list_parse("x", &(int *){ NULL }, &(size_t){ 0 }, NULL), -EINVAL);
}

static void check_affinity(const int *want, size_t n)
{
	size_t count;
	int *cpus;

	assert_int_equal(tb_affinity_get(&cpus, &count), 0);
	assert_int_equal(count, n);
	assert_memory_equal(cpus, want, n * sizeof(*want));
	free(cpus);
}

/* This machine: the affinity counts, pinning pins, and what sysfs says of the L1D holds. */
static void this_machine(void **state)
{
	struct tb_place *place = opened(NULL);
	int cpu = tb_place_default_cpu(place), other = -1, *before;
	size_t count;

	(void)state;
	assert_true(tb_place_is_here(place));
	assert_int_equal(tb_affinity_get(&before, &count), 0);
	assert_true(cpu >= 0 && tb_sysfs_has_cpu(before, count, cpu));
	assert_int_equal(tb_place_neighbour(place, cpu, TB_SAME_CPU, &other, NULL), 0);
	assert_int_equal(other, cpu);
	tb_place_close(place);

	assert_int_equal(tb_affinity_pin_self(cpu), 0);
	check_affinity(&cpu, 1);
	assert_int_equal(sched_getcpu(), cpu);
	place = opened(NULL);
	for (int i = 0; i < TB_CPUS_MAX_POSSIBLE; i++)
		assert_int_equal(tb_place_allowed(place, i), i == cpu);
	assert_int_equal(tb_place_default_cpu(place), cpu);
	tb_place_close(place);
	assert_int_equal(tb_affinity_set(before, count), 0);

	/* Of all threads that were bound: the one that could not be is remembered. */
	assert_int_equal(tb_affinity_pin_error(), 0);
	assert_int_equal(tb_affinity_pin_self(-1), -EINVAL);
	assert_int_equal(tb_affinity_pin_error(), -EINVAL);
	assert_int_equal(tb_affinity_pin_self(TB_CPUS_MAX_POSSIBLE), -EINVAL);
	assert_int_equal(tb_affinity_pin_self(TB_CPUS_MAX_POSSIBLE - 1), -EINVAL); /* not there */
	check_affinity(before, count);
	free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(neighbours_of_a_large_machine),
		cmocka_unit_test(neighbours_that_are_not_there),
		cmocka_unit_test(neighbours_on_a_hybrid),
		cmocka_unit_test(allowed_cpus),
		cmocka_unit_test(restricted_cpus),
		cmocka_unit_test(default_cpu),
		cmocka_unit_test(caches),
		cmocka_unit_test(sources_that_do_not_load),
		cmocka_unit_test(lists),
		cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
