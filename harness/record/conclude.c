// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "record/record.h"
#include "stats/describe.h"

/* Derives a row's checks, status and reason from its launches. */

enum { OVERHEADS = 256 }; /* an overhead is the median of at most so many launches */

struct tally {
	size_t launches, failed, stopped;
	double quiet, disturbed;
	const char *why; /* of the first launch that failed */
	bool broken;	 /* it ended before its checks */
};

static struct tally tally_of(const json_t *row)
{
	struct tally t = { 0 };
	const json_t *launch;
	size_t i;

	json_array_foreach(json_object_get(row, "launches"), i, launch) {
		const json_t *gate = json_object_get(launch, "gate");

		if (!strcmp(tb_json_text(launch, "exit", ""), "stopped")) {
			t.stopped++;
			continue;
		}
		t.launches++;
		/* In a disturbed launch the samples that passed the gate were not quiet either. */
		if (tb_launch_disturbed(launch)) {
			t.disturbed += tb_json_number(gate, "quiet", 0) +
				       tb_json_number(gate, "disturbed", 0);
			continue;
		}
		if (!tb_launch_counts(launch)) {
			t.failed++;
			if (!t.why) {
				t.why = tb_json_text(launch, "reason", "no reason given");
				t.broken = strcmp(tb_json_text(launch, "exit", ""), "check-failed");
			}
			continue;
		}
		t.quiet += tb_json_number(gate, "quiet", 0);
		t.disturbed += tb_json_number(gate, "disturbed", 0);
	}
	return t;
}

/* The result of each check: {name, want, got: "10 of 10 launches, 0.993..1.004", pass}. */
static json_t *checks_of(const json_t *row)
{
	json_t *checks = json_array(), *check;
	const json_t *launch, *one;
	size_t i, j;

	json_array_foreach(json_object_get(row, "launches"), i, launch)
		json_array_foreach(json_object_get(launch, "checks"), j, one) {
			const char *name = tb_json_text(one, "name", "");

			check = (json_t *)tb_json_named(checks, name);
			if (!check) {
				check = json_pack("{s:s,s:s,s:i,s:i}", "name", name, "want",
						  tb_json_text(one, "want", ""), "of", 0, "passed",
						  0);
				json_array_append_new(checks, check);
			}
			json_object_set_new(
				check, "of",
				json_integer((json_int_t)tb_json_number(check, "of", 0) + 1));
			json_object_set_new(
				check, "passed",
				json_integer((json_int_t)tb_json_number(check, "passed", 0) +
					     json_is_true(json_object_get(one, "pass"))));
		}
	json_array_foreach(checks, i, check) {
		double of = tb_json_number(check, "of", 1),
		       passed = tb_json_number(check, "passed", 0);
		char got[64];

		snprintf(got, sizeof(got), "%.0f of %.0f launches", passed, of);
		json_object_set_new(check, "got", json_string(got));
		json_object_set_new(check, "pass",
				    json_boolean(of - passed <= of * TB_FAILED_SHARE));
		json_object_del(check, "of");
		json_object_del(check, "passed");
	}
	return checks;
}

static void set_status(json_t *row, const char *status, const char *code, const char *reason,
		       const char *remedy)
{
	json_object_set_new(row, "status", json_string(status));
	json_object_set_new(row, "reason_code", code ? json_string(code) : json_null());
	json_object_set_new(row, "reason", reason ? json_string(reason) : json_null());
	json_object_set_new(row, "remedy", remedy ? json_string(remedy) : json_null());
}

/* The largest relative half-width of the headlines; 0 without an interval. */
static double worst_headline(const json_t *row)
{
	const json_t *metric;
	double worst = 0;
	size_t i;

	json_array_foreach(json_object_get(row, "metrics"), i, metric) {
		double width = tb_relative_width(metric);

		if (json_is_true(json_object_get(metric, "headline")) && width > worst)
			worst = width;
	}
	return worst;
}

double tb_relative_width(const json_t *metric)
{
	const json_t *summary = json_object_get(metric, "summary");
	const json_t *ci = json_object_get(summary, "ci");
	double m = tb_json_number(summary, "estimate", 0);
	double lo = m - tb_json_number(ci, "lo", m), hi = tb_json_number(ci, "hi", m) - m;

	return m > 0 ? (lo > hi ? lo : hi) / m : 0;
}

static void conclude_status(json_t *row, const struct tally *t)
{
	double looked = t->quiet + t->disturbed;
	char reason[1024];

	if (t->launches && (double)t->failed > (double)t->launches * TB_FAILED_SHARE) {
		snprintf(reason, sizeof(reason), "%zu of %zu launches do not count: %.900s",
			 t->failed, t->launches, t->why);
		set_status(
			row, "failed", "launches-failed", reason,
			t->broken
				? "correct the cause and run again"
				: "see the record's checks; a busy neighbour can fail the controls; run again");
	} else if (looked > 0 && t->quiet < looked * TB_QUIET_SHARE) {
		snprintf(reason, sizeof(reason),
			 "the core was quiet for %.0f %% of the gated samples",
			 100 * t->quiet / looked);
		set_status(row, "noisy", "noisy-core", reason,
			   "stop other tasks on this core and its sibling");
	} else if (!t->launches || t->launches == t->failed) {
		set_status(row, "failed", "no-launch", "no launch was made before the run ended",
			   "run longer");
	} else if (worst_headline(row) > TB_UNSTABLE) {
		snprintf(reason, sizeof(reason),
			 "the launches differ: the interval reaches %.1f %% from the estimate",
			 100 * worst_headline(row));
		set_status(row, "unstable", "wide-interval", reason,
			   "use more launches (--launches) or a quieter machine");
	} else {
		set_status(row, "ok", NULL, NULL, NULL);
	}
}

/* A row with failed launches or without a quiet core keeps its figures, without a verdict. */
static void withhold_verdicts(json_t *row)
{
	const char *status = tb_json_text(row, "status", "");
	json_t *metric, *excess;
	size_t i;

	if (strcmp(status, "failed") != 0 && strcmp(status, "noisy") != 0)
		return;
	json_array_foreach(json_object_get(row, "metrics"), i, metric) {
		excess = json_object_get(json_object_get(metric, "summary"), "excess");
		if (json_is_object(excess))
			json_object_set_new(excess, "empty", json_null());
	}
}

/* Collects the values of a control from the selected launches. */
static size_t control_values(const json_t *row, const char *name, bool (*wanted)(const json_t *),
			     double x[OVERHEADS])
{
	const json_t *launch;
	size_t i, n = 0;

	json_array_foreach(json_object_get(row, "launches"), i, launch) {
		const json_t *value = json_object_get(json_object_get(launch, "controls"), name);

		if (wanted(launch) && json_is_number(value) && n < OVERHEADS)
			x[n++] = json_number_value(value);
	}
	return n;
}

/*
 * The overhead of a metric's windows: the median over the launches that count. If none counts, over
 * the disturbed launches, whose ungated samples are reported.
 */
static json_t *overhead_of(const json_t *row, const json_t *metric)
{
	double x[OVERHEADS], median;
	char name[80];
	size_t n;

	snprintf(name, sizeof(name), "overhead-%.64s", tb_json_text(metric, "name", ""));
	n = control_values(row, name, tb_launch_counts, x);
	if (!n)
		n = control_values(row, name, tb_launch_disturbed, x);
	return tb_stats_median(x, n, &median) ? json_null() : json_real(median);
}

/*
 * A metric without a figure always has a reason: its own, the row's if no launch counts, or that no
 * launch that counts has a sample of it.
 */
static void explain_nulls(json_t *row, const struct tally *t)
{
	const char *why = tb_json_text(row, "reason", NULL);
	json_t *metric;
	size_t i;

	if (!why || t->launches > t->failed)
		why = "no launch that counts has a sample of it";
	json_array_foreach(json_object_get(row, "metrics"), i, metric)
		if (json_is_null(json_object_get(metric, "summary")) &&
		    !tb_json_text(metric, "reason", "")[0])
			json_object_set_new(metric, "reason", json_string(why));
}

int tb_row_conclude(const struct tb_record *record, json_t *row)
{
	struct tally t = tally_of(row);
	double looked = t.quiet + t.disturbed;
	json_t *metric, *summary;
	size_t i;

	json_array_foreach(json_object_get(row, "metrics"), i, metric) {
		summary = tb_summary(record, row, metric);
		if (!summary)
			return -ENOMEM;
		json_object_set_new(metric, "summary", summary);
		json_object_set_new(metric, "overhead", overhead_of(row, metric));
	}
	json_object_set_new(row, "quiet_share",
			    looked > 0 ? json_real(t.quiet / looked) : json_null());
	json_object_set_new(row, "checks", checks_of(row));
	conclude_status(row, &t);
	withhold_verdicts(row);
	explain_nulls(row, &t);
	return 0;
}

/*
 * Whether two values are equal. Numbers may differ in the last digits, as another libm may round
 * differently.
 */
static bool same_json(const json_t *a, const json_t *b)
{
	const json_t *value;
	const char *key;
	size_t i;

	if (json_is_number(a) && json_is_number(b)) {
		double x = json_number_value(a), y = json_number_value(b);

		return fabs(x - y) <= 1e-9 * fmax(fabs(x), fabs(y)) + 1e-300;
	}
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_object(a)) {
		if (json_object_size(a) != json_object_size(b))
			return false;
		json_object_foreach((json_t *)a, key, value)
			if (!json_object_get(b, key) || !same_json(value, json_object_get(b, key)))
				return false;
		return true;
	}
	if (json_is_array(a)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		json_array_foreach(a, i, value)
			if (!same_json(value, json_array_get(b, i)))
				return false;
		return true;
	}
	return json_equal(a, b);
}

static int check_row(const struct tb_record *record, const json_t *row, struct tb_error *why)
{
	static const char *const derived[] = { "status", "checks", "quiet_share", "reason_code" };
	json_t *again = json_deep_copy(row);
	const json_t *metric;
	char text[256];
	size_t i;
	int err = again ? tb_row_conclude(record, again) : -ENOMEM;

	tb_row_text(row, text, sizeof(text));
	json_array_foreach(json_object_get(row, "metrics"), i, metric) {
		const json_t *fresh = json_array_get(json_object_get(again, "metrics"), i);

		if (!err && (!same_json(json_object_get(metric, "summary"),
					json_object_get(fresh, "summary")) ||
			     !same_json(json_object_get(metric, "overhead"),
					json_object_get(fresh, "overhead"))))
			err = tb_error(why, -EINVAL,
				       "%s: the summary of %s does not follow from the samples",
				       text, tb_json_text(metric, "name", "?"));
		if (!err && json_is_null(json_object_get(metric, "summary")) &&
		    !tb_json_text(metric, "reason", "")[0])
			err = tb_error(why, -EINVAL, "%s: %s is null without a reason", text,
				       tb_json_text(metric, "name", "?"));
	}
	for (i = 0; i < sizeof(derived) / sizeof(derived[0]) && !err; i++)
		if (!same_json(json_object_get(row, derived[i]),
			       json_object_get(again, derived[i])))
			err = tb_error(why, -EINVAL, "%s: %s does not follow from the launches",
				       text, derived[i]);
	json_decref(again);
	return err;
}

int tb_record_validate(const struct tb_record *record, struct tb_error *why)
{
	const json_t *row;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row) {
		if (strcmp(tb_json_text(row, "status", ""), "skipped"))
			err = check_row(record, row, why);
		else if (json_array_size(json_object_get(row, "launches")) ||
			 json_array_size(json_object_get(row, "metrics")))
			err = tb_error(why, -EINVAL,
				       "benchmarks[%zu]: skipped, yet it has launches or metrics",
				       i);
		if (err)
			break;
	}
	return err;
}
