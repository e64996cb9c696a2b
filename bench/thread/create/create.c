// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/create: the cost of a thread or process from the call to its end, without
 * a shadow stack, with a real one, or with a model of its mapping.
 */
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "machine/affinity.h"
#include "machine/place.h"
#include "thread/create/create.h"
#include "thread/create/create.h"
#include "thread/shadow_model.h"

enum { CREATE_RETURN, CHILD_START, FULL_CYCLE, OFF_CYCLE, MAP_CYCLE, PARTS, MODEL_CYCLE, METRICS };
enum { PARENT, CHILD }; /* roles */

static const uint64_t clone_most = 4ULL << 30; /* adjust_shstk_size(): limits RLIMIT_STACK only */

struct launch {
	struct create c;
	struct create_helper helper;
	struct create_background background;
	unsigned int others;
	struct thread_census before;
	uint64_t made, fit; /* of the other creators, after they have stopped */
};

/* Probes the method's own call, and pthread_create for the other threads. */
static int probe_calls(struct tb_probe *probe, const char *method, bool threads)
{
	int err = thread_probe_shadow(probe);

	if (!err)
		err = thread_probe_method(probe, method);
	return err || !threads ? err : tb_probe_threads(probe);
}

static int create_probe(struct tb_probe *probe)
{
	const char *shadow = tb_probe_choice(probe, "shadow");
	const char *method = tb_probe_choice(probe, "method");
	bool thread = create_method(method)->shadow == CREATE_OWN;
	bool real = strcmp(shadow, "off") && strcmp(shadow, "model");
	bool threads = real || tb_probe_number(probe, "live") > 0 ||
		       tb_probe_number(probe, "creators") > 1;

	if (!strcmp(shadow, "model") && !thread)
		return tb_probe_unavailable(
			probe, "not-applicable", "only threads get a shadow stack of their own",
			"use method=clone3, clone or pthread with shadow=model");
	if (real && !strcmp(tb_probe_choice(probe, "thp"), "huge"))
		return tb_probe_unavailable(
			probe, "not-applicable",
			"the kernel maps a real shadow stack, by its own THP mode",
			"use thp=none and set transparent_hugepage/enabled");
	if (real && !strcmp(method, "pthread") &&
	    tb_probe_number(probe, "stack") < (unsigned long)sysconf(_SC_THREAD_STACK_MIN))
		return tb_probe_unavailable(probe, "not-applicable",
					    "smaller than any thread's stack that glibc takes",
					    "use -p stack=64K, or method=clone3");
	return probe_calls(probe, method, threads);
}

/* Parent and child may use both CPUs of the placement; the scheduler chooses for each child. */
static int allow_both(struct tb_trial *trial)
{
	const int cpus[] = { tb_trial_cpu(trial, PARENT), tb_trial_cpu(trial, CHILD) };
	int err = tb_affinity_set(cpus, 2);

	return err ? tb_trial_refused(trial, err, "sched_setaffinity",
				      "the affinity mask excludes the CPUs of the placement")
		   : 0;
}

/* Grows our own stack now, since it cannot grow under a lower limit. */
static __attribute__((noinline)) void grow_stack(void)
{
	volatile char grown[256 << 10];

	for (size_t i = 0; i < sizeof(grown); i += 4096)
		grown[i] = 0;
}

/* clone() gets no size: the kernel uses RLIMIT_STACK. */
static int limit_stack(struct tb_trial *trial, size_t bytes)
{
	struct rlimit limit;

	grow_stack();
	getrlimit(RLIMIT_STACK, &limit);
	limit.rlim_cur = bytes;
	return setrlimit(RLIMIT_STACK, &limit)
		       ? tb_trial_fail(trial, -errno, "-p stack exceeds the limit of ulimit -Hs")
		       : 0;
}

/* Reads the variant's parameters of shadow stacks. */
static int choose_shadow(struct tb_trial *trial, struct create *c)
{
	bool thread = c->method->shadow == CREATE_OWN;
	size_t bytes = tb_trial_number(trial, "stack");

	c->stack_bytes = CREATE_STACK;
	c->huge = !strcmp(tb_trial_choice(trial, "thp"), "huge");
	c->model = !strcmp(tb_trial_choice(trial, "shadow"), "model");
	c->shadowed = thread_shadowed(trial);
	if (!thread || (!c->model && !c->shadowed))
		return 0;
	c->map_bytes = bytes;
	/* A real shadow stack, and the model beside it, follow the system's mode. */
	if (!c->shadowed)
		return c->huge ? 0 : thread_model_small_pages(trial);
	if (strcmp(tb_trial_choice(trial, "method"), "clone")) {
		c->stack_bytes = bytes;
		return 0;
	}
	if (bytes > clone_most)
		c->map_bytes = clone_most;
	return limit_stack(trial, bytes);
}

/* There is no other shadow stack yet, so no other VMA can have merged with the thread's own. */
static int find_main(struct tb_trial *trial, struct create *c)
{
	if (!c->shadowed)
		return 0;
	if (thread_shadows(0, thread_ssp(), &c->main) || !c->main.to)
		return tb_trial_fail(trial, -EIO, "/proc/self/smaps shows no shadow stack");
	return 0;
}

static void mark_unavailable(struct tb_trial *trial, const struct launch *l)
{
	bool thread = l->c.method->shadow == CREATE_OWN;

	if (!l->c.method->stamps)
		tb_trial_unavailable(
			trial, CHILD_START,
			"the child is another program, which does not report its start");
	if (!l->c.model && !l->helper.plain)
		tb_trial_unavailable(
			trial, OFF_CYCLE,
			l->c.shadowed
				? "glibc has locked the shadow stacks: no thread can run without one"
				: "this part is measured with shadow=model");
	for (unsigned int m = MAP_CYCLE; m < MODEL_CYCLE; m++)
		if (!l->c.model && !(l->helper.plain && thread))
			tb_trial_unavailable(trial, m, "this part is measured with shadow=model");
	if (!(l->helper.plain && thread))
		tb_trial_unavailable(
			trial, MODEL_CYCLE,
			"measured with shadow=on, and only for a thread of this process");
}

static int create_setup(struct tb_trial *trial)
{
	struct launch *l = tb_trial_alloc(trial, sizeof(*l));
	struct create *c;
	int err;

	if (!l)
		return -ENOMEM;
	tb_trial_set_priv(trial, l);
	c = &l->c;
	pthread_attr_init(&c->attr);
	create_background_init(&l->background);
	c->method = create_method(tb_trial_choice(trial, "method"));
	l->others = (unsigned int)tb_trial_number(trial, "creators") - 1;
	err = choose_shadow(trial, c);
	if (!err)
		err = find_main(trial, c);
	if (!err)
		err = create_prepare(trial, c);
	if (!err)
		err = allow_both(trial);
	if (!err && c->shadowed)
		err = create_helper_start(trial, &l->helper, c);
	if (err)
		return err;
	mark_unavailable(trial, l);
	l->background.model = c->model;
	err = create_live_start(trial, &l->background,
				(unsigned int)tb_trial_number(trial, "live"));
	if (!err)
		err = create_others_start(trial, &l->background, c, l->others);
	return err ? err : create_prove(trial, c, &l->helper, "first");
}

/* The same creation without a shadow stack, and with the model, in the same round. */
static int take_parts(struct launch *l, struct create_parts *parts)
{
	int err;

	if (l->c.model)
		return create_parts(&l->c, false, parts);
	if (!l->helper.plain)
		return 0;
	create_helper_ask(&l->helper, HELP_PARTS);
	err = create_helper_await(&l->helper);
	*parts = l->helper.parts;
	return err;
}

static int create_sample(struct tb_trial *trial, double *value)
{
	struct launch *l = tb_trial_priv(trial);
	struct create_parts parts = { NAN, NAN, NAN };
	struct create_times whole;
	int err;

	/* Every thread has created one child by now, which triggered lazy initialisation. */
	if (tb_trial_samples(trial) == 1) {
		l->before = thread_census();
		create_others_go(&l->background);
	}
	tb_trial_count_begin(trial);
	err = create_cycle(&l->c, l->c.model, &whole);
	tb_trial_count_end(trial, 1);
	if (!err)
		err = take_parts(l, &parts);
	if (!err)
		err = atomic_load(&l->background.err);
	if (err)
		return tb_trial_refused(trial, err, l->c.method->call,
					l->c.map_bytes
						? "a creation failed (a shadow stack counts as "
						  "committed memory: see -p stack)"
						: "a creation failed");
	value[CREATE_RETURN] = tb_trial_ns(trial, whole.returned);
	value[FULL_CYCLE] = tb_trial_ns(trial, whole.ended);
	if (l->c.method->stamps)
		value[CHILD_START] = tb_trial_ns(trial, whole.started);
	value[OFF_CYCLE] = tb_trial_ns(trial, parts.off);
	value[MAP_CYCLE] = tb_trial_ns(trial, parts.map);
	value[MODEL_CYCLE] = tb_trial_ns(trial, parts.model);
	value[PARTS] = (parts.off + parts.map) / whole.ended;
	return 0;
}

static int create_verify(struct tb_trial *trial)
{
	struct launch *l = tb_trial_priv(trial);
	uint64_t made = 0, ran = 0, fit = 0;
	int err;

	create_others_halt(&l->background);
	err = atomic_load(&l->background.err);
	if (err)
		return tb_trial_refused(trial, err, l->c.method->call,
					"a creation of another thread failed");
	for (unsigned int i = 0; i < l->others; i++) {
		made += l->background.other[i].c.made;
		ran += l->background.other[i].c.child->ran;
		fit += l->background.other[i].c.fit;
	}
	if (l->others)
		tb_trial_control(trial, "others-made", (double)made);
	thread_check_census(trial, &l->before);
	err = create_prove(trial, &l->c, &l->helper, "last");
	if (err)
		return err;
	made += l->c.made;
	ran += l->c.child->ran;
	fit += l->c.fit;
	tb_trial_check_count(trial, "children-ran", (long long)made, (long long)ran);
	tb_trial_check_count(trial, "pointers-as-due", (long long)made, (long long)fit);
	if (l->c.method->shadow == CREATE_SHARED && l->c.shadowed)
		/* SEGV_CPERR, 10: its child overwrote its return address. 0: it survived. */
		tb_trial_control(trial, "glibc-vfork-segv-code",
				 thread_child_signal(thread_glibc_vfork));
	if (!strcmp(tb_trial_choice(trial, "method"), "clone3"))
		tb_trial_control(trial, "clone3-takes-token", thread_clone3_token());
	return 0;
}

static void create_teardown(struct tb_trial *trial)
{
	struct launch *l = tb_trial_priv(trial);

	if (!l)
		return;
	create_others_halt(&l->background);
	create_others_stop(&l->background);
	create_live_stop(&l->background);
	create_helper_stop(&l->helper);
	pthread_attr_destroy(&l->c.attr);
}

static const struct tb_metric create_metrics[] = {
	[CREATE_RETURN] = { .name = "create-return",
			    .unit = TB_NS,
			    .shown = true,
			    .help = "from the call to its return in the parent" },
	[CHILD_START] = { .name = "child-start",
			  .unit = TB_NS,
			  .shown = true,
			  .help = "from the call to the child's first instruction" },
	[FULL_CYCLE] = { .name = "full-cycle",
			 .unit = TB_NS,
			 .headline = true,
			 .help = "from the call until the parent knows that the child is gone" },
	[OFF_CYCLE] = { .name = "off-cycle",
			.unit = TB_NS,
			.help = "full-cycle without a shadow stack or its model, in the same round" },
	[MAP_CYCLE] = { .name = "map-cycle",
			.unit = TB_NS,
			.help = "the model's mmap, touch and munmap alone, in the same round" },
	[PARTS] = { .name = "parts-over-whole",
		    .unit = TB_RATIO,
		    .better = TB_LOWER,
		    .help = "(off-cycle + map-cycle) / full-cycle of one round" },
	[MODEL_CYCLE] = { .name = "model-cycle",
			  .unit = TB_NS,
			  .help = "with shadow=on: full-cycle with the model's mapping, in the same round" },
	{ 0 }
};

static const struct tb_param create_params[] = {
	{ .name = "method",
	  .choice = create_method_name,
	  .fallback = "clone3",
	  .help = "how the child is made" },
	{ .name = "shadow",
	  .values = "off|model|on|glibc",
	  .fallback = "off",
	  .help = "no shadow stack, a model of its mapping, a real one, or one that glibc enabled" },
	{ .name = "stack",
	  .values = "4K..16G/4K",
	  .fallback = "8M",
	  .help = "bytes of a thread's shadow stack; no effect with shadow=off" },
	{ .name = TB_PLACEMENT_PARAM,
	  .choice = tb_placement_name,
	  .fallback = "same-cpu",
	  .help = "which CPUs parent and child may use" },
	{ .name = "thp",
	  .values = "none|huge",
	  .fallback = "none",
	  .help = "whether the model's mapping gets huge pages" },
	{ .name = "live",
	  .values = "0..10000",
	  .fallback = "0",
	  .help = "background threads, each with a shadow stack as in shadow" },
	{ .name = "creators",
	  .values = "1..8",
	  .fallback = "1",
	  .help = "threads that create at the same time; one is measured" },
	{ .name = TB_POLICY_PARAM,
	  .values = TB_POLICIES,
	  .fallback = "fifo",
	  .help = "scheduling class of parents and children" },
	{ 0 }
};

static const char *const create_quick[] = { "method=clone3,clone,pthread,vfork,fork,spawn",
					    "method=clone3,pthread shadow=model,on",
					    "method=clone3 shadow=off,model placement=same-l3",
					    NULL };

static const char *const create_full[] = {
	"method=clone3,clone,pthread,vfork,fork,spawn policy=fifo,other",
	"method=clone3,clone,pthread,vfork placement=smt-sibling,same-l2,same-l3,cross-l3 policy=other",
	"method=clone3,clone,pthread shadow=model stack=64K,1M,8M,64M thp=none,huge",
	"method=clone3,clone,pthread shadow=on stack=64K,1M,8M,64M",
	"method=clone3,clone,pthread,vfork shadow=off placement=smt-sibling,same-l2,same-l3,cross-l3",
	"method=clone3,clone,pthread shadow=model,on placement=smt-sibling,same-l2,same-l3,cross-l3",
	"method=clone3 shadow=off,model,on live=100,1000",
	"method=clone3 shadow=off,model,on creators=2,4 placement=same-l3",
	"method=vfork,fork,spawn shadow=on",
	"method=clone3,vfork shadow=glibc",
	NULL
};

const struct tb_bench thread_create = {
	.name = "thread/create",
	.summary = "create a thread or process and wait for its end",
	.explain = &thread_create_explanation,
	.realm = TB_REALM_USER,
	.version = 2,
	.cpus = 2,
	.metrics = create_metrics,
	.params = create_params,
	.quick = create_quick,
	.full = create_full,
	.rounds = 2048,
	.ungated = true,
	.probe = create_probe,
	.enter = thread_enter,
	.setup = create_setup,
	.sample = create_sample,
	.verify = create_verify,
	.teardown = create_teardown,
};
