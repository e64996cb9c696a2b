// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tollbooth tune l1d: searches (loop, size) in short launches. Then it confirms the
 * cheapest candidates that seem to empty the L1D, and the kernel's own loop, on
 * fresh launches. A winner judged by the data of the search would be the luckiest
 * candidate, not the best.
 */
#include "l1d/tune.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "benches.h"
#include "cli/cli.h"
#include "cli/finish.h"
#include "cli/others.h"
#include "l1d/l1d.h"
#include "json.h"
#include "publish.h"
#include "run/session.h"
#include "record/write.h"

enum {
	SEARCH_LAUNCHES = 2,
	SEARCH_SLOT_MS = 12,
	CONFIRM_LAUNCHES = 11, /* one more than the verdict needs: a control may fail */
	CONFIRM_SLOT_MS = 100,
	FINALISTS = 3,
	SECONDS = 55
};
/* A few hundred trials distinguish 1 % from 0; the confirmation does the rest. */
#define SEARCH_EXCESS 0.008

static const char *const search_list[] = {
	"loop=kvm,kvm-lfence,kvm-serialize,unroll8,avx512,prefetcht0,page-interleaved,chase,store "
	"size=l1d,l1d*13/12,l1d*7/6,l1d*5/4,64K,l1d*3/2,l1d*5/3,l1d*2,l1d*8/3 "
	"victim=page,full,dirty,reused",
	NULL
};

struct tuner {
	struct tb_session session;
	struct tb_plan plan;
	struct tb_error why;
	bool literal;
	uint64_t begin_ns;
};

static int run(struct tuner *t, struct tb_variants *variants, unsigned int launches,
	       unsigned int slot_ms, struct tb_journal *journal, struct tb_record *record,
	       struct tb_outcome *outcome)
{
	for (size_t i = 0; i < variants->n; i++)
		tb_variant_probe(&variants->at[i], &t->session.stage);
	/* The search must leave time for the verdicts. */
	t->plan.budget_s = SECONDS - (double)(tb_clock_ns() - t->begin_ns) / 1e9 -
			   (launches < CONFIRM_LAUNCHES ? SECONDS / 2.0 : 0);
	t->plan.launches = launches;
	t->plan.slot_ms = slot_ms;
	return tb_run_beside_others(&t->session, variants, &t->plan, journal, record, outcome,
				    &t->why);
}

static bool seems_empty(const struct l1d_candidate *c)
{
	return c->victims == L1D_VICTIMS && c->excess <= SEARCH_EXCESS && c->cost > 0;
}

static const char *kernel_loop(const struct tuner *t)
{
	return t->literal ? "kvm" : "kvm-lfence";
}

/* Whether the kernel's order was seen to leave lines at a size of the search. */
static bool kernel_fails(const struct tuner *t, const struct l1d_candidate *c)
{
	return !strcmp(c->loop, kernel_loop(t)) && !seems_empty(c);
}

/*
 * The sizes at which the kernel's loop is confirmed: 64 KiB, and the two sizes
 * between which the search saw it begin to empty the L1D. 0: no such size.
 */
static void kernel_sizes(const struct tuner *t, const struct l1d_candidate *c, size_t n,
			 unsigned long sizes[3])
{
	sizes[0] = L1D_KERNEL_SIZE;
	sizes[1] = sizes[2] = 0;
	for (size_t i = 0; i < n; i++)
		if (kernel_fails(t, &c[i]) && c[i].size > sizes[1])
			sizes[1] = c[i].size;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(c[i].loop, kernel_loop(t)) && c[i].size > sizes[1] &&
		    (!sizes[2] || c[i].size < sizes[2]))
			sizes[2] = c[i].size;
}

static int by_cost(const void *a, const void *b)
{
	const struct l1d_candidate *x = *(const struct l1d_candidate *const *)a;
	const struct l1d_candidate *y = *(const struct l1d_candidate *const *)b;

	return (x->cost > y->cost) - (x->cost < y->cost);
}

static int add_finalist(struct tuner *t, const char *loop, unsigned long size,
			struct tb_variants *variants)
{
	char line[160];
	const char *list[] = { line, NULL };

	snprintf(line, sizeof(line), "loop=%.47s size=%lu victim=page,full,dirty,reused", loop,
		 size);
	return tb_variants_add(variants, &l1d_flush_user, list, NULL, 0, &t->session.stage,
			       &t->why);
}

/* The cheapest finalists and the kernel's loop, as variants for all victims. */
static int choose(struct tuner *t, const struct l1d_candidate *c, size_t n,
		  struct tb_variants *variants)
{
	const struct l1d_candidate **order = calloc(n + 1, sizeof(const struct l1d_candidate *));
	unsigned long sizes[3];
	size_t found = 0;
	int err = order ? 0 : -ENOMEM;

	kernel_sizes(t, c, n, sizes);
	for (int i = 0; i < 3 && !err; i++)
		if (sizes[i])
			err = add_finalist(t, kernel_loop(t), sizes[i], variants);
	for (size_t i = 0; i < n && !err; i++)
		if (seems_empty(&c[i]))
			order[found++] = &c[i];
	if (found)
		qsort(order, found, sizeof(*order), by_cost);
	for (size_t i = 0; i < found && i < FINALISTS && !err; i++)
		err = add_finalist(t, order[i]->loop, order[i]->size, variants);
	free(order);
	return err;
}

/* The confirmation's results for the kernel's loop, by size. */
static void find_margin(const struct tuner *t, const struct l1d_candidate *c, size_t n,
			struct l1d_atlas *atlas)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(c[i].loop, kernel_loop(t)) && c[i].verdict != L1D_EMPTY &&
		    c[i].size > atlas->too_small)
			atlas->too_small = c[i].size;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(c[i].loop, kernel_loop(t)) && c[i].size > atlas->too_small &&
		    (!atlas->enough || c[i].size < atlas->enough))
			atlas->enough = c[i].size;
}

/* Prints the verdicts, writes them to the record's "x" and prints its path. */
static enum tb_status conclude(struct tuner *t, const struct tb_args *args,
			       struct tb_journal *journal, struct tb_record *record,
			       const struct l1d_candidate *search, size_t n)
{
	size_t confirmed;
	struct l1d_candidate *c = l1d_candidates(record, &confirmed);
	struct l1d_atlas atlas = { .literal = t->literal };
	enum tb_status status = TB_OK;

	if (!c)
		return TB_OUTPUT;
	atlas.kernel = l1d_candidate_find(c, confirmed, kernel_loop(t), L1D_KERNEL_SIZE);
	l1d_atlas_choose(&atlas, c, confirmed);
	find_margin(t, c, confirmed, &atlas);
	json_object_set_new(json_object_get(record->json, "x"), "tune-l1d",
			    l1d_atlas_json(record, &atlas, search, n));
	if (tb_session_publish(&t->session, journal, record, &t->why))
		status = tb_say(TB_OUTPUT, "%s", t->why.text);
	else if (t->session.inline_all)
		status = TB_OK; /* tb_session_publish() printed it */
	else if (args->value[TB_OPT_JSON] && tb_record_write(record->json, STDOUT_FILENO))
		status = tb_say(TB_OUTPUT, "standard output could not be written");
	else if (!args->value[TB_OPT_JSON])
		l1d_atlas_print(stdout, record, &atlas);
	fflush(stdout);
	if (status == TB_OK)
		tb_finish_where(&t->session, args, record);
	if (status == TB_OK && tb_record_has(record, "failed"))
		status = TB_BENCH_FAILED;
	free(c);
	return status;
}

static enum tb_status confirm(struct tuner *t, const struct tb_args *args,
			      const struct l1d_candidate *search, size_t n)
{
	struct tb_variants variants = { 0 };
	struct tb_journal journal;
	struct tb_outcome outcome;
	struct tb_record record;
	enum tb_status status;

	if (choose(t, search, n, &variants) ||
	    run(t, &variants, CONFIRM_LAUNCHES, CONFIRM_SLOT_MS, &journal, &record, &outcome)) {
		tb_variants_free(&variants);
		return tb_say(TB_OUTPUT, "%s", t->why.text);
	}
	status = conclude(t, args, &journal, &record, search, n);
	if (outcome.end == TB_END_SIGNAL)
		status = (enum tb_status)(TB_SIGNALLED + outcome.signal);
	else if (outcome.end == TB_END_BUDGET && status == TB_OK)
		status = TB_OUT_OF_TIME;
	tb_record_free(&record);
	tb_variants_free(&variants);
	return status;
}

static enum tb_status search(struct tuner *t, const struct tb_args *args)
{
	struct tb_variants variants = { 0 };
	struct l1d_candidate *found = NULL;
	struct tb_journal journal;
	struct tb_outcome outcome;
	struct tb_record record;
	enum tb_status status;
	size_t n;

	if (tb_variants_add(&variants, &l1d_flush_user, search_list, NULL, 0, &t->session.stage,
			    &t->why) ||
	    run(t, &variants, SEARCH_LAUNCHES, SEARCH_SLOT_MS, &journal, &record, &outcome)) {
		tb_variants_free(&variants);
		return tb_say(TB_OUTPUT, "%s", t->why.text);
	}
	tb_session_discard(&journal);
	found = l1d_candidates(&record, &n);
	if (outcome.end == TB_END_SIGNAL)
		status = (enum tb_status)(TB_SIGNALLED + outcome.signal);
	else if (!found)
		status = tb_say(TB_OUTPUT, "out of memory");
	else {
		status = confirm(t, args, found, n);
	}
	free(found);
	tb_record_free(&record);
	tb_variants_free(&variants);
	return status;
}

static enum tb_status tune(const struct tb_cli *cli, const struct tb_args *args)
{
	struct tuner t = { .literal = !l1d_hypervised() };
	enum tb_status status;
	double seed;
	int err;

	status = tb_args_number(args, TB_OPT_SEED, (double)(tb_clock_now() & 0xffffffff), 0,
				9007199254740991.0, &seed);
	if (status != TB_OK)
		return status;
	t.plan.seed = (uint64_t)seed;
	t.plan.quiet = args->value[TB_OPT_QUIET];
	t.begin_ns = tb_clock_ns();
	err = tb_session_open(&t.session, "tune-l1d", args->value[TB_OPT_OUTPUT],
			      args->value[TB_OPT_CPUS], cli->argc, cli->argv, &t.why);
	if (err)
		status = tb_say(tb_status_of(err), "%s",
				t.why.text[0] ? t.why.text : strerror(-err));
	else if (!t.session.stage.cache[1])
		status = tb_say(TB_SKIPPED, "the kernel reports no L1D size; mount sysfs at /sys");
	else
		status = search(&t, args);
	tb_session_close(&t.session);
	return status;
}

const struct tb_tune l1d_tune = {
	.name = "l1d",
	.summary = "the cheapest flush that empties this L1D, and whether the kernel's does",
	.run = tune,
};
