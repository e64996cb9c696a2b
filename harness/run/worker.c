// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/worker.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "measure/clock.h"
#include "measure/counters.h"
#include "measure/gate.h"
#include "measure/sched.h"
#include "machine/refusal.h"
#include "machine/place.h"
#include "run/noise_watch.h"
#include "run/trial.h"
#include "machine/affinity.h"
#include "stats/describe.h"

static void enter_phase(struct tb_launch_shm *shm, enum tb_phase phase)
{
	__atomic_store_n(&shm->phase, phase, __ATOMIC_RELEASE);
	__atomic_add_fetch(&shm->beat, 1, __ATOMIC_RELEASE);
}

static void keep(struct tb_trial *trial, const double *value)
{
	struct tb_launch_shm *shm = trial->shm;
	unsigned int own = tb_bench_metrics(trial->bench);

	for (unsigned int m = 0; m < own; m++) {
		bool moved = trial->column == TB_GATED && (trial->disturbed & 1u << m);
		enum tb_column column = moved ? TB_DISTURBED : trial->column;
		uint32_t *n = &shm->count[m][column];

		if (isnan(value[m]) || shm->unavailable[m][0] || *n == shm->capacity)
			continue;
		tb_launch_shm_column(shm, m, column)[(*n)++] = value[m];
	}
}

static int take(struct tb_trial *trial, enum tb_column column)
{
	double value[TB_METRICS_MAX];
	int err;

	for (int m = 0; m < TB_METRICS_MAX; m++)
		value[m] = NAN;
	trial->column = column;
	trial->disturbed = 0;
	err = trial->bench->sample(trial, value);
	if (err)
		return err;
	trial->taken++;
	if (column != TB_WARM_UP)
		keep(trial, value);
	__atomic_add_fetch(&trial->shm->beat, 1, __ATOMIC_RELAXED);
	return 0;
}

/* Takes the second sample of a round. Ungated benchmarks have none. */
static int take_gated(struct tb_trial *trial, struct tb_gate *gate)
{
	if (trial->bench->ungated)
		return 0;
	return take(trial, trial->bench->untimed || tb_gate_wait(gate) ? TB_GATED : TB_DISTURBED);
}

static void keep_counts(struct tb_trial *trial, const struct tb_counters *counters)
{
	unsigned int first = tb_bench_metrics(trial->bench);
	double operations = trial->operations > 0 ? trial->operations : 1;
	struct tb_launch_shm *shm = trial->shm;

	for (unsigned int i = 0; i < counters->n; i++) {
		const struct tb_counter *counter = &counters->at[i];
		unsigned int m = first + counter->event;
		uint32_t *n = &shm->count[m][TB_UNGATED];

		if (*n < shm->capacity)
			tb_launch_shm_column(shm, m, TB_UNGATED)[(*n)++] =
				(double)(counter->end - counter->begin) / operations;
	}
	shm->pmu.windowed = trial->operations > 0;
	shm->pmu.operations = operations;
}

/*
 * Takes a sample for the counters alone: its time would include the cost of reading them and of a
 * counted breakpoint. The benchmark sees one more warm-up.
 */
static int take_counted(struct tb_trial *trial, struct tb_counters *counters)
{
	int err;

	if (!counters->n)
		return 0;
	trial->counters = counters;
	trial->operations = 0;
	tb_counters_on(counters);
	tb_counters_begin(counters);
	err = take(trial, TB_WARM_UP);
	if (!(trial->operations > 0))
		tb_counters_end(counters);
	if (counters->elsewhere && !(trial->operations > 0))
		err = err ? err : tb_trial_fail(trial, -EPROTO, "the window was not counted");
	if (tb_counters_off(counters) && !err)
		keep_counts(trial, counters);
	trial->counters = NULL;
	return err;
}

/* Each count includes the cost of reading the counters. Records it as the metric's overhead. */
static void count_nothing(struct tb_trial *trial, struct tb_counters *counters)
{
	enum { NULLS = 15 };
	double x[TB_EVENTS_MAX][NULLS], median;

	if (!counters->n || counters->elsewhere || !(trial->shm->pmu.operations > 0))
		return;
	tb_counters_on(counters);
	for (int k = 0; k < NULLS; k++) {
		tb_counters_begin(counters);
		tb_counters_end(counters);
		for (unsigned int i = 0; i < counters->n; i++)
			x[i][k] = (double)(counters->at[i].end - counters->at[i].begin);
	}
	tb_counters_off(counters);
	for (unsigned int i = 0; i < counters->n; i++)
		if (!tb_stats_median(x[i], NULLS, &median))
			tb_trial_overhead_event(trial, counters->at[i].event,
						median / trial->shm->pmu.operations);
}

/* Opens this thread's counters, unless the benchmark opens its own. */
static int open_here(struct tb_trial *trial, struct tb_counters *counters)
{
	const struct tb_events *events = &trial->shm->events;
	int err;

	for (unsigned int i = 0; i < events->n; i++)
		tb_trial_unavailable_event(trial, i, events->at[i].why);
	err = tb_counters_open(counters, events);
	return err ? tb_trial_fail(trial, err, "the counters could not be opened again") : 0;
}

static int open_counters(struct tb_trial *trial, struct tb_counters *counters)
{
	struct tb_launch_shm *shm = trial->shm;
	int err;

	counters->elsewhere = trial->bench->count;
	err = counters->elsewhere ? trial->bench->count(trial, &shm->events, counters)
				  : open_here(trial, counters);
	if (err)
		return err;
	shm->pmu.counted = counters->n;
	shm->pmu.rdpmc = counters->rdpmc;
	return 0;
}

static int take_all(struct tb_trial *trial, struct tb_gate *gate, struct tb_counters *counters)
{
	const struct tb_job *job = &trial->shm->job;
	uint64_t slot_end = tb_clock_ns() + (uint64_t)job->slot_ms * 1000000;
	int err = 0;

	for (uint32_t round = 0; round < job->rounds && !err; round++) {
		if (round >= TB_ROUNDS_MIN && tb_clock_ns() > slot_end)
			break;
		err = take(trial, TB_UNGATED);
		if (!err)
			err = take_gated(trial, gate);
		if (!err)
			err = take_counted(trial, counters);

		trial->shm->rounds = round + 1;
	}
	return err;
}

static int gate_setup(struct tb_trial *trial, struct tb_gate *gate)
{
	gate->bytes = tb_gate_bytes(tb_trial_cache(trial, 1));
	gate->witness = tb_trial_alloc(trial, gate->bytes);
	gate->sweep = tb_trial_alloc(trial, gate->bytes);
	if (!gate->witness || !gate->sweep)
		return -ENOMEM;
	/* Write to it: anonymous memory that is only read is one zero page, always in the L1D. */
	memset(gate->witness, 1, gate->bytes);
	memset(gate->sweep, 2, gate->bytes);
	return 0;
}

static void report_gate(struct tb_launch_shm *shm, const struct tb_gate *gate)
{
	shm->gate.floor = gate->floor;
	shm->gate.own_floor = gate->own_floor;
	shm->gate.l2_rate = gate->l2_rate;
	shm->gate.looks = gate->looks;
	shm->gate.quiet = gate->quiet;
	shm->gate.disturbed = gate->disturbed;
	shm->gate.wait_ns = gate->wait_ns;
}

/* The value of a parameter that the harness applies; NULL: the benchmark does not have it. */
static const char *own_param(const struct tb_trial *trial, const char *name)
{
	int i = tb_bench_param(trial->bench, name, strlen(name));

	return i < 0 ? NULL : trial->shm->job.value[i];
}

static int fail_refused(struct tb_trial *trial, int err, const char *what,
			void (*explain)(const struct tb_sysroot *, int, struct tb_refusal *))
{
	struct tb_refusal refusal;
	char why[TB_TEXT];

	explain(NULL, err, &refusal);
	tb_refusal_text(&refusal, what, why, sizeof(why));
	return tb_trial_fail(trial, err, why);
}

/*
 * Enters the real-time class if the limits allow it. Slots are too short for RT throttling. A row
 * that has a policy parameter gets this policy or fails.
 */
static int enter_policy(struct tb_trial *trial)
{
	const char *policy = own_param(trial, TB_POLICY_PARAM);
	struct tb_launch_shm *shm = trial->shm;

	shm->locked = 1;
	if (policy && !strcmp(policy, "other"))
		return 0;
	shm->fifo_err = tb_realtime_enter();
	shm->fifo = !shm->fifo_err;
	return policy && shm->fifo_err
		       ? fail_refused(trial, shm->fifo_err, "the launch cannot enter SCHED_FIFO",
				      tb_explain_realtime)
		       : 0;
}

/* idle=shallow: an open file holds the state, and the end of the process closes it. */
static int hold_idle(struct tb_trial *trial)
{
	const char *idle = own_param(trial, TB_IDLE_PARAM);
	int err;

	if (!idle || strcmp(idle, "shallow") != 0)
		return 0;
	err = tb_idle_hold_shallow();
	return err < 0 ? fail_refused(trial, err, "deep idle states cannot be disabled",
				      tb_explain_idle)
		       : 0;
}

static void tear_down(struct tb_trial *trial)
{
	if (trial->bench->teardown)
		trial->bench->teardown(trial);
}

/* If setup fails, its threads must end before their memory is unmapped. */
static int set_up(struct tb_trial *trial)
{
	int err = trial->bench->setup ? trial->bench->setup(trial) : 0;

	if (err)
		tear_down(trial);
	return err;
}

static int launch(struct tb_trial *trial)
{
	struct tb_launch_shm *shm = trial->shm;
	struct tb_noise_watch watch;
	struct tb_gate gate = { 0 };
	struct tb_counters counters = { 0 };
	int err;

	tb_random_seed(&trial->random, shm->job.seed, shm->job.stream);
	err = tb_affinity_pin_self(shm->job.cpu[0]);
	if (err)
		return tb_trial_refused(trial, err, "sched_setaffinity",
					"the launch can no longer use its CPU");
	err = enter_policy(trial);
	tb_noise_watch_open(&watch, trial);
	if (!err)
		err = hold_idle(trial);
	if (!err)
		err = gate_setup(trial, &gate);
	if (!err)
		err = set_up(trial);
	if (err)
		return err;

	tb_noise_watch_begin(&watch);

	/* For ungated benchmarks the gate looks only before and after the samples. */
	if (trial->bench->ungated && !trial->bench->untimed) {
		tb_gate_calibrate(&gate, shm->job.gate_floor);
		tb_gate_survey(&gate);
	}
	enter_phase(shm, TB_WARMING);
	shm->ns_warm = tb_clock_ns();
	for (int i = 0; i < TB_WARM_UPS && !err; i++)
		err = take(trial, TB_WARM_UP);
	shm->warm_ups = TB_WARM_UPS;
	if (!trial->bench->ungated && !trial->bench->untimed)
		tb_gate_calibrate(&gate, shm->job.gate_floor);

	enter_phase(shm, TB_SAMPLING);
	if (!err)
		err = open_counters(trial, &counters);
	if (!err)
		err = take_all(trial, &gate, &counters);
	shm->ns_sampled = tb_clock_ns();
	if (trial->bench->ungated && !trial->bench->untimed)
		tb_gate_survey(&gate);

	count_nothing(trial, &counters);
	tb_counters_close(&counters);

	enter_phase(shm, TB_VERIFYING);
	tb_noise_watch_end(&watch);
	report_gate(shm, &gate);
	if (!err && trial->bench->verify)
		err = trial->bench->verify(trial);
	tear_down(trial);
	tb_noise_watch_close(&watch);
	return err;
}

static const struct tb_bench *find(const struct tb_bench *const *benches, const char *name)
{
	while (*benches && strcmp((*benches)->name, name))
		benches++;
	return *benches;
}

static _Noreturn void finish(struct tb_trial *trial, int err)
{
	/* The thread could not return this error, and has measured on any CPU. */
	if (!err && tb_affinity_pin_error())
		err = tb_trial_refused(trial, tb_affinity_pin_error(), "sched_setaffinity",
				       "a thread of the launch is not on its CPU");
	trial->shm->err = err;
	tb_trial_release(trial);
	enter_phase(trial->shm, TB_DONE);
	exit(EXIT_SUCCESS);
}

/* An attribute, since clang does not treat _Noreturn as a part of the type. */
static __attribute__((noreturn)) void work(struct tb_trial *trial)
{
	finish(trial, launch(trial));
}

int tb_worker_main(const struct tb_bench *const *benches)
{
	struct tb_trial trial = { 0 };
	int err;

	/* A worker without its harness would occupy a CPU at real-time priority. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	err = tb_launch_shm_open(TB_SHM_FD, &trial.shm);
	if (err) {
		if (!tb_launch_shm_fail(TB_SHM_FD, err,
					"the memory of the launch cannot be mapped"))
			return 0;
		fputs("tollbooth: the worker has no job: only tollbooth run can start it\n",
		      stderr);
		return 2;
	}
	trial.bench = find(benches, trial.shm->job.bench);
	if (!trial.bench)
		return 2;
	if (!trial.bench->enter)
		work(&trial);
	finish(&trial, trial.bench->enter(&trial, work));
}
