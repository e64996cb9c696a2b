// SPDX-License-Identifier: GPL-2.0-or-later
/* The scope of a comparison: two runs, two machines or two generations. */
#include <errno.h>

#include "duel.h"
#include "json_path.h"

/* A side of so many machines, each with `runs` records. */
static struct tb_side machines(size_t n, const double *figure)
{
	struct tb_side side = { .label = "A" };
	struct tb_error why = { "" };

	for (size_t i = 0; i < n; i++) {
		json_t *record = made_record();
		char folder[24];

		snprintf(folder, sizeof(folder), "m%zu", i);
		made_row(record, "ns", figure + i, 10 - n);
		assert_int_equal(tb_side_add(&side, record, folder, &why), 0);
	}
	assert_int_equal(tb_side_close(&side, 0.95), 0);
	return side;
}

static void scope(size_t n, size_t m, int err, const char *words, size_t units)
{
	struct tb_side side[2] = { machines(n, TEN), machines(m, TEN) };
	struct tb_sides sides = { side, 2 };
	struct tb_laws laws = { 0 };
	struct tb_comparison c = { .judge = { 0.02, 0.05, &laws }, .reference = side };
	struct tb_error why = { "" };

	assert_int_equal(tb_compare(&c, &sides, &why), err);
	if (!strstr(err ? why.text : c.scope, words))
		fail_msg("not '%s' but '%s'", words, err ? why.text : c.scope);
	assert_int_equal(side[0].entry[0].n, units);
	tb_comparison_free(&c);
	tb_laws_free(&laws);
	tb_side_free(&side[0]);
	tb_side_free(&side[1]);
}

/* Of several machines the machine is the unit; with fewer than three nothing is a generation's. */
static void generations(void **state)
{
	(void)state;
	scope(3, 4, 0, "these two generations", 3);
	scope(3, 1, -EINVAL, "at least three of each generation", 3);
	scope(2, 2, -EINVAL, "at least three of each generation", 2);
	scope(1, 1, 0, "these two runs of one machine", 9);
}

static void two_machines(void **state)
{
	json_t *a = made_record(), *b = made_record();
	struct duel *d;

	(void)state;
	made_row(a, "ns", TEN, 10);
	made_row(b, "ns", TEN, 10);
	json_object_set_new(json_path(b, "host.cpu"), "stepping", json_integer(7));
	d = duel(a, b, false);
	assert_string_equal(d->c.scope, "these two machines");
	part(d);
}

/* The numbers are the same, and the features are those of another core. */
static void two_cores(void **state)
{
	json_t *a = made_record(), *b = made_record();
	struct duel *d;

	(void)state;
	made_row(a, "ns", TEN, 10);
	made_row(b, "ns", TEN, 10);
	json_object_set_new(json_path(b, "host.cpu"), "derived",
			    json_pack("{s:n,s:s}", "uarch", "at_least", "Granite Rapids"));
	d = duel(a, b, false);
	assert_string_equal(d->c.scope, "these two machines");
	part(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generations),
		cmocka_unit_test(two_machines),
		cmocka_unit_test(two_cores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
