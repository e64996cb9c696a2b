// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign with launches given by the test: their number and order, and its end. */
#include "campaign_help.h"

/* How the n-th launch ends: 'o' ok, 'c' a failed check, 'd' disturbed, 'e' error, 'k' killed by a signal. */
static const char *script;

static void play_script(const struct given_launch *at, struct tb_launch_shm *shm,
			struct tb_launch *launch)
{
	static const char exits[] = {
		[TB_EXIT_OK] = 'o',	[TB_EXIT_CHECK] = 'c',	[TB_EXIT_DISTURBED] = 'd',
		[TB_EXIT_ERROR] = 'e',	[TB_EXIT_SIGNAL] = 'k', [TB_EXIT_TIMEOUT] = 't',
		[TB_EXIT_STOPPED] = 's'
	};
	size_t last = strlen(script) - 1;
	char exit = script[at->index < last ? at->index : last]; /* the last one again and again */

	play_steady(at, shm, launch);
	launch->exit = (enum tb_exit)((const char *)memchr(exits, exit, sizeof(exits)) - exits);
	shm->n_checks = 1;
}

static unsigned int launches_of(struct rig *rig, const char *text)
{
	script = text;
	given.play = play_script;
	take_campaign(rig);
	return given.launches;
}

static void every_row_in_every_round(void **state)
{
	struct rig *rig = *state;
	unsigned int first[3] = { 0 };

	open_rows(rig, 3);
	rig->plan.launches = 20;
	take_campaign(rig);
	assert_int_equal(rig->outcome.end, TB_END_DONE);
	assert_int_equal(given.launches, 60);
	for (unsigned int i = 0; i < given.launches; i++) {
		const struct given_launch *at = &given.at[i];

		assert_int_equal(at->index, i / 3);
		assert_true(at->written);
		/* The journal is synced before the next round begins. */
		assert_int_equal(at->syncs, i / 3);
		first[at->row] += i % 3 == 0;
	}
	assert_int_equal(given.syncs, 20);
	/* In an order of its own. */
	for (int row = 0; row < 3; row++)
		assert_true(first[row] > 0 && first[row] < 20);
}

static void order_by_seed(void **state)
{
	unsigned int row[60];
	struct rig *rig = *state;
	bool same = true;

	open_rows(rig, 3);
	rig->plan.launches = 20;
	take_campaign(rig);
	for (int i = 0; i < 60; i++)
		row[i] = given.at[i].row;
	take_campaign(rig);
	for (int i = 0; i < 60; i++)
		assert_int_equal(given.at[i].row, row[i]);
	rig->plan.seed = 2;
	take_campaign(rig);
	for (int i = 0; i < 60; i++)
		same &= given.at[i].row == row[i];
	assert_false(same);
}

static void skipped_rows(void **state)
{
	struct rig *rig = *state;

	open_rows(rig, 3);
	snprintf(rig->at[1].code, sizeof(rig->at[1].code), "not-here");
	take_campaign(rig);
	assert_int_equal(given.of_row[0], 4);
	assert_int_equal(given.of_row[1], 0);
	assert_int_equal(given.of_row[2], 4);
}

static void jobs(void **state)
{
	struct rig *rig = *state;

	for (int i = 0; i < TB_CPUS_MAX; i++)
		rig->at[0].cpu[i] = 10 + i;
	for (uint64_t i = 0; i < 4; i++)
		rig->stage.cache[i] = 100 + i;
	rig->stage.begin = (struct tb_clock_mark){ 5000, 0 };
	rig->plan.seed = 42;
	rig->plan.slot_ms = 9;
	take_campaign(rig);
	for (unsigned int i = 0; i < given.launches; i++) {
		const struct tb_job *job = &given.at[i].job;

		assert_string_equal(job->bench, "fake/one");
		assert_string_equal(job->value[0], "a");
		for (int k = 0; k < TB_CPUS_MAX; k++)
			assert_int_equal(job->cpu[k], 10 + k);
		for (int k = 0; k < 4; k++)
			assert_int_equal(job->cache[k], 100 + k);
		assert_int_equal(job->seed, 42);
		assert_int_equal(job->stream, 1 + i);
		assert_int_equal(job->slot_ms, 9);
		assert_int_equal(job->rounds, 8);
		assert_true(job->tsc_hz == 2e9);
	}
}

/* As many as the benchmark has, or fewer. */
static void rounds(void **state)
{
	static const unsigned int asked[] = { 0, 3, 8, 9 }, made[] = { 8, 3, 8, 8 };
	struct rig *rig = *state;

	for (int i = 0; i < 4; i++) {
		rig->plan.rounds = asked[i];
		take_campaign(rig);
		assert_int_equal(given.at[0].job.rounds, made[i]);
	}
}

static void play_floors(const struct given_launch *at, struct tb_launch_shm *shm,
			struct tb_launch *launch)
{
	static const double floors[] = { 4, 0, 8, 2, 6, 0, 10, 1 };

	play_steady(at, shm, launch);
	shm->gate.own_floor = floors[at->index];
	shm->gate.floor = 0.5;
	/* That of a launch which does not count is the core's all the same. */
	launch->exit = at->index == 3 ? TB_EXIT_CHECK : TB_EXIT_OK;
}

/* The lower quartile of the launches so far that have one. */
static void floors(void **state)
{
	static const double want[] = { 0, 4, 4, 5, 3, 3.5, 3.5, 4 };
	struct rig *rig = *state;

	given.play = play_floors;
	rig->plan.launches = 7;
	take_campaign(rig);
	assert_int_equal(given.launches, 8);
	for (int i = 0; i < 8; i++)
		if (fabs(given.at[i].job.gate_floor - want[i]) > 1e-12)
			fail_msg("launch %d has the floor %g, not %g", i,
				 given.at[i].job.gate_floor, want[i]);
}

/* On a core that is always disturbed it ends after one launch more than requested. */
static void always_disturbed(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(launches_of(rig, "d"), 5);
	assert_int_equal(rig->outcome.end, TB_END_DONE);
	open_rows(rig, 2);
	assert_int_equal(launches_of(rig, "d"), 10);
	rig->plan.launches = 20;
	assert_int_equal(launches_of(rig, "d"), 42);
}

/* Disturbed launches are repeated and do not use up the limit of failed ones. */
static void disturbed_launches_are_repeated(void **state)
{
	static const struct {
		const char *script;
		unsigned int launches;
	} scripts[] = {
		{ "o", 4 },	    /* all count */
		{ "dddo", 7 },	    /* three more for three */
		{ "ddddo", 8 },	    /* as many as launches */
		{ "ocodoo", 6 },    /* of each kind one */
		{ "c", 6 },	    /* a failed check: a fifth more, and one */
		{ "ccco", 6 },	    /* three count */
		{ "dcdcdcdc", 10 }, /* four disturbed and six that failed */
		{ "e", 3 },	    /* it will never end well */
		{ "k", 3 },	    /* nor this */
		{ "oe", 6 },	    /* but it did once */
		{ "eeo", 6 },	    /* and this does, in time */
		{ "cce", 5 },	    /* failed checks are no crashes */
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		unsigned int launches = launches_of(rig, scripts[i].script);

		if (launches != scripts[i].launches)
			fail_msg("%s: %u launches, not %u", scripts[i].script, launches,
				 scripts[i].launches);
		assert_int_equal(rig->outcome.end, TB_END_DONE);
	}
}

/* A second a launch. */
static void no_repetition_after_the_time(void **state)
{
	struct rig *rig = *state;

	rig->plan.retry_limit_s = 3.5;
	assert_int_equal(launches_of(rig, "c"), 4);
	assert_int_equal(launches_of(rig, "d"), 4);
	rig->plan.retry_limit_s = 4.5;
	assert_int_equal(launches_of(rig, "c"), 5);
	/* Each launch once is made however late it is. */
	rig->plan.retry_limit_s = 0.5;
	assert_int_equal(launches_of(rig, "o"), 4);
	assert_int_equal(launches_of(rig, "co"), 4);
	assert_int_equal(rig->outcome.end, TB_END_DONE);
}

static void budget(void **state)
{
	struct rig *rig = *state;

	rig->plan.launches = 10;
	rig->plan.budget_s = 4.5;
	assert_int_equal(launches_of(rig, "o"), 5);
	assert_int_equal(rig->outcome.end, TB_END_BUDGET);
	assert_int_equal(rig->outcome.signal, 0);
	rig->plan.budget_s = 100;
	assert_int_equal(launches_of(rig, "o"), 10);
	assert_int_equal(rig->outcome.end, TB_END_DONE);
}

static void signals(void **state)
{
	struct rig *rig = *state;

	/* Between two launches. */
	given.signal_at = 3;
	assert_int_equal(launches_of(rig, "o"), 3);
	assert_int_equal(rig->outcome.end, TB_END_SIGNAL);
	assert_int_equal(rig->outcome.signal, SIGTERM);
	/* Within one. */
	given.signal_at = 0;
	assert_int_equal(launches_of(rig, "oso"), 2);
	assert_int_equal(rig->outcome.end, TB_END_SIGNAL);
	assert_true(given.at[1].written);
}

/* Numbers of a worker that did not end well are not kept; its checks are, where they are usable. */
static void samples_are_kept(void **state)
{
	static const char exits[] = "ocdekt";
	struct rig *rig = *state;

	for (size_t i = 0; i < strlen(exits); i++) {
		const char text[] = { exits[i], 'o', '\0' };

		launches_of(rig, text);
		assert_int_equal(given.at[0].count[LATENCY][TB_GATED], i < 3 ? 1 : 0);
		assert_int_equal(given.at[0].n_checks, 1);
		assert_int_equal(given.at[1].count[LATENCY][TB_GATED], 1);
	}
}

static void play_rubbish(const struct given_launch *at, struct tb_launch_shm *shm,
			 struct tb_launch *launch)
{
	play_steady(at, shm, launch);
	launch->exit = TB_EXIT_ERROR;
	shm->n_checks = 1;
	shm->n_controls = TB_CONTROLS_MAX + 1;
}

static void unusable_shm(void **state)
{
	struct rig *rig = *state;

	given.play = play_rubbish;
	take_campaign(rig);
	assert_int_equal(given.at[0].n_checks, 0);
}

static void errors(void **state)
{
	struct rig *rig = *state;

	given.write_err = -ENOSPC;
	take_campaign_err(rig, -ENOSPC);
	assert_int_equal(given.launches, 1);
	assert_non_null(strstr(rig->why.text, "the journal could not be written"));
	given.write_err = 0;
	given.sync_err = -EIO;
	take_campaign_err(rig, -EIO);
	assert_int_equal(given.launches, 1);
	assert_non_null(strstr(rig->why.text, "the journal could not be written"));
	given.sync_err = 0;
	given.launch_err = -EAGAIN;
	take_campaign_err(rig, -EAGAIN);
	assert_non_null(strstr(rig->why.text, "no process for a launch"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		campaign_test(every_row_in_every_round),
		campaign_test(order_by_seed),
		campaign_test(skipped_rows),
		campaign_test(jobs),
		campaign_test(rounds),
		campaign_test(floors),
		campaign_test(always_disturbed),
		campaign_test(disturbed_launches_are_repeated),
		campaign_test(no_repetition_after_the_time),
		campaign_test(budget),
		campaign_test(signals),
		campaign_test(samples_are_kept),
		campaign_test(unusable_shm),
		campaign_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
