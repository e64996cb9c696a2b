// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/sibling-fault: what a page fault costs while a sibling thread creates
 * threads. Creations with a shadow stack map and unmap, and so take the lock of
 * the address space for writing; faults take it, or a VMA's, for reading.
 */
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "explain.h"
#include "measure/clock.h"
#include "measure/place.h"
#include "stats/describe.h"
#include "thread/thread.h"

enum { FAULT, FAULT_P99 };
enum { FAULTER, CREATOR }; /* roles */
enum { STORM_NONE, STORM_THREADS, STORM_MODEL };
enum { PAGE = 4096, PAGES = 512, STACK_BYTES = 16 << 10, WARM = 16, BLOCK = 256 };

struct sibling {
	char *region; /* PAGES, of which `next` is the first that is absent */
	size_t next;
	uint64_t faults;
	double block[BLOCK]; /* the latest faults, ns */
	unsigned int in_block;
	unsigned int storm;
	pthread_t creator;
	int cpu;
	atomic_int err; /* of the creator's thread */
	atomic_bool quit;
	atomic_ulong made;
	struct thread_child child;
	char *stack;
	size_t map_bytes;
};

/* One thread, with the model's mapping or without, and its end. */
static int create_one(struct sibling *s)
{
	int err;

	s->child.map = NULL;
	if (s->storm == STORM_MODEL) {
		s->child.map = mmap(NULL, s->map_bytes, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (s->child.map == MAP_FAILED)
			return -ENOMEM;
		s->child.map_bytes = s->map_bytes;
		madvise(s->child.map, s->map_bytes, MADV_NOHUGEPAGE);
	}
	err = thread_clone3(&s->child, s->stack, STACK_BYTES);
	if (err && s->child.map)
		munmap(s->child.map, s->map_bytes);
	if (!err)
		thread_join(&s->child);
	return err;
}

static void *create_until_quit(void *arg)
{
	struct sibling *s = arg;

	tb_place_pin_self(s->cpu);
	while (!atomic_load(&s->quit) && !s->err) {
		s->err = create_one(s);
		if (!s->err)
			atomic_fetch_add(&s->made, 1);
	}
	return NULL;
}

static int start_storm(struct tb_trial *trial, struct sibling *s)
{
	int err = pthread_create(&s->creator, NULL, create_until_quit, s);

	if (err) {
		s->storm = STORM_NONE; /* nobody to join */
		return tb_trial_refused(trial, -err, "pthread_create",
					"no thread to create others");
	}
	/* On the same CPU, too, it shall have begun before the first fault. */
	while (atomic_load(&s->made) < WARM && !s->err)
		sched_yield();
	return 0;
}

static int sibling_probe(struct tb_probe *probe)
{
	int err;

	if (!strcmp(tb_probe_choice(probe, "storm"), "none"))
		return 0;
	err = thread_probe_method(probe, "clone3");
	return err ? err : tb_probe_threads(probe);
}

static int sibling_setup(struct tb_trial *trial)
{
	struct sibling *s = tb_trial_alloc(trial, sizeof(*s));

	if (!s)
		return -ENOMEM;
	tb_trial_set_priv(trial, s);
	s->storm = tb_trial_choice_index(trial, "storm");
	s->map_bytes = tb_trial_number(trial, "stack");
	s->cpu = tb_trial_cpu(trial, CREATOR);
	s->stack = tb_trial_alloc(trial, STACK_BYTES);
	if (!s->stack)
		return -ENOMEM;
	s->region = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->region == MAP_FAILED)
		return tb_trial_fail(trial, -ENOMEM, "no memory to fault on");
	madvise(s->region, (size_t)PAGES * PAGE, MADV_NOHUGEPAGE);
	return s->storm ? start_storm(trial, s) : 0;
}

static long minor_faults(void)
{
	struct rusage use;

	getrusage(RUSAGE_THREAD, &use);
	return use.ru_minflt;
}

static int sibling_sample(struct tb_trial *trial, double *value)
{
	struct sibling *s = tb_trial_priv(trial);
	uint64_t begin, end;
	long before;

	if (s->err)
		return tb_trial_refused(trial, s->err, "clone3", "a creation failed");
	if (s->next == PAGES) {
		madvise(s->region, (size_t)PAGES * PAGE, MADV_DONTNEED);
		s->next = 0;
	}
	before = minor_faults();
	tb_trial_count_begin(trial);
	begin = tb_clock_begin();
	*(volatile char *)(s->region + s->next * PAGE) = 1;
	end = tb_clock_end();
	tb_trial_count_end(trial, 1);
	s->faults += (uint64_t)(minor_faults() - before);
	s->next++;
	value[FAULT] = tb_trial_ns(trial, (double)(end - begin));
	s->block[s->in_block++] = value[FAULT];
	if (s->in_block == BLOCK) {
		const double p = 0.99;

		tb_stats_quantiles(s->block, BLOCK, &p, 1, &value[FAULT_P99]);
		s->in_block = 0;
	}
	return 0;
}

static void end_storm(struct sibling *s)
{
	if (!s->storm)
		return;
	atomic_store(&s->quit, true);
	pthread_join(s->creator, NULL);
	s->storm = STORM_NONE;
}

static int sibling_verify(struct tb_trial *trial)
{
	struct sibling *s = tb_trial_priv(trial);
	bool storm = s->storm != STORM_NONE;

	end_storm(s);
	if (s->err)
		return tb_trial_refused(trial, s->err, "clone3", "a creation failed");
	tb_trial_check_count(trial, "faults", (long long)tb_trial_samples(trial),
			     (long long)s->faults);
	tb_trial_check_count(trial, "children-ran", (long long)atomic_load(&s->made),
			     (long long)s->child.ran);
	if (storm)
		tb_trial_control(trial, "creations", (double)atomic_load(&s->made));
	return 0;
}

static void sibling_teardown(struct tb_trial *trial)
{
	struct sibling *s = tb_trial_priv(trial);

	if (!s)
		return;
	end_storm(s);
	if (s->region && s->region != MAP_FAILED)
		munmap(s->region, (size_t)PAGES * PAGE);
}

static const struct tb_metric sibling_metrics[] = {
	[FAULT] = { .name = "fault",
		    .unit = TB_NS,
		    .headline = true,
		    .help = "a store to an absent anonymous page; the median" },
	[FAULT_P99] = { .name = "fault-p99",
			.unit = TB_NS,
			.trials = BLOCK,
			.shown = true,
			.help = "the slowest of a hundred, in blocks of 256: here stand the waits for the lock" },
	{ 0 }
};

static const struct tb_param sibling_params[] = {
	{ "storm", "none|threads|model", "threads",
	  "what the sibling does: nothing, threads, or threads with a model of a shadow stack" },
	{ "stack", "4K..1G/4K", "8M", "bytes of the model's mapping" },
	{ TB_PLACEMENT_PARAM, TB_PLACEMENTS, "same-l3", "where the creator runs" },
	{ 0 }
};

static const char *const sibling_quick[] = { "storm=none,threads,model", NULL };
static const char *const sibling_full[] = {
	"storm=none,threads,model placement=smt-sibling,same-l2,same-l3,cross-l3", NULL
};

const struct tb_bench thread_sibling_fault = {
	.name = "thread/sibling-fault",
	.summary = "a page fault while a sibling thread creates threads",
	.explain = &thread_sibling_fault_explained,
	.realm = "user",
	.version = 1,
	.cpus = 2,
	.metrics = sibling_metrics,
	.params = sibling_params,
	.quick = sibling_quick,
	.full = sibling_full,
	.rounds = 4096,
	.ungated = true,
	.probe = sibling_probe,
	.setup = sibling_setup,
	.sample = sibling_sample,
	.verify = sibling_verify,
	.teardown = sibling_teardown,
};
