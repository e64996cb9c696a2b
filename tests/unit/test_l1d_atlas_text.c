// SPDX-License-Identifier: GPL-2.0-or-later
/* The atlas as text and JSON: each value from its field, in its unit. */
#include <math.h>
#include <stdio.h>

#include "json_quoted.h"
#include "l1d/nominal.h"
#include "l1d/tune.h"

static const struct l1d_candidate kernel = { .loop = "kvm",
					     .size = 64 << 10,
					     .victims = 4,
					     .verdict = L1D_EMPTY,
					     .upper = 0.0042,
					     .excess = 0.0011,
					     .cost = 2048,
					     .cost_lo = 2001,
					     .cost_hi = 2102,
					     .cost_dirty = 4096,
					     .refill = 300,
					     .refill_lo = 250,
					     .refill_hi = 350,
					     .l2_rate = 1.5 },
				  cheapest = { .loop = "chase",
					       .size = 48 << 10,
					       .victims = 3,
					       .verdict = L1D_EMPTY,
					       .upper = 0.0031,
					       .excess = -0.0002,
					       .cost = 768,
					       .cost_lo = 760,
					       .cost_hi = 770,
					       .cost_dirty = 1500,
					       .refill = -20,
					       .refill_lo = -30,
					       .refill_hi = -10,
					       .l2_rate = 0.75 },
				  other = { .loop = "store", .size = 96 << 10, .cost = 769 };

static char *text;

static void print(const struct l1d_atlas *atlas)
{
	struct tb_record record = {
		.json = json_quoted("{'class': 'metal', 'host': {'cpu': {'stepping': 3,"
				    "'microcode': '0x2b', 'derived': {'uarch': 'Zen 5'}}}}")
	};
	size_t bytes;
	FILE *out;

	free(text);
	out = open_memstream(&text, &bytes);
	assert_non_null(out);
	l1d_atlas_print(out, &record, atlas);
	fclose(out);
	json_decref(record.json);
}

static int teardown(void **state)
{
	(void)state;
	free(text);
	text = NULL;
	return 0;
}

static void has(const char *line)
{
	if (!strstr(text, line))
		fail_msg("no \"%s\" in:\n%s", line, text);
}

static void has_not(const char *line)
{
	if (strstr(text, line))
		fail_msg("\"%s\" in:\n%s", line, text);
}

/* 1024 lines in 2048 cycles: two a line, where the best is 1.5 and 64 bytes a cycle are promised. */
static void figures(void **state)
{
	const struct l1d_atlas atlas = { .kernel = &kernel,
					 .winner = &cheapest,
					 .tie = { &other },
					 .ties = 1,
					 .enough = 60 << 10,
					 .too_small = 56 << 10,
					 .literal = true };

	(void)state;
	print(&atlas);
	has("empty this L1D for every victim?  yes\n"
	    "    effect     empty: worst of 4 victims 0.11 points above the reference, at most 0.42 "
	    "(95 %; empty is at most 0.50)\n"
	    "    margin     1.07 (empty at 60K, not shown at 56K)\n"
	    "    cost       2048 core cycles [2001, 2102] with a clean L1D, 4096 with a dirty one; "
	    "2.00 a line\n"
	    "    of best    75 % of the best L2-to-L1D rate of the same launches (1.50 cycles a line)\n"
	    "    of nominal 50 % of 64 bytes a cycle (AMD");
	has("    refill     +300 core cycles [250, 350] for the next chained walk of half the L1D\n");
	has("The cheapest of those searched that does:  chase over 48K\n"
	    "    effect     empty: worst of 3 victims -0.02 points above the reference, at most 0.31 ");
	has("    cost       768 core cycles [760, 770] with a clean L1D, 1500 with a dirty one; "
	    "1.00 a line\n"
	    "    of best    75 % of the best L2-to-L1D rate of the same launches (0.75 cycles a line)\n"
	    "    of nominal 100 % of 64 bytes");
	has("    refill     -20 core cycles [-30, -10] ");
	has("    a tie with store 96K: their intervals of the cost overlap\n");
	has("| Zen 5");
	has(" stepping 3 | microcode 0x2b | metal no hypervisor | kernel loop 64K: empty "
	    "(<= 0.42 points), margin 1.07 (empty at 60K, not shown at 56K), 2048 c clean, "
	    "4096 c dirty, 2.00 c/line, refill +300 c | cheapest: chase 48K, 768 c clean, "
	    "1500 c dirty, 1.00 c/line of 0.75, a tie with store 96K\n");
	has_not("LFENCE");
}

static void verdicts(void **state)
{
	static const struct {
		enum l1d_verdict verdict;
		const char *answer, *effect, *line;
	} cases[] = {
		{ L1D_UNKNOWN, "victim?  unknown\n", "effect     unknown: worst",
		  "(LFENCE for CPUID) 64K: unknown (<=" },
		{ L1D_EMPTY, "victim?  yes\n", "effect     empty: worst",
		  "(LFENCE for CPUID) 64K: empty (<=" },
		{ L1D_NOT_EMPTY, "victim?  no\n", "effect     NOT EMPTY: worst",
		  "(LFENCE for CPUID) 64K: NOT EMPTY (<=" },
	};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct l1d_candidate k = kernel;
		const struct l1d_atlas atlas = { .kernel = &k, .enough = 48 << 10 };

		k.verdict = cases[i].verdict;
		print(&atlas);
		has(cases[i].answer);
		has(cases[i].effect);
		has(cases[i].line);
		has("    measured   with LFENCE in place of CPUID");
		has("    margin     1.33 or more (empty at 48K, no smaller one tried)\n");
		has("None of the finalists was confirmed");
		has(" | cheapest: none confirmed\n");
	}
	print(&(struct l1d_atlas){ .too_small = 128 << 10 });
	has("victim?  unknown\n");
	has_not("margin");
	has_not("effect");
}

static void json(void **state)
{
	const struct l1d_candidate search[] = { other, kernel };
	const struct l1d_atlas atlas = { .kernel = &kernel,
					 .winner = &cheapest,
					 .tie = { &other },
					 .ties = 1,
					 .enough = 60 << 10,
					 .too_small = 56 << 10,
					 .literal = true };
	struct tb_record record = { .json = json_quoted(
					    "{'host': {'cpu': {'derived': {'uarch': 'Zen 4'}}}}") };
	json_t *got = l1d_atlas_json(&record, &atlas, search, 2),
	       *want = json_quoted(
		       "{'kernel': {'loop': 'kvm', 'size': 65536, 'victims': 4, 'verdict': 'empty',"
		       "'excess': 0.0011, 'upper': 0.0042, 'core-cycles': 2048.0,"
		       "'core-cycles-dirty': 4096.0, 'refill': 300.0, 'l2_cycles_per_line': 1.5},"
		       "'winner': {'loop': 'chase', 'size': 49152, 'victims': 3, 'verdict': 'empty',"
		       "'excess': -0.0002, 'upper': 0.0031, 'core-cycles': 768.0,"
		       "'core-cycles-dirty': 1500.0, 'refill': -20.0, 'l2_cycles_per_line': 0.75},"
		       "'empty_from_size': 61440, 'literal': true}");
	const char *key;
	json_t *value;

	(void)state;
	json_object_foreach(want, key, value)
		if (!json_equal(json_object_get(got, key), value)) {
			char *dump = json_dumps(json_object_get(got, key), JSON_ENCODE_ANY);

			print_message("%s: %s\n", key, dump);
			free(dump);
			fail();
		}
	assert_int_equal(json_array_size(json_object_get(got, "ties")), 1);
	assert_int_equal(json_array_size(json_object_get(got, "search")), 2);
	assert_true(json_equal(json_array_get(json_object_get(got, "ties"), 0),
			       json_array_get(json_object_get(got, "search"), 0)));
	assert_true(json_equal(json_array_get(json_object_get(got, "search"), 1),
			       json_object_get(want, "kernel")));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(got, "nominal"),
							    "bytes_per_cycle")),
			 32);
	json_decref(got);
	json_decref(want);
	/* Nothing is null, not 0. */
	got = l1d_atlas_json(&record, &(struct l1d_atlas){ .kernel = NULL }, search, 0);
	assert_true(json_is_null(json_object_get(got, "kernel")));
	assert_true(json_is_null(json_object_get(got, "winner")));
	assert_true(json_is_null(json_object_get(got, "empty_from_size")));
	assert_true(json_is_false(json_object_get(got, "literal")));
	json_decref(got);
	json_decref(record.json);
}

/* What the makers state: bytes from L2 to L1D in a core cycle, at the peak. */
static void nominals(void **state)
{
	static const struct {
		unsigned int bytes;
		bool amd;
		const char *uarch;
	} cores[] = {
		{ 32, false, "Sandy Bridge" },
		{ 32, false, "Sandy Bridge-EP" },
		{ 32, false, "Ivy Bridge" },
		{ 32, false, "Ivy Bridge-EP" },
		{ 64, false, "Haswell" },
		{ 64, false, "Haswell-EP" },
		{ 64, false, "Broadwell" },
		{ 64, false, "Broadwell-EP" },
		{ 64, false, "Broadwell-DE" },
		{ 64, false, "Skylake" },
		{ 64, false, "Skylake-SP" },
		{ 64, false, "Cascade Lake" },
		{ 64, false, "Ice Lake-SP" },
		{ 64, false, "Tiger Lake" },
		{ 64, false, "Sapphire Rapids" },
		{ 64, false, "Emerald Rapids" },
		{ 32, true, "Zen" },
		{ 32, true, "Zen+" },
		{ 32, true, "Zen 2" },
		{ 32, true, "Zen 3" },
		{ 32, true, "Zen 4" },
		{ 64, true, "Zen 5" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cores) / sizeof(cores[0]); i++) {
		json_t *cpu = json_pack("{s:{s:s}}", "derived", "uarch", cores[i].uarch);
		const struct l1d_nominal *found = l1d_nominal(cpu);

		json_decref(cpu);
		assert_non_null(found);
		assert_int_equal(found->bytes, cores[i].bytes);
		assert_int_equal(strstr(found->source, "AMD") != NULL, cores[i].amd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(figures, teardown),
		cmocka_unit_test_teardown(verdicts, teardown),
		cmocka_unit_test(json),
		cmocka_unit_test(nominals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
