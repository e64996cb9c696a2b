/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A campaign with played launches, journal and clock. */
#ifndef TB_TEST_CAMPAIGN_HELP_H
#define TB_TEST_CAMPAIGN_HELP_H

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/clock.h"
#include "run/campaign.h"

enum { LAUNCHES_MAX = 1200, ROWS_MAX = 8 };
enum { LATENCY, SHARE, OTHER, CAMPAIGN_METRICS };

/* What the harness handed to a launch, and what it kept of it. */
struct given_launch {
	struct tb_job job;
	unsigned int row, index; /* index: of the row's launches */
	uint32_t count[CAMPAIGN_METRICS][TB_COLUMNS];
	uint32_t n_checks;
	bool written;	    /* in the journal */
	unsigned int syncs; /* of the journal before it */
};

static struct {
	/* Ends a launch: samples, checks and floor in the shm, and how it exits. */
	void (*play)(const struct given_launch *at, struct tb_launch_shm *shm,
		     struct tb_launch *launch);
	struct given_launch at[LAUNCHES_MAX];
	unsigned int launches, of_row[ROWS_MAX], syncs, signal_at;
	uint64_t ns, step; /* the clock, and how long each launch takes */
	int launch_err, write_err, sync_err;
} given;

static inline int given_launch(struct tb_launch_shm *shm, struct tb_launch *launch)
{
	struct given_launch *at = &given.at[given.launches];

	if (given.launch_err)
		return given.launch_err;
	if (given.launches + 1 == LAUNCHES_MAX)
		fail_msg("there is no end to launches");
	*launch = (struct tb_launch){ .exit = TB_EXIT_OK };
	at->job = shm->job;
	at->row = (unsigned int)shm->job.value[0][0] - 'a';
	at->index = given.of_row[at->row]++;
	at->syncs = given.syncs;
	given.ns += given.step;
	given.play(at, shm, launch);
	if (launch->exit != TB_EXIT_OK)
		snprintf(launch->reason, sizeof(launch->reason), "as it should");
	given.launches++;
	return 0;
}

static inline int given_write(size_t row, struct tb_launch_shm *shm)
{
	struct given_launch *at = &given.at[given.launches - 1];

	assert_int_equal(row, at->row);
	assert_false(at->written);
	at->written = true;
	memcpy(at->count, shm->count, sizeof(at->count));
	at->n_checks = shm->n_checks;
	return given.write_err;
}

static inline int given_sync(void)
{
	given.syncs++;
	return given.sync_err;
}

static inline int given_signal(void)
{
	return given.signal_at && given.launches >= given.signal_at ? SIGTERM : 0;
}

/* TSC cycles: two a nanosecond. */
static inline struct tb_clock_mark given_mark(void)
{
	return (struct tb_clock_mark){ 5000 + 2 * given.ns, given.ns };
}

#define tb_launch(launcher, fd, shm, launch)	((void)(launcher), given_launch(shm, launch))
#define tb_launcher_signal(launcher)		((void)(launcher), given_signal())
#define tb_journal_launch(book, row, json, shm) ((void)(json), given_write(row, shm))
#define tb_journal_sync(book)			((void)(book), given_sync())
#define tb_clock_ns()				(given.ns)
#define tb_clock_mark()				given_mark()
#include "run/campaign.c"

static const struct tb_metric campaign_metrics[] = {
	[LATENCY] = { .name = "latency", .headline = true },
	[SHARE] = { .name = "share", .within = TB_MEAN, .headline = true },
	[OTHER] = { .name = "other" },
	{ 0 }
};
static const struct tb_metric campaign_no_headlines[] = {
	{ .name = "latency" }, { .name = "share" }, { .name = "other" }, { 0 }
};
static const struct tb_param campaign_params[] = {
	{ .name = "loop", .values = "a|b|c|d", .fallback = "a", .help = "" }, { 0 }
};

struct rig {
	struct tb_bench bench;
	struct tb_variant at[ROWS_MAX];
	struct tb_variants variants;
	struct tb_machine stage;
	struct tb_plan plan;
	struct tb_outcome outcome;
	struct tb_error why;
};

static inline void put(struct tb_launch_shm *shm, unsigned int metric, enum tb_column column,
		       double value)
{
	tb_launch_shm_column(shm, metric, column)[shm->count[metric][column]++] = value;
}

/* The same figures in each launch. */
static inline void play_steady(const struct given_launch *at, struct tb_launch_shm *shm,
			       struct tb_launch *launch)
{
	(void)at;
	(void)launch;
	for (unsigned int m = 0; m < CAMPAIGN_METRICS; m++)
		put(shm, m, TB_GATED, 1000);
}

static inline void open_rows(struct rig *rig, unsigned int rows)
{
	for (unsigned int i = 0; i < rows; i++) {
		rig->at[i] = (struct tb_variant){ .bench = &rig->bench };
		rig->at[i].value[0][0] = (char)('a' + i);
	}
	rig->variants = (struct tb_variants){ rig->at, rows };
}

static inline int open_rig(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	memset(&given, 0, sizeof(given));
	given.play = play_steady;
	given.ns = 1000;
	given.step = 1000000000;
	rig->bench = (struct tb_bench){ .name = "fake/one",
					.metrics = campaign_metrics,
					.params = campaign_params,
					.rounds = 8 };
	rig->plan = (struct tb_plan){ .seed = 1, .launches = 4, .quiet = true };
	open_rows(rig, 1);
	return 0;
}

static inline int close_rig(void **state)
{
	free(*state);
	return 0;
}

static inline void take_campaign_err(struct rig *rig, int want)
{
	given.launches = given.syncs = 0;
	memset(given.of_row, 0, sizeof(given.of_row));
	memset(given.at, 0, sizeof(given.at));
	rig->why.text[0] = '\0';
	assert_int_equal(tb_campaign(&rig->variants, &rig->stage, &rig->plan, NULL, NULL,
				     &rig->outcome, &rig->why),
			 want);
	assert_int_equal(rig->outcome.launches, given.launches);
}

static inline void take_campaign(struct rig *rig)
{
	take_campaign_err(rig, 0);
}

#define campaign_test(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

#endif
