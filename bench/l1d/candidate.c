// SPDX-License-Identifier: GPL-2.0-or-later
/* Groups the rows of a record by loop and size. */
#include "l1d/tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "record/summary.h"
#include "stats/describe.h"

const struct l1d_candidate *l1d_candidate_find(const struct l1d_candidate *c, size_t n,
					       const char *loop, unsigned long size)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].size == size && !strcmp(c[i].loop, loop))
			return &c[i];
	return NULL;
}

static const json_t *summary_of(const json_t *row, const char *metric)
{
	return json_object_get(tb_json_named(json_object_get(row, "metrics"), metric), "summary");
}

/* The median of each launch's best rate, over the valid launches. */
static double l2_rate(const json_t *row)
{
	const json_t *launch;
	double rate[256], median = NAN;
	size_t i, n = 0;

	json_array_foreach(json_object_get(row, "launches"), i, launch)
		if (tb_launch_counts(launch) && n < sizeof(rate) / sizeof(rate[0]))
			rate[n++] = tb_json_number(json_object_get(launch, "gate"),
						   "l2_cycles_per_line", NAN);
	tb_stats_median(rate, n, &median);
	return median;
}

static enum l1d_verdict worse(enum l1d_verdict a, enum l1d_verdict b)
{
	if (a == L1D_NOT_EMPTY || b == L1D_NOT_EMPTY)
		return L1D_NOT_EMPTY;
	return a == L1D_UNKNOWN ? a : b;
}

static void add_effect(struct l1d_candidate *c, const json_t *row)
{
	const json_t *metric = tb_json_named(json_object_get(row, "metrics"), "left-any");
	const json_t *excess = json_object_get(json_object_get(metric, "summary"), "excess");
	const json_t *empty = json_object_get(excess, "empty");

	c->verdict = worse(c->verdict, json_is_true(empty)    ? L1D_EMPTY
				       : json_is_false(empty) ? L1D_NOT_EMPTY
							      : L1D_UNKNOWN);
	if (!json_is_object(excess)) {
		c->why = tb_json_text(metric, "reason", c->why);
		return;
	}
	c->victims++;
	c->upper = fmax(c->upper, tb_json_number(excess, "upper", 1));
	c->excess = fmax(c->excess, tb_json_number(excess, "estimate", 1));
}

/* Whether every victim was measured, too. */
static void close_verdicts(struct l1d_candidate *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c[i].victims < L1D_VICTIMS && c[i].verdict == L1D_EMPTY)
			c[i].verdict = L1D_UNKNOWN;
}

static void add_cost(struct l1d_candidate *c, const json_t *row)
{
	const json_t *cycles = summary_of(row, "core-cycles"), *after = summary_of(row, "refill");

	c->cost = tb_json_number(cycles, "estimate", NAN);
	c->cost_lo = tb_json_number(json_object_get(cycles, "ci"), "lo", NAN);
	c->cost_hi = tb_json_number(json_object_get(cycles, "ci"), "hi", NAN);
	c->refill = tb_json_number(after, "estimate", NAN);
	c->refill_lo = tb_json_number(json_object_get(after, "ci"), "lo", NAN);
	c->refill_hi = tb_json_number(json_object_get(after, "ci"), "hi", NAN);
	c->l2_rate = l2_rate(row);
}

struct l1d_candidate *l1d_candidates(const struct tb_record *record, size_t *n)
{
	const json_t *rows = json_object_get(record->json, "benchmarks"), *row;
	struct l1d_candidate *all = calloc(json_array_size(rows) + 1, sizeof(*all));
	size_t i;

	*n = 0;
	if (!all)
		return NULL;
	json_array_foreach(rows, i, row) {
		const json_t *params = json_object_get(row, "params");
		const char *loop = tb_json_text(params, "loop", ""),
			   *victim = tb_json_text(params, "victim", "");
		unsigned long size = (unsigned long)tb_json_number(params, "size", 0);
		struct l1d_candidate *c;

		if (!strcmp(tb_json_text(row, "status", ""), "skipped"))
			continue;
		c = (struct l1d_candidate *)l1d_candidate_find(all, *n, loop, size);
		if (!c) {
			c = &all[(*n)++];
			*c = (struct l1d_candidate){ .size = size,
						     .cost = NAN,
						     .cost_dirty = NAN,
						     .verdict = L1D_EMPTY,
						     .upper = -INFINITY,
						     .excess = -INFINITY };
			strncpy(c->loop, loop, sizeof(c->loop) - 1);
		}
		add_effect(c, row);
		if (!strcmp(victim, "page"))
			add_cost(c, row);
		if (!strcmp(victim, "dirty"))
			c->cost_dirty =
				tb_json_number(summary_of(row, "core-cycles"), "estimate", NAN);
	}
	close_verdicts(all, *n);
	return all;
}
