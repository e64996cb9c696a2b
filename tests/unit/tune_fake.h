/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tune.c with played campaigns: it is included as text, and the functions that it calls to measure
 * and to end are the test's. Include it after cmocka.h, in one file.
 */
#ifndef TB_TEST_TUNE_FAKE_H
#define TB_TEST_TUNE_FAKE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* In the text of tune.c these are the test's. */
#define l1d_tune	     tested_tune
#define l1d_hypervised	     fake_hypervised
#define tb_clock_ns	     fake_ns
#define tb_run_beside_others fake_run
#define tb_session_open	     fake_open
#define tb_session_close     fake_close
#define tb_session_discard   fake_discard
#define tb_session_publish   fake_publish
#define tb_finish_where	     fake_where
#define tb_record_write	     fake_write
#include "l1d/tune.c" // NOLINT(bugprone-suspicious-include)

enum { KIB = 1 << 10, SECOND = 1000000000 };

extern const struct tb_tune tested_tune;

/* The machine: what each flush leaves there and costs; and what happens in the two campaigns. */
static struct {
	bool guest, no_l1d, inline_all;
	unsigned long empty_from[2]; /* the kernel's loop, in the search and confirmed */
	double ns;
	enum tb_end end[2];
	int err[2], open_err, publish_err, write_err;
	const char *status;

	/* What was done. */
	unsigned int runs, opened, closed, discarded, published, where, written;
	struct tb_plan plan[2];
	char variants[2][65536];
	json_t *json;
} fake;

bool fake_hypervised(void)
{
	return fake.guest;
}

uint64_t fake_ns(void)
{
	return (uint64_t)fake.ns;
}

int fake_open(struct tb_session *session, const char *suite, const char *output, const char *cpus,
	      int argc, char **argv, struct tb_error *why)
{
	(void)output;
	(void)cpus;
	(void)argc;
	(void)argv;
	(void)why;
	fake.opened++;
	*session = (struct tb_session){ .suite = suite, .inline_all = fake.inline_all };
	session->stage.cpu[0] = 3;
	session->stage.cache[1] = fake.no_l1d ? 0 : 48 * KIB;
	return fake.open_err;
}

void fake_close(struct tb_session *session)
{
	(void)session;
	fake.closed++;
}

void fake_discard(struct tb_journal *journal)
{
	(void)journal;
	fake.discarded++;
	assert_int_equal(fake.runs, 1);
}

int fake_publish(struct tb_session *session, struct tb_journal *journal, struct tb_record *record,
		 struct tb_error *why)
{
	(void)session;
	(void)journal;
	(void)why;
	fake.published++;
	assert_int_equal(fake.runs, 2);
	json_decref(fake.json);
	fake.json = json_deep_copy(record->json);
	return fake.publish_err;
}

void fake_where(struct tb_session *session, const struct tb_args *args,
		const struct tb_record *record)
{
	(void)session;
	(void)args;
	(void)record;
	fake.where++;
}

int fake_write(const json_t *json, int fd)
{
	(void)json;
	assert_int_equal(fd, STDOUT_FILENO);
	fake.written++;
	return fake.write_err;
}

static const char *value_of(const struct tb_variant *v, const char *name)
{
	return v->value[tb_bench_param(v->bench, name, strlen(name))];
}

/*
 * chase costs 3 cycles a line and store 5, prefetcht0 1 without ever emptying it; unroll8 costs 2,
 * and empties by the search, but not when it is confirmed. The kernel's loop costs 4, and what it
 * leaves is the test's choice.
 */
static void describe(const char *loop, unsigned long size, bool confirmed, double *cost,
		     double *excess)
{
	unsigned long lines = size / 64;

	*cost = 9.0 * (double)lines;
	*excess = 0.004;
	if (!strcmp(loop, "chase") || !strcmp(loop, "store"))
		*cost = (loop[0] == 'c' ? 3.0 : 5.0) * (double)lines;
	if (!strcmp(loop, "prefetcht0")) {
		*cost = (double)lines;
		*excess = 0.0081; /* more than a search of a few trials forgives */
	}
	if (!strcmp(loop, "unroll8")) {
		*cost = 2.0 * (double)lines;
		*excess = size > 48 * KIB ? 0.008 : 0.5;
	}
	if (!strcmp(loop, fake.guest ? "kvm-lfence" : "kvm")) {
		*cost = 4.0 * (double)lines;
		*excess = size >= fake.empty_from[confirmed] ? 0.001 : 0.3;
	}
}

static json_t *row(const struct tb_variant *v, bool confirmed)
{
	const char *loop = value_of(v, "loop");
	unsigned long size = strtoul(value_of(v, "size"), NULL, 10);
	double cost, excess;
	bool empty;
	json_t *json;

	describe(loop, size, confirmed, &cost, &excess);
	empty = excess < 0.005 && size >= 48 * KIB;
	json = json_pack("{s:s, s:{s:s, s:I, s:s}, s:[{s:s, s:{s:{s:f, s:f, s:b}}}], s:[]}",
			 "status", fake.status, "params", "loop", loop, "size", (json_int_t)size,
			 "victim", value_of(v, "victim"), "metrics", "name", "left-any", "summary",
			 "excess", "estimate", excess, "upper", excess + 0.002, "empty", empty,
			 "launches");
	assert_non_null(json);
	json_array_append_new(json_object_get(json, "metrics"),
			      json_pack("{s:s, s:{s:f, s:{s:f, s:f}}}", "name", "core-cycles",
					"summary", "estimate", cost, "ci", "lo", cost - 1, "hi",
					cost + 1));
	return json;
}

int fake_run(struct tb_session *session, struct tb_variants *variants, const struct tb_plan *plan,
	     struct tb_journal *journal, struct tb_record *record, struct tb_outcome *outcome,
	     struct tb_error *why)
{
	unsigned int n = fake.runs++;
	json_t *rows = json_array();

	(void)session;
	(void)journal;
	assert_true(n < 2);
	fake.plan[n] = *plan;
	fake.ns += 20.0 * SECOND;
	for (size_t i = 0; i < variants->n; i++) {
		const struct tb_variant *v = &variants->at[i];
		char *text = fake.variants[n];

		assert_ptr_equal(v->bench, &l1d_flush_user);
		/* It was probed. */
		assert_int_equal(v->cpu[0], 3);
		snprintf(text + strlen(text), sizeof(fake.variants[n]) - strlen(text), "%s %s %s\n",
			 value_of(v, "loop"), value_of(v, "size"), value_of(v, "victim"));
		json_array_append_new(rows, row(v, n));
	}
	*record = (struct tb_record){ .json = json_pack("{s:o, s:{}}", "benchmarks", rows, "x") };
	*outcome = (struct tb_outcome){ .end = fake.end[n], .signal = SIGTERM };
	if (fake.err[n]) {
		json_decref(record->json);
		tb_error(why, fake.err[n], "no disk");
	}
	return fake.err[n];
}

#endif
