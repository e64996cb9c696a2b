// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/switch: two threads on one CPU yield to each other by sched_yield(). Under
 * SCHED_FIFO each yield is a switch; the kernel's count of switches proves it.
 */
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>

#include "measure/clock.h"
#include "machine/place.h"
#include "machine/affinity.h"
#include "thread/shadow.h"

enum { SWITCH };
enum { TURNS = 16 }; /* of each thread, per window */

struct ring {
	atomic_uint turn; /* raised by the running thread: even is ours, odd is the other's */
	atomic_uint quit;
	pthread_t other;
	bool started;		  /* the other thread */
	atomic_long other_status; /* ARCH_SHSTK_STATUS of the other thread */
	int cpu;
};

/* Yields until it is this thread's turn. */
static void take_turn(struct ring *r, unsigned int parity)
{
	while ((atomic_load(&r->turn) & 1) != parity && !atomic_load(&r->quit))
		sched_yield();
	atomic_fetch_add(&r->turn, 1);
}

static void *turn_until_quit(void *arg)
{
	struct ring *r = arg;

	tb_affinity_pin_self(r->cpu);
	atomic_store(&r->other_status, thread_shadow_status());
	while (!atomic_load(&r->quit))
		take_turn(r, 1);
	return NULL;
}

static int switch_probe(struct tb_probe *probe)
{
	int err = thread_probe_shadow(probe);

	return err ? err : tb_probe_threads(probe);
}

static int switch_setup(struct tb_trial *trial)
{
	struct ring *r = tb_trial_alloc(trial, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	tb_trial_set_priv(trial, r);
	r->cpu = tb_trial_cpu(trial, 0);
	err = pthread_create(&r->other, NULL, turn_until_quit, r);
	r->started = !err;
	return err ? tb_trial_refused(trial, -err, "pthread_create", "no second thread") : 0;
}

static long switches(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return use.ru_nvcsw + use.ru_nivcsw;
}

static int switch_sample(struct tb_trial *trial, double *value)
{
	struct ring *r = tb_trial_priv(trial);
	long before = switches(), made;
	uint64_t begin, end;

	tb_trial_count_begin(trial);
	begin = tb_clock_begin();
	for (int i = 0; i < TURNS; i++)
		take_turn(r, 0);
	end = tb_clock_end();
	tb_trial_count_end(trial, TURNS);
	made = switches() - before;
	/* The kernel's count, not the expected one: without SCHED_FIFO a yield may return. */
	if (made > 0)
		value[SWITCH] = tb_trial_ns(trial, (double)(end - begin)) / (double)made;
	return 0;
}

static int switch_verify(struct tb_trial *trial)
{
	struct ring *r = tb_trial_priv(trial);
	long want = thread_shadowed(trial) ? THREAD_SHSTK : 0, got = atomic_load(&r->other_status);

	thread_check_shadow(trial);
	tb_trial_check_count(trial, "other-status", want, got < 0 ? 0 : got);
	return 0;
}

static void switch_teardown(struct tb_trial *trial)
{
	struct ring *r = tb_trial_priv(trial);

	if (!r || !r->started)
		return;
	atomic_store(&r->quit, 1);
	pthread_join(r->other, NULL);
}

static const struct tb_metric switch_metrics[] = {
	[SWITCH] = { .name = "switch",
		     .unit = TB_NS,
		     .headline = true,
		     .help = "one switch by sched_yield(), by the kernel's count of switches" },
	{ 0 }
};

static const struct tb_param switch_params[] = {
	{ .name = "shadow",
	  .values = "off|on",
	  .fallback = "off",
	  .help = "whether the threads have shadow stacks" },
	{ 0 }
};

static const char *const switch_suite[] = { "shadow=off,on", NULL };

static const struct tb_explanation explanation = {
	.question = "What does a switch between two threads of one process on one CPU cost? With "
		    "shadow stacks, each switch also saves and restores their state.",
	.window = "switch: a window over 16 turns, in which each thread calls sched_yield() until "
		  "its turn comes. The sample is the window divided by the number of switches that "
		  "the kernel counted in it (getrusage), not by the expected number.",
	.values = "shadow=off: no shadow stack.\n" THREAD_SHADOW_ON,
	.proof = "A sample is valid only by the kernel's count: a sample without a counted switch "
		 "has no value.\n" THREAD_SHADOW_STATUS
		 " other-status: the same check for the other thread.",
	.controls = "None of its own.",
	.traps = "Without SCHED_FIFO a yield may return to its caller. Its time is then in the "
		 "window without a switch in the count, and the figure is too high. The record has "
		 "the policy of each launch.",
	.silent = "The figure includes the system call sched_yield(): entry, exit and their "
		  "mitigations.\n"
		  "Both threads share one address space, so page tables are not switched and no "
		  "predictor barrier runs.",
	.sources = "Linux kernel/sched/core.c, kernel/sched/syscalls.c; "
		   "arch/x86/kernel/process_64.c, __switch_to(); sched_yield(2).\n"
		   "bench/thread/switch.c; docs/method.md.",
};

const struct tb_bench thread_switch = {
	.name = "thread/switch",
	.summary = "switch between two threads on one CPU",
	.explain = &explanation,
	.realm = TB_REALM_USER,
	.version = 1,
	.cpus = 1,
	.metrics = switch_metrics,
	.params = switch_params,
	.quick = switch_suite,
	.full = switch_suite,
	.rounds = 1024,
	.ungated = true,
	.probe = switch_probe,
	.enter = thread_enter,
	.setup = switch_setup,
	.sample = switch_sample,
	.verify = switch_verify,
	.teardown = switch_teardown,
};
