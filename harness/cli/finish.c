// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/finish.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/doctor.h"
#include "machine/refusal.h"
#include "json.h"
#include "record/summary.h"
#include "publish.h"
#include "report/report.h"
#include "report/table.h"
#include "run/progress.h"
#include "record/write.h"

bool tb_record_has(const struct tb_record *record, const char *status)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row)
		if (!strcmp(tb_json_text(row, "status", ""), status))
			return true;
	return false;
}

bool tb_record_only(const struct tb_record *record, const char *status)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row)
		if (strcmp(tb_json_text(row, "status", ""), status))
			return false;
	return true;
}

bool tb_record_imprecise(const struct tb_record *record, double target)
{
	const json_t *row, *metric;
	size_t i, m;

	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row)
		json_array_foreach(json_object_get(row, "metrics"), m, metric)
			if (json_is_true(json_object_get(metric, "headline")) &&
			    (!json_is_object(tb_json_at(metric, "summary.ci")) ||
			     tb_relative_width(metric) > (target > 0 ? target : 0.01)))
				return true;
	return false;
}

/* Reports once which rights the launches did not get, with the remedy. */
static void say_losses(const struct tb_session *session, const struct tb_record *record)
{
	const json_t *row, *launch;
	const char *other = NULL, *unlocked = NULL;
	char refused[TB_REASON + TB_REMEDY];
	struct tb_refusal refusal;
	bool any_other = false;
	size_t i, l;

	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row)
		json_array_foreach(json_object_get(row, "launches"), l, launch) {
			/* Null: the worker ended before it asked for SCHED_FIFO. */
			if (strcmp(tb_json_text(launch, "policy", "fifo"), "fifo") != 0) {
				any_other = true;
				other = tb_json_text(launch, "policy_reason", other);
			}
			if (!unlocked && json_is_false(json_object_get(launch, "locked")))
				unlocked = tb_json_text(launch, "locked_reason", NULL);
		}
	/* Then policy=other is the default of the rows, and no launch has a reason. */
	if (!other && any_other && session->stage.realtime) {
		tb_explain_realtime(NULL, session->stage.realtime, &refusal);
		tb_refusal_text(&refusal, NULL, refused, sizeof(refused));
		other = refused;
	}
	if (other)
		tb_say(TB_OK,
		       "without SCHED_FIFO: other tasks may preempt a launch (counted in involuntary_switches): %s",
		       other);
	if (unlocked)
		tb_say(TB_OK, "some memory was not locked: %s", unlocked);
}

/* Reports the doctor's findings about the TSC, which times everything. */
static void say_clock(const struct tb_session *session)
{
	const struct tb_snapshot snapshot = { .root = &session->root,
					      .cpu = session->stage.cpu[0] };
	struct tb_finding finding[TB_FINDINGS_MAX];
	size_t n = tb_doctor_rules(&snapshot, "tsc-", finding);

	for (size_t i = 0; i < n; i++)
		tb_say(TB_OK, "the TSC may mislead (%s); see tollbooth doctor", finding[i].id);
}

static enum tb_status write_report(struct tb_session *session, const struct tb_record *record,
				   bool quiet)
{
	struct tb_error why = { "" };
	struct tb_progress progress;
	struct tb_steps steps;
	char name[TB_STEM_MAX + 8];
	int err;

	snprintf(name, sizeof(name), "%s.html", session->stem);
	tb_progress_phase(&progress, quiet, "drawing the report");
	steps = tb_progress_steps(&progress);
	err = tb_report_publish(record, 1, &steps, session->dir, name, &why);
	tb_progress_end(&progress);
	if (err)
		return tb_say(TB_OK, "no report: %s", why.text);
	tb_say(TB_OK, "report  %s/%s", session->folder, name);
	return TB_OK;
}

void tb_finish_where(struct tb_session *session, const struct tb_args *args,
		     const struct tb_record *record)
{
	const char *samples;

	say_clock(session);
	say_losses(session, record);
	if (session->inline_all)
		return;
	tb_say(TB_OK, "record  %s/%s.json", session->folder, session->stem);
	/* The samples file of the printed record stays in session->folder. */
	samples = tb_json_text(json_object_get(record->json, "samples_file"), "file", NULL);
	if (args->value[TB_OPT_JSON] && samples)
		tb_say(TB_OK, "samples %s/%s; the printed record needs this file beside it",
		       session->folder, samples);
	if (!args->value[TB_OPT_NO_REPORT])
		write_report(session, record, args->value[TB_OPT_QUIET]);
}

enum tb_status tb_finish(struct tb_session *session, const struct tb_args *args,
			 const struct tb_record *record)
{
	int err = 0;

	/* With -o - tb_session_publish() has already printed the record. */
	if (args->value[TB_OPT_JSON] && !session->inline_all)
		err = tb_record_write(record->json, STDOUT_FILENO);
	else if (!session->inline_all && args->value[TB_OPT_WIDE])
		tb_table_print_wide(stdout, record);
	else if (!session->inline_all)
		tb_table_print(stdout, record);
	if (fflush(stdout) && !err)
		err = -errno;
	tb_finish_where(session, args, record);
	return err ? tb_say_stdout(err) : TB_OK;
}
