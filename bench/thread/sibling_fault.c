// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/sibling-fault: the cost of a page fault while a sibling thread creates
 * threads. A creation with a shadow stack maps and unmaps, and so takes the lock of
 * the address space for writing. A fault takes it, or a VMA's, for reading.
 */
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "measure/clock.h"
#include "machine/place.h"
#include "stats/describe.h"
#include "thread/shadow.h"
#include "thread/shadow_model.h"
#include "machine/affinity.h"
#include "thread/thread.h"

enum { FAULT, FAULT_P99 };
enum { FAULTER, CREATOR }; /* roles */
enum { PAGE = 4096, PAGES = 512, STACK_BYTES = 16 << 10, WARM = 16, BLOCK = 256 };

struct sibling {
	char *region; /* PAGES pages; `next` is the first absent one */
	size_t next;
	uint64_t faults;
	double block[BLOCK]; /* the latest samples, ns */
	unsigned int in_block;
	bool storm, model, shadowed;
	bool running; /* the creator's thread */
	pthread_t creator;
	int cpu;
	atomic_int err; /* -errno of the creator's thread */
	atomic_bool quit;
	atomic_ulong made, fit; /* threads made; those whose shadow stack is as expected */
	struct thread_child child;
	char *stack;
	size_t shadow_bytes; /* of a shadow stack, real or modelled */
};

/*
 * clone3 maps a shadow stack as large as the given stack_size. The thread uses only the top of its
 * stack, so only the top is mapped.
 */
static int call_clone3(struct sibling *s)
{
	size_t bytes = s->shadowed ? s->shadow_bytes : STACK_BYTES;

	return thread_clone3(&s->child, s->stack + STACK_BYTES - bytes, bytes);
}

/* Creates one thread, with or without the model's mapping, and waits for its end. */
static int create_one(struct sibling *s)
{
	int err;

	s->child.map = NULL;
	if (s->model) {
		s->child.map = thread_model_map(NULL, s->shadow_bytes);
		if (!s->child.map)
			return -errno;
		s->child.map_bytes = s->shadow_bytes;
	}
	err = call_clone3(s);
	if (err && s->child.map)
		munmap(s->child.map, s->shadow_bytes);
	if (err)
		return err;
	thread_join(&s->child);
	atomic_fetch_add(&s->fit, (s->child.ssp != 0) == s->shadowed);
	atomic_fetch_add(&s->made, 1);
	return 0;
}

static void *create_until_quit(void *arg)
{
	struct sibling *s = arg;

	tb_affinity_pin_self(s->cpu);
	while (!atomic_load(&s->quit) && !s->err)
		s->err = create_one(s);
	return NULL;
}

static int start_storm(struct tb_trial *trial, struct sibling *s)
{
	int err = pthread_create(&s->creator, NULL, create_until_quit, s);

	if (err)
		return tb_trial_refused(trial, -err, "pthread_create",
					"no thread to create others");
	s->running = true;
	/* The storm must run before the first fault, on the same CPU too. */
	while (atomic_load(&s->made) < WARM && !s->err)
		sched_yield();
	return 0;
}

static int sibling_probe(struct tb_probe *probe)
{
	bool storm = strcmp(tb_probe_choice(probe, "storm"), "none");
	int err = thread_probe_shadow(probe);

	if (err)
		return err;
	if (!storm)
		return strcmp(tb_probe_choice(probe, "shadow"), "model")
			       ? 0
			       : tb_probe_unavailable(
					 probe, "not-applicable",
					 "with storm=none nothing is created or mapped",
					 "use storm=threads with shadow=model");
	err = thread_probe_method(probe, "clone3");
	return err ? err : tb_probe_threads(probe);
}

static int sibling_setup(struct tb_trial *trial)
{
	struct sibling *s = tb_trial_alloc(trial, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	tb_trial_set_priv(trial, s);
	s->storm = strcmp(tb_trial_choice(trial, "storm"), "none");
	s->model = !strcmp(tb_trial_choice(trial, "shadow"), "model");
	s->shadowed = thread_shadowed(trial);
	s->shadow_bytes = tb_trial_number(trial, "stack");
	s->cpu = tb_trial_cpu(trial, CREATOR);
	s->stack = tb_trial_alloc(trial, STACK_BYTES);
	if (!s->stack)
		return -ENOMEM;
	s->region = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->region == MAP_FAILED)
		return tb_trial_fail(trial, -ENOMEM, "no memory to fault on");
	madvise(s->region, (size_t)PAGES * PAGE, MADV_NOHUGEPAGE);
	err = s->model ? thread_model_small_pages(trial) : 0;
	return !err && s->storm ? start_storm(trial, s) : err;
}

static long minor_faults(void)
{
	struct rusage use;

	getrusage(RUSAGE_THREAD, &use);
	return use.ru_minflt;
}

/* A block holds kept samples only; a discarded one must neither be in it nor end it. */
static void add_to_block(const struct tb_trial *trial, struct sibling *s, double *value)
{
	const double p = 0.99;

	if (tb_trial_column(trial) == TB_WARM_UP)
		return;
	s->block[s->in_block++] = value[FAULT];
	if (s->in_block < BLOCK)
		return;
	tb_stats_quantiles(s->block, BLOCK, &p, 1, &value[FAULT_P99]);
	s->in_block = 0;
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
	add_to_block(trial, s, value);
	return 0;
}

static void end_storm(struct sibling *s)
{
	if (!s->running)
		return;
	atomic_store(&s->quit, true);
	pthread_join(s->creator, NULL);
	s->running = false;
}

static int sibling_verify(struct tb_trial *trial)
{
	struct sibling *s = tb_trial_priv(trial);

	end_storm(s);
	if (s->err)
		return tb_trial_refused(trial, s->err, "clone3", "a creation failed");
	thread_check_shadow(trial);
	tb_trial_check_count(trial, "faults", (long long)tb_trial_samples(trial),
			     (long long)s->faults);
	tb_trial_check_count(trial, "children-ran", (long long)atomic_load(&s->made),
			     (long long)s->child.ran);
	tb_trial_check_count(trial, "pointers-as-due", (long long)atomic_load(&s->made),
			     (long long)atomic_load(&s->fit));
	if (s->storm)
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
		    .help = "a store to an absent anonymous page" },
	[FAULT_P99] = { .name = "fault-p99",
			.unit = TB_NS,
			.trials = BLOCK,
			.shown = true,
			.help = "99 % quantile in blocks of 256; shows the waits for the lock" },
	{ 0 }
};

static const struct tb_param sibling_params[] = {
	{ .name = "storm",
	  .values = "none|threads",
	  .fallback = "threads",
	  .help = "whether the sibling creates threads" },
	{ .name = "shadow",
	  .values = "off|model|on",
	  .fallback = "off",
	  .help = "no shadow stacks, a model of their mapping, or real ones" },
	{ .name = "stack",
	  .values = "4K..1G/4K",
	  .fallback = "8M",
	  .help = "bytes of a created thread's shadow stack" },
	{ .name = TB_PLACEMENT_PARAM,
	  .choice = tb_placement_name,
	  .fallback = "same-l3",
	  .help = "where the creator runs, relative to the faulting thread" },
	{ 0 }
};

static const char *const sibling_quick[] = { "storm=none", "storm=threads shadow=off,model,on",
					     NULL };
static const char *const sibling_full[] = {
	"storm=none placement=smt-sibling,same-l2,same-l3,cross-l3",
	"storm=threads shadow=off,model,on placement=smt-sibling,same-l2,same-l3,cross-l3", NULL
};

static const struct tb_explanation explanation = {
	.question =
		"What does a page fault cost while a sibling thread creates threads? Each "
		"creation with a shadow stack maps and unmaps one, under the lock of the address "
		"space. Faults of all other threads may wait for this lock.",
	.window = "fault: from the stamp before a store to an absent anonymous page, to the stamp "
		  "after it. The window holds the fault only.\n"
		  "fault-p99: the 99 % quantile of a block of 256 samples. It shows the waits that "
		  "a median hides. Faults of warm-ups and of event counting are in no block, and a "
		  "launch with fewer samples has no block.\n"
		  "The pages are dropped every 512 faults, outside the window.",
	.values =
		"storm=none: the sibling does nothing. threads: it creates one thread after the "
		"other by clone3 and waits for the end of each.\n"
		"shadow=off: no shadow stack.\n"
		"shadow=model: each created thread has the model of a shadow stack of "
		"thread/create. The parent maps it; the child touches and unmaps it.\n" THREAD_SHADOW_ON
		" All threads of the process then have one: the faulting thread, its sibling and "
		"each created thread.\n"
		"stack: bytes of a created thread's shadow stack, real or modelled. clone3 gets "
		"them as its stack_size.\n"
		"placement: where the creator runs, relative to the faulting thread.",
	.proof = "faults: the kernel counted one minor fault for each sample.\n"
		 "children-ran: each child counts itself; the count must equal the creations. "
		 "pointers-as-due: each child reports its shadow-stack pointer. With shadow=on all "
		 "have one, otherwise none.\n" THREAD_SHADOW_STATUS,
	.controls = "storm=none is the control: compare the rows, subtract nothing.\n"
		    "creations: how many threads the sibling created in the launch. The record has "
		    "it, so an idle sibling is noticed.",
	.traps = "The first fault waits for sixteen creations, so the storm is running by then.\n"
		 "Transparent huge pages are off for the region, and with shadow=model for the "
		 "process (PR_SET_THP_DISABLE). With shadow=on the system's mode applies.\n"
		 "Version 1 of this benchmark used storm=model for storm=threads shadow=model.",
	.silent =
		"The model is a proxy of a shadow stack's mapping: see thread/create.\n"
		"Linux 6.4 and later take a lock of each VMA where they can. On older kernels all "
		"faults wait for the one lock of the address space. Compare kernels, not only "
		"CPUs.\n"
		"There is one creator. Several creators would also wait for each other.",
	.sources = "Linux mm/memory.c, lock_vma_under_rcu(); mm/mmap.c; "
		   "Documentation/mm/process_addrs.rst.\n"
		   "bench/thread/sibling_fault.c, raw.c, shadow_model.c; docs/method.md.",
};

const struct tb_bench thread_sibling_fault = {
	.name = "thread/sibling-fault",
	.summary = "page fault while a sibling creates threads",
	.explain = &explanation,
	.realm = TB_REALM_USER,
	.version = 2,
	.cpus = 2,
	.metrics = sibling_metrics,
	.params = sibling_params,
	.quick = sibling_quick,
	.full = sibling_full,
	.rounds = 4096,
	.ungated = true,
	.probe = sibling_probe,
	.enter = thread_enter,
	.setup = sibling_setup,
	.sample = sibling_sample,
	.verify = sibling_verify,
	.teardown = sibling_teardown,
};
