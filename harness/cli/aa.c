// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth aa-test: compares a record with itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/aa_rate.h"
#include "cli/cli.h"
#include "cli/verdict.h"
#include "compare/aa.h"
#include "compare/gather.h"
#include "record/format.h"
#include "run/progress.h"

enum { PAIRS = 200 };

static const char *within(const struct tb_aa_count *count)
{
	return tb_aa_within(count) ? "as expected" : "outside the accepted range";
}

static void print_aa(const char *name, const struct tb_aa_plan *plan, const struct tb_aa *aa)
{
	char inert[512];
	const struct tb_aa_count *a = &aa->alarms, *t = &aa->tables;

	printf("%s: %zu rows, the launches of each split %zu times into two random halves (seed %llu)\n",
	       tb_inert(name, inert, sizeof(inert)), aa->rows - aa->few, plan->pairs,
	       (unsigned long long)plan->seed);
	printf("  intervals: %zu of %zu exclude \"no difference\": %.2f %%, expected %.2f %%, accepted %.2f to %.2f %%: %s\n",
	       a->seen, a->of, 100 * (double)a->seen / (double)(a->of ? a->of : 1),
	       100 * a->expected, 100 * (double)a->lo / (double)(a->of ? a->of : 1),
	       100 * (double)a->hi / (double)(a->of ? a->of : 1), within(a));
	printf("  tables:    %zu of %zu call a row faster or slower, accepted at most %zu: %s\n",
	       t->seen, t->of, t->hi, within(t));
	printf("  order:     in %zu of %zu rows the first half of the launches differs from the second; far more than %.1f %% indicates drift\n",
	       aa->order.seen, aa->order.of, 100 * a->expected);
	if (aa->tied)
		printf("  not counted in intervals: %zu rows with equal figures, which have fewer false positives\n",
		       aa->tied);
	if (aa->few)
		printf("  skipped: %zu rows with fewer than %zu launches\n", aa->few,
		       2 * tb_versus_fewest(plan->judge.alpha));
}

static enum tb_status aa_test(const struct tb_cli *cli, const struct tb_args *args)
{
	struct tb_laws laws = { 0 };
	struct tb_aa_plan plan = { .judge.laws = &laws, .pairs = PAIRS };
	struct tb_error why = { "" };
	struct tb_sides sides = { 0 };
	struct tb_progress progress;
	struct tb_aa aa;
	struct stat st;
	double seed;
	int err, kept, tested = 0;

	(void)cli;
	if (args->names == 1 && !stat(args->name[0], &st) && S_ISDIR(st.st_mode))
		return tb_say(TB_USAGE, "%s is a folder; aa-test takes one record", args->name[0]);
	if (args->names != 1)
		return tb_say(TB_USAGE, "aa-test takes one record; see tollbooth aa-test --help");
	if (tb_judge_read(args, &plan.judge) ||
	    tb_args_number(args, TB_OPT_SEED, 1, 0, 9007199254740991.0, &seed))
		return TB_USAGE;
	plan.seed = (uint64_t)seed;
	tb_progress_phase(&progress, false, "comparing the record with itself");
	plan.steps = tb_progress_steps(&progress);
	err = tb_gather(args->name, 1, 1 - plan.judge.alpha, &sides, &why);
	if (!err)
		tested = tb_aa_test(&sides.at[0], &plan, &aa);
	tb_progress_end(&progress);
	if (err)
		return tb_say(TB_USAGE, "%s", why.text[0] ? why.text : strerror(-err));
	err = tested;
	kept = err ? 0 : tb_aa_rate_keep(sides.at[0].record[0], &aa);
	tb_sides_free(&sides);
	tb_laws_free(&laws);
	if (err == -ENODATA)
		return tb_say(
			TB_USAGE,
			"%s: no row has the %zu launches that a split needs; run with more --launches",
			args->name[0], 2 * tb_versus_fewest(plan.judge.alpha));
	if (err)
		return tb_say(tb_status_of(err), "%s: %s", args->name[0], strerror(-err));
	print_aa(args->name[0], &plan, &aa);
	if (kept)
		tb_say(TB_OK,
		       "compare will not quote this result: cannot write to $XDG_STATE_HOME/tollbooth or ~/.local/state/tollbooth: %s",
		       strerror(-kept));
	return tb_aa_within(&aa.alarms) && tb_aa_within(&aa.tables) ? TB_OK : TB_BENCH_FAILED;
}

const struct tb_command tb_command_aa_test = {
	.name = "aa-test",
	.arguments = "RECORD [options]",
	.summary = "compare a record with itself, to check the false-positive rate of compare",
	.options = TB_OPT(TB_OPT_SEED) | TB_OPT(TB_OPT_MIN_EFFECT) | TB_OPT(TB_OPT_ALPHA) |
		   TB_OPT(TB_OPT_HELP),
	.run = aa_test,
};
