// SPDX-License-Identifier: GPL-2.0-or-later
/* A session: its machine, its record and its files. The test plays the campaign. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "json_path.h"
#include "json_quoted.h"
#include "machine/affinity.h"
#include "measure/fingerprint.h"
#include "measure/sched.h"
#include "machine/environment.h"
#include "machine/host.h"
#include "json.h"
#include "publish.h"
#include "run/record_from_journal.h"
#include "run/session.h"

static struct {
	struct tb_clock_mark mark;
	char did[256];
	int begin_err, campaign_err, end_err, record_err, publish_err, host_err, realtime_err;
	struct tb_outcome outcome;
	json_t *run, *end; /* the journal's first line and its last */
	int left;	   /* the CPU that the harness left */
} given;

static int did(const char *what, int err)
{
	size_t used = strlen(given.did);

	snprintf(given.did + used, sizeof(given.did) - used, "%s ", what);
	return err;
}

static int given_cache(int cpu, unsigned int level, struct tb_place_cache *cache)
{
	*cache = (struct tb_place_cache){ .size_bytes = 1000 * (uint64_t)level + (uint64_t)cpu };
	return level == 3 ? -ENOENT : 0;
}

static int given_begin(const json_t *run)
{
	given.run = json_deep_copy(run);
	return did("begin", given.begin_err);
}

static int given_campaign(struct tb_outcome *outcome)
{
	*outcome = given.outcome;
	return did("campaign", given.campaign_err);
}

static int given_end(const json_t *end)
{
	given.end = json_deep_copy(end);
	return did("end", given.end_err);
}

static int given_record(struct tb_record *record)
{
	*record = (struct tb_record){ 0 };
	if (!given.record_err)
		record->json = json_quoted("{'suite': {'clock': {}}, 'host': {'cpu': {}}}");
	return did("fold", given.record_err);
}

static void given_fingerprint(struct tb_fingerprint *out)
{
	*out = (struct tb_fingerprint){ 0 };
}

static long given_sysconf(int name)
{
	return name == _SC_AVPHYS_PAGES ? 1000 : 4096;
}

#define tb_clock_mark()							    (given.mark)
#define tb_place_cache(place, cpu, level, code, into)			    ((void)(place), given_cache(cpu, level, into))
#define tb_host_of(root, cpu)						    json_object()
#define tb_environment_of(root, cpu)					    json_object()
#define tb_host_check(host, root, place)				    (given.host_err)
#define tb_realtime_try()						    (given.realtime_err)
#define tb_affinity_leave(cpu)						    (given.left = (cpu))
#define tb_fingerprint_take(cpu, l1d, l2, out)				    given_fingerprint(out)
#define tb_journal_begin(journal, dir, stem, run)			    ((void)(journal), given_begin(run))
#define tb_journal_end(journal, end)					    ((void)(journal), given_end(end))
#define tb_journal_close(journal)					    ((void)(journal), did("close", 0))
#define tb_journal_remove(journal)					    ((void)(journal), did("remove", 0))
#define tb_campaign(variants, stage, plan, launcher, journal, outcome, why) given_campaign(outcome)
#define tb_record_from_journal(journal, record, why)			    ((void)(journal), given_record(record))
#define tb_record_publish(record, dir, stem, why)			    did("publish", given.publish_err)
#define sysconf(name)							    given_sysconf(name)
#include "run/session.c"

static const struct tb_param no_params[] = { { 0 } };
static const struct tb_metric no_metrics[] = { { 0 } };
static const struct tb_bench guest = {
	.name = "fake/guest", .realm = TB_REALM_GUEST, .params = no_params, .metrics = no_metrics
};
static const struct tb_bench user = {
	.name = "fake/user", .realm = TB_REALM_USER, .params = no_params, .metrics = no_metrics
};

struct rig {
	struct tb_session s;
	struct tb_variant at[2];
	struct tb_variants variants;
	struct tb_plan plan;
	struct tb_journal journal;
	struct tb_record record;
	struct tb_outcome outcome;
	struct tb_error why;
};

static int open_rig(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	memset(&given, 0, sizeof(given));
	given.left = -1;
	given.mark = (struct tb_clock_mark){ 5000, 2000 };
	rig->s = (struct tb_session){ .suite = "quick", .dir = -1 };
	rig->s.stage.begin = (struct tb_clock_mark){ 1000, 1000 };
	snprintf(rig->s.folder, sizeof(rig->s.folder), "/a/folder");
	rig->at[0].bench = rig->at[1].bench = &user;
	rig->variants = (struct tb_variants){ rig->at, 2 };
	rig->plan = (struct tb_plan){ .seed = 5, .launches = 6, .slot_ms = 7, .quiet = true };
	return tb_sysroot_open(NULL, &rig->s.root) ||
	       tb_place_open("package:1 core:2 pu:2", &rig->s.place);
}

static int close_rig(void **state)
{
	struct rig *rig = *state;

	json_decref(given.run);
	json_decref(given.end);
	tb_record_free(&rig->record);
	tb_session_close(&rig->s);
	free(rig);
	return 0;
}

static void stage(void **state)
{
	struct rig *rig = *state;

	rig->s.stage.cpu[0] = 3;
	given.realtime_err = -EPERM;
	assert_int_equal(look_around(&rig->s), 0);
	assert_int_equal(rig->s.stage.cache[1], 1003);
	assert_int_equal(rig->s.stage.cache[2], 2003);
	assert_int_equal(rig->s.stage.cache[3], 0);
	assert_int_equal(rig->s.stage.memory, 4096000);
	assert_int_equal(rig->s.stage.realtime, -EPERM);
	json_decref(rig->s.host);
	json_decref(rig->s.environment);
	given.host_err = -EREMOTE;
	assert_int_equal(look_around(&rig->s), -EREMOTE);
}

/* The harness waits on another CPU than the one that it measures. */
static void leaves_the_cpu(void **state)
{
	struct rig *rig = *state;
	struct tb_session s;
	struct tb_error why = { "" };

	(void)rig;
	assert_int_equal(tb_session_open(&s, "quick", tb_no_output, NULL, 0, NULL, &why), 0);
	assert_int_equal(given.left, s.stage.cpu[0]);
	assert_int_equal(s.stage.begin.tsc, 5000);
	tb_session_close(&s);
}

static void run_session(struct rig *rig, int want)
{
	memset(given.did, 0, sizeof(given.did));
	json_decref(given.run);
	json_decref(given.end);
	given.run = given.end = NULL;
	if (!rig->s.host) {
		rig->s.host = json_object();
		rig->s.environment = json_quoted("{'virtualization': {'class': 'vm'}}");
	}
	tb_record_free(&rig->record);
	rig->why.text[0] = '\0';
	assert_int_equal(tb_session_run(&rig->s, &rig->variants, &rig->plan, &rig->journal,
					&rig->record, &rig->outcome, &rig->why),
			 want);
}

static double number_at(json_t *json, const char *path)
{
	const json_t *at = json_path(json, path);

	if (!json_is_number(at))
		fail_msg("%s is no number", path);
	return json_number_value(at);
}

static const char *text_at(json_t *json, const char *path)
{
	const char *text = json_string_value(json_path(json, path));

	if (!text)
		fail_msg("%s is no text", path);
	return text;
}

/* 4000 TSC cycles in 1000 ns since the session began. */
static void clock_of_the_run(void **state)
{
	struct rig *rig = *state;

	run_session(rig, 0);
	assert_string_equal(given.did, "begin campaign end fold ");
	assert_true(number_at(rig->record.json, "suite.clock.tsc_hz") == 4e9);
	assert_string_equal(text_at(rig->record.json, "suite.clock.source"), "clock_monotonic_raw");
	assert_true(number_at(rig->record.json, "host.cpu.tsc_hz") == 4e9);
	/* A clock that stood still has no rate. */
	given.mark = rig->s.stage.begin;
	run_session(rig, 0);
	assert_null(json_path(rig->record.json, "suite.clock.tsc_hz"));
}

static void ends(void **state)
{
	static const struct {
		enum tb_end end;
		bool complete;
		const char *reason;
	} ends[] = { { TB_END_DONE, true, "done" },
		     { TB_END_BUDGET, false, "time-budget" },
		     { TB_END_SIGNAL, false, "signal" } };
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		given.outcome.end = ends[i].end;
		run_session(rig, 0);
		assert_int_equal(json_is_true(json_path(given.end, "complete")), ends[i].complete);
		assert_string_equal(text_at(given.end, "exit_reason"), ends[i].reason);
		/* Until then it is one that was killed. */
		assert_true(json_is_false(json_path(given.run, "record.complete")));
		assert_string_equal(text_at(given.run, "record.exit_reason"), "killed");
	}
}

static void suites(void **state)
{
	struct rig *rig = *state;

	run_session(rig, 0);
	assert_true(number_at(given.run, "record.suite.seed") == 5);
	assert_true(number_at(given.run, "record.suite.launches") == 6);
	assert_true(number_at(given.run, "record.suite.slot_ms") == 7);
	assert_true(json_is_null(json_path(given.run, "record.suite.precision")));
	assert_true(json_is_null(json_path(given.run, "record.suite.time_budget_s")));
	rig->plan.precision = 0.25;
	rig->plan.budget_s = 90;
	run_session(rig, 0);
	assert_true(number_at(given.run, "record.suite.precision") == 0.25);
	assert_true(number_at(given.run, "record.suite.time_budget_s") == 90);
	assert_int_equal(json_array_size(json_path(given.run, "record.benchmarks")), 2);
}

/* Nested: each benchmark measures in a guest, and this machine is one itself. */
static void classes(void **state)
{
	struct rig *rig = *state;

	run_session(rig, 0);
	assert_string_equal(text_at(given.run, "record.class"), "vm");
	rig->at[0].bench = &guest;
	run_session(rig, 0);
	assert_string_equal(text_at(given.run, "record.class"), "vm");
	rig->at[1].bench = &guest;
	run_session(rig, 0);
	assert_string_equal(text_at(given.run, "record.class"), "nested");
	json_object_set_new(json_object_get(rig->s.environment, "virtualization"), "class",
			    json_string("bare-metal"));
	run_session(rig, 0);
	assert_string_equal(text_at(given.run, "record.class"), "bare-metal");
	json_object_set_new(json_object_get(rig->s.environment, "virtualization"), "class",
			    json_string("vm"));
	rig->variants.n = 0;
	run_session(rig, 0);
	assert_string_equal(text_at(given.run, "record.class"), "vm");
}

/* What was measured before an error stays in the journal, and who reads it is told how to get it. */
static void errors(void **state)
{
	static const struct {
		int *err;
		const char *did;
	} errors[] = { { &given.campaign_err, "begin campaign close " },
		       { &given.end_err, "begin campaign end close " },
		       { &given.record_err, "begin campaign end fold close " } };
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		*errors[i].err = -EIO;
		run_session(rig, -EIO);
		assert_string_equal(given.did, errors[i].did);
		assert_non_null(strstr(rig->why.text, "tollbooth recover /a/folder"));
		*errors[i].err = 0;
	}
	given.begin_err = -EEXIST;
	run_session(rig, -EEXIST);
	assert_string_equal(given.did, "begin ");
	assert_non_null(strstr(rig->why.text, "a killed run of this name left one: recover it"));
}

/* The journal goes when the record is there, and not before. */
static void publishing(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(tb_session_publish(&rig->s, &rig->journal, &rig->record, &rig->why), 0);
	assert_string_equal(given.did, "publish remove close ");
	memset(given.did, 0, sizeof(given.did));
	given.publish_err = -ENOSPC;
	assert_int_equal(tb_session_publish(&rig->s, &rig->journal, &rig->record, &rig->why),
			 -ENOSPC);
	assert_string_equal(given.did, "publish close ");
	assert_non_null(strstr(rig->why.text, "tollbooth recover /a/folder"));
}

/* Of those that --cpus leaves the last; nothing that may not be used. */
static void cpus(void **state)
{
	struct rig *rig = *state;
	struct tb_error why = { "" };

	assert_int_equal(choose_cpus(&rig->s, NULL, &why), 0);
	assert_int_equal(rig->s.stage.cpu[0], 3);
	assert_int_equal(choose_cpus(&rig->s, "0,2", &why), 0);
	assert_int_equal(rig->s.stage.cpu[0], 2);
	assert_ptr_equal(rig->s.stage.place, rig->s.place);
	assert_int_equal(choose_cpus(&rig->s, "1-2", &why), -EINVAL);
	assert_non_null(strstr(why.text, "this process may not use all of them"));
	assert_int_equal(choose_cpus(&rig->s, "two", &why), -EINVAL);
	assert_int_equal(rig->s.stage.cpu[0], 2);
}

#define session_test(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		session_test(stage),  session_test(leaves_the_cpu), session_test(clock_of_the_run),
		session_test(ends),   session_test(suites),	    session_test(classes),
		session_test(errors), session_test(publishing),	    session_test(cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
