// SPDX-License-Identifier: GPL-2.0-or-later
/* When a campaign stops: the stop rule at 10, 15, 22 and 33 launches. */
#include "campaign_help.h"

#include "random_unit.h"

enum { MOST = 40 };

static const size_t looks[] = { 10, 15, 22, 33 };
static double series[MOST]; /* of the headline, by launch */

/* The relative half-width at 95 % after n launches. */
static double width(size_t n)
{
	struct tb_precision p;

	assert_int_equal(tb_stats_precision(series, n, 0.95, &p), 0);
	assert_true(p.present);
	return p.relative;
}

static double headline(const struct given_launch *at)
{
	return series[at->index % MOST];
}

/* The stop rule uses the median of a launch's gated samples and nothing else. */
static void play_series(const struct given_launch *at, struct tb_launch_shm *shm,
			struct tb_launch *launch)
{
	double x = headline(at), wild = at->index % 2 ? 0.1 * x : 9 * x;

	(void)launch;
	put(shm, LATENCY, TB_GATED, x);
	put(shm, LATENCY, TB_GATED, x);
	put(shm, LATENCY, TB_GATED, wild);
	put(shm, LATENCY, TB_UNGATED, wild);
	put(shm, LATENCY, TB_DISTURBED, wild);
	put(shm, SHARE, TB_GATED, 0.5);
	put(shm, OTHER, TB_GATED, wild);
}

static unsigned int stops_at(struct rig *rig, double precision)
{
	rig->plan.launches = MOST;
	rig->plan.precision = precision;
	take_campaign(rig);
	assert_int_equal(rig->outcome.end, TB_END_DONE);
	return given.launches;
}

static void make_series(uint64_t seed, double spread)
{
	struct tb_random random;

	tb_random_seed(&random, seed, 0);
	for (int i = 0; i < MOST; i++)
		series[i] = 1000 * (1 + spread * (random_unit(&random) - 0.5));
}

/* Seeds whose width after ten launches lies on both sides of the target, and up to twice of it. */
static void stops_where_the_target_is_met(void **state)
{
	struct rig *rig = *state;
	unsigned int met = 0, between = 0;

	given.play = play_series;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		const double target = 0.02;
		unsigned int want = MOST;

		make_series(seed, 0.06);
		for (size_t i = sizeof(looks) / sizeof(*looks); i-- > 0;)
			if (width(looks[i]) <= target)
				want = (unsigned int)looks[i];
		met += want == 10;
		between += width(10) > target && width(10) <= 2 * target;
		assert_int_equal(stops_at(rig, target), want);
	}
	assert_true(met > 0);
	assert_true(between > 0);
}

/* The target itself is precise enough, anything less is not. */
static void edge_of_the_target(void **state)
{
	struct rig *rig = *state;

	given.play = play_series;
	make_series(3, 0.1);
	for (int i = 15; i < MOST; i++)
		series[i] = i % 2 ? 1 : 1000; /* never again */
	for (int i = 10; i < 15; i++)
		series[i] = i % 2 ? 10 : 100000;
	assert_int_equal(stops_at(rig, width(10)), 10);
	assert_int_equal(stops_at(rig, 0.999 * width(10)), MOST);
	assert_int_equal(stops_at(rig, 0), MOST);
}

/* The stop rule does not run between two interim looks. */
static void looks_only_when_planned(void **state)
{
	struct rig *rig = *state;

	given.play = play_series;
	for (int i = 0; i < MOST; i++)
		series[i] = 1000 + i % 2;
	series[0] = series[1] = 500;
	assert_true(width(10) > 0.01);
	assert_true(width(14) <= 0.01);
	assert_int_equal(stops_at(rig, 0.01), 15);
}

/* {0, m, 1.5 - m}: the mean is 0.5 in each launch, the median is m. */
static void play_share(const struct given_launch *at, struct tb_launch_shm *shm,
		       struct tb_launch *launch)
{
	double m = at->index % 2 ? 0.1 : 0.7;

	(void)launch;
	put(shm, LATENCY, TB_GATED, 1000);
	put(shm, SHARE, TB_GATED, 0);
	put(shm, SHARE, TB_GATED, m);
	put(shm, SHARE, TB_GATED, 1.5 - m);
	put(shm, OTHER, TB_GATED, 1);
}

static void shares_by_their_mean(void **state)
{
	struct rig *rig = *state;

	given.play = play_share;
	assert_int_equal(stops_at(rig, 0.01), 10);
}

static void play_one_precise(const struct given_launch *at, struct tb_launch_shm *shm,
			     struct tb_launch *launch)
{
	(void)launch;
	put(shm, LATENCY, TB_GATED, 1000);
	put(shm, SHARE, TB_GATED, at->index % 2 ? 0.1 : 0.7);
	put(shm, OTHER, TB_GATED, 1);
}

static void every_headline(void **state)
{
	struct rig *rig = *state;

	given.play = play_one_precise;
	assert_int_equal(stops_at(rig, 0.01), MOST);
}

/* A launch that has no figure leaves the row imprecise; without any the headline is not measured here. */
static unsigned int missing_from, missing_to;

static void play_missing(const struct given_launch *at, struct tb_launch_shm *shm,
			 struct tb_launch *launch)
{
	(void)launch;
	put(shm, LATENCY, TB_GATED, 1000);
	put(shm, OTHER, TB_GATED, 1);
	if (at->index >= missing_from && at->index < missing_to)
		snprintf(shm->unavailable[SHARE], TB_TEXT, "not now");
	else
		put(shm, SHARE, TB_GATED, 0.5);
}

static void headline_without_figures(void **state)
{
	struct rig *rig = *state;

	given.play = play_missing;
	assert_int_equal(stops_at(rig, 0.01), 10);
	missing_to = 1;
	assert_int_equal(stops_at(rig, 0.01), MOST);
	missing_from = 9;
	missing_to = 10;
	assert_int_equal(stops_at(rig, 0.01), MOST);
	missing_from = 0;
	missing_to = MOST;
	assert_int_equal(stops_at(rig, 0.01), 10);
}

static void play_nothing(const struct given_launch *at, struct tb_launch_shm *shm,
			 struct tb_launch *launch)
{
	(void)at;
	(void)launch;
	for (unsigned int m = 0; m < CAMPAIGN_METRICS; m++)
		snprintf(shm->unavailable[m], TB_TEXT, "not here");
}

/* Nothing that is measured is nothing that is precise. */
static void no_headline_at_all(void **state)
{
	struct rig *rig = *state;

	given.play = play_nothing;
	assert_int_equal(stops_at(rig, 0.01), MOST);
	rig->bench.metrics = campaign_no_headlines;
	given.play = play_steady;
	assert_int_equal(stops_at(rig, 0.01), MOST);
}

/* Where no sample passed the gate the ungated ones are the figure. */
static void play_ungated(const struct given_launch *at, struct tb_launch_shm *shm,
			 struct tb_launch *launch)
{
	(void)launch;
	put(shm, LATENCY, TB_UNGATED, 1000);
	put(shm, LATENCY, TB_DISTURBED, at->index % 2 ? 1 : 1000);
	put(shm, SHARE, TB_UNGATED, 0.5);
	put(shm, OTHER, TB_UNGATED, 1);
}

static void ungated_headlines(void **state)
{
	struct rig *rig = *state;

	given.play = play_ungated;
	assert_int_equal(stops_at(rig, 0.01), 10);
}

/* Discarded launches do not count towards the ten, and their values are not used. */
static void play_half_disturbed(const struct given_launch *at, struct tb_launch_shm *shm,
				struct tb_launch *launch)
{
	bool disturbed = at->index % 2;

	put(shm, LATENCY, TB_GATED, disturbed ? 1 : 1000);
	put(shm, SHARE, TB_GATED, 0.5);
	put(shm, OTHER, TB_GATED, 1);
	launch->exit = disturbed ? TB_EXIT_DISTURBED : TB_EXIT_OK;
}

static void disturbed_launches_are_no_launches(void **state)
{
	struct rig *rig = *state;

	given.play = play_half_disturbed;
	assert_int_equal(stops_at(rig, 0.01), 19);
}

/* Each row by itself. */
static void play_rows(const struct given_launch *at, struct tb_launch_shm *shm,
		      struct tb_launch *launch)
{
	bool steady = at->row == 1;

	(void)launch;
	put(shm, LATENCY, TB_GATED, steady || at->index % 2 ? 1000 : 100);
	put(shm, SHARE, TB_GATED, 0.5);
	put(shm, OTHER, TB_GATED, 1);
}

static void rows_stop_apart(void **state)
{
	struct rig *rig = *state;

	open_rows(rig, 3);
	given.play = play_rows;
	assert_int_equal(stops_at(rig, 0.01), 2 * MOST + 10);
	assert_int_equal(given.of_row[1], 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		campaign_test(stops_where_the_target_is_met),
		campaign_test(edge_of_the_target),
		campaign_test(looks_only_when_planned),
		campaign_test(shares_by_their_mean),
		campaign_test(every_headline),
		campaign_test(headline_without_figures),
		campaign_test(no_headline_at_all),
		campaign_test(ungated_headlines),
		campaign_test(disturbed_launches_are_no_launches),
		campaign_test(rows_stop_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
