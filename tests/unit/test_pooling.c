// SPDX-License-Identifier: GPL-2.0-or-later
/* Several records of a side: their machines, and the pooled values. */
#include "duel.h"

#include "json_path.h"

/* A record of one row; hz: of its TSC. */
static json_t *record_of(const char *unit, double hz, const double *figure, size_t n)
{
	json_t *record = made_record();

	made_row(record, unit, figure, n);
	json_object_set_new(json_path(record, "host.cpu"), "tsc_hz", json_real(hz));
	return record;
}

static void add(struct tb_side *side, json_t *record, const char *folder)
{
	struct tb_error why = { "" };

	if (tb_side_add(side, record, folder, &why))
		fail_msg("%s", why.text);
}

static const struct tb_entry *closed(struct tb_side *side)
{
	assert_int_equal(tb_side_close(side, 0.95), 0);
	assert_int_equal(side->entries, 1);
	return &side->entry[0];
}

static void figures_are(const struct tb_entry *entry, const double *want, size_t n)
{
	assert_int_equal(entry->n, n);
	for (size_t i = 0; i < n; i++)
		assert_near(entry->figure[i], want[i], 1e-12);
}

/* Runs of one machine: the launches of all of them, sorted, and their median. */
static void launches(void **state)
{
	static const double first[] = { 5, 1, 9 }, second[] = { 2, 8, 4, 3 },
			    all[] = { 1, 2, 3, 4, 5, 8, 9 };
	struct tb_side side = { .label = "A" };
	const struct tb_entry *entry;

	(void)state;
	add(&side, record_of("ns", 2e9, first, 3), "");
	add(&side, record_of("ns", 2e9, second, 4), "");
	entry = closed(&side);
	assert_int_equal(tb_side_machines(&side), 1);
	figures_are(entry, all, 7);
	assert_near(entry->estimate.estimate, 4, 1e-12);
	/* Of seven the first and the last: 1 - 2/128. */
	assert_near(entry->estimate.lo, 1, 1e-12);
	assert_near(entry->estimate.hi, 9, 1e-12);
	assert_near(entry->estimate.coverage, 1 - 2.0 / 128, 1e-12);
	tb_side_free(&side);
}

/* Folders are machines, whose figure is the median of their own launches, of whichever record. */
static void machines(void **state)
{
	static const double one[] = { 1, 2, 90 }, again[] = { 3, 4 }, two[] = { 10, 20, 60 },
			    three[] = { 7 }, medians[] = { 3, 7, 20 };
	struct tb_side side = { .label = "A" };
	const struct tb_entry *entry;

	(void)state;
	add(&side, record_of("ns", 2e9, one, 3), "m1");
	add(&side, record_of("ns", 2e9, two, 3), "m2");
	add(&side, record_of("ns", 2e9, again, 2), "m1");
	add(&side, record_of("ns", 2e9, three, 1), "m3");
	entry = closed(&side);
	assert_int_equal(tb_side_machines(&side), 3);
	figures_are(entry, medians, 3);
	assert_near(entry->estimate.estimate, 7, 1e-12);
	assert_false(entry->estimate.has_interval);
	tb_side_free(&side);
}

static void one_machine_less(const char *key, json_t *value, size_t want)
{
	static const double figure[] = { 1, 2, 3 };
	struct tb_side side = { .label = "A" };
	json_t *other = record_of("ns", 2e9, figure, 3);

	json_object_set_new(json_path(other, "host.cpu"), key, value);
	add(&side, record_of("ns", 2e9, figure, 3), "");
	add(&side, other, "");
	assert_int_equal(tb_side_machines(&side), want);
	tb_side_free(&side);
}

/* In one folder the CPU's numbers and name distinguish machines; its TSC rate does not. */
static void identities(void **state)
{
	(void)state;
	one_machine_less("family", json_integer(7), 2);
	one_machine_less("model", json_integer(7), 2);
	one_machine_less("stepping", json_integer(7), 2);
	one_machine_less("vendor", json_string("W"), 2);
	one_machine_less("name", json_string("M"), 2);
	one_machine_less("tsc_hz", json_real(3e9), 1);
	one_machine_less("microcode", json_string("0x2"), 1);
}

/* Two copies of a run count once, whatever their file names. */
static void copies(void **state)
{
	static const double figure[] = { 1, 2, 3 };
	struct tb_side side = { .label = "A" };
	json_t *record = record_of("ns", 2e9, figure, 3), *copy = json_deep_copy(record);

	(void)state;
	add(&side, record, "");
	add(&side, copy, "elsewhere");
	assert_int_equal(side.records, 1);
	assert_int_equal(side.copies, 1);
	assert_int_equal(tb_side_machines(&side), 1);
	figures_are(closed(&side), figure, 3);
	tb_side_free(&side);
}

/* Cycles become nanoseconds by the rate of their own record, to the kHz: equal counts stay equal. */
static void cycles(void **state)
{
	static const double count[] = { 100 }, scaled[] = { 50, 50, 100 };
	struct tb_side side = { .label = "A" };
	const struct tb_entry *entry;
	json_t *slow = record_of("tsc", 1e9, count, 1),
	       *two = record_of("tsc", 2e9 + 100, count, 1);

	(void)state;
	add(&side, record_of("tsc", 2e9 - 400, count, 1), "");
	json_object_set_new(
		json_path(two, "benchmarks.0.metrics.0.summary"), "modes",
		json_pack("{s:f,s:f,s:f}", "low", 80.0, "high", 300.0, "share_high", 0.25));
	add(&side, two, "");
	add(&side, slow, "");
	entry = closed(&side);
	assert_string_equal(entry->unit, "ns");
	figures_are(entry, scaled, 3);
	assert_true(entry->figure[0] == entry->figure[1]);
	assert_true(entry->modes.two);
	assert_near(entry->modes.low, 40, 1e-12);
	assert_near(entry->modes.high, 150, 1e-12);
	assert_near(entry->modes.share_high, 0.25, 1e-12);
	tb_side_free(&side);
}

static size_t differences(const char *path, const char *key, json_t *a, json_t *b)
{
	json_t *one = made_record(), *two = made_record();
	struct duel *d;
	size_t n;

	made_row(one, "ns", TEN, 10);
	made_row(two, "ns", TEN, 10);
	json_object_set_new(json_path(one, path), key, a);
	json_object_set_new(json_path(two, path), key, b);
	d = duel(one, two, false);
	assert_int_equal(d->err, 0);
	n = json_array_size(d->c.differences.list);
	if (n > 1)
		assert_int_equal(n, 1);
	part(d);
	return n;
}

/* Calibration and available memory differ in each run, so three digits are compared. */
static void context(void **state)
{
	(void)state;
	assert_int_equal(differences("host.cpu", "tsc_hz", json_real(2e9), json_real(2.001e9)), 0);
	assert_int_equal(differences("host.cpu", "tsc_hz", json_real(2e9), json_real(2.1e9)), 1);
	assert_int_equal(differences("host", "memory_bytes", json_integer(16000000000),
				     json_integer(16001000000)),
			 0);
	assert_int_equal(differences("host", "memory_bytes", json_integer(16000000000),
				     json_integer(17000000000)),
			 1);
	assert_int_equal(
		differences("host.cpu", "microcode", json_string("0x1"), json_string("0x2")), 1);
	assert_int_equal(differences("host.cpu", "cpuid", json_string("a"), json_string("b")), 0);
}

/* Only the third of three sides differs. All three values are reported. */
static void three_sides(void **state)
{
	static const double figure[] = { 1, 2, 3 };
	struct tb_side side[3];
	struct tb_sides sides = { side, 3 };
	struct tb_differences d;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		json_t *record = record_of("ns", 2e9, figure, 3);

		json_object_set_new(json_path(record, "host.cpu"), "microcode",
				    json_string(i == 2 ? "0x2" : "0x1"));
		side[i] = made_side(record);
	}
	assert_int_equal(tb_context_differences(&sides, &d), 0);
	assert_int_equal(json_array_size(d.list), 1);
	assert_string_equal(json_string_value(json_path(d.list, "0.path")), "host.cpu.microcode");
	assert_string_equal(json_string_value(json_path(d.list, "0.values.1")), "0x1");
	assert_string_equal(json_string_value(json_path(d.list, "0.values.2")), "0x2");
	json_decref(d.list);
	for (size_t i = 0; i < 3; i++)
		tb_side_free(&side[i]);
}

/* Rows of only one side are reported, with the other side and their number. */
static void absences(void **state)
{
	json_t *one = made_record(), *two = made_record();
	struct duel *d;

	(void)state;
	made_row(one, "ns", TEN, 10);
	for (int i = 0; i < 3; i++)
		made_row(two, "ns", TEN, 10);
	d = duel(one, two, false);
	assert_int_equal(d->c.rows, 1);
	assert_int_equal(d->c.absences, 1);
	assert_ptr_equal(d->c.absence[0].has, &d->side[1]);
	assert_ptr_equal(d->c.absence[0].missing, &d->side[0]);
	assert_int_equal(d->c.absence[0].rows, 2);
	part(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(launches),    cmocka_unit_test(machines),
		cmocka_unit_test(identities),  cmocka_unit_test(copies),
		cmocka_unit_test(cycles),      cmocka_unit_test(context),
		cmocka_unit_test(three_sides), cmocka_unit_test(absences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
