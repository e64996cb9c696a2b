/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of journals and records: a folder, a test benchmark, and
 * launches with given samples, written as a run writes them.
 */
#ifndef TB_TEST_BOOK_H
#define TB_TEST_BOOK_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
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
#include "json.h"
#include "record/summary.h"
#include "publish.h"
#include "run/describe.h"
#include "run/record_from_journal.h"
#include "run/journal.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define STEM	     "made-up"
#define JOURNAL	     "." STEM ".journal"
#define NUMBERS	     "." STEM ".numbers"

enum { BOOK_TRIALS = 32, BOOK_ROOM = 2000 };
enum { LATENCY, LEFT, LEFT_REFERENCE, BOOK_METRICS };

static const struct tb_metric book_metrics[] = {
	[LATENCY] = { .name = "latency", .unit = TB_TSC, .headline = true },
	[LEFT] = { .name = "left-any",
		   .unit = TB_RATIO,
		   .within = TB_MEAN,
		   .trials = BOOK_TRIALS,
		   .reference = "left-any-reference",
		   .shown = true },
	[LEFT_REFERENCE] = { .name = "left-any-reference",
			     .unit = TB_RATIO,
			     .within = TB_MEAN,
			     .trials = BOOK_TRIALS },
	{ 0 }
};
static const struct tb_param book_params[] = {
	{ .name = "loop", .values = "a|b", .fallback = "a", .help = "" },
	{ .name = "size", .values = "4K..1G/4K", .fallback = "64K", .help = "" },
	{ 0 }
};
static const struct tb_bench book_bench = { .name = "fake/one",
					    .realm = TB_REALM_USER,
					    .version = 1,
					    .cpus = 1,
					    .metrics = book_metrics,
					    .params = book_params };

struct book {
	char path[64];
	int dir;
	struct tb_journal journal;
	size_t seq;
};

/* The first line of a journal: two rows, and a third that was skipped. */
static inline json_t *book_run(void)
{
	struct tb_variant v = { .bench = &book_bench, .value = { "a", "65536" } };
	json_t *run = json_quoted(
		"{'record': {'schema': 'tollbooth.run/2', 'run_id': '01a20001-e23d-7d00-9c18-7273f8223aeb',"
		"'started_at': '2026-11-21T21:27:33.181Z', 'finished_at': '2026-11-21T21:27:33.181Z',"
		"'complete': false, 'exit_reason': 'killed', 'class': 'vm',"
		"'tool': {'name': 'tollbooth', 'version': '0', 'commit': null, 'dirty': null, 'compiler': 'cc',"
		"'flags': '', 'build_type': null, 'libc': null, 'nulls': []},"
		"'suite': {'name': 'quick', 'command': ['tollbooth', 'run'], 'seed': 1, 'launches': 11,"
		"'precision': null, 'time_budget_s': null, 'cpus': [0], 'slot_ms': 1, 'events': [],"
		"'clock': {'tsc_hz': null, 'source': 'unknown'}},"
		"'host': {'nulls': [], 'topology_contradictions': [], 'cpu': {'number': 0, 'kind': null, 'kind_evidence': '', 'package': 0,"
		"'die': 0, 'cluster': null, 'node': 0, 'vendor': 'GenuineIntel', 'family': 6, 'model': 207, 'stepping': 2,"
		"'microcode': '0x1', 'name': 'cpu', 'cpuid_level': null, 'flags': [], 'cpuid': null, 'caches': [],"
		"'derived': {'uarch': 'Made Up', 'at_least': null, 'named': null, 'evidence': [],"
		"'contradictions': [], 'reason': null},"
		"'tsc_hz': null, 'tsc_source': null}, 'cpus_online': 2, 'memory_bytes': 1, 'topology': {}},"
		"'environment': {}, 'samples_file': null, 'fingerprint': {'cpu': 0, 'samples': 0, 'core_hz': null,"
		"'l1d_latency_cycles': null, 'l2_latency_cycles': null, 'l2_cycles_per_line': null,"
		"'tsc_step': null, 'xsave_bytes': null, 'xsave_max_bytes': null, 'nulls': []},"
		" 'benchmarks': [], 'x': {}}}");
	json_t *rows = json_path(run, "record.benchmarks");

	json_array_append_new(rows, tb_describe_row(&v, 2, NULL));
	v.value[0][0] = 'b';
	json_array_append_new(rows, tb_describe_row(&v, 2, NULL));
	snprintf(v.code, sizeof(v.code), "no-b");
	snprintf(v.reason, sizeof(v.reason), "this machine has none");
	json_array_append_new(rows, tb_describe_row(&v, 2, NULL));
	return run;
}

static inline int book_setup(void **state)
{
	struct book *book = calloc(1, sizeof(*book));
	const char *parent = getenv("TMPDIR");
	json_t *run;
	int err;

	*state = book;
	if (!book)
		return -1;
	snprintf(book->path, sizeof(book->path), "%.40s/tb-book-XXXXXX", parent ? parent : "/tmp");
	if (!mkdtemp(book->path)) {
		free(book);
		return -1;
	}
	book->dir = open(book->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	run = book_run();
	err = tb_journal_begin(&book->journal, book->dir, STEM, run);
	json_decref(run);
	return err;
}

static inline int book_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int book_teardown(void **state)
{
	struct book *book = *state;
	int err = nftw(book->path, book_remove, 16, FTW_DEPTH | FTW_PHYS);

	tb_journal_close(&book->journal);
	close(book->dir);
	free(book);
	return err;
}

/* A launch to fill: the core quiet, no sample yet. */
static inline struct tb_launch_shm *book_shm(void)
{
	struct tb_launch_shm *shm;
	int fd;

	assert_int_equal(tb_launch_shm_create(BOOK_METRICS, BOOK_ROOM, &fd, &shm), 0);
	close(fd);
	shm->gate.looks = 9;
	shm->gate.quiet = 4;
	shm->gate.floor = 1.25;
	shm->ns_warm = 2;
	shm->ns_sampled = 3;
	return shm;
}

static inline void book_put(struct tb_launch_shm *shm, unsigned int metric, enum tb_column column,
			    double value)
{
	assert_true(shm->count[metric][column] < BOOK_ROOM);
	tb_launch_shm_column(shm, metric, column)[shm->count[metric][column]++] = value;
}

/* Writes the launch as the harness would, and lets go of the shm. */
static inline void book_launch(struct book *book, size_t row, struct tb_launch_shm *shm,
			       enum tb_exit exit)
{
	struct tb_launch launch = { .exit = exit, .ns_fork = 1, .ns_reap = 4 };
	json_t *json;

	if (exit != TB_EXIT_OK)
		snprintf(launch.reason, sizeof(launch.reason), "it was %s", tb_exit_name(exit));
	assert_int_equal(tb_launch_shm_check(shm), 0);
	json = tb_describe_launch(&launch, shm, book->seq, book->seq);
	assert_non_null(json);
	book->seq++;
	assert_int_equal(tb_journal_launch(&book->journal, row, json, shm), 0);
	json_decref(json);
	tb_launch_shm_unmap(shm);
}

/* One whose latency is value - 1, value and value + 1, gated; ungated ten more. */
static inline void book_simple(struct book *book, size_t row, double value, enum tb_exit exit)
{
	struct tb_launch_shm *shm = book_shm();

	for (int i = -1; i <= 1; i++) {
		book_put(shm, LATENCY, TB_GATED, value + i);
		book_put(shm, LATENCY, TB_UNGATED, value + i + 10);
	}
	book_launch(book, row, shm, exit);
}

static inline void book_end(struct book *book)
{
	json_t *end = json_quoted(
		"{'finished_at': '2026-11-21T21:28:00Z', 'complete': true, 'exit_reason': 'done'}");

	assert_int_equal(tb_journal_end(&book->journal, end), 0);
	json_decref(end);
}

/* The journal, folded while it is open, as a run does. */
static inline struct tb_record book_to_record(struct book *book)
{
	struct tb_error why = { "" };
	struct tb_record record;

	if (tb_record_from_journal(&book->journal, &record, &why))
		fail_msg("not folded: %s", why.text);
	return record;
}

static inline json_t *book_at(const struct tb_record *record, const char *path)
{
	json_t *json = json_path(record->json, path);

	if (!json)
		fail_msg("no %s", path);
	return json;
}

static inline void assert_text(const struct tb_record *record, const char *path, const char *want)
{
	const char *got = json_string_value(book_at(record, path));

	if (!got || strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", path, got ? got : "no text", want);
}

/* cmocka's own comparison of doubles is too coarse. */
static inline void assert_number(const struct tb_record *record, const char *path, double want)
{
	const json_t *json = book_at(record, path);
	double got = json_number_value(json);

	if (!json_is_number(json) || !(fabs(got - want) <= 1e-12 * fabs(want)))
		fail_msg("%s is %.17g, not %.17g", path, got, want);
}

static inline void assert_null_at(const struct tb_record *record, const char *path)
{
	if (!json_is_null(book_at(record, path)))
		fail_msg("%s is not null", path);
}

static inline void assert_length(const struct tb_record *record, const char *path, size_t want)
{
	assert_int_equal(json_array_size(book_at(record, path)), want);
}

static inline off_t book_size(const struct book *book, const char *name)
{
	struct stat st;

	return fstatat(book->dir, name, &st, 0) ? -1 : st.st_size;
}

/* Tears off the end. */
static inline void book_cut(const struct book *book, const char *name, off_t bytes)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", book->path, name);
	assert_int_equal(truncate(path, book_size(book, name) - bytes), 0);
}

#endif
