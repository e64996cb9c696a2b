// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth run */
#include "cli/cli.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "cli/baseline.h"
#include "cli/finish.h"
#include "cli/others.h"
#include "cli/select.h"
#include "measure/events.h"
#include "machine/identity.h"
#include "json.h"
#include "run/session.h"

enum { FULL_SLOT_MS = 300, FULL_LAUNCHES = 50, QUICK_LAUNCHES = 10 };
/* Time of the quick suite in s, for one family and for all; overhead of a launch in ms. */
enum { QUICK_FAMILY_S = 55, QUICK_ALL_S = 85, LAUNCH_MS = 8 };

static enum tb_status read_events(const char *list, struct tb_events *events)
{
	struct tb_error why = { "" };

	return tb_events_read(list, events, &why) ? tb_say(TB_USAGE, "%s", why.text) : TB_OK;
}

/* Prints one line for each event that cannot be counted. The run continues without it. */
static void probe_events(const struct tb_session *session, struct tb_events *events)
{
	tb_events_distrust(events, tb_identity_distrust(tb_json_at(session->host, "cpu")));
	tb_counters_probe(events);
	for (unsigned int i = 0; i < events->n; i++)
		if (events->at[i].why[0])
			tb_say(TB_OK, "%s is not counted: %s", events->at[i].name,
			       events->at[i].why);
}

static enum tb_status read_plan(const struct tb_args *args, bool full, struct tb_plan *plan)
{
	double launches, rounds, seed, precision;
	uint32_t random = 0;

	/* 32 bits: short enough to type again. */
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = 1;
	if (tb_args_number(args, TB_OPT_LAUNCHES, full ? FULL_LAUNCHES : QUICK_LAUNCHES, 1, 10000,
			   &launches) ||
	    tb_args_number(args, TB_OPT_ROUNDS, 0, TB_ROUNDS_MIN, 1e6, &rounds) ||
	    tb_args_number(args, TB_OPT_SEED, random, 0, 9007199254740991.0, &seed) ||
	    tb_args_number(args, TB_OPT_PRECISION, full ? 1 : 0, 0.01, 100, &precision) ||
	    tb_args_number(args, TB_OPT_BUDGET, 0, 0.1, 1e7, &plan->budget_s))
		return TB_USAGE;
	/* With --precision and no --launches the limit is that of the full suite. */
	if (args->value[TB_OPT_PRECISION] && !args->value[TB_OPT_LAUNCHES])
		launches = FULL_LAUNCHES;
	plan->launches = (size_t)launches;
	plan->rounds = (unsigned int)rounds;
	plan->seed = (uint64_t)seed;
	plan->precision = precision / 100;
	plan->slot_ms = FULL_SLOT_MS;
	plan->quiet = args->value[TB_OPT_QUIET];
	return read_events(args->value[TB_OPT_EVENTS], &plan->events);
}

/* The longest time of a campaign of `runs` variants, in seconds. */
static double longest_s(size_t runs, const struct tb_plan *plan)
{
	return (double)(runs * plan->launches) * (plan->slot_ms + LAUNCH_MS) / 1000;
}

/*
 * On a noisy core every launch uses its whole slot. So a slot is as long as the quick suite's time
 * allows, 20 to 200 ms.
 */
static void fit_slots(const struct tb_variants *variants, struct tb_plan *plan)
{
	double seconds = QUICK_FAMILY_S, slot;
	size_t runs = 0;

	for (size_t i = 0; i < variants->n; i++) {
		const char *name = variants->at[i].bench->name;

		runs += !variants->at[i].code[0];
		if (strncmp(name, variants->at[0].bench->name, strcspn(name, "/") + 1) != 0)
			seconds = QUICK_ALL_S;
	}
	slot = seconds * 1000 / (double)(runs * plan->launches + 1) - LAUNCH_MS;
	plan->slot_ms = slot > 200 ? 200 : slot < 20 ? 20 : (unsigned int)slot;
	plan->retry_limit_s = longest_s(runs, plan);
}

static json_t *describe_plan(const struct tb_variants *variants, const struct tb_plan *plan)
{
	json_t *all = json_array();
	size_t runs = 0;

	for (size_t i = 0; i < variants->n; i++) {
		const struct tb_variant *v = &variants->at[i];
		bool skipped = v->code[0];
		char text[160];

		tb_variant_text(v, text, sizeof(text));
		json_array_append_new(all, json_pack("{s:s,s:s,s:s?,s:s?}", "name", v->bench->name,
						     "params", text, "reason",
						     skipped ? v->reason : NULL, "remedy",
						     skipped ? v->remedy : NULL));
		runs += !skipped;
	}
	return json_pack("{s:o,s:I,s:I,s:I,s:f}", "variants", all, "runs", (json_int_t)runs,
			 "launches", (json_int_t)plan->launches, "seed", (json_int_t)plan->seed,
			 "longest_s", longest_s(runs, plan));
}

static void print_plan(const json_t *plan)
{
	const json_t *variant;
	size_t i;

	json_array_foreach(json_object_get(plan, "variants"), i, variant) {
		const char *reason = tb_json_text(variant, "reason", NULL);

		printf("%s %s%s%s\n", tb_json_text(variant, "name", ""),
		       tb_json_text(variant, "params", ""), reason ? "  skipped: " : "",
		       reason ? reason : "");
	}
	printf("%.0f variants, %.0f launches each at most, in shuffled rounds (seed %.0f): at most %.0f s\n",
	       tb_json_number(plan, "runs", 0), tb_json_number(plan, "launches", 0),
	       tb_json_number(plan, "seed", 0), tb_json_number(plan, "longest_s", 0));
}

static void show_plan(const struct tb_args *args, const struct tb_variants *variants,
		      const struct tb_plan *plan)
{
	json_t *json = describe_plan(variants, plan);

	if (args->value[TB_OPT_JSON]) {
		json_dumpf(json, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		print_plan(json);
	}
	json_decref(json);
}

static enum tb_status end_status(const struct tb_args *args, const struct tb_plan *plan,
				 const struct tb_record *record, const struct tb_outcome *outcome)
{
	if (outcome->end == TB_END_SIGNAL)
		return (enum tb_status)(TB_SIGNALLED + outcome->signal);
	if (outcome->end == TB_END_BUDGET)
		return TB_OUT_OF_TIME;
	if (tb_record_has(record, "failed"))
		return TB_BENCH_FAILED;
	if (tb_record_only(record, "skipped"))
		return TB_SKIPPED;
	if (args->value[TB_OPT_STRICT] && tb_record_imprecise(record, plan->precision))
		return TB_IMPRECISE;
	return TB_OK;
}

static enum tb_status run_campaign(struct tb_session *session, const struct tb_args *args,
				   struct tb_variants *variants, const struct tb_plan *plan)
{
	struct tb_error why = { "" };
	struct tb_journal journal;
	struct tb_outcome outcome;
	struct tb_record record;
	enum tb_status status;
	int err;

	err = tb_run_beside_others(session, variants, plan, &journal, &record, &outcome, &why);
	if (err)
		return tb_say(TB_OUTPUT, "%s", why.text);
	err = tb_session_publish(session, &journal, &record, &why);
	if (err) {
		tb_record_free(&record);
		return tb_say(TB_OUTPUT, "%s", why.text);
	}
	status = tb_finish(session, args, &record);
	if (status == TB_OK)
		status = end_status(args, plan, &record, &outcome);
	if (status == TB_OK)
		status = tb_baseline_use(session, args, &record);
	tb_record_free(&record);
	return status;
}

static enum tb_status open_output(struct tb_session *session, const struct tb_args *args)
{
	struct tb_error why = { "" };
	int err;

	err = tb_session_output(session, args->value[TB_OPT_OUTPUT], &why);

	return err ? tb_say(tb_status_of(err), "%s", why.text[0] ? why.text : strerror(-err))
		   : TB_OK;
}

static enum tb_status run(const struct tb_cli *cli, const struct tb_args *args)
{
	const char *suite = args->value[TB_OPT_SUITE] ? args->value[TB_OPT_SUITE] : "quick";
	bool full = !strcmp(suite, "full");
	struct tb_variants variants = { 0 };
	struct tb_error why = { "" };
	struct tb_session session;
	struct tb_plan plan = { 0 };
	enum tb_status status;
	int err;

	if (!full && strcmp(suite, "quick"))
		return tb_say(TB_USAGE, "--suite %s: must be quick or full", suite);
	status = read_plan(args, full, &plan);
	if (status == TB_OK)
		status = tb_baseline_check(args);
	if (status != TB_OK)
		return status;
	/* The folder is created later, when a record will be written. */
	err = tb_session_open(&session, args->overrides ? "custom" : suite, tb_no_output,
			      args->value[TB_OPT_CPUS], cli->argc, cli->argv, &why);
	if (err)
		status = tb_say(tb_status_of(err), "%s", why.text[0] ? why.text : strerror(-err));
	else
		status = tb_select(cli, args, full, &session.stage, &variants);
	if (status == TB_OK && !full)
		fit_slots(&variants, &plan);
	if (status == TB_OK)
		probe_events(&session, &plan.events);
	if (status == TB_OK && args->value[TB_OPT_DRY_RUN])
		show_plan(args, &variants, &plan);
	else if (status == TB_OK)
		status = open_output(&session, args);
	if (status == TB_OK && !args->value[TB_OPT_DRY_RUN])
		status = run_campaign(&session, args, &variants, &plan);
	tb_variants_free(&variants);
	tb_session_close(&session);
	return status;
}

const struct tb_command tb_command_run = {
	.name = "run",
	.arguments = "[NAME...] [options]",
	.summary = "measure benchmarks, families or patterns; without a name, all",
	.options = TB_OPT(TB_OPT_PARAM) | TB_OPT(TB_OPT_SUITE) | TB_OPT(TB_OPT_LAUNCHES) |
		   TB_OPT(TB_OPT_ROUNDS) | TB_OPT(TB_OPT_SEED) | TB_OPT(TB_OPT_PRECISION) |
		   TB_OPT(TB_OPT_BUDGET) | TB_OPT(TB_OPT_CPUS) | TB_OPT(TB_OPT_EVENTS) |
		   TB_OPT(TB_OPT_OUTPUT) | TB_OPT(TB_OPT_JSON) | TB_OPT(TB_OPT_WIDE) |
		   TB_OPT(TB_OPT_DRY_RUN) | TB_OPT(TB_OPT_NO_REPORT) | TB_OPT(TB_OPT_STRICT) |
		   TB_OPT(TB_OPT_BASELINE) | TB_OPT(TB_OPT_SAVE_BASELINE) | TB_OPT(TB_OPT_FAIL_ON) |
		   TB_OPT(TB_OPT_QUIET) | TB_OPT(TB_OPT_HELP),
	.run = run,
};
