// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/aa.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "stats/describe.h"
#include "stats/distributions.h"
#include "stats/random.h"

/* A row's figures, split into two halves of equal size. */
struct split {
	const struct tb_entry *entry;
	double *figure; /* the entry's, in any order, then the halves' copies */
	struct tb_entry half[2];
};

static void split_free(struct split *s)
{
	free(s->figure);
}

static int split_init(struct split *s, const struct tb_entry *entry)
{
	size_t n = entry->n / 2;
	double *own;

	*s = (struct split){ .entry = entry, .figure = calloc(entry->n + 4 * n, sizeof(double)) };
	if (!s->figure)
		return -ENOMEM;
	own = s->figure + entry->n;
	for (int h = 0; h < 2; h++) {
		s->half[h] = *entry;
		s->half[h].n = n;
		s->half[h].figure = own + 2 * h * n;
		s->half[h].log = entry->log ? own + (2 * h + 1) * n : NULL;
	}
	memcpy(s->figure, entry->figure, entry->n * sizeof(double));
	return 0;
}

static int ascending(const void *left, const void *right)
{
	const double *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Compares the first n figures with the next n. */
static int judge_halves(struct split *s, const struct tb_judge *judge, struct tb_versus *out)
{
	size_t n = s->half[0].n;

	for (size_t h = 0; h < 2; h++) {
		struct tb_entry *half = &s->half[h];

		memcpy(half->figure, s->figure + h * n, n * sizeof(double));
		qsort(half->figure, n, sizeof(double), ascending);
		for (size_t i = 0; half->log && i < n; i++)
			half->log[i] = log(half->figure[i]);
		half->estimate.estimate = tb_stats_median_sorted(half->figure, n);
	}
	return tb_versus(&s->half[0], &s->half[1], judge, out);
}

static void shuffle(struct split *s, struct tb_random *random)
{
	for (size_t i = s->entry->n; i > 1; i--) {
		size_t k = tb_random_below(random, i);
		double held = s->figure[i - 1];

		s->figure[i - 1] = s->figure[k];
		s->figure[k] = held;
	}
}

static bool has_ties(const struct tb_entry *entry)
{
	for (size_t i = 1; i < entry->n; i++)
		if (entry->figure[i] == entry->figure[i - 1])
			return true;
	return false;
}

/* The middle 95 % of Bin(of, expected). */
static void set_band(struct tb_aa_count *count)
{
	double mean = (double)count->of * count->expected, p = count->expected;
	size_t k = (size_t)fmax(0, floor(mean - 6 * sqrt(mean * (1 - p)) - 10));

	if (!(p > 0 && p < 1))
		return;
	while (tb_stats_binomial_below(k + 1, count->of, p) < 0.025)
		k++;
	count->lo = k;
	while (tb_stats_binomial_below(k + 1, count->of, p) < 0.975)
		k++;
	count->hi = k;
}

bool tb_aa_within(const struct tb_aa_count *count)
{
	return count->seen >= count->lo && count->seen <= count->hi;
}

struct trials {
	struct split *split;
	struct tb_versus *versus, **row;
	size_t n;
};

static int run_pair(struct trials *t, const struct tb_aa_plan *plan, struct tb_random *random,
		    struct tb_aa *aa)
{
	bool called = false;
	int err = 0;

	for (size_t i = 0; i < t->n && !err; i++) {
		struct split *s = &t->split[i];
		const struct tb_interval *ci = &t->versus[i].ratio_ci;

		shuffle(s, random);
		err = judge_halves(s, &plan->judge, &t->versus[i]);
		if (err || has_ties(s->entry))
			continue;
		if (!ci->present)
			ci = &t->versus[i].difference_ci;
		aa->alarms.of++;
		aa->alarms.expected += 1 - ci->coverage;
		aa->alarms.seen += t->versus[i].p <= plan->judge.alpha;
	}
	if (!err)
		err = tb_versus_table(t->row, t->n, plan->judge.alpha);
	for (size_t i = 0; i < t->n; i++)
		called = called || t->versus[i].verdict == TB_VERDICT_FASTER ||
			 t->versus[i].verdict == TB_VERDICT_SLOWER;
	aa->tables.seen += called;
	return err;
}

/* Compares the first half of the launches with the second, in the order of the record. */
static int compare_order(struct trials *t, const struct tb_aa_plan *plan, struct tb_aa *aa)
{
	int err = 0;

	for (size_t i = 0; i < t->n && !err; i++) {
		struct split *s = &t->split[i];
		const json_t *centres = tb_json_at(s->entry->metric, "summary.centres"), *centre;
		struct tb_versus versus;
		size_t k;

		json_array_foreach(centres, k, centre)
			if (k < s->entry->n)
				s->figure[k] = json_number_value(centre);
		err = judge_halves(s, &plan->judge, &versus);
		aa->order.of++;
		aa->order.seen += !err && versus.p <= plan->judge.alpha;
	}
	aa->order.hi = aa->order.of;
	return err;
}

static int fill_trials(struct trials *t, const struct tb_side *side, const struct tb_aa_plan *plan,
		       struct tb_aa *aa)
{
	int err = 0;

	t->split = calloc(side->entries + 1, sizeof(*t->split));
	t->versus = calloc(side->entries + 1, sizeof(*t->versus));
	t->row = calloc(side->entries + 1, sizeof(struct tb_versus *));
	if (!t->split || !t->versus || !t->row)
		return -ENOMEM;
	for (size_t i = 0; i < side->entries && !err; i++) {
		const struct tb_entry *entry = &side->entry[i];

		aa->rows++;
		if (!entry->unit || entry->mixed ||
		    entry->n / 2 < tb_versus_fewest(plan->judge.alpha)) {
			aa->few++;
			continue;
		}
		aa->tied += has_ties(entry);
		t->row[t->n] = &t->versus[t->n];
		err = split_init(&t->split[t->n++], entry);
	}
	return err ? err : t->n ? 0 : -ENODATA;
}

int tb_aa_test(const struct tb_side *side, const struct tb_aa_plan *plan, struct tb_aa *out)
{
	struct trials t = { 0 };
	struct tb_aa aa = { .tables.of = plan->pairs, .tables.expected = plan->judge.alpha };
	struct tb_random random;
	int err = fill_trials(&t, side, plan, &aa);

	if (!err)
		err = compare_order(&t, plan, &aa);
	tb_random_seed(&random, plan->seed, 0);
	for (size_t i = 0; i < plan->pairs && !err; i++) {
		tb_steps_show(&plan->steps, i, plan->pairs);
		err = run_pair(&t, plan, &random, &aa);
	}
	aa.alarms.expected /= aa.alarms.of ? (double)aa.alarms.of : 1;
	set_band(&aa.alarms);
	set_band(&aa.tables);
	aa.tables.lo = 0;
	for (size_t i = 0; i < t.n; i++)
		split_free(&t.split[i]);
	free(t.split);
	free(t.versus);
	free(t.row);
	*out = aa;
	return err;
}
