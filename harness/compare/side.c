// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/side.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/identity.h"
#include "json.h"
#include "stats/describe.h"

/* gcc's analyzer does not follow memory that an array owns. LeakSanitizer finds no leak. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

/* A key for the machine. Two identical machines in one folder look like one. */
static char *machine_key(const json_t *record, const char *folder)
{
	const json_t *cpu = tb_json_at(record, "host.cpu");
	char uarch[160], numbers[128], *key;

	if (asprintf(&key, "%s %s %s %s", folder,
		     tb_identity_numbers(cpu, numbers, sizeof(numbers)),
		     tb_json_text(cpu, "name", "?"),
		     tb_identity_name(cpu, uarch, sizeof(uarch))) < 0)
		return NULL;
	return key;
}

static int machine_of(struct tb_side *side, const json_t *record, const char *folder, size_t *out)
{
	char *key = machine_key(record, folder);
	const json_t *known = json_object_get(side->machine, key);

	*out = known ? (size_t)json_integer_value(known) : json_object_size(side->machine);
	if (key && !known)
		json_object_set_new_nocheck(side->machine, key, json_integer((json_int_t)*out));
	free(key);
	return key ? 0 : -ENOMEM;
}

static char *row_key(const json_t *row)
{
	char *params = json_dumps(json_object_get(row, "params"), JSON_COMPACT | JSON_SORT_KEYS);
	char *key = NULL;

	if (params && asprintf(&key, "%s %s", tb_json_text(row, "name", "?"), params) < 0)
		key = NULL;
	free(params);
	return key;
}

static char *metric_key(const char *row_name, const char *metric)
{
	char *key;

	return asprintf(&key, "%s %s", row_name, metric) < 0 ? NULL : key;
}

char *tb_side_key(const json_t *row, const char *metric)
{
	char *name = row_key(row), *key = name ? metric_key(name, metric) : NULL;

	free(name);
	return key;
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	return !strcmp(tb_json_text(a, key, "?"), tb_json_text(b, key, "?"));
}

bool tb_entry_higher(const struct tb_entry *entry)
{
	return !strcmp(tb_json_text(entry->metric, "direction", "lower"), "higher");
}

int tb_entry_version(const struct tb_entry *entry)
{
	return (int)tb_json_number(entry->row, "version", 0);
}

/* Takes ownership of the key. NULL: out of memory. */
static struct tb_entry *new_entry(struct tb_side *side, char *key)
{
	struct tb_entry *grown = side->entry;

	if ((side->entries & (side->entries - 1)) == 0)
		grown = reallocarray(side->entry, side->entries ? 2 * side->entries : 1,
				     sizeof(*grown));
	if (!grown || json_object_set_new_nocheck(side->place, key,
						  json_integer((json_int_t)side->entries))) {
		side->entry = grown ? grown : side->entry;
		free(key);
		return NULL;
	}
	side->entry = grown;
	grown += side->entries++;
	*grown = (struct tb_entry){ .key = key };
	return grown;
}

static void describe_modes(struct tb_entry *entry, const json_t *modes, double scale)
{
	if (json_is_object(modes))
		entry->modes = (struct tb_modes){ true, scale * tb_json_number(modes, "low", 0),
						  scale * tb_json_number(modes, "high", 0),
						  tb_json_number(modes, "share_high", 0) };
}

__attribute__((format(printf, 2, 3))) static int set_unfit(struct tb_entry *entry, const char *fmt,
							   ...)
{
	va_list ap;

	free(entry->unfit);
	va_start(ap, fmt);
	if (vasprintf(&entry->unfit, fmt, ap) < 0)
		entry->unfit = NULL;
	va_end(ap);
	return entry->unfit ? 0 : -ENOMEM;
}

/* Adds the row's status to the entry, and checks that the row agrees with the entry's first row. */
static int describe_entry(struct tb_entry *entry, const char *label, const json_t *row,
			  const json_t *metric)
{
	const json_t *summary = json_object_get(metric, "summary");
	const char *status = tb_json_text(row, "status", "?");

	if (!entry->row) {
		entry->row = row;
		entry->metric = metric;
		entry->unit = tb_json_text(metric, "unit", "?");
	}
	if (tb_json_number(row, "version", 0) != tb_entry_version(entry) ||
	    !same_text(metric, entry->metric, "unit") ||
	    !same_text(metric, entry->metric, "direction") ||
	    !same_text(summary, json_object_get(entry->metric, "summary"), "column")) {
		entry->mixed = true;
		return set_unfit(entry,
				 "the records of %s differ in version, unit, direction or column",
				 label);
	}
	if (strcmp(status, "failed") != 0 && strcmp(status, "noisy") != 0)
		return 0;
	return set_unfit(entry, "%s is %s: %s", label, status,
			 tb_json_text(row, "reason", "no reason given"));
}

static int add_figures(struct tb_entry *entry, const json_t *centres, double scale, size_t machine)
{
	size_t i, total = entry->n + json_array_size(centres);
	double *figure = reallocarray(entry->figure, total + 1, sizeof(*figure));
	size_t *machines;
	const json_t *centre;

	if (!figure)
		return -ENOMEM;
	entry->figure = figure;
	machines = reallocarray(entry->machine, total + 1, sizeof(*machines));
	if (!machines)
		return -ENOMEM;
	entry->machine = machines;
	json_array_foreach(centres, i, centre) {
		if (!json_is_number(centre))
			return -EINVAL;
		machines[entry->n] = machine;
		figure[entry->n++] = scale * json_number_value(centre);
	}
	return 0;
}

struct adding {
	struct tb_side *side;
	size_t machine;
	double tsc_hz;
};

static int add_metric(const struct adding *a, const json_t *row, const char *row_name,
		      const json_t *metric)
{
	const json_t *centres = tb_json_at(metric, "summary.centres"), *known;
	double scale = 1;
	struct tb_entry *entry;
	char *key;

	if (!json_array_size(centres))
		return 0;
	key = metric_key(row_name, tb_json_text(metric, "name", "?"));
	if (!key)
		return -ENOMEM;
	known = json_object_get(a->side->place, key);
	if (known) {
		entry = &a->side->entry[json_integer_value(known)];
		free(key);
	} else {
		entry = new_entry(a->side, key);
	}
	if (!entry)
		return -ENOMEM;
	if (describe_entry(entry, a->side->label, row, metric))
		return -ENOMEM;
	if (!strcmp(tb_json_text(metric, "unit", "?"), "tsc")) {
		scale = a->tsc_hz > 0 ? 1e9 / a->tsc_hz : 1;
		entry->unit = a->tsc_hz > 0 && entry->unit ? "ns" : NULL;
	}
	describe_modes(entry, tb_json_at(metric, "summary.modes"), scale);
	return add_figures(entry, centres, scale, a->machine);
}

static int add_row(const struct adding *a, const json_t *row)
{
	char *key = row_key(row);
	const json_t *metric;
	size_t m;
	int err = key ? 0 : -ENOMEM;

	if (key && !strcmp(tb_json_text(row, "status", "?"), "skipped"))
		json_object_set_nocheck(a->side->skipped, key, json_object_get(row, "reason"));
	json_array_foreach(json_object_get(row, "metrics"), m, metric)
		if (!err)
			err = add_metric(a, row, key, metric);
	free(key);
	return err;
}

static int keep_record(struct tb_side *side, json_t *record)
{
	json_t **grown = reallocarray(side->record, side->records + 1, sizeof(*grown));

	if (!grown) {
		json_decref(record);
		return -ENOMEM;
	}
	side->record = grown;
	side->record[side->records++] = record;
	if (!side->place) {
		side->place = json_object();
		side->machine = json_object();
		side->skipped = json_object();
	}
	return side->place && side->machine && side->skipped ? 0 : -ENOMEM;
}

int tb_side_add(struct tb_side *side, json_t *record, const char *folder, struct tb_error *why)
{
	double hz = tb_json_number(tb_json_at(record, "host.cpu"), "tsc_hz", 0);
	/*
	 * Rounded to kHz. The last digits of a calibration would make equal counts of two runs
	 * differ.
	 */
	struct adding a = { side, 0, 1000 * round(hz / 1000) };
	const json_t *row;
	int err;
	size_t i;

	if (tb_side_has_run(side, record)) {
		side->copies++;
		json_decref(record);
		return 0;
	}
	err = keep_record(side, record);
	if (!err)
		err = machine_of(side, record, folder, &a.machine);
	json_array_foreach(json_object_get(record, "benchmarks"), i, row) {
		if (!json_is_object(json_object_get(row, "params")))
			return tb_error(why, -EINVAL, "benchmarks[%zu]: no row with params", i);
		err = err ? err : add_row(&a, row);
		if (err)
			return tb_error(why, err, "benchmarks[%zu]: %s", i,
					err == -EINVAL ? "a launch's figure is not a number"
						       : strerror(-err));
	}
	return err;
}

/* Replaces the launches of each machine by their median. */
static int reduce_to_machines(struct tb_entry *entry, size_t machines)
{
	double *one = calloc(entry->n, sizeof(*one)), *median = calloc(machines, sizeof(*median));
	size_t kept = 0;
	int err = one && median ? 0 : -ENOMEM;

	for (size_t m = 0; m < machines && !err; m++) {
		size_t n = 0;

		for (size_t i = 0; i < entry->n; i++)
			if (entry->machine[i] == m)
				one[n++] = entry->figure[i];
		if (n)
			err = tb_stats_median(one, n, &median[kept++]);
	}
	free(one);
	free(entry->figure);
	entry->figure = median;
	entry->n = kept;
	return err;
}

static int take_logs(struct tb_entry *entry)
{
	if (entry->figure[0] <= 0)
		return 0;
	entry->log = calloc(entry->n, sizeof(*entry->log));
	if (!entry->log)
		return -ENOMEM;
	for (size_t i = 0; i < entry->n; i++)
		entry->log[i] = log(entry->figure[i]);
	return 0;
}

static int close_entry(struct tb_entry *entry, size_t machines, double confidence)
{
	double *sorted;
	int err = machines > 1 ? reduce_to_machines(entry, machines) : 0;

	free(entry->machine);
	entry->machine = NULL;
	if (!err)
		err = tb_stats_sorted(entry->figure, entry->n, &sorted);
	if (err)
		return err;
	free(entry->figure);
	entry->figure = sorted;
	err = tb_stats_estimate(sorted, entry->n, confidence, &entry->estimate);
	return err ? err : take_logs(entry);
}

int tb_side_close(struct tb_side *side, double confidence)
{
	size_t machines = tb_side_machines(side);
	int err = 0;

	for (size_t i = 0; i < side->entries && !err; i++)
		err = close_entry(&side->entry[i], machines, confidence);
	return err;
}

void tb_side_free(struct tb_side *side)
{
	for (size_t i = 0; i < side->entries; i++) {
		free(side->entry[i].key);
		free(side->entry[i].unfit);
		free(side->entry[i].figure);
		free(side->entry[i].log);
		free(side->entry[i].machine);
	}
	for (size_t i = 0; i < side->records; i++)
		json_decref(side->record[i]);
	free(side->entry);
	free(side->record);
	json_decref(side->place);
	json_decref(side->machine);
	json_decref(side->skipped);
	*side = (struct tb_side){ 0 };
}

size_t tb_side_machines(const struct tb_side *side)
{
	return json_object_size(side->machine);
}

const struct tb_entry *tb_side_find(const struct tb_side *side, const char *key)
{
	const json_t *known = json_object_get(side->place, key);

	return known ? &side->entry[json_integer_value(known)] : NULL;
}

const char *tb_side_skipped(const struct tb_side *side, const struct tb_entry *entry)
{
	char *key = row_key(entry->row);
	const json_t *reason = json_object_get(side->skipped, key);

	free(key);
	return reason ? json_string_value(reason) : NULL;
}

const char *tb_side_class(const struct tb_side *side)
{
	const char *class = tb_json_text(side->record[0], "class", "?");

	for (size_t i = 1; i < side->records; i++)
		if (strcmp(tb_json_text(side->record[i], "class", "?"), class))
			return "mixed";
	return class;
}
