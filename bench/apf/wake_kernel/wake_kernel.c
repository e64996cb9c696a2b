// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/wake-kernel: the guest's half of an asynchronous page fault.
 *
 * A KVM guest's task that touched an absent page waits in a hash table until the
 * host reports the page ready. The module has a replica of that table. This measures
 * its wait and wake without a host that delays them.
 */
#include "apf/wake_kernel/wake_kernel.h"
#include "apf/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "device/device.h"
#include "measure/sched.h"
#include "measure/clock.h"
#include "machine/place.h"
#include "machine/affinity.h"
#include "stats/describe.h"

enum { WAKER, SLEEPER }; /* roles */
enum { RATE, WAKE_CALL, WAKE_TO_RUN, WAIT_CALL };
enum { HIT, EARLY, ALL }; /* paths */

/* A sleeper that just went to sleep is still cached, and its CPU has barely begun to idle. */
enum { SETTLE_NS = 50000 };

struct wake;

struct sleeper {
	struct wake *wake;
	pthread_t thread;
	atomic_int tid;
	int asleep;
	struct tb_apf_wait wait; /* its last */
	int err;
	uint64_t waits, early;
	uint64_t irqs_off; /* TSC cycles, the longest */
};

struct wake {
	struct sleeper sleeper[TB_APF_WAITERS];
	unsigned int path, waiters, started;
	int device, cpu, waker_cpu;
	atomic_uint done; /* sleepers whose wait in this sample has ended */
	atomic_bool quit;
	uint64_t rounds, missed; /* wakes with a wrong number of woken tasks */
	uint64_t irqs_off;	 /* TSC cycles, the longest of the wakes */
	uint32_t count;		 /* TB_APF_COUNT in a counted sample */
	uint64_t counts[TB_PMU_EVENTS];
};

/* The wake flags of the sample: TB_APF_COUNT if it counts events. */
static int wake_sampled(struct wake *w, uint32_t token, uint32_t flags, struct tb_apf_wake *wake)
{
	int err = tb_device_wake(w->device, token, flags | w->count, wake);

	if (wake->irqs_off > w->irqs_off)
		w->irqs_off = wake->irqs_off;
	for (int i = 0; i < TB_PMU_EVENTS && w->count; i++)
		w->counts[i] += wake->count[i];
	return err;
}

static void *sleep_until_quit(void *arg)
{
	struct sleeper *s = arg;
	struct wake *w = s->wake;
	struct tb_apf_wait wait;

	tb_affinity_pin_self(w->cpu);
	atomic_store(&s->tid, (int)syscall(SYS_gettid));
	do {
		s->err = tb_device_wait(w->device, (uint32_t)(s - w->sleeper), &wait);
		s->wait = wait;
		s->waits++;
		s->early += wait.early;
		if (wait.irqs_off > s->irqs_off)
			s->irqs_off = wait.irqs_off;
		/* The waker may sleep: on one CPU it must, or no sleeper runs. */
		atomic_fetch_add(&w->done, 1);
		futex(&w->done, FUTEX_WAKE, 1);
	} while (!atomic_load(&w->quit) && !s->err);
	return NULL;
}

static int start_sleeper(struct tb_trial *trial, struct wake *w, unsigned int i)
{
	struct sleeper *s = &w->sleeper[i];
	int err;

	s->wake = w;
	s->asleep = -1;
	err = pthread_create(&s->thread, NULL, sleep_until_quit, s);
	if (err)
		return tb_trial_refused(trial, -err, "pthread_create", "no thread for a sleeper");
	w->started++;
	while (!atomic_load(&s->tid))
		sched_yield();
	s->asleep = tb_asleep_open(atomic_load(&s->tid));
	return s->asleep < 0 ? tb_trial_fail(trial, s->asleep, "a sleeper's state can't be read")
			     : 0;
}

static int wake_setup(struct tb_trial *trial)
{
	struct wake *w = tb_trial_alloc(trial, sizeof(*w));
	int err = 0;

	if (!w)
		return -ENOMEM;
	w->device = -1;
	tb_trial_set_priv(trial, w);
	w->path = tb_trial_choice_index(trial, "path");
	w->waiters = (unsigned int)tb_trial_number(trial, "waiters");
	w->cpu = tb_trial_cpu(trial, SLEEPER);
	w->waker_cpu = tb_trial_cpu(trial, WAKER);
	w->device = tb_device_open_trial(trial);
	if (w->device < 0)
		return w->device;
	if (w->path == EARLY) {
		tb_trial_unavailable(trial, WAKE_TO_RUN, "the wake came first: no task slept");
		return 0;
	}
	tb_trial_unavailable(trial, WAIT_CALL, "the wait sleeps: wake-to-run measures its end");
	for (unsigned int i = 0; i < w->waiters && !err; i++)
		err = start_sleeper(trial, w, i);
	return err;
}

/* Waits until all are in the table and the scheduler reports them asleep. */
static int rest(struct wake *w)
{
	struct tb_apf_stat stat = { 0 };
	uint64_t begin = tb_clock_ns();
	int err = 0;

	do {
		if (ioctl(w->device, TB_IOC_APF_STAT, &stat))
			return -errno;
		if (tb_clock_ns() - begin > 1000000000)
			return -ETIMEDOUT;
		if (stat.waiting < w->waiters)
			sched_yield();
	} while (stat.waiting < w->waiters);
	for (unsigned int i = 0; i < w->waiters && !err; i++)
		err = tb_asleep_wait(w->sleeper[i].asleep);
	begin = tb_clock_ns();
	/* On one CPU there is no idle state to reach. */
	while (w->cpu != w->waker_cpu && tb_clock_ns() - begin < SETTLE_NS)
		;
	return err;
}

/* Wakes one by one, or all at once. entered[]: begin of the waiter's wake; *call: mean time of a call. */
static int wake_sleepers(struct wake *w, uint64_t *entered, double *call)
{
	uint32_t everybody = w->cpu == w->waker_cpu ? TB_APF_ALL : TB_APF_ALL_CPUS;
	unsigned int calls = 0, woken = 0;
	struct tb_apf_wake wake = { 0 };
	double cycles = 0;

	for (unsigned int i = 0; i < w->waiters; i++) {
		if (w->path == HIT || i == 0) {
			int err = w->path == HIT
					  ? wake_sampled(w, i, 0, &wake)
					  : wake_sampled(w, TB_APF_NO_TOKEN, everybody, &wake);

			if (err)
				return err;
			calls++;
			woken += wake.woken;
			cycles += (double)(wake.returned - wake.entered);
		}
		entered[i] = wake.entered;
	}
	*call = cycles / calls;
	w->missed += woken != w->waiters;
	return woken == w->waiters ? 0 : -EPROTO;
}

static int sample_sleepers(struct tb_trial *trial, struct wake *w, double *value)
{
	uint64_t entered[TB_APF_WAITERS] = { 0 }, last = 0;
	double run[TB_APF_WAITERS], call = 0, median;
	unsigned int done;
	int err = rest(w);

	if (err)
		return tb_trial_fail(trial, err, "the sleepers did not go to sleep");
	atomic_store(&w->done, 0);
	err = wake_sleepers(w, entered, &call);
	if (err)
		return tb_trial_fail(trial, err, "a wake failed, or woke too few");
	while ((done = atomic_load(&w->done)) < w->waiters)
		futex(&w->done, FUTEX_WAIT, done);
	for (unsigned int i = 0; i < w->waiters; i++) {
		const struct sleeper *s = &w->sleeper[i];

		if (s->err)
			return tb_trial_fail(trial, s->err, "a wait failed");
		run[i] = (double)(s->wait.ran - entered[i]);
		last = s->wait.ran > last ? s->wait.ran : last;
	}
	tb_stats_median(run, w->waiters, &median);
	value[WAKE_CALL] = tb_trial_ns(trial, call);
	value[WAKE_TO_RUN] = tb_trial_ns(trial, median);
	value[RATE] = w->waiters * 1e9 / tb_trial_ns(trial, (double)(last - entered[0]));
	return 0;
}

/* Wakes without a waiter, then as many waits that find them. */
static int sample_early(struct tb_trial *trial, struct wake *w, double *value)
{
	double wakes = 0, waits = 0;
	int err = 0;

	for (uint32_t i = 0; i < w->waiters && !err; i++) {
		struct tb_apf_wake wake;

		err = wake_sampled(w, i, 0, &wake);
		wakes += (double)(wake.returned - wake.entered) / w->waiters;
		w->missed += wake.dummies != 1;
	}
	for (uint32_t i = 0; i < w->waiters && !err; i++) {
		struct tb_apf_wait wait;

		err = tb_device_wait(w->device, i, &wait);
		waits += (double)(wait.ran - wait.entered) / w->waiters;
		w->missed += !wait.early;
	}
	if (err)
		return tb_trial_fail(trial, err, "an early wake or its wait failed");
	value[WAKE_CALL] = tb_trial_ns(trial, wakes);
	value[WAIT_CALL] = tb_trial_ns(trial, waits);
	value[RATE] = 1e9 / tb_trial_ns(trial, wakes + waits);
	return 0;
}

static int wake_sample(struct tb_trial *trial, double *value)
{
	struct wake *w = tb_trial_priv(trial);
	int err;

	w->rounds++;
	w->count = tb_trial_counting(trial) ? TB_APF_COUNT : 0;
	memset(w->counts, 0, sizeof(w->counts));
	err = w->path == EARLY ? sample_early(trial, w, value) : sample_sleepers(trial, w, value);
	if (w->count && !err)
		tb_trial_counted(trial, w->counts, w->path == ALL ? 1 : w->waiters);
	return err;
}

static int wake_count(struct tb_trial *trial, const struct tb_events *events,
		      struct tb_counters *counters)
{
	const struct wake *w = tb_trial_priv(trial);

	return tb_device_count(trial, w->device, events, counters);
}

static int wake_verify(struct tb_trial *trial)
{
	struct wake *w = tb_trial_priv(trial);
	struct tb_apf_stat stat = { 0 };
	uint64_t waits = 0, early = 0, irqs_off = w->irqs_off;

	if (ioctl(w->device, TB_IOC_APF_STAT, &stat))
		return tb_trial_fail(trial, -errno, "the table can't be read");
	for (unsigned int i = 0; i < w->started; i++) {
		waits += w->sleeper[i].waits;
		early += w->sleeper[i].early;
		if (w->sleeper[i].irqs_off > irqs_off)
			irqs_off = w->sleeper[i].irqs_off;
	}
	tb_trial_control(trial, "irqs-off-max-ns", tb_trial_ns(trial, (double)irqs_off));
	tb_trial_check_count(trial, "wrong-wakes", 0, (long long)w->missed);
	tb_trial_check_count(trial, "wakes-counted", (long long)w->rounds * w->started,
			     (long long)waits);
	tb_trial_check_count(trial, "early-wakes", 0, (long long)early);
	tb_trial_check_count(trial, "dummies-left", 0, stat.dummies);
	tb_trial_check_count(trial, "stale-hand-offs", 0, (long long)stat.stale);
	return 0;
}

static void wake_teardown(struct tb_trial *trial)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct wake *w = tb_trial_priv(trial);
	struct tb_apf_wake wake;

	if (!w || w->device < 0)
		return;
	atomic_store(&w->quit, true);
	for (unsigned int i = 0; i < w->started; i++) {
		/* A sleeper may have been about to wait when the wake came. */
		do {
			tb_device_wake(w->device, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, &wake);
			nanosleep(&pause, NULL);
		} while (pthread_tryjoin_np(w->sleeper[i].thread, NULL));
		if (w->sleeper[i].asleep >= 0)
			close(w->sleeper[i].asleep);
	}
	close(w->device);
}

static const char *path_name(unsigned int i)
{
	static const char *const paths[] = { [HIT] = "hit", [EARLY] = "early", [ALL] = "all" };

	return i < sizeof(paths) / sizeof(paths[0]) ? paths[i] : NULL;
}

static const struct tb_metric wake_metrics[] = {
	[RATE] = { .name = "rate",
		   .unit = TB_OPS_PER_S,
		   .better = TB_HIGHER,
		   .shown = true,
		   .help = "completed waits over the time from the first wake to the last waiter's run" },
	[WAKE_CALL] = { .name = "wake-call",
			.unit = TB_NS,
			.headline = true,
			.help = "from the call of the wake to its return, in the kernel; the mean of several" },
	[WAKE_TO_RUN] = { .name = "wake-to-run",
			  .unit = TB_NS,
			  .shown = true,
			  .help = "from the call of the wake to the waiter after its sleep; the median of several" },
	[WAIT_CALL] = { .name = "wait-call",
			.unit = TB_NS,
			.shown = true,
			.help = "a wait whose wake came first; the mean of several" },
	{ 0 }
};

static const struct tb_param wake_params[] = {
	{ .name = "path",
	  .choice = path_name,
	  .fallback = "hit",
	  .help = "wake a waiting token, a token before its wait, or all waiters" },
	{ .name = "waiters", .values = "1..64/1", .fallback = "1", .help = "tasks in the table" },
	{ .name = TB_PLACEMENT_PARAM,
	  .choice = tb_placement_name,
	  .fallback = "same-cpu",
	  .help = "where the waiters run, relative to the waker" },
	{ .name = TB_IDLE_PARAM,
	  .values = TB_IDLES,
	  .fallback = "default",
	  .help = "how deeply the waiters' CPU may idle" },
	{ .name = TB_POLICY_PARAM,
	  .values = TB_POLICIES,
	  .fallback = "fifo",
	  .help = "scheduling class of the waker and of the waiters" },
	{ 0 }
};

#define ELSEWHERE "placement=smt-sibling,same-l2,same-l3,cross-l3,cross-package"

static const char *const quick[] = { "path=hit,all waiters=1,16", "path=early waiters=1,16",
				     ("path=hit " ELSEWHERE " idle=default,shallow"),
				     "path=all waiters=16 placement=same-l3", NULL };
static const char *const full[] = {
	"path=hit,all waiters=1,16 policy=fifo,other",	 "path=early waiters=1,16",
	("path=hit " ELSEWHERE " idle=default,shallow"), ("path=hit " ELSEWHERE " policy=other"),
	"path=all waiters=16 placement=same-l3",	 NULL
};

const struct tb_bench apf_wake_kernel = {
	.name = "apf/wake-kernel",
	.summary = "wait and wake in a replica of the guest's table",
	.explain = &apf_wake_kernel_explanation,
	.realm = TB_REALM_MODULE,
	.version = 1,
	.cpus = 2,
	.metrics = wake_metrics,
	.params = wake_params,
	.quick = quick,
	.full = full,
	.rounds = 512,
	.ungated = true,
	.probe = tb_device_probe_table,
	.setup = wake_setup,
	.sample = wake_sample,
	.verify = wake_verify,
	.teardown = wake_teardown,
	.count = wake_count,
};
