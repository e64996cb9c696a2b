// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "measure/fingerprint.h"

/*
 * The facts of a side: path -> the set of its records' values, as keys of an object. A null is an
 * unknown value and adds nothing to the set.
 */
static void add_fact(json_t *facts, const char *path, const char *text)
{
	json_t *set = json_object_get(facts, path);

	if (!set) {
		set = json_object();
		json_object_set_new_nocheck(facts, path, set);
	}
	json_object_set_new_nocheck(set, text, json_true());
}

static void add_words(json_t *facts, const char *path, const char *text)
{
	char *copy = strdup(text), *state = NULL;

	for (char *word = copy ? strtok_r(copy, " ", &state) : NULL; word;
	     word = strtok_r(NULL, " ", &state))
		add_fact(facts, path, word);
	free(copy);
}

/* Paths that change in every run, or that repeat another field as text. */
static bool ignored(const char *path)
{
	static const char *const paths[] = { "environment.virtualization.evidence",
					     "environment.virtualization.contradictions",
					     "environment.nulls",
					     "environment.pmu.reason",
					     "host.cpu.cpuid",
					     "host.cpu.derived.contradictions",
					     "host.cpu.derived.evidence",
					     "host.cpu.derived.reason",
					     "host.cpu.kind_evidence",
					     "host.nulls",
					     "tool.nulls" };
	const char *last = strrchr(path, '.');

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (!strcmp(path, paths[i]))
			return true;
	return last && !strcmp(last, ".shared_cpus");
}

static bool is_command_line(const char *path)
{
	return !strcmp(path, "environment.kernel.cmdline");
}

/* The order of these words does not matter: only missing words are a difference. */
static bool is_list(const char *path)
{
	return is_command_line(path) || !strcmp(path, "host.cpu.flags");
}

static void add_number(json_t *facts, const char *path, double number)
{
	char text[40];

	/*
	 * Three digits: the TSC rate is calibrated in each run, and each kernel reserves some
	 * memory.
	 */
	if (!strcmp(path, "host.cpu.tsc_hz") || !strcmp(path, "host.memory_bytes"))
		snprintf(text, sizeof(text), "%.3g", number);
	else
		snprintf(text, sizeof(text), "%.15g", number);
	add_fact(facts, path, text);
}

static void add_facts(json_t *facts, const char *path, const json_t *value)
{
	const json_t *member;
	const char *key;
	char below[512];
	size_t i;

	if (ignored(path))
		return;
	if (json_is_string(value) && is_command_line(path))
		add_words(facts, path, json_string_value(value));
	else if (json_is_string(value))
		add_fact(facts, path, json_string_value(value));
	else if (json_is_boolean(value))
		add_fact(facts, path, json_is_true(value) ? "yes" : "no");
	else if (json_is_number(value))
		add_number(facts, path, json_number_value(value));
	json_object_foreach((json_t *)value, key, member) {
		snprintf(below, sizeof(below), "%s.%s", path, key);
		add_facts(facts, below, member);
	}
	json_array_foreach(value, i, member) {
		snprintf(below, sizeof(below), is_list(path) ? "%s" : "%s.%zu", path, i);
		add_facts(facts, below, member);
	}
}

static void add_record(json_t *facts, const json_t *record)
{
	static const char *const paths[] = { "class",
					     "host",
					     "environment",
					     "tool",
					     "suite.name",
					     "suite.launches",
					     "suite.cpus",
					     "suite.precision",
					     "suite.events",
					     "suite.slot_ms",
					     "fingerprint.tsc_step",
					     "fingerprint.xsave_bytes",
					     "fingerprint.xsave_max_bytes" };
	const json_t *row, *launch;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		add_facts(facts, paths[i], tb_json_at(record, paths[i]));
	json_array_foreach(json_object_get(record, "benchmarks"), i, row) {
		launch = json_array_get(json_object_get(row, "launches"), 0);
		add_facts(facts, "launch.policy", json_object_get(launch, "policy"));
		add_facts(facts, "launch.locked", json_object_get(launch, "locked"));
	}
}

/* Whether the facts of all sides[0..n-1] have this word. */
static bool all_have(json_t *const *sides, size_t n, const char *path, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!json_object_get(json_object_get(sides[i], path), word))
			return false;
	return true;
}

static bool all_same(json_t *const *sides, size_t n, const char *path)
{
	const json_t *first = json_object_get(sides[0], path);

	for (size_t i = 1; i < n; i++) {
		const json_t *other = json_object_get(sides[i], path);

		if (!first != !other || (first && !json_equal(first, other)))
			return false;
	}
	return true;
}

/*
 * The words of a set, joined. Of a list, only the words that some side is missing. Null without a
 * set.
 */
static json_t *value_of(json_t *const *sides, size_t n, size_t side, const char *path)
{
	json_t *set = json_object_get(sides[side], path);
	const char *join = is_list(path) ? " " : " | ", *word;
	json_t *known, *text;
	char *line = NULL;
	size_t length;
	FILE *out;

	if (!set)
		return json_null();
	out = open_memstream(&line, &length);
	if (!out)
		return NULL;
	json_object_foreach(set, word, known) {
		(void)known;
		if (is_list(path) && all_have(sides, n, path, word))
			continue;
		fprintf(out, "%s%s", ftell(out) > 0 ? join : "", word);
	}
	fclose(out);
	text = json_string(line);
	free(line);
	return text;
}

static int add_differences(json_t *const *sides, size_t n, json_t *list, json_t *seen, size_t side)
{
	const char *path;
	json_t *set;

	json_object_foreach(sides[side], path, set) {
		json_t *values;

		(void)set;
		if (json_object_get(seen, path))
			continue;
		json_object_set_new_nocheck(seen, path, json_true());
		if (all_same(sides, n, path))
			continue;
		values = json_array();
		for (size_t i = 0; i < n; i++)
			json_array_append_new(values, value_of(sides, n, i, path));
		if (json_array_append_new(list,
					  json_pack("{s:s,s:o}", "path", path, "values", values)))
			return -ENOMEM;
	}
	return 0;
}

int tb_context_differences(const struct tb_sides *sides, struct tb_differences *out)
{
	json_t **facts = calloc(sides->n, sizeof(json_t *)), *list = json_array();
	json_t *seen = json_object();
	int err = facts && list && seen ? 0 : -ENOMEM;

	for (size_t i = 0; i < sides->n && !err; i++) {
		facts[i] = json_object();
		for (size_t r = 0; r < sides->at[i].records; r++)
			add_record(facts[i], sides->at[i].record[r]);
	}
	for (size_t i = 0; i < sides->n && !err; i++)
		err = add_differences(facts, sides->n, list, seen, i);
	for (size_t i = 0; facts && i < sides->n; i++)
		json_decref(facts[i]);
	free(facts);
	json_decref(seen);
	if (err)
		json_decref(list);
	out->list = err ? NULL : list;
	return err;
}

/* The smallest and the largest value of a field, and their sides. */
struct range {
	double lo, hi;
	const struct tb_side *lo_side, *hi_side;
};

static void add_side(struct range *range, const struct tb_side *side, const char *name)
{
	for (size_t i = 0; i < side->records; i++) {
		double x = tb_json_number(json_object_get(side->record[i], "fingerprint"), name, 0);

		if (!(x > 0))
			continue;
		if (!range->lo_side || x < range->lo) {
			range->lo = x;
			range->lo_side = side;
		}
		if (!range->hi_side || x > range->hi) {
			range->hi = x;
			range->hi_side = side;
		}
	}
}

int tb_likeness_warn(const struct tb_sides *sides, json_t *warnings)
{
	const double most = 1.1;

	for (int field = 0; field < TB_TSC_STEP; field++) {
		const char *name = tb_fingerprint_name((enum tb_fingerprint_field)field);
		double unit = field == TB_CORE_HZ ? 1e9 : 1;
		struct range range = { 0 };
		char text[200];

		for (size_t i = 0; i < sides->n; i++)
			add_side(&range, &sides->at[i], name);
		if (!range.lo_side || range.hi <= range.lo * most)
			continue;
		snprintf(
			text, sizeof(text),
			"the fingerprints differ by more than 10 %%: %s is %.2f in %s and %.2f in %s%s",
			name, range.lo / unit, range.lo_side->label, range.hi / unit,
			range.hi_side->label, unit > 1 ? ", in GHz" : "");
		if (json_array_append_new(warnings, json_string(text)))
			return -ENOMEM;
	}
	return 0;
}

static size_t shared_runs(const struct tb_side *a, const struct tb_side *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->records; i++)
		n += tb_side_has_run(b, a->record[i]);
	return n;
}

static int warn_of_copies(const struct tb_side *side, json_t *warnings)
{
	char text[160];

	if (!side->copies)
		return 0;
	snprintf(text, sizeof(text),
		 "copies of a record in %s: %zu; the launches of a run count once", side->label,
		 side->copies);
	return json_array_append_new(warnings, json_string(text)) ? -ENOMEM : 0;
}

static int warn_of_shared(const struct tb_side *a, const struct tb_side *b, json_t *warnings)
{
	size_t n = shared_runs(a, b);
	char text[200];

	if (!n)
		return 0;
	if (n == a->records && n == b->records)
		snprintf(text, sizeof(text),
			 "%s and %s are the same %s: compared with itself, a run cannot differ",
			 a->label, b->label, n > 1 ? "runs" : "run");
	else
		snprintf(
			text, sizeof(text),
			"%s and %s have %zu runs in common, so their difference looks smaller than it is",
			a->label, b->label, n);
	return json_array_append_new(warnings, json_string(text)) ? -ENOMEM : 0;
}

int tb_same_run_warn(const struct tb_sides *sides, json_t *warnings)
{
	int err = 0;

	for (size_t i = 0; i < sides->n && !err; i++) {
		err = warn_of_copies(&sides->at[i], warnings);
		for (size_t k = i + 1; k < sides->n && !err; k++)
			err = warn_of_shared(&sides->at[i], &sides->at[k], warnings);
	}
	return err;
}
