// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/session.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "record/environment.h"
#include "record/host.h"
#include "record/json.h"
#include "record/publish.h"
#include "record/text.h"
#include "run/describe.h"
#include "run/fold.h"
#include "version.h"

static bool is_folder(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* Like mkdir -p. */
static int make_folders(const char *path)
{
	char part[4096];

	for (size_t i = 1; path[i - 1]; i++) {
		if (path[i] && path[i] != '/')
			continue;
		snprintf(part, sizeof(part), "%.*s", (int)i, path);
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int tb_default_folder(char *out, size_t bytes)
{
	char program[4096], marker[4200];
	const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (n < 0)
		return -errno;
	program[n] = '\0';
	/* CHECKOUT/build/tollbooth, or a preset's CHECKOUT/build/asan/tollbooth. */
	for (int up = 0; up < 3 && (slash = strrchr(program, '/')); up++) {
		*slash = '\0';
		snprintf(marker, sizeof(marker), "%s/results/tollbooth.run-1.schema.json", program);
		if (up && !access(marker, F_OK)) {
			snprintf(out, bytes, "%s/results/local", program);
			return 0;
		}
	}
	if (xdg && xdg[0] == '/')
		snprintf(out, bytes, "%s/tollbooth", xdg);
	else if (home && home[0] == '/')
		snprintf(out, bytes, "%s/.local/share/tollbooth", home);
	else
		return -ENOENT;
	return 0;
}

static void default_stem(const char *suite, char *out, size_t bytes)
{
	char id[37] = "";
	time_t now = time(NULL);
	struct tm tm;
	size_t n = strftime(out, bytes, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &tm));

	tb_run_id(id);
	snprintf(out + n, bytes - n, "-%s-%.6s", suite, id + 30);
}

/* "-": a folder of our own for the journal, removed at the end. */
static int scratch_folder(struct tb_session *s)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(s->folder, sizeof(s->folder), "%s/tollbooth.XXXXXX",
		 tmp && tmp[0] == '/' ? tmp : "/tmp");
	s->inline_all = true;
	if (!mkdtemp(s->folder))
		return -errno;
	s->scratch = true;
	return 0;
}

bool tb_stem_fits(const char *stem)
{
	size_t length = strlen(stem);

	return length && length < TB_STEM_MAX && stem[0] != '.' &&
	       strspn(stem, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") ==
		       length;
}

/* What publishing would find in its way after all the measuring. */
static bool is_taken(const struct tb_session *s)
{
	static const char *const kinds[] = { "json", "samples.zst" };
	char path[sizeof(s->folder) + TB_STEM_MAX + 16];
	struct stat st;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s.%s", s->folder, s->stem, kinds[i]);
		if (!lstat(path, &st))
			return true;
	}
	return false;
}

static int split_output(struct tb_session *s, const char *output, struct tb_complaint *why)
{
	const char *slash = strrchr(output, '/');
	const char *name = slash ? slash + 1 : output;
	size_t length = strlen(name);

	if (length > 5 && !strcmp(name + length - 5, ".json"))
		length -= 5;
	snprintf(s->stem, sizeof(s->stem), "%.*s", (int)length, name);
	/* The side file's name goes into the record, where the schema keeps it plain. */
	if (length >= sizeof(s->stem) || !tb_stem_fits(s->stem))
		return tb_complain(
			why, -EINVAL,
			"%s: a record's name holds letters, digits, '.', '_' and '-', no "
			"leading '.', and under %d of them",
			output, TB_STEM_MAX);
	if (!slash)
		snprintf(s->folder, sizeof(s->folder), ".");
	else
		snprintf(s->folder, sizeof(s->folder), "%.*s",
			 slash == output ? 1 : (int)(slash - output), output);
	if (!access(output, F_OK) || is_taken(s))
		return tb_complain(why, -EEXIST,
				   "%s exists, and a record is never replaced: choose another name",
				   output);
	return 0;
}

static int choose_output(struct tb_session *s, const char *output, struct tb_complaint *why)
{
	int err = 0;

	default_stem(s->suite, s->stem, sizeof(s->stem));
	if (!output) {
		err = tb_default_folder(s->folder, sizeof(s->folder));
		if (!err)
			err = make_folders(s->folder);
	} else if (!output[0] || strlen(output) >= sizeof(s->folder)) {
		return tb_complain(why, -EINVAL, "-o: %s path; give a file, a folder or -",
				   output[0] ? "too long a" : "an empty");
	} else if (!strcmp(output, "-")) {
		err = scratch_folder(s);
	} else if (is_folder(output) || output[strlen(output) - 1] == '/') {
		snprintf(s->folder, sizeof(s->folder), "%s", output);
		err = make_folders(s->folder);
	} else {
		err = split_output(s, output, why);
		if (err)
			return err;
	}
	if (!err) {
		s->dir = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = s->dir < 0 ? -errno : 0;
	}
	if (err)
		return tb_complain(why, err, "%s: %s; choose a folder with %s",
				   s->folder[0] ? s->folder : "-o", strerror(-err),
				   s->inline_all ? "TMPDIR" : "-o");
	tb_publish_sweep(s->dir);
	return 0;
}

/* Role 0 gets the highest CPU of the fastest kind, of those that --cpus leaves. */
static int choose_cpus(struct tb_session *s, const char *cpus, struct tb_complaint *why)
{
	const char *reason = "out of memory";
	int *list = NULL, err = 0;
	size_t n = 0;

	if (cpus) {
		if (tb_place_parse_cpus(cpus, &list, &n, &reason))
			return tb_complain(why, -EINVAL, "--cpus %s: %s", cpus, reason);
		err = tb_place_restrict(s->place, list, n);
		free(list);
	}
	if (err)
		return tb_complain(
			why, -EINVAL,
			"--cpus %s: not all of them may be used here: see taskset -p and cpusets",
			cpus);
	s->stage.place = s->place;
	s->stage.cpu[0] = tb_place_default_cpu(s->place);
	if (s->stage.cpu[0] < 0)
		return tb_complain(why, -EINVAL,
				   "no CPU may be used by this process: see taskset -p");
	return 0;
}

static void look_around(struct tb_session *s)
{
	for (unsigned int level = 1; level <= 3; level++) {
		struct tb_place_cache cache;

		if (!tb_place_cache(s->place, s->stage.cpu[0], level, false, &cache))
			s->stage.cache[level] = cache.size_bytes;
	}
	s->stage.memory = (size_t)sysconf(_SC_AVPHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
	s->host = tb_host(&s->root);
	s->environment = tb_environment(&s->root);
}

/* Out of the way of the CPU that is measured, where there is another. */
static void step_aside(const struct tb_session *s)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) || s->stage.cpu[0] >= CPU_SETSIZE)
		return;
	CPU_CLR(s->stage.cpu[0], &set);
	if (CPU_COUNT(&set))
		sched_setaffinity(0, sizeof(set), &set);
}

int tb_session_open(struct tb_session *s, const char *suite, const char *output, const char *cpus,
		    int argc, char **argv, struct tb_complaint *why)
{
	int err;

	*s = (struct tb_session){ .suite = suite, .argc = argc, .argv = argv, .dir = -1 };
	s->stage.begin = tb_clock_mark();
	err = tb_sysroot_open(NULL, &s->root);
	if (!err)
		err = tb_place_open(NULL, &s->place);
	if (err)
		return tb_complain(why, err, "the machine's topology cannot be read: %s",
				   strerror(-err));
	err = choose_cpus(s, cpus, why);
	if (!err)
		err = choose_output(s, output, why);
	if (!err)
		err = tb_launcher_open(&s->launcher);
	if (err)
		return err;
	look_around(s);
	step_aside(s);
	return s->host && s->environment ? 0 : -ENOMEM;
}

void tb_session_close(struct tb_session *s)
{
	if (s->scratch)
		rmdir(s->folder);
	json_decref(s->host);
	json_decref(s->environment);
	if (s->dir >= 0) {
		close(s->dir);
		tb_launcher_close(&s->launcher);
	}
	tb_place_close(s->place);
	tb_sysroot_close(&s->root);
}

/* The smallest step between two readings: gcd of some differences. */
static double tsc_step(void)
{
	uint64_t step = 0, last = tb_clock_now();

	for (int i = 0; i < 1000; i++) {
		uint64_t now = tb_clock_now(), a = now - last, b = step;

		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		step = a;
		last = now;
	}
	return (double)step;
}

static json_t *describe_suite(const struct tb_session *s, const struct tb_plan *plan)
{
	json_t *command = json_array(), *cpus = json_array();

	for (int i = 0; i < s->argc; i++)
		json_array_append_new(command, i ? tb_text(s->argv[i], strnlen(s->argv[i], 4096))
						 : json_string("tollbooth"));
	for (int cpu = 0; cpu < TB_PLACE_CPUS_MAX; cpu++)
		if (tb_place_allowed(s->place, cpu))
			json_array_append_new(cpus, json_integer(cpu));
	return json_pack("{s:s,s:o,s:I,s:I,s:o,s:o,s:o,s:i,s:{s:n,s:s}}", "name", s->suite,
			 "command", command, "seed", (json_int_t)plan->seed, "launches",
			 (json_int_t)plan->launches, "precision",
			 plan->precision > 0 ? json_real(plan->precision) : json_null(),
			 "time_budget_s",
			 plan->budget_s > 0 ? json_real(plan->budget_s) : json_null(), "cpus", cpus,
			 "slot_ms", (int)plan->slot_ms, "clock", "tsc_hz", "source", "unknown");
}

static json_t *describe_run(const struct tb_session *s, const struct tb_variants *variants,
			    const struct tb_plan *plan)
{
	json_t *rows = json_array();
	json_t *class = (json_t *)tb_json_at(s->environment, "virtualization.class");
	char id[37] = "", now[32];
	double step = tsc_step();

	for (size_t i = 0; i < variants->n; i++)
		json_array_append_new(rows, tb_describe_row(&variants->at[i], step));
	tb_run_id(id);
	tb_time_text(now, sizeof(now));
	return json_pack(
		"{s:{s:s,s:s,s:s,s:s,s:b,s:s,s:O,s:{s:s,s:s,s:s},s:o,s:O,s:O,s:n,s:o,s:{}}}",
		"record", "schema", TB_RECORD_SCHEMA, "run_id", id, "started_at", now,
		"finished_at", now, "complete", 0, "exit_reason", "killed", "class", class, "tool",
		"name", "tollbooth", "version", TB_VERSION, "compiler", __VERSION__, "suite",
		describe_suite(s, plan), "host", s->host, "environment", s->environment,
		"samples_file", "benchmarks", rows, "x");
}

/* What is known only at the end. The longer the run, the better the TSC is known. */
static json_t *describe_end(const struct tb_session *s, const struct tb_outcome *outcome)
{
	char now[32];

	(void)s;
	tb_time_text(now, sizeof(now));
	return json_pack("{s:s,s:b,s:s}", "finished_at", now, "complete",
			 outcome->end == TB_END_DONE, "exit_reason", tb_end_name(outcome->end));
}

static void set_clock(const struct tb_session *s, json_t *record)
{
	struct tb_clock_rate rate = tb_clock_rate(s->stage.begin, tb_clock_mark());
	json_t *cpu = json_object_get(json_object_get(record, "host"), "cpu");
	json_t *clock = json_object_get(json_object_get(record, "suite"), "clock");

	if (!(rate.hz > 0))
		return;
	json_object_set_new(cpu, "tsc_hz", json_real(rate.hz));
	json_object_set_new(cpu, "tsc_source", json_string(rate.source));
	json_object_set_new(clock, "tsc_hz", json_real(rate.hz));
	json_object_set_new(clock, "source", json_string(rate.source));
}

int tb_session_run(struct tb_session *s, struct tb_variants *variants, const struct tb_plan *plan,
		   struct tb_journal *journal, struct tb_record *record, struct tb_outcome *outcome,
		   struct tb_complaint *why)
{
	json_t *run = describe_run(s, variants, plan), *end;
	int err = run ? tb_journal_begin(journal, s->dir, s->stem, run) : -ENOMEM;

	json_decref(run);
	if (err)
		return tb_complain(why, err, "%s: no journal can be written: %s; %s", s->folder,
				   strerror(-err),
				   err == -EEXIST ? "recover what a killed run of this name left"
						  : "choose a folder with -o");
	err = tb_campaign(variants, &s->stage, plan, &s->launcher, journal, outcome, why);
	if (!err) {
		end = describe_end(s, outcome);
		err = tb_journal_end(journal, end);
		json_decref(end);
		if (err)
			tb_complain(why, err, "%s: the journal could not be written: %s", s->folder,
				    strerror(-err));
	}
	if (!err)
		err = tb_fold(journal, record, why);
	if (err) {
		size_t used;

		tb_complain(why, err, "%s", strerror(-err));
		used = strlen(why->text);
		snprintf(why->text + used, sizeof(why->text) - used,
			 "; the journal is kept: mend it and run tollbooth recover %s", s->folder);
		tb_journal_close(journal);
		return err;
	}
	set_clock(s, record->json);
	return 0;
}

int tb_session_publish(struct tb_session *s, struct tb_journal *journal, struct tb_record *record,
		       struct tb_complaint *why)
{
	int err = s->inline_all ? tb_record_inline(record)
				: tb_record_publish(record, s->dir, s->stem, why);

	if (!err)
		tb_journal_remove(journal);
	tb_journal_close(journal);
	return err;
}

void tb_session_discard(struct tb_journal *journal)
{
	tb_journal_remove(journal);
	tb_journal_close(journal);
}
