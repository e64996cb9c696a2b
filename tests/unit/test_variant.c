// SPDX-License-Identifier: GPL-2.0-or-later
/* Variants of suite lines and -p: their order, and no duplicates. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "run/variant.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static int probe(struct tb_probe *probe)
{
	if (!strcmp(tb_probe_choice(probe, "loop"), "b"))
		return tb_probe_unavailable(probe, "no-b", "this machine has no b", "buy one");
	if (tb_probe_number(probe, "size") > tb_probe_memory(probe))
		return tb_probe_unavailable(probe, "no-memory", "too large", "use less");
	return tb_probe_cache(probe, 3) ? 0 : -ENODEV;
}

static const struct tb_param params[] = {
	{ .name = "loop", .values = "a|b|c|d", .fallback = "a", .help = "" },
	{ .name = "size", .values = "4K..1G/4K", .fallback = "64K", .help = "" },
	{ .name = "way", .values = "up|down", .fallback = "up", .help = "" },
	{ 0 }
};
static const struct tb_bench bench = { .name = "fake/one", .params = params, .probe = probe };
static const struct tb_bench twin = { .name = "fake/two", .params = params };
static const struct tb_machine stage = { .cache = { 0, 48 << 10, 2 << 20, 32 << 20 },
					 .memory = 1 << 20 };

static void add_to(struct tb_variants *variants, const struct tb_bench *of,
		   const char *const *suite, const char *const *overrides)
{
	struct tb_override given[4] = { 0 };
	struct tb_error why = { "" };
	size_t n = 0;

	for (; overrides && overrides[n]; n++)
		given[n].text = overrides[n];
	if (tb_variants_add(variants, of, suite, given, n, &stage, &why))
		fail_msg("%s", why.text);
}

/* The variants' values, "a 65536 up; b 65536 up". */
static void assert_variants(const struct tb_variants *variants, const char *want)
{
	char got[2048] = "";

	for (size_t i = 0; i < variants->n; i++)
		for (int p = 0; p < 3; p++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
				 p   ? " "
				 : i ? "; "
				     : "",
				 variants->at[i].value[p]);
	assert_string_equal(got, want);
}

static void expands(const char *line, const char *want)
{
	const char *suite[] = { line, NULL };
	struct tb_variants variants = { 0 };

	add_to(&variants, &bench, suite, NULL);
	assert_variants(&variants, want);
	tb_variants_free(&variants);
	assert_null(variants.at);
	assert_int_equal(variants.n, 0);
}

static void suite_lines(void **state)
{
	(void)state;
	expands("", "a 65536 up");
	expands("loop=b", "b 65536 up");
	expands("size=4K loop=b", "b 4096 up");
	expands("size=l1d*4/3,l1d", "a 65536 up; a 49152 up");
	expands("loop=a,b way=up,down", "a 65536 up; a 65536 down; b 65536 up; b 65536 down");
	/* The order of the benchmark's parameters turns, not that of the line. */
	expands("way=down,up loop=c,a size=8K", "c 8192 down; c 8192 up; a 8192 down; a 8192 up");
	expands("loop=a  way=down ", "a 65536 down");
	/* The last of two counts. */
	expands("loop=a loop=b", "b 65536 up");
}

static void no_duplicates(void **state)
{
	static const char *const suite[] = { "loop=a,b", "size=64K,65536,8K", "loop=b,c way=up",
					     NULL };
	struct tb_variants variants = { 0 };

	(void)state;
	add_to(&variants, &bench, suite, NULL);
	assert_variants(&variants, "a 65536 up; b 65536 up; a 8192 up; c 65536 up");
	add_to(&variants, &bench, suite, NULL);
	assert_int_equal(variants.n, 4);
	/* Variants of another benchmark differ, even with equal values. */
	add_to(&variants, &twin, suite, NULL);
	assert_int_equal(variants.n, 8);
	assert_ptr_equal(variants.at[4].bench, &twin);
	tb_variants_free(&variants);
}

static void overrides(void **state)
{
	static const char *const suite[] = { "loop=c", "loop=d", NULL };
	static const char *const cross[] = { "way=down,up", "loop=b,a", NULL };
	static const char *const others[] = { "colour=red", "loo=b", "loops=b", NULL };
	static const char *const mixed[] = { "colour=red", "size=4K,l1d", NULL };
	static const char *const twice[] = { "loop=a,b", "loop=b,b,c", NULL };
	struct tb_variants variants = { 0 };

	(void)state;
	/* The defaults for the rest: nothing of the suite. */
	add_to(&variants, &bench, suite, cross);
	assert_variants(&variants, "b 65536 down; b 65536 up; a 65536 down; a 65536 up");
	tb_variants_free(&variants);
	/* Parameters of other benchmarks leave the suite as it is. */
	add_to(&variants, &bench, suite, others);
	assert_variants(&variants, "c 65536 up; d 65536 up");
	tb_variants_free(&variants);
	add_to(&variants, &bench, suite, mixed);
	assert_variants(&variants, "a 4096 up; a 49152 up");
	tb_variants_free(&variants);
	add_to(&variants, &bench, suite, twice);
	assert_variants(&variants, "a 65536 up; b 65536 up; c 65536 up");
	tb_variants_free(&variants);
}

static void refuse(const char *line, const char *override, const char *part)
{
	const char *suite[] = { line, NULL };
	struct tb_override given = { override };
	struct tb_variants variants = { 0 };
	struct tb_error why = { "" };

	assert_int_equal(
		tb_variants_add(&variants, &bench, suite, &given, override != NULL, &stage, &why),
		-EINVAL);
	if (!strstr(why.text, part))
		fail_msg("'%s' lacks '%s'", why.text, part);
	assert_int_equal(variants.n, 0);
	tb_variants_free(&variants);
}

static void refusals(void **state)
{
	(void)state;
	refuse("colour=red", NULL, "fake/one: bad suite line colour=red");
	refuse("loop", NULL, "bad suite line");
	refuse("loop way=up", NULL, "bad suite line");
	refuse(" loop=a", NULL, "bad suite line");
	refuse("loop=e", NULL, "loop has no value 'e'");
	refuse("loop=", NULL, "loop: an empty value");
	refuse("", "loop=a,,b", "loop: an empty value");
	refuse("", "loop=a,", "loop: an empty value");
	refuse("", "loop=,a", "loop: an empty value");
	refuse("", "size=4K,5K", "size=5K: must be 4K..1G");
}

/* A list of n sizes from 4K on. */
static void size_list(char *out, size_t bytes, int n)
{
	size_t used = (size_t)snprintf(out, bytes, "size=4K");

	for (int i = 2; i <= n; i++)
		used += (size_t)snprintf(out + used, bytes - used, ",%dK", 4 * i);
}

static void too_many_values(void **state)
{
	char sizes[1024];

	(void)state;
	size_list(sizes, sizeof(sizes), 65);
	refuse("", sizes, "size: more than 64 values");
}

static void too_many_variants(void **state)
{
	static const struct tb_param wide[] = {
		{ .name = "x", .values = "1..1000", .fallback = "1", .help = "" },
		{ .name = "y", .values = "1..1000", .fallback = "1", .help = "" },
		{ 0 }
	};
	const struct tb_bench grid = { .name = "fake/grid", .params = wide };
	const char *const none[] = { NULL };
	struct tb_error why = { "" };
	struct tb_variants variants = { 0 };
	struct tb_override given[2];
	char x[512] = "x=1", y[512] = "y=1";
	const struct tb_override one_more = { "x=900" };

	(void)state;
	for (int i = 2; i <= 64; i++) {
		snprintf(x + strlen(x), sizeof(x) - strlen(x), ",%d", i);
		snprintf(y + strlen(y), sizeof(y) - strlen(y), ",%d", i);
	}
	given[0].text = x;
	given[1].text = y;
	assert_int_equal(tb_variants_add(&variants, &grid, none, given, 2, &stage, &why), 0);
	assert_int_equal(variants.n, 4096);
	/* Again the same: all there. */
	assert_int_equal(tb_variants_add(&variants, &grid, none, given, 2, &stage, &why), 0);
	assert_int_equal(tb_variants_add(&variants, &grid, none, &one_more, 1, &stage, &why),
			 -EINVAL);
	assert_non_null(strstr(why.text, "more than 4096 variants"));
	assert_int_equal(variants.n, 4096);
	tb_variants_free(&variants);
}

static void no_parameters(void **state)
{
	static const struct tb_param none[] = { { 0 } };
	const struct tb_bench plain = { .name = "fake/plain", .params = none };
	const char *const suite[] = { "", NULL };
	struct tb_variants variants = { 0 };
	char text[8] = "x";

	(void)state;
	add_to(&variants, &plain, suite, NULL);
	assert_int_equal(variants.n, 1);
	tb_variant_text(&variants.at[0], text, sizeof(text));
	assert_string_equal(text, "");
	tb_variants_free(&variants);
}

static struct tb_variant probed(const char *loop, const char *size, const struct tb_machine *where)
{
	struct tb_variant v = { .bench = &bench };

	snprintf(v.value[0], TB_VALUE, "%s", loop);
	snprintf(v.value[1], TB_VALUE, "%s", size);
	tb_variant_probe(&v, where);
	return v;
}

static void probes(void **state)
{
	struct tb_machine bare = { .memory = 1 << 20 };
	struct tb_variant v = probed("a", "65536", &stage);

	(void)state;
	assert_string_equal(v.code, "");
	v = probed("b", "65536", &stage);
	assert_string_equal(v.code, "no-b");
	assert_string_equal(v.reason, "this machine has no b");
	assert_string_equal(v.remedy, "buy one");
	v = probed("a", "2097152", &stage);
	assert_string_equal(v.code, "no-memory");
	/* A probe that fails without a reason still gives one. */
	v = probed("a", "65536", &bare);
	assert_string_equal(v.code, "unsupported");
	assert_true(v.reason[0] && v.remedy[0]);
	/* No probe: it runs everywhere. */
	v = (struct tb_variant){ .bench = &twin };
	tb_variant_probe(&v, &bare);
	assert_string_equal(v.code, "");
}

/* Role 1 is placed as the topology allows, or the variant is skipped with the reason. */
static void placements(void **state)
{
	static const struct tb_param placed[] = { { .name = TB_PLACEMENT_PARAM,
						    .choice = tb_placement_name,
						    .fallback = "same-l3",
						    .help = "" },
						  { 0 } };
	const struct tb_bench pair = { .name = "fake/pair", .params = placed };
	struct tb_machine where = { .cpu = { 2, 9 } };
	struct tb_variant v = { .bench = &pair, .value = { "smt-sibling" } };
	struct tb_place *place;

	(void)state;
	tb_variant_probe(&v, &where);
	assert_string_equal(v.code, "no-placement");
	assert_string_equal(v.reason, "smt-sibling from CPU 2: no topology");
	/* Two cores of two threads. */
	assert_int_equal(tb_place_open("package:1 l3:1 core:2 pu:2", &place), 0);
	where.place = place;
	v = (struct tb_variant){ .bench = &pair, .value = { "smt-sibling" } };
	tb_variant_probe(&v, &where);
	assert_string_equal(v.code, "");
	assert_int_equal(v.cpu[0], 2);
	assert_int_equal(v.cpu[1], 3);
	v = (struct tb_variant){ .bench = &pair, .value = { "same-cpu" } };
	tb_variant_probe(&v, &where);
	assert_int_equal(v.cpu[1], 2);
	v = (struct tb_variant){ .bench = &pair, .value = { "cross-package" } };
	tb_variant_probe(&v, &where);
	assert_string_equal(v.code, "no-placement");
	assert_memory_equal(v.reason, "cross-package from CPU 2: ", 26);
	assert_true(v.reason[26] && v.remedy[0]);
	/* Without that parameter the roles are where the user wants them. */
	v = probed("a", "65536", &stage);
	assert_int_equal(v.cpu[0], stage.cpu[0]);
	tb_place_close(place);
}

static void texts(void **state)
{
	struct tb_variant v = { .bench = &bench, .value = { "kvm", "65536", "up" } };
	char text[64], small[12];

	(void)state;
	tb_variant_text(&v, text, sizeof(text));
	assert_string_equal(text, "loop=kvm size=64K way=up");
	snprintf(v.value[1], TB_VALUE, "53249");
	tb_variant_text(&v, text, sizeof(text));
	assert_string_equal(text, "loop=kvm size=53249 way=up");
	tb_variant_text(&v, small, sizeof(small));
	assert_string_equal(small, "loop=kvm si");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suite_lines),	   cmocka_unit_test(no_duplicates),
		cmocka_unit_test(overrides),	   cmocka_unit_test(refusals),
		cmocka_unit_test(too_many_values), cmocka_unit_test(too_many_variants),
		cmocka_unit_test(no_parameters),   cmocka_unit_test(probes),
		cmocka_unit_test(placements),	   cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
