// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/session.h"

#include <errno.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "machine/affinity.h"
#include "measure/fingerprint.h"
#include "measure/sched.h"
#include "machine/refusal.h"
#include "machine/environment.h"
#include "machine/host.h"
#include "json.h"
#include "record/record.h"

#include "publish.h"
#include "run/describe.h"
#include "run/record_from_journal.h"
#include "run/progress.h"
#include "machine/program.h"
#include "machine/cpu_list.h"

/* Role 0 gets the highest CPU of the fastest kind among the CPUs that --cpus allows. */
static int choose_cpus(struct tb_session *s, const char *cpus, struct tb_error *why)
{
	const char *reason = "out of memory";
	int *list = NULL, err = 0;
	size_t n = 0;

	if (cpus) {
		if (tb_cpu_list_parse(cpus, &list, &n, &reason))
			return tb_error(why, -EINVAL, "--cpus %s: %s", cpus, reason);
		err = tb_place_restrict(s->place, list, n);
		free(list);
	}
	if (err)
		return tb_error(
			why, -EINVAL,
			"--cpus %s: this process may not use all of them; see taskset -p and cpusets",
			cpus);
	s->stage.place = s->place;
	s->stage.cpu[0] = tb_place_default_cpu(s->place);
	if (s->stage.cpu[0] < 0)
		return tb_error(why, -EINVAL, "this process may use no CPU; see taskset -p");
	return 0;
}

static int look_around(struct tb_session *s)
{
	for (unsigned int level = 1; level <= 3; level++) {
		struct tb_place_cache cache;

		if (!tb_place_cache(s->place, s->stage.cpu[0], level, false, &cache))
			s->stage.cache[level] = cache.size_bytes;
	}
	s->stage.realtime = tb_realtime_try();
	s->stage.memory = (size_t)sysconf(_SC_AVPHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
	s->host = tb_host_of(&s->root, s->stage.cpu[0]);
	s->environment = tb_environment_of(&s->root, s->stage.cpu[0]);
	if (!s->host || !s->environment)
		return -ENOMEM;
	return tb_host_check(s->host, &s->root, s->place);
}

/* hwloc repeats sched_getaffinity() until it succeeds, so a filter that refuses it hangs hwloc. */
static int check_affinity(struct tb_error *why)
{
	struct tb_refusal refusal;
	char text[TB_TEXT];
	int *cpus, err;
	size_t n;

	err = tb_affinity_get(&cpus, &n);
	free(cpus);
	if (!err)
		return 0;
	tb_refusal_of(NULL, "sched_getaffinity", err, &refusal);
	tb_refusal_text(&refusal, "the machine's topology cannot be read", text, sizeof(text));
	return tb_error(why, tb_is_refusal(err) ? -ENOSYS : err, "%s", text);
}

/* Measurements of this machine with the caches of another one would look valid. */
static int open_place(struct tb_session *s, struct tb_error *why)
{
	const char *variable = tb_place_variable();
	int err;

	if (variable)
		return tb_error(why, -EREMOTE,
				"%s is set: hwloc would describe another machine; "
				"unset it: env -u %s tollbooth ...",
				variable, variable);
	err = check_affinity(why);
	if (err)
		return err;
	err = tb_place_open(NULL, &s->place);
	if (err)
		return tb_error(why, err, "the machine's topology cannot be read: %s",
				strerror(-err));
	if (!tb_place_is_here(s->place))
		return tb_error(why, -EREMOTE,
				"hwloc describes another machine than this one; unset the "
				"variables that begin with HWLOC_");
	return 0;
}

int tb_session_open(struct tb_session *s, const char *suite, const char *output, const char *cpus,
		    int argc, char **argv, struct tb_error *why)
{
	int err;

	*s = (struct tb_session){ .suite = suite, .argc = argc, .argv = argv, .dir = -1 };
	err = tb_clock_usable();
	if (err)
		return tb_error(
			why, -ENOSYS,
			"this CPU does not support RDTSCP, and the program could not replace it in its code: "
			"mprotect: %s; use another CPU model, or permit changes to its own code",
			strerror(-err));
	s->stage.begin = tb_clock_mark();
	err = tb_sysroot_open(NULL, &s->root);
	if (err)
		return tb_error(why, err, "/ cannot be opened: %s", strerror(-err));
	err = open_place(s, why);
	if (!err)
		err = choose_cpus(s, cpus, why);
	if (!err)
		err = tb_session_output(s, output, why);
	if (!err)
		err = tb_launcher_open(&s->launcher);
	if (err)
		return err;
	err = look_around(s);
	tb_affinity_leave(s->stage.cpu[0]);
	return err;
}

void tb_session_close(struct tb_session *s)
{
	if (s->scratch)
		rmdir(s->folder);
	json_decref(s->host);
	json_decref(s->environment);
	if (s->dir >= 0)
		close(s->dir);
	tb_claim_release(&s->claims);
	tb_launcher_close(&s->launcher);
	tb_place_close(s->place);
	tb_sysroot_close(&s->root);
}

static json_t *describe_suite(const struct tb_session *s, const struct tb_plan *plan)
{
	json_t *command = json_array(), *cpus = json_array();

	for (int i = 0; i < s->argc; i++)
		json_array_append_new(command, i ? tb_text(s->argv[i], strnlen(s->argv[i], 4096))
						 : json_string("tollbooth"));
	for (int cpu = 0; cpu < TB_CPUS_MAX_POSSIBLE; cpu++)
		if (tb_place_allowed(s->place, cpu))
			json_array_append_new(cpus, json_integer(cpu));
	return json_pack(
		"{s:s,s:o,s:I,s:I,s:o,s:o,s:o,s:i,s:o,s:{s:n,s:s}}", "name", s->suite, "command",
		command, "seed", (json_int_t)plan->seed, "launches", (json_int_t)plan->launches,
		"precision", plan->precision > 0 ? json_real(plan->precision) : json_null(),
		"time_budget_s", plan->budget_s > 0 ? json_real(plan->budget_s) : json_null(),
		"cpus", cpus, "slot_ms", (int)plan->slot_ms, "events",
		tb_describe_events(&plan->events), "clock", "tsc_hz", "source", "unknown");
}

/* The class is nested if the benchmarks start guests inside a virtual machine. */
static json_t *class_of(const struct tb_session *s, const struct tb_variants *variants)
{
	const json_t *class = tb_json_at(s->environment, "virtualization.class");
	bool guests = variants->n > 0;

	for (size_t i = 0; i < variants->n; i++)
		guests &= variants->at[i].bench->realm == TB_REALM_GUEST;
	if (guests && json_is_string(class) && !strcmp(json_string_value(class), "vm"))
		return json_string("nested");
	return json_deep_copy(class);
}

/* Measured before the campaign, so that no launch runs at the same time. */
static json_t *describe_fingerprint(const struct tb_session *s)
{
	struct tb_fingerprint fingerprint;

	tb_fingerprint_take(s->stage.cpu[0], s->stage.cache[1], s->stage.cache[2], &fingerprint);
	return tb_describe_fingerprint(s->stage.cpu[0], &fingerprint);
}

static json_t *describe_run(const struct tb_session *s, const struct tb_variants *variants,
			    const struct tb_plan *plan, const char *id)
{
	json_t *rows = json_array();
	char now[32];
	double step = (double)tb_clock_step();

	for (size_t i = 0; i < variants->n; i++)
		json_array_append_new(rows, tb_describe_row(&variants->at[i], step, &plan->events));
	tb_time_text(now, sizeof(now));
	return json_pack("{s:{s:s,s:s,s:s,s:s,s:b,s:s,s:o,s:o,s:o,s:O,s:O,s:o,s:n,s:o,s:o}}",
			 "record", "schema", TB_RECORD_SCHEMA, "run_id", id, "started_at", now,
			 "finished_at", now, "complete", 0, "exit_reason", "killed", "class",
			 class_of(s, variants), "tool", tb_program(), "suite",
			 describe_suite(s, plan), "host", s->host, "environment", s->environment,
			 "fingerprint", describe_fingerprint(s), "samples_file", "benchmarks", rows,
			 "x", tb_claim_describe(&s->claims));
}

/* The members that are known only at the end. */
static json_t *describe_end(struct tb_session *s, const struct tb_outcome *outcome)
{
	char now[32];

	tb_time_text(now, sizeof(now));
	tb_claim_accept(&s->claims);
	return json_pack("{s:s,s:b,s:s,s:o}", "finished_at", now, "complete",
			 outcome->end == TB_END_DONE, "exit_reason", tb_end_name(outcome->end), "x",
			 tb_claim_describe(&s->claims));
}

/* Called at the end: a longer run measures the TSC rate more precisely. */
static void set_clock(const struct tb_session *s, json_t *record)
{
	struct tb_clock_rate rate = tb_clock_rate(s->stage.begin, tb_clock_mark());
	json_t *clock = json_object_get(json_object_get(record, "suite"), "clock");

	if (!(rate.hz > 0))
		return;
	tb_host_set_tsc(json_object_get(record, "host"), rate.hz, rate.source);
	json_object_set_new(clock, "tsc_hz", json_real(rate.hz));
	json_object_set_new(clock, "source", json_string(rate.source));
}

/* Adds to the error that the journal still holds the results. Returns err. */
static int say_kept(const struct tb_session *s, int err, struct tb_error *why)
{
	size_t used;

	tb_error(why, err, "%s", strerror(-err));
	used = strlen(why->text);
	snprintf(why->text + used, sizeof(why->text) - used,
		 "; the journal is kept; remove the cause, then run tollbooth recover %s",
		 s->folder);
	return err;
}

int tb_session_run(struct tb_session *s, struct tb_variants *variants, const struct tb_plan *plan,
		   struct tb_journal *journal, struct tb_record *record, struct tb_outcome *outcome,
		   struct tb_error *why)
{
	char id[37] = "";
	struct tb_progress progress;
	json_t *run, *end;
	int err = tb_run_id(id);

	if (err)
		return tb_error(why, err, "no random number for the run's identifier: %s",
				strerror(-err));
	run = describe_run(s, variants, plan, id);
	err = run ? tb_journal_begin(journal, s->dir, s->stem, run) : -ENOMEM;
	json_decref(run);
	if (err)
		return tb_error(why, err, "%s: no journal can be written: %s; %s", s->folder,
				strerror(-err),
				err == -EEXIST ? "a killed run of this name left one: recover it"
					       : "choose a folder with -o");
	err = tb_campaign(variants, &s->stage, plan, &s->launcher, journal, outcome, why);
	if (!err) {
		end = describe_end(s, outcome);
		err = tb_journal_end(journal, end);
		json_decref(end);
		if (err)
			tb_error(why, err, "%s: the journal could not be written: %s", s->folder,
				 strerror(-err));
	}
	if (!err) {
		tb_progress_phase(&progress, plan->quiet, "computing the estimates");
		err = tb_record_from_journal(journal, record, why);
		tb_progress_end(&progress);
	}
	if (err) {
		tb_journal_close(journal);
		return say_kept(s, err, why);
	}
	set_clock(s, record->json);
	return 0;
}

static int print_record(struct tb_record *record, struct tb_error *why)
{
	int err = tb_record_inline(record);

	if (!err)
		err = tb_record_write(record->json, STDOUT_FILENO);
	return err ? tb_error(why, err, "standard output: %s", strerror(-err)) : 0;
}

int tb_session_publish(struct tb_session *s, struct tb_journal *journal, struct tb_record *record,
		       struct tb_error *why)
{
	int err = s->inline_all ? print_record(record, why)
				: tb_record_publish(record, s->dir, s->stem, why);

	if (!err)
		tb_journal_remove(journal);
	tb_journal_close(journal);
	return err ? say_kept(s, err, why) : 0;
}

void tb_session_discard(struct tb_journal *journal)
{
	tb_journal_remove(journal);
	tb_journal_close(journal);
}
