/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker's launch inside a test: gate, counters, noise watch, scheduler and clock are played,
 * and each call of one of them appends a word to `did`.
 */
#ifndef TB_TEST_WORKER_HELP_H
#define TB_TEST_WORKER_HELP_H

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
#include "measure/counters.h"
#include "measure/gate.h"
#include "machine/affinity.h"
#include "measure/sched.h"
#include "machine/refusal.h"
#include "machine/place.h"
#include "random_unit.h"
#include "run/noise_watch.h"
#include "run/trial.h"

enum { WORKER_METRICS = 3, WORKER_EVENTS = 2, WORKER_ROOM = 64, WORKER_ROUNDS = 3 };

static struct {
	char did[1024];
	uint64_t ns, step;  /* the clock, and how far each sample moves it */
	char looks[32];	    /* the gate's answers: 'q' quiet, else not */
	unsigned int waits; /* so far */
	uint32_t disturbed
		[128]; /* by metric samples say it of themselves, n-th after the warm-ups */
	unsigned int sampled;
	double unavailable; /* the value of metric 1 */
	int pin_err, fifo_err, idle_err, setup_err, sample_err, verify_err, counters_err, late_err;
	bool windowed, unwindowed; /* the benchmark marks a window of 4 operations; it never does */
	bool time_shared;	   /* the counters' group */
	uint64_t reads, cost;	   /* of the counters; what reading them counts */
	uint32_t beat;
	double random;
	jmp_buf finished;
} given;

static inline __attribute__((format(printf, 1, 2))) void did(const char *fmt, ...)
{
	size_t used = strlen(given.did);
	va_list args;

	va_start(args, fmt);
	vsnprintf(given.did + used, sizeof(given.did) - used, fmt, args);
	va_end(args);
}

static inline void given_calibrate(struct tb_gate *gate, double campaign)
{
	assert_ptr_not_equal(gate->witness, gate->sweep);
	assert_int_equal(gate->bytes, 64 << 10);
	assert_int_equal(gate->witness[gate->bytes - 1], 1);
	assert_int_equal(gate->sweep[gate->bytes - 1], 2);
	*gate = (struct tb_gate){ .floor = campaign, .own_floor = 2.5, .l2_rate = 3.5 };
	did(" calibrate%g ", campaign);
}

static inline void given_survey(struct tb_gate *gate)
{
	gate->looks += 64;
	gate->quiet += 60;
	gate->disturbed += 4;
	did(" survey ");
}

static inline bool given_wait(struct tb_gate *gate)
{
	bool quiet = given.looks[given.waits++] == 'q';

	gate->looks += 10;
	gate->quiet += quiet;
	gate->disturbed += !quiet;
	gate->wait_ns += 1000;
	did("-");
	return quiet;
}

static inline int given_counters_open(struct tb_counters *c, const struct tb_events *events)
{
	did(" open ");
	*c = (struct tb_counters){ 0 };
	for (unsigned int i = 0; i < events->n; i++)
		if (!events->at[i].why[0])
			c->at[c->n++].event = i;
	return given.counters_err;
}

static inline void given_counters_close(struct tb_counters *c)
{
	(void)c;
	did(" close ");
}

static inline void given_counters_on(struct tb_counters *c)
{
	(void)c;
	did("(");
}

static inline bool given_counters_off(struct tb_counters *c)
{
	did(")");
	return c->n && !given.time_shared;
}

/* The i-th counter is 10 * i ahead of the first, and reading them all costs `cost` in each. */
static inline void given_counters_read(struct tb_counters *c, bool end)
{
	did(end ? "]" : "[");
	given.reads += given.cost;
	for (unsigned int i = 0; i < c->n; i++)
		*(end ? &c->at[i].end : &c->at[i].begin) = given.reads * (i + 1);
}

static inline int given_pin(int cpu)
{
	did("pin%d ", cpu);
	return given.pin_err;
}

static inline int given_fifo(void)
{
	did("fifo ");
	return given.fifo_err;
}

static inline int given_shallow(void)
{
	did("shallow ");
	return given.idle_err ? given.idle_err : 5;
}

static inline void given_watch(const char *what, struct tb_trial *trial)
{
	did(" %s ", what);
	if (trial)
		trial->shm->noise.cpus = 1;
}

static inline _Noreturn void given_exit(int status)
{
	did(" exit%d", status);
	longjmp(given.finished, 1);
}

#define tb_clock_ns()			   (given.ns)
#define tb_gate_calibrate(gate, campaign)  given_calibrate(gate, campaign)
#define tb_gate_survey(gate)		   given_survey(gate)
#define tb_gate_wait(gate)		   given_wait(gate)
#define tb_counters_open(counters, events) given_counters_open(counters, events)
#define tb_counters_close(counters)	   given_counters_close(counters)
#define tb_counters_on(counters)	   given_counters_on(counters)
#define tb_counters_off(counters)	   given_counters_off(counters)
#define tb_counters_begin(counters)	   given_counters_read(counters, false)
#define tb_counters_end(counters)	   given_counters_read(counters, true)
#define tb_affinity_pin_self(cpu)	   given_pin(cpu)
#define tb_affinity_pin_error()		   (given.late_err)
#define tb_realtime_enter()		   given_fifo()
#define tb_idle_hold_shallow()		   given_shallow()
#define tb_noise_watch_open(watch, trial)  ((void)(watch), given_watch("watch", trial))
#define tb_noise_watch_begin(watch)	   ((void)(watch), given_watch("begin", NULL))
#define tb_noise_watch_end(watch)	   ((void)(watch), given_watch("end", NULL))
#define tb_noise_watch_close(watch)	   ((void)(watch), given_watch("unwatch", NULL))
#define exit(status)			   given_exit(status)
#include "run/worker.c"
#undef exit

static inline int worker_setup(struct tb_trial *trial)
{
	(void)trial;
	did("setup ");
	return given.setup_err;
}

/* Metric 0 counts the samples, metric 1 is `unavailable`, metric 2 is ten times the first. */
static inline int worker_sample(struct tb_trial *trial, double *value)
{
	bool timed = tb_trial_column(trial) != TB_WARM_UP;

	did("%c", "ugdw"[tb_trial_column(trial)]);
	given.beat = trial->shm->beat;
	if (!tb_trial_samples(trial))
		given.random = random_unit(tb_trial_random(trial));
	given.ns += given.step;
	for (int m = 0; m < WORKER_METRICS; m++)
		assert_true(isnan(value[m]));
	if (tb_trial_counting(trial) && given.windowed) {
		tb_counters_begin(trial->counters);
		did("!");
		tb_counters_end(trial->counters);
		trial->operations = 4;
	}
	value[0] = timed ? ++given.sampled : 1000;
	value[1] = given.unavailable;
	value[2] = 10 * value[0];
	if (timed)
		for (unsigned int m = 0; m < WORKER_METRICS; m++)
			if (given.disturbed[given.sampled] & 1u << m)
				tb_trial_disturbed(trial, m);
	return timed ? given.sample_err : 0;
}

static inline int worker_verify(struct tb_trial *trial)
{
	(void)trial;
	did(" verify ");
	return given.verify_err;
}

static inline void worker_teardown(struct tb_trial *trial)
{
	(void)trial;
	did(" teardown ");
}

static const struct tb_metric worker_metrics[] = {
	{ .name = "first" }, { .name = "second" }, { .name = "third" }, { 0 }
};
static const struct tb_param worker_params[] = {
	{ .name = TB_POLICY_PARAM, .values = TB_POLICIES, .fallback = "fifo", .help = "" },
	{ .name = TB_IDLE_PARAM, .values = TB_IDLES, .fallback = "default", .help = "" },
	{ 0 }
};

struct worker {
	struct tb_bench bench;
	struct tb_trial trial;
	int fd;
};

static inline int worker_open(void **state)
{
	struct worker *w = calloc(1, sizeof(*w));
	struct tb_launch_shm *shm;

	*state = w;
	memset(&given, 0, sizeof(given));
	memset(given.looks, 'q', sizeof(given.looks));
	given.unavailable = 7;
	w->bench = (struct tb_bench){ .name = "fake/one",
				      .cpus = 2,
				      .metrics = worker_metrics,
				      .params = worker_params,
				      .setup = worker_setup,
				      .sample = worker_sample,
				      .verify = worker_verify,
				      .teardown = worker_teardown };
	if (tb_launch_shm_create(WORKER_METRICS + WORKER_EVENTS, WORKER_ROOM, &w->fd, &shm))
		return -1;
	w->trial = (struct tb_trial){ .bench = &w->bench, .shm = shm };
	snprintf(shm->job.value[0], TB_VALUE, "other");
	snprintf(shm->job.value[1], TB_VALUE, "default");
	shm->job.cpu[0] = 3;
	shm->job.cpu[1] = 5;
	shm->job.cache[1] = 48 << 10;
	shm->job.cache[2] = 2 << 20;
	shm->job.rounds = WORKER_ROUNDS;
	shm->job.slot_ms = 1;
	shm->job.gate_floor = 1.5;
	shm->job.seed = 1;
	shm->job.stream = 1;
	return 0;
}

static inline int worker_close(void **state)
{
	struct worker *w = *state;

	tb_trial_release(&w->trial);
	tb_launch_shm_unmap(w->trial.shm);
	close(w->fd);
	free(w);
	return 0;
}

#endif
