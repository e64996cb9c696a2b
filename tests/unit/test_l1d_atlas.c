// SPDX-License-Identifier: GPL-2.0-or-later
/* From a record's rows to (loop, size), and the vendors' nominal rates. */
#include <math.h>
#include <stdio.h>

#include "json_quoted.h"
#include "l1d/nominal.h"
#include "l1d/tune.h"

#define ROW(loop, size, victim, metrics, launches)                                              \
	"{'status': 'ok', 'params': {'loop': '" loop "', 'size': " #size ", 'victim': '" victim \
	"', 'buffer': 'l2'}, 'metrics': [" metrics "], 'launches': [" launches "]}"
#define EXCESS(estimate, upper, empty)                                                            \
	"{'name': 'left-any', 'summary': {'excess': {'estimate': " #estimate ", 'upper': " #upper \
	", 'empty': " empty "}}}"
#define NO_EXCESS "{'name': 'left-any', 'summary': null}"
#define COST(cost, after)                                                              \
	"{'name': 'core-cycles', 'summary': {'estimate': " #cost ", 'ci': {'lo': 900," \
	"'hi': 1100}}}, {'name': 'refill', 'summary': {'estimate': " #after ", 'ci': null}}"
#define LAUNCH(exit, rate) "{'exit': '" exit "', 'gate': {'l2_cycles_per_line': " #rate "}}"
#define RECORD(rows)	   "{'benchmarks': [" rows "]}"

static struct l1d_candidate *candidates(const char *json, size_t *n)
{
	struct tb_record record = { .json = json_quoted(json) };
	struct l1d_candidate *all = l1d_candidates(&record, n);

	assert_non_null(all);
	json_decref(record.json);
	return all;
}

static void one_loop(void **state)
{
	size_t n;
	struct l1d_candidate *c = candidates(
		RECORD(ROW(
			"chase", 65536, "full", EXCESS(0.001, 0.002, "true") "," COST(7, 7),
			"") "," ROW("chase", 65536, "page",
				    EXCESS(-0.001, 0.004, "true") "," COST(1000, 50),
				    LAUNCH("ok", 1.5) "," LAUNCH("error", 9) "," LAUNCH(
					    "ok",
					    2.5) "," LAUNCH("ok",
							    2)) "," ROW("chase", 65536, "dirty",
									EXCESS(0.002, 0.003,
									       "true"),
									"") "," ROW("chase", 65536,
										    "reused",
										    EXCESS(0, 0.001,
											   "true"),
										    "")),
		&n);

	(void)state;
	assert_int_equal(n, 1);
	assert_string_equal(c[0].loop, "chase");
	assert_int_equal(c[0].size, 65536);
	assert_int_equal(c[0].victims, L1D_VICTIMS);
	assert_int_equal(c[0].verdict, L1D_EMPTY);
	/* The worst victim's. */
	assert_true(c[0].upper == 0.004);
	assert_true(c[0].excess == 0.002);
	/* The page's, of the launches that count. */
	assert_true(c[0].cost == 1000);
	assert_true(c[0].cost_lo == 900 && c[0].cost_hi == 1100);
	assert_true(c[0].refill == 50);
	assert_true(isnan(c[0].refill_lo));
	assert_true(c[0].l2_rate == 2);
	free(c);
}

#define BOTH(cost, lo, hi, after, after_lo, after_hi)                                  \
	"{'name': 'core-cycles', 'summary': {'estimate': " #cost ", 'ci': {'lo': " #lo \
	", 'hi': " #hi "}}}, {'name': 'refill', 'summary': {'estimate': " #after       \
	", 'ci': {'lo': " #after_lo ", 'hi': " #after_hi "}}}"

/* The page's cost and refill, the dirty victim's cost, and three victims of four are none. */
static void costs(void **state)
{
	static const char rows[] = RECORD(ROW(
		"chase", 8192, "page", EXCESS(0, 0.001, "true") "," BOTH(10, 9, 12, 5, 4, 7),
		"") "," ROW("chase", 8192, "dirty",
			    EXCESS(0, 0.001, "true") "," BOTH(30, 29, 31, 50, 40, 60),
			    "") "," ROW("chase", 8192, "full",
					EXCESS(0, 0.001, "true") "," BOTH(40, 39, 41, 60, 50, 70),
					""));
	size_t n;
	struct l1d_candidate *c = candidates(rows, &n);

	(void)state;
	assert_int_equal(n, 1);
	assert_int_equal(c[0].victims, 3);
	assert_int_equal(c[0].verdict, L1D_UNKNOWN);
	assert_true(c[0].cost == 10 && c[0].cost_lo == 9 && c[0].cost_hi == 12);
	assert_true(c[0].cost_dirty == 30);
	assert_true(c[0].refill == 5 && c[0].refill_lo == 4 && c[0].refill_hi == 7);
	free(c);
	/* A figure that is missing is the worst. */
	c = candidates(
		RECORD(ROW("chase", 8192, "page",
			   "{'name': 'left-any', 'summary': {'excess': {'empty': true}}}", "")),
		&n);
	assert_true(c[0].upper == 1 && c[0].excess == 1);
	free(c);
}

/* Whatever the order of the victims. */
static enum l1d_verdict verdict(const char *a, const char *b, const char *c, const char *d)
{
	const char *const victims[] = { "page", "full", "dirty", "reused" };
	const char *const excess[] = { a, b, c, d };
	enum l1d_verdict found = L1D_UNKNOWN;

	for (int turn = 0; turn < 4; turn++) {
		char json[2048] = "{'benchmarks': [";
		struct l1d_candidate *all;
		size_t n;

		for (int i = 0; i < 4; i++) {
			int v = (i + turn) % 4;

			if (i)
				strcat(json, ",");
			snprintf(json + strlen(json), sizeof(json) - strlen(json),
				 ROW("chase", 65536, "%s", "%s", ""), victims[v], excess[v]);
		}
		strcat(json, "]}");
		all = candidates(json, &n);
		assert_int_equal(n, 1);
		if (turn)
			assert_int_equal(all[0].verdict, found);
		found = all[0].verdict;
		free(all);
	}
	return found;
}

static void verdicts(void **state)
{
	static const char yes[] = EXCESS(0, 0.001, "true"), no[] = EXCESS(0.1, 0.2, "false"),
			  few[] = EXCESS(0, 0.01, "null"), none[] = NO_EXCESS;

	(void)state;
	assert_int_equal(verdict(yes, yes, yes, yes), L1D_EMPTY);
	assert_int_equal(verdict(yes, yes, no, yes), L1D_NOT_EMPTY);
	assert_int_equal(verdict(yes, few, yes, yes), L1D_UNKNOWN);
	assert_int_equal(verdict(yes, yes, yes, none), L1D_UNKNOWN);
	/* One that is not empty settles it. */
	assert_int_equal(verdict(none, few, no, yes), L1D_NOT_EMPTY);
}

static void several(void **state)
{
	size_t n;
	struct l1d_candidate *c = candidates(
		RECORD(ROW("chase", 65536, "page", EXCESS(0, 0.001, "true"), "") "," ROW(
			"store", 65536, "page", NO_EXCESS,
			"") ","
			    "{'status': 'skipped', 'params': {'loop': 'avx512', 'size': 4096,"
			    "'victim': 'page'}, 'metrics': [], 'launches': []}," ROW(
				    "chase", 49152, "page", COST(5, 5),
				    "") "," ROW("chase", 65536, "full", EXCESS(0, 0.001, "true"),
						"")),
		&n);

	(void)state;
	assert_int_equal(n, 3);
	assert_ptr_equal(l1d_candidate_find(c, n, "chase", 65536), &c[0]);
	assert_ptr_equal(l1d_candidate_find(c, n, "store", 65536), &c[1]);
	assert_ptr_equal(l1d_candidate_find(c, n, "chase", 49152), &c[2]);
	assert_null(l1d_candidate_find(c, n, "avx512", 4096));
	assert_null(l1d_candidate_find(c, n, "chase", 4096));
	assert_null(l1d_candidate_find(c, n, "chas", 65536));
	assert_null(l1d_candidate_find(c, 0, "chase", 65536));
	/* Not every victim was tried. */
	assert_int_equal(c[0].victims, 2);
	assert_int_equal(c[0].verdict, L1D_UNKNOWN);
	assert_int_equal(c[1].victims, 0);
	assert_true(isnan(c[0].cost));
	assert_true(c[2].cost == 5);
	assert_true(isnan(c[2].l2_rate));
	free(c);
}

/* Names longer than any of ours, rows without anything. */
static void hostile(void **state)
{
	size_t n;
	struct l1d_candidate *c = candidates(
		RECORD(ROW("0123456789012345678901234567890123456789012345678901234567890123", 4096,
			   "page", "", "") ",{},{'params': {}}"),
		&n);

	(void)state;
	assert_true(n >= 1);
	assert_int_equal(strlen(c[0].loop), sizeof(c[0].loop) - 1);
	free(c);
	c = candidates("{}", &n);
	assert_int_equal(n, 0);
	free(c);
}

static unsigned int nominal(const char *cpu)
{
	json_t *json = json_quoted(cpu);
	const struct l1d_nominal *found = l1d_nominal(json);

	json_decref(json);
	if (found)
		assert_non_null(found->source);
	return found ? found->bytes : 0;
}

#define CPU(uarch) "{'derived': {'uarch': " uarch "}}"

static void nominals(void **state)
{
	(void)state;
	assert_int_equal(nominal(CPU("'Sandy Bridge'")), 32);
	assert_int_equal(nominal(CPU("'Skylake'")), 64);
	assert_int_equal(nominal(CPU("'Sapphire Rapids'")), 64);
	assert_int_equal(nominal(CPU("'Zen 2'")), 32);
	assert_int_equal(nominal(CPU("'Zen 5'")), 64);
}

/* No source, no figure: never one of a core that is alike. */
static void unknown_cores(void **state)
{
	(void)state;
	assert_int_equal(nominal(CPU("'Bonnell'")), 0);
	assert_int_equal(nominal(CPU("'Zen 6'")), 0);
	assert_int_equal(nominal(CPU("'Zen'")), 32);
	assert_int_equal(nominal(CPU("null")), 0);
	/* The numbers alone say nothing: a hypervisor chooses them. */
	assert_int_equal(nominal("{'vendor': 'GenuineIntel', 'family': 6, 'model': 143,"
				 "'derived': {'uarch': null, 'at_least': 'Granite Rapids'}}"),
			 0);
	assert_int_equal(nominal("{}"), 0);
	assert_null(l1d_nominal(NULL));
}

/* The line to paste names the core with its evidence, and gives no share of another core's peak. */
static void unidentified(void **state)
{
	struct tb_record record = {
		.json = json_quoted("{'class': 'vm', 'host': {'cpu': {'vendor': 'GenuineIntel',"
				    "'family': 6, 'model': 167, 'stepping': 1, 'derived': {"
				    "'uarch': null, 'at_least': 'Sapphire Rapids',"
				    "'named': 'Rocket Lake', 'evidence': ['AMX_TILE'],"
				    "'contradictions': ['Rocket Lake has no AMX_TILE'],"
				    "'reason': 'what is shown contradicts itself'}}}}")
	};
	struct l1d_candidate kernel = { .loop = "kvm",
					.size = 64 << 10,
					.cost = 1000,
					.cost_dirty = NAN,
					.why = "the TSC is too coarse" };
	struct l1d_atlas atlas = { .kernel = &kernel };
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	assert_non_null(out);
	l1d_atlas_print(out, &record, &atlas);
	fclose(out);
	assert_non_null(strstr(text,
			       "| at least Sapphire Rapids (derived: AMX_TILE; CPUID shows 06_A7) "
			       "stepping 1 | "));
	assert_non_null(strstr(text, "of nominal unknown: what is shown contradicts itself\n"));
	assert_null(strstr(text, "Rocket Lake"));
	assert_non_null(strstr(text, "| vm unknown hypervisor |"));
	/* Without a figure of any victim: the reason, and neither bound nor margin. */
	assert_non_null(strstr(text, "    effect     unknown: the TSC is too coarse\n"));
	assert_non_null(strstr(text, "64K: unknown, 1000 c clean, dirty unknown"));
	assert_null(strstr(text, "margin"));
	free(text);
	json_decref(record.json);
}

static struct l1d_candidate empty(const char *loop, double cost, double spread)
{
	struct l1d_candidate c = { .size = 65536,
				   .verdict = L1D_EMPTY,
				   .cost = cost,
				   .cost_lo = cost - spread,
				   .cost_hi = cost + spread,
				   .cost_dirty = cost + 2000 };

	snprintf(c.loop, sizeof(c.loop), "%s", loop);
	return c;
}

static void winner_and_ties(void **state)
{
	struct l1d_candidate c[] = { empty("f", NAN, 0),   empty("a", 1300, 10),
				     empty("b", 1290, 1),  empty("c", 1400, 10),
				     empty("d", 900, 10),  empty("e", 1999, NAN),
				     empty("g", 1311, 20), empty("h", 1311, 19) };
	struct tb_record record = { .json = json_quoted("{'class': 'vm'}") };
	struct l1d_atlas atlas = { 0 };
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	assert_non_null(out);
	c[4].verdict = L1D_NOT_EMPTY;
	l1d_atlas_choose(&atlas, c, 8);
	/* Not the first, whose cost is unknown. */
	assert_ptr_equal(atlas.winner, &c[2]);
	assert_int_equal(atlas.ties, 3);
	assert_ptr_equal(atlas.tie[0], &c[1]);
	/* One without an interval cannot be told apart. */
	assert_ptr_equal(atlas.tie[1], &c[5]);
	/* The winner's ends at 1291: there begins one, and the last begins behind it. */
	assert_ptr_equal(atlas.tie[2], &c[6]);
	l1d_atlas_print(out, &record, &atlas);
	fclose(out);
	assert_non_null(strstr(text, "cheapest: b 64K, 1290 c clean, 3290 c dirty, "));
	assert_non_null(strstr(text, ", a tie with a 64K, e 64K, g 64K\n"));
	assert_non_null(strstr(text, "[1289, 1291] with a clean L1D, 3290 with a dirty one; "));
	free(text);
	json_decref(record.json);
	/* None empties: no winner, no tie. */
	l1d_atlas_choose(&atlas, &c[4], 1);
	assert_null(atlas.winner);
	assert_int_equal(atlas.ties, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_loop),	cmocka_unit_test(verdicts),
		cmocka_unit_test(several),	cmocka_unit_test(hostile),
		cmocka_unit_test(nominals),	cmocka_unit_test(unknown_cores),
		cmocka_unit_test(unidentified), cmocka_unit_test(winner_and_ties),
		cmocka_unit_test(costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
