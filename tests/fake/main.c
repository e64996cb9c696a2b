// SPDX-License-Identifier: GPL-2.0-or-later
/* The harness with benchmarks that behave, and some that do not. */
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "measure/counters.h"
#include "run/launch_shm.h"
#include "../unit/random_unit.h"

enum { GREED = 1 << 20 };

struct fake {
	bool sparse; /* this launch has no figure, and says so */
	bool running;
	pthread_t thread;
	atomic_bool quit;
	atomic_ulong turns; /* of the thread, in the launch's memory */
};

static void *turn_until_quit(void *arg)
{
	struct fake *f = arg;

	/* Of the same real-time priority on the same CPU as the worker: it must yield. */
	while (!atomic_load(&f->quit)) {
		atomic_fetch_add(&f->turns, 1);
		sched_yield();
	}
	return NULL;
}

static void give_threads_time(void)
{
	usleep(50000);
}

/*
 * way=halfway: fails when its thread already works in the launch's memory. If the thread outlives
 * that memory, it runs once more before the process is gone.
 */
static int fail_halfway(struct tb_trial *trial, struct fake *f)
{
	atexit(give_threads_time);
	f->running = !pthread_create(&f->thread, NULL, turn_until_quit, f);
	while (f->running && !atomic_load(&f->turns))
		sched_yield();
	return tb_trial_fail(trial, -EPROTO, "the setup failed halfway, as it should");
}

/* way=sparse: one launch in eight has no figure. */
static int fake_setup(struct tb_trial *trial)
{
	struct fake *f = tb_trial_alloc(trial, sizeof(*f));
	const char *way = tb_trial_choice(trial, "way");

	if (!f)
		return -ENOMEM;
	tb_trial_set_priv(trial, f);
	f->sparse = !strcmp(way, "sparse") && !tb_random_below(tb_trial_random(trial), 8);
	if (f->sparse)
		tb_trial_unavailable(trial, 0, "this launch has no figure, as it should");
	return strcmp(way, "halfway") ? 0 : fail_halfway(trial, f);
}

static void fake_teardown(struct tb_trial *trial)
{
	struct fake *f = tb_trial_priv(trial);

	if (!f || !f->running)
		return;
	atomic_store(&f->quit, true);
	pthread_join(f->thread, NULL);
}

/* About 1000, within a per cent; some in a second mode with way=modes. */
static int fake_sample(struct tb_trial *trial, double *value)
{
	struct tb_random *random = tb_trial_random(trial);
	const char *way = tb_trial_choice(trial, "way");

	value[0] = 1000 + 10 * random_unit(random);
	if (!strcmp(way, "modes") && tb_random_below(random, 4) == 0)
		value[0] += 300;
	if (!strcmp(way, "disturbed") && tb_trial_samples(trial) % 4 == 1)
		tb_trial_disturbed(trial, 0);
	if (!strcmp(way, "busy"))
		tb_trial_disturbed(trial, 0);
	if (tb_trial_counting(trial) && strcmp(way, "uncounted") != 0)
		tb_trial_counted(trial, (const uint64_t[]){ 14 }, 2);
	if (!strcmp(way, "infinite"))
		value[0] = INFINITY;
	if (!strcmp(way, "silent"))
		value[0] = NAN;
	if (tb_trial_samples(trial) < TB_WARM_UPS + 5)
		return 0;
	if (!strcmp(way, "crash"))
		raise(SIGSEGV);
	/* Until the kernel's killer comes: meant for a memory cgroup. */
	if (!strcmp(way, "greedy"))
		for (;;) {
			void *piece = malloc(GREED);

			if (piece)
				memset(piece, 1, GREED);
		}
	if (!strcmp(way, "hang"))
		for (;;)
			pause();
	if (!strcmp(way, "error"))
		return tb_trial_fail(trial, -EPROTO, "the sample went wrong, as it should");
	return 0;
}

/* way=miscount: the launch reports one sample more than it took. */
static int fake_verify(struct tb_trial *trial)
{
	const char *way = tb_trial_choice(trial, "way");
	long long taken = (long long)tb_trial_samples(trial);

	if (!strcmp(way, "check"))
		tb_trial_check(trial, "always-wrong", false, "1", "0");
	else
		tb_trial_check(trial, "always-right", true, "1", "1");
	tb_trial_check_count(trial, "samples-taken", taken, taken - !strcmp(way, "miscount"));
	return 0;
}

static int fake_probe(struct tb_probe *probe)
{
	if (!strcmp(tb_probe_choice(probe, "way"), "unavailable"))
		return tb_probe_unavailable(probe, "no-fake", "this machine has no fake",
					    "buy one");
	return 0;
}

/* Counters of its own: one, for the first event. */
static int fake_count(struct tb_trial *trial, const struct tb_events *events,
		      struct tb_counters *counters)
{
	for (unsigned int i = 1; i < events->n; i++)
		tb_trial_unavailable_event(trial, i, "a fake has one counter");
	counters->n = events->n > 0;
	counters->rdpmc = true;
	if (counters->n)
		tb_trial_overhead_event(trial, 0, 3);
	return 0;
}

static const struct tb_metric metrics[] = {
	{ .name = "latency", .unit = TB_NS, .help = "made up", .headline = true }, { 0 }
};

static const struct tb_param params[] = {
	{ .name = "way",
	  .values =
		  "steady|modes|infinite|crash|greedy|hang|error|check|unavailable|disturbed|uncounted|"
		  "sparse|silent|halfway|busy|miscount",
	  .fallback = "steady",
	  .help = "how to behave" },
	{ .name = "size", .values = "4K..1M/4K", .fallback = "64K", .help = "of nothing" },
	{ 0 }
};

static const char *const quick[] = { "way=steady size=4K,64K", NULL };

static const struct tb_bench fake = {
	.name = "fake/one",
	.summary = "numbers without a meaning",
	.realm = TB_REALM_USER,
	.version = 1,
	.cpus = 1,
	.metrics = metrics,
	.params = params,
	.quick = quick,
	.full = quick,
	.rounds = 64,
	.untimed = true, /* other tasks on the machine do not change it */
	.probe = fake_probe,
	.setup = fake_setup,
	.sample = fake_sample,
	.verify = fake_verify,
	.teardown = fake_teardown,
	.count = fake_count,
};

int main(int argc, char **argv)
{
	static const struct tb_bench *const benches[] = { &fake, NULL };
	static const struct tb_tune *const tunes[] = { NULL };
	const struct tb_cli cli = { benches, tunes, argc, argv };

	return tb_main(&cli);
}
