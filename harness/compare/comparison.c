// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/comparison.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/context.h"
#include "json.h"

/* With this many machines on each side a difference may be that of their generations. */
enum { GENERATION = 3 };

static int refuse_classes(const struct tb_sides *sides, struct tb_error *why)
{
	const char *class = tb_side_class(&sides->at[0]);

	for (size_t i = 0; i < sides->n; i++) {
		const struct tb_side *side = &sides->at[i];
		const char *other = tb_side_class(side);

		if (!strcmp(other, "mixed"))
			return tb_error(
				why, -EINVAL,
				"%s holds records of different classes; use --across-classes to compare them anyway",
				side->name);
		if (strcmp(other, class) != 0)
			return tb_error(
				why, -EINVAL,
				"%s is of class %s, %s of class %s; classes are not comparable; use --across-classes to compare them anyway",
				sides->at[0].name, class, side->name, other);
	}
	return 0;
}

static size_t machines_at_least(const struct tb_sides *sides)
{
	size_t least = tb_side_machines(&sides->at[0]);

	for (size_t i = 1; i < sides->n; i++)
		if (tb_side_machines(&sides->at[i]) < least)
			least = tb_side_machines(&sides->at[i]);
	return least;
}

static size_t machines_at_most(const struct tb_sides *sides)
{
	size_t most = 0;

	for (size_t i = 0; i < sides->n; i++)
		if (tb_side_machines(&sides->at[i]) > most)
			most = tb_side_machines(&sides->at[i]);
	return most;
}

/* Whether all records may be of one machine. Two identical machines look like one. */
static bool looks_like_one(const struct tb_sides *sides)
{
	static const char *const paths[] = {
		"host.cpu.family",	  "host.cpu.model",	      "host.cpu.stepping",
		"host.cpu.name",	  "host.cpus_online",	      "class",
		"host.cpu.derived.uarch", "host.cpu.derived.at_least"
	};

	for (size_t i = 1; i < sides->n; i++)
		for (size_t p = 0; p < sizeof(paths) / sizeof(paths[0]); p++) {
			const json_t *one = tb_json_at(sides->at[0].record[0], paths[p]);
			const json_t *two = tb_json_at(sides->at[i].record[0], paths[p]);

			if (one != two && !json_equal(one, two))
				return false;
		}
	return true;
}

/*
 * A machine is a sample of its generation. With one or two machines on each side, their own
 * differences and those of the generations cannot be separated.
 */
static int set_scope(struct tb_comparison *c, struct tb_error *why)
{
	size_t least = machines_at_least(c->sides), most = machines_at_most(c->sides);
	static const char *const numbers[] = { "", "", "two", "three", "four", "five" };
	char count[32];

	if (most > 1 && least < GENERATION)
		return tb_error(
			why, -EINVAL,
			"one side has %zu machines, another %zu; compare single machines, or at least three of each generation",
			most, least);
	if (c->sides->n < sizeof(numbers) / sizeof(numbers[0]))
		snprintf(count, sizeof(count), "%s", numbers[c->sides->n]);
	else
		snprintf(count, sizeof(count), "%zu", c->sides->n);
	if (most > 1)
		snprintf(c->scope, sizeof(c->scope),
			 "these %s generations, by %zu machines or more of each", count, least);
	else if (looks_like_one(c->sides))
		snprintf(c->scope, sizeof(c->scope),
			 "these %s runs of one machine, as far as the records tell", count);
	else
		snprintf(c->scope, sizeof(c->scope), "these %s machines", count);
	return 0;
}

static bool same_row(const struct tb_entry *a, const struct tb_entry *b)
{
	return a->row == b->row;
}

static struct tb_absence *add_absence(struct tb_comparison *c)
{
	struct tb_absence *grown = reallocarray(c->absence, c->absences + 1, sizeof(*grown));

	if (!grown)
		return NULL;
	c->absence = grown;
	grown[c->absences] = (struct tb_absence){ 0 };
	return &grown[c->absences++];
}

static bool same_reason(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Finds missing rows, and missing metrics of common rows: one absence for each reason. */
static int find_absences(struct tb_comparison *c, const struct tb_side *has,
			 const struct tb_side *missing)
{
	size_t begun = c->absences;
	const struct tb_entry *last = NULL;

	for (size_t i = 0; i < has->entries; i++) {
		const struct tb_entry *entry = &has->entry[i];
		struct tb_absence *absence = NULL;
		const char *reason;

		if (tb_side_find(missing, entry->key) || (last && same_row(last, entry)))
			continue;
		last = entry;
		reason = tb_side_skipped(missing, entry);
		for (size_t k = begun; k < c->absences && !absence; k++)
			if (same_reason(c->absence[k].reason, reason))
				absence = &c->absence[k];
		if (!absence) {
			absence = add_absence(c);
			if (!absence)
				return -ENOMEM;
			*absence = (struct tb_absence){ has, missing, entry, reason, 0 };
		}
		absence->rows++;
	}
	return 0;
}

static int pair_up(struct tb_comparison *c, const struct tb_entry *entry,
		   const struct tb_side *other)
{
	struct tb_pairing *row = &c->row[c->rows];

	*row = (struct tb_pairing){ .a = entry, .b = tb_side_find(other, entry->key) };
	if (!row->b)
		return 0;
	row->other = other;
	c->rows++;
	tb_versus_refusal(row->a, row->b, row->refusal, sizeof(row->refusal));
	if (row->refusal[0])
		return 0;
	c->compared++;
	return tb_versus(row->a, row->b, &c->judge, &row->versus);
}

static int pair_all(struct tb_comparison *c)
{
	const struct tb_side *reference = c->reference;
	int err = 0;

	c->row = calloc(reference->entries * c->sides->n + 1, sizeof(*c->row));
	if (!c->row)
		return -ENOMEM;
	for (size_t i = 0; i < reference->entries; i++)
		for (size_t s = 0; s < c->sides->n && !err; s++)
			if (&c->sides->at[s] != reference)
				err = pair_up(c, &reference->entry[i], &c->sides->at[s]);
	return err;
}

static int judge_table(struct tb_comparison *c)
{
	struct tb_versus **rows = calloc(c->rows + 1, sizeof(struct tb_versus *));
	size_t n = 0;
	int err;

	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < c->rows; i++)
		if (!c->row[i].refusal[0])
			rows[n++] = &c->row[i].versus;
	err = tb_versus_table(rows, n, c->judge.alpha);
	free(rows);
	return err;
}

int tb_compare(struct tb_comparison *c, const struct tb_sides *sides, struct tb_error *why)
{
	int err;

	c->sides = sides;
	err = c->across_classes ? 0 : refuse_classes(sides, why);
	if (!err)
		err = set_scope(c, why);
	if (!err)
		err = tb_context_differences(sides, &c->differences);
	if (!err) {
		c->warnings = json_array();
		err = tb_same_run_warn(sides, c->warnings);
	}
	if (!err)
		err = tb_likeness_warn(sides, c->warnings);
	if (!err)
		err = pair_all(c);
	if (!err)
		err = judge_table(c);
	for (size_t s = 0; s < sides->n && !err; s++)
		if (&sides->at[s] != c->reference) {
			err = find_absences(c, c->reference, &sides->at[s]);
			if (!err)
				err = find_absences(c, &sides->at[s], c->reference);
		}
	for (size_t s = 0; s < sides->n && !err && !c->rows; s++)
		if (!sides->at[s].entries)
			err = tb_error(
				why, -EINVAL,
				"nothing to compare: %s has no figure, because none of its launches counts",
				sides->at[s].name);
	if (!err && !c->rows)
		err = tb_error(why, -EINVAL,
			       "nothing to compare: no row of %s is in another record",
			       c->reference->name);
	return err;
}

void tb_comparison_free(struct tb_comparison *c)
{
	json_decref(c->differences.list);
	json_decref(c->warnings);
	free(c->row);
	free(c->absence);
}

size_t tb_compare_count(const struct tb_comparison *c, enum tb_verdict verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < c->rows; i++)
		count += !c->row[i].refusal[0] && c->row[i].versus.verdict == verdict;
	return count;
}

double tb_compare_loss(const struct tb_pairing *row)
{
	double a = row->a->estimate.estimate;
	double change = row->versus.has_ratio ? row->versus.ratio - 1
					      : row->versus.difference / fabs(a);

	if (!row->versus.has_ratio && a == 0)
		change = row->versus.difference > 0 ? INFINITY : row->versus.difference;
	if (!tb_entry_higher(row->a))
		return change;
	/* A rate is converted to the time of an operation: 1/0.95 - 1. */
	return row->versus.has_ratio ? 1 / row->versus.ratio - 1 : -change;
}
