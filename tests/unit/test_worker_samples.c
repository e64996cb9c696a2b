// SPDX-License-Identifier: GPL-2.0-or-later
/* The columns of a launch's values, and the windows of its counters. */
#include "worker_help.h"

static void assert_column(const struct worker *w, unsigned int metric, enum tb_column column,
			  const double *want, unsigned int n)
{
	const double *got = tb_launch_shm_column(w->trial.shm, metric, column);

	assert_int_equal(w->trial.shm->count[metric][column], n);
	for (unsigned int i = 0; i < n; i++)
		if (got[i] != want[i])
			fail_msg("value %u of metric %u, column %d: %g, not %g", i, metric, column,
				 got[i], want[i]);
}

#define assert_kept(w, metric, column, ...)                               \
	assert_column(w, metric, column, (const double[]){ __VA_ARGS__ }, \
		      sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double))
#define assert_nothing(w, metric, column) assert_column(w, metric, column, NULL, 0)

/* The samples are 1, 2, ...: odd ones at once, even ones behind the gate. */
static void quiet_core(void **state)
{
	struct worker *w = *state;

	assert_int_equal(launch(&w->trial), 0);
	assert_kept(w, 0, TB_UNGATED, 1, 3, 5);
	assert_kept(w, 0, TB_GATED, 2, 4, 6);
	assert_nothing(w, 0, TB_DISTURBED);
	assert_kept(w, 2, TB_UNGATED, 10, 30, 50);
	assert_kept(w, 2, TB_GATED, 20, 40, 60);
}

/* A sample of a busy core is never a gated one. */
static void busy_core(void **state)
{
	struct worker *w = *state;

	given.looks[0] = given.looks[1] = '-';
	assert_int_equal(launch(&w->trial), 0);
	assert_kept(w, 0, TB_UNGATED, 1, 3, 5);
	assert_kept(w, 0, TB_GATED, 6);
	assert_kept(w, 0, TB_DISTURBED, 2, 4);
	assert_kept(w, 2, TB_DISTURBED, 20, 40);
}

static void always_busy_core(void **state)
{
	struct worker *w = *state;

	memset(given.looks, '-', sizeof(given.looks));
	assert_int_equal(launch(&w->trial), 0);
	assert_nothing(w, 0, TB_GATED);
	assert_kept(w, 0, TB_DISTURBED, 2, 4, 6);
}

/* One metric says that it was disturbed after the gate: it alone is moved, and of that sample alone. */
static void disturbed_metric(void **state)
{
	struct worker *w = *state;

	given.disturbed[1] = 1u << 0 | 1u << 2; /* an ungated sample */
	given.disturbed[4] = 1u << 2;
	assert_int_equal(launch(&w->trial), 0);
	assert_kept(w, 0, TB_UNGATED, 1, 3, 5);
	assert_kept(w, 0, TB_GATED, 2, 4, 6);
	assert_kept(w, 1, TB_GATED, 7, 7, 7);
	assert_kept(w, 2, TB_UNGATED, 10, 30, 50);
	assert_kept(w, 2, TB_GATED, 20, 60);
	assert_kept(w, 2, TB_DISTURBED, 40);
}

static void no_value(void **state)
{
	struct worker *w = *state;

	given.unavailable = NAN;
	tb_trial_unavailable(&w->trial, 2, "not here");
	assert_int_equal(launch(&w->trial), 0);
	assert_kept(w, 0, TB_GATED, 2, 4, 6);
	for (int column = 0; column < TB_COLUMNS; column++) {
		assert_nothing(w, 1, (enum tb_column)column);
		assert_nothing(w, 2, (enum tb_column)column);
	}
}

static void full_column(void **state)
{
	struct worker *w = *state;
	double *beyond = tb_launch_shm_column(w->trial.shm, 0, TB_UNGATED) + WORKER_ROOM;

	w->trial.shm->job.rounds = WORKER_ROOM + 5;
	w->bench.ungated = true;
	*beyond = 77;
	assert_int_equal(launch(&w->trial), 0);
	assert_int_equal(w->trial.shm->rounds, WORKER_ROOM + 5);
	assert_int_equal(w->trial.shm->count[0][TB_UNGATED], WORKER_ROOM);
	assert_true(*beyond == 77);
}

/* The second event alone can be counted. */
static void ask_for_events(struct worker *w)
{
	struct tb_events *events = &w->trial.shm->events;

	events->n = WORKER_EVENTS;
	snprintf(events->at[0].name, TB_EVENT_NAME, "absent");
	snprintf(events->at[0].why, TB_EVENT_WHY, "no such counter");
	snprintf(events->at[1].name, TB_EVENT_NAME, "present");
	w->trial.shm->job.rounds = 1;
	given.cost = 12;
}

static double overhead(const struct worker *w)
{
	const struct tb_launch_shm *shm = w->trial.shm;

	for (unsigned int i = 0; i < shm->n_controls; i++)
		if (!strcmp(shm->control[i].name, "overhead-event/present"))
			return shm->control[i].value;
	return NAN;
}

/* Counters have their own sample. The cost of reading them is reported with it. */
static void counts_a_sample(void **state)
{
	struct worker *w = *state;
	struct tb_launch_shm *shm = w->trial.shm;

	ask_for_events(w);
	assert_int_equal(launch(&w->trial), 0);
	assert_non_null(strstr(given.did, " open u-g([w])([][][][][][][][][][][][][][][]) close "));
	assert_nothing(w, WORKER_METRICS, TB_UNGATED);
	assert_string_equal(shm->unavailable[WORKER_METRICS], "no such counter");
	assert_string_equal(shm->unavailable[WORKER_METRICS + 1], "");
	assert_kept(w, WORKER_METRICS + 1, TB_UNGATED, 12);
	assert_kept(w, 0, TB_UNGATED, 1);
	assert_int_equal(shm->pmu.counted, 1);
	assert_int_equal(shm->pmu.windowed, 0);
	assert_true(shm->pmu.operations == 1);
	assert_true(overhead(w) == 12);
}

/* The benchmark's own window of four operations, and nothing of the harness's in it. */
static void counts_a_window(void **state)
{
	struct worker *w = *state;

	ask_for_events(w);
	given.windowed = true;
	assert_int_equal(launch(&w->trial), 0);
	assert_non_null(strstr(given.did, " open u-g([w[!])([]"));
	assert_kept(w, WORKER_METRICS + 1, TB_UNGATED, 3);
	assert_int_equal(w->trial.shm->pmu.windowed, 1);
	assert_true(w->trial.shm->pmu.operations == 4);
	assert_true(overhead(w) == 3);
}

static void no_counter_for_a_while(void **state)
{
	struct worker *w = *state;

	ask_for_events(w);
	given.time_shared = true;
	assert_int_equal(launch(&w->trial), 0);
	assert_nothing(w, WORKER_METRICS + 1, TB_UNGATED);
	assert_kept(w, 0, TB_UNGATED, 1);
	assert_true(isnan(overhead(w)));
}

static void counters_do_not_open(void **state)
{
	struct worker *w = *state;

	ask_for_events(w);
	given.counters_err = -EBUSY;
	assert_int_equal(launch(&w->trial), -EBUSY);
	assert_non_null(strstr(w->trial.shm->why, "could not be opened again"));
	assert_nothing(w, 0, TB_UNGATED);
	assert_null(strstr(given.did, "verify"));
}

/* Counters in a window that is not this thread's. */
static int open_elsewhere(struct tb_trial *trial, const struct tb_events *events,
			  struct tb_counters *counters)
{
	(void)events;
	(void)trial;
	did(" elsewhere ");
	counters->n = 1;
	counters->at[0].event = 1;
	counters->rdpmc = true;
	return 0;
}

static void counts_elsewhere(void **state)
{
	struct worker *w = *state;

	ask_for_events(w);
	w->bench.count = open_elsewhere;
	given.windowed = true;
	assert_int_equal(launch(&w->trial), 0);
	assert_non_null(strstr(given.did, " elsewhere u-g([w[!]) close "));
	assert_null(strstr(given.did, " open "));
	assert_kept(w, WORKER_METRICS + 1, TB_UNGATED, 3);
	assert_int_equal(w->trial.shm->pmu.rdpmc, 1);
	/* There the benchmark reports the cost of reading. */
	assert_true(isnan(overhead(w)));
}

/* There a sample without a window is no count of zero. */
static void not_counted_elsewhere(void **state)
{
	struct worker *w = *state;

	ask_for_events(w);
	w->bench.count = open_elsewhere;
	assert_int_equal(launch(&w->trial), -EPROTO);
	assert_string_equal(w->trial.shm->why, "the window was not counted");
	assert_nothing(w, WORKER_METRICS + 1, TB_UNGATED);
}

#define worker_test(name) cmocka_unit_test_setup_teardown(name, worker_open, worker_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		worker_test(quiet_core),
		worker_test(busy_core),
		worker_test(always_busy_core),
		worker_test(disturbed_metric),
		worker_test(no_value),
		worker_test(full_column),
		worker_test(counts_a_sample),
		worker_test(counts_a_window),
		worker_test(no_counter_for_a_while),
		worker_test(counters_do_not_open),
		worker_test(counts_elsewhere),
		worker_test(not_counted_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
