// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/wake-futex: the control of the apf family.
 *
 * A sleeper waits on a futex, a waker wakes it. The additional wake-up cost of a
 * faulted task is the cost of the fault, not of the scheduler.
 */
#include "apf/futex.h"
#include "bench.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/sched.h"
#include "measure/clock.h"
#include "machine/affinity.h"
#include "machine/place.h"

enum { WAKER, SLEEPER };	 /* roles */
enum { WAKE_CALL, WAKE_TO_RUN }; /* metrics */
enum { AWAKE, ASLEEP, CALLED, QUIT };

/* A sleeper that just went to sleep is still cached, and its CPU has barely begun to idle. */
enum { SETTLE_NS = 50000 };

struct wake {
	/* On separate lines: the sleeper's reads of word must not slow the waker's stamp. */
	_Alignas(64) atomic_uint word;
	_Alignas(64) uint64_t woken; /* TSC after the sleeper's wake-up */
	uint64_t wakes;		     /* counted by the sleeper */
	atomic_int tid;
	pthread_t sleeper;
	bool started; /* the sleeper */
	int cpu, asleep;
};

static void *sleep_until_quit(void *arg)
{
	struct wake *w = arg;

	tb_affinity_pin_self(w->cpu);
	atomic_store(&w->tid, (int)syscall(SYS_gettid));
	for (;;) {
		atomic_store(&w->word, ASLEEP);
		while (atomic_load(&w->word) == ASLEEP)
			futex(&w->word, FUTEX_WAIT, ASLEEP);
		w->woken = tb_clock_now();
		if (atomic_load(&w->word) == QUIT)
			return NULL;
		w->wakes++;
		/* The waker may wait for this one: on one CPU it must sleep, or no other thread runs. */
		atomic_store(&w->word, AWAKE);
		futex(&w->word, FUTEX_WAKE, 1);
	}
}

static int wake_setup(struct tb_trial *trial)
{
	struct wake *w = tb_trial_alloc(trial, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	tb_trial_set_priv(trial, w);
	w->cpu = tb_trial_cpu(trial, SLEEPER);
	w->asleep = -1;
	err = pthread_create(&w->sleeper, NULL, sleep_until_quit, w);
	w->started = !err;
	if (err)
		return tb_trial_refused(trial, -err, "pthread_create", "no thread for the sleeper");
	while (!atomic_load(&w->tid))
		sched_yield();
	w->asleep = tb_asleep_open(atomic_load(&w->tid));
	return w->asleep < 0 ? tb_trial_fail(trial, w->asleep, "the sleeper's state can't be read")
			     : 0;
}

static void settle(const struct wake *w, int waker)
{
	uint64_t begin = tb_clock_ns();

	/* On one CPU there is no idle state to reach. */
	while (w->cpu != waker && tb_clock_ns() - begin < SETTLE_NS)
		;
}

static int wake_sample(struct tb_trial *trial, double *value)
{
	struct wake *w = tb_trial_priv(trial);
	uint64_t called, returned;

	if (tb_asleep_wait(w->asleep))
		return tb_trial_fail(trial, -ETIMEDOUT, "the sleeper did not go to sleep");
	settle(w, tb_trial_cpu(trial, WAKER));

	atomic_store(&w->word, CALLED);
	called = tb_clock_begin();
	futex(&w->word, FUTEX_WAKE, 1);
	returned = tb_clock_end();

	while (atomic_load(&w->word) == CALLED)
		futex(&w->word, FUTEX_WAIT, CALLED);

	value[WAKE_CALL] = tb_trial_ns(trial, (double)(returned - called));
	value[WAKE_TO_RUN] = tb_trial_ns(trial, (double)(w->woken - called));
	return 0;
}

static int wake_verify(struct tb_trial *trial)
{
	const struct wake *w = tb_trial_priv(trial);
	bool same = w->wakes == tb_trial_samples(trial);

	tb_trial_check(trial, "wakes-counted", same, "as many as called",
		       same ? "as many" : "other");
	return 0;
}

static void wake_teardown(struct tb_trial *trial)
{
	struct wake *w = tb_trial_priv(trial);

	if (!w || !w->started)
		return;
	if (w->asleep >= 0)
		tb_asleep_wait(w->asleep);
	/* Without this check it may be on its way to sleep, and would read the word as a new wait. */
	while (atomic_load(&w->word) != ASLEEP)
		sched_yield();
	atomic_store(&w->word, QUIT);
	futex(&w->word, FUTEX_WAKE, 1);
	pthread_join(w->sleeper, NULL);
	if (w->asleep >= 0)
		close(w->asleep);
}

static const struct tb_metric wake_metrics[] = {
	[WAKE_CALL] = { .name = "wake-call",
			.unit = TB_NS,
			.shown = true,
			.help = "from the call of FUTEX_WAKE to its return" },
	[WAKE_TO_RUN] = { .name = "wake-to-run",
			  .unit = TB_NS,
			  .headline = true,
			  .help = "from the call of FUTEX_WAKE to the sleeper's first instruction" },
	{ 0 }
};

static const struct tb_param wake_params[] = {
	{ .name = TB_PLACEMENT_PARAM,
	  .choice = tb_placement_name,
	  .fallback = "same-cpu",
	  .help = "where the sleeper runs, relative to the waker" },
	{ .name = TB_IDLE_PARAM,
	  .values = TB_IDLES,
	  .fallback = "default",
	  .help = "how deeply the sleeper's CPU may idle" },
	{ .name = TB_POLICY_PARAM,
	  .values = TB_POLICIES,
	  .fallback = "fifo",
	  .help = "scheduling class of both threads" },
	{ 0 }
};

#define ELSEWHERE "placement=smt-sibling,same-l2,same-l3,cross-l3,cross-package"

static const char *const quick[] = { "placement=same-cpu", ELSEWHERE " idle=default,shallow",
				     NULL };
static const char *const full[] = { "placement=same-cpu policy=fifo,other",
				    ELSEWHERE " idle=default,shallow policy=fifo,other", NULL };

static const struct tb_explanation explanation = {
	.question = "What does it cost to wake a sleeping thread without a page fault? This is the "
		    "control of the apf family: any cost of a faulted task above it is the cost of "
		    "the fault.",
	.window = "wake-call: from the stamp before FUTEX_WAKE to the stamp after it, both by the "
		  "waker.\n"
		  "wake-to-run: from the same first stamp to the sleeper's first instruction after "
		  "its FUTEX_WAIT. The two stamps come from two CPUs, except with "
		  "placement=same-cpu.\n"
		  "The stores to the futex word and the sleeper's answer are outside the windows.",
	.values =
		"placement: where the sleeper runs, relative to the waker. On same-cpu the "
		"sleeper runs when the waker goes to sleep, so wake-to-run includes that switch.\n"
		"idle=shallow: /dev/cpu_dma_latency is held at 0 during the launch.\n"
		"policy=fifo: both threads are SCHED_FIFO of one priority. A woken sleeper on the "
		"waker's CPU waits until the waker sleeps.\n"
		"policy=other: both are SCHED_OTHER. The scheduler may let the sleeper preempt "
		"the waker.",
	.proof = "wakes-counted: the sleeper counts its wakes; the count must equal the calls.",
	.controls =
		"Before each wake, the scheduler (/proc) reports the sleeper asleep. On a CPU of "
		"its own the sleeper has slept for at least 50 microseconds, so that the CPU had "
		"time to idle.",
	.traps = "A flag set by the sleeper does not prove that it sleeps. It may still be on its "
		 "way to sleep, and waking it then costs a fraction.\n"
		 "The futex word and the sleeper's stamp are on separate cache lines, so that the "
		 "sleeper's reads do not slow the waker's stamp.\n"
		 "Between CPUs, the state of the sleeping CPU decides: it polls, halts, or exits "
		 "to a hypervisor that polls. Such rows are mixtures: compare idle=default with "
		 "shallow.\n"
		 "A busy CPU answers in a tenth of the time of a halted one. In a virtual machine, "
		 "halting is an exit.",
	.silent = "It measures neither several sleepers nor contention.\n"
		  "Between CPUs it assumes that their TSCs agree, as the kernel does with "
		  "clocksource tsc.\n"
		  "SCHED_FIFO is used only if it is permitted. The record has the policy of each "
		  "launch.",
	.sources = "Linux kernel/futex/waitwake.c; futex(2).\n"
		   "bench/apf/wake_futex.c; docs/method.md.",
};

const struct tb_bench apf_wake_futex = {
	.name = "apf/wake-futex",
	.summary = "wake a thread that sleeps on a futex (control)",
	.explain = &explanation,
	.realm = TB_REALM_USER,
	.version = 1,
	.cpus = 2,
	.metrics = wake_metrics,
	.params = wake_params,
	.quick = quick,
	.full = full,
	.rounds = 512,
	.ungated = true,
	.probe = tb_probe_threads,
	.setup = wake_setup,
	.sample = wake_sample,
	.verify = wake_verify,
	.teardown = wake_teardown,
};
