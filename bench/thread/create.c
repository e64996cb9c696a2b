// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/create: what a thread (or process) costs from the call to its end, and
 * what a shadow stack of its own adds.
 *
 * shadow=model does in user space what the kernel's alloc_shstk() and
 * shstk_free() do: the parent maps inside the creation, the child touches the
 * top and unmaps on its way out. A proxy: it sets no VM_SHADOW_STACK, writes no
 * token and changes no xstate.
 */
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "explain.h"
#include "measure/clock.h"
#include "measure/place.h"
#include "thread/shadow.h"
#include "thread/thread.h"

enum { CREATE_RETURN, CHILD_START, FULL_CYCLE, OFF_CYCLE, MAP_CYCLE, PARTS, METRICS };
enum { STACK_BYTES = 64 << 10, PARENT = 0, CHILD = 1 };

struct create;

/* How to make a child that runs at once and ends. */
struct method {
	const char *name;
	int (*make)(struct create *c); /* 0 or -errno */
	void (*join)(struct create *c);
	bool thread; /* of this process: the kernel would give it a shadow stack of its own */
	bool stamps; /* the child can tell when it started */
};

struct create {
	struct thread_child *child; /* in memory shared with child processes too */
	const struct method *method;
	char *stack;
	pthread_attr_t attr;
	pthread_t thread;
	pid_t pid;
	size_t map_bytes; /* of the model; 0: shadow=off */
	int advice;
	struct thread_census before;
	uint64_t made;
};

static int make_clone3(struct create *c)
{
	return thread_clone3(c->child, c->stack, STACK_BYTES);
}

static int make_clone(struct create *c)
{
	return thread_clone(c->child, c->stack, STACK_BYTES);
}

static void join_raw(struct create *c)
{
	thread_join(c->child);
}

/* The same as the raw threads' assembly does. */
static void *run_child(void *arg)
{
	struct thread_child *child = arg;

	child->started = tb_clock_now();
	child->ran++;
	if (child->map) {
		*(volatile uint64_t *)((char *)child->map + child->map_bytes - 8) = 1;
		munmap(child->map, child->map_bytes);
	}
	return NULL;
}

static int make_pthread(struct create *c)
{
	return -pthread_create(&c->thread, &c->attr, run_child, c->child);
}

static void join_pthread(struct create *c)
{
	pthread_join(c->thread, NULL);
}

static int make_vfork(struct create *c)
{
	/*
	 * The child runs on this frame until it exits; it stores to shared memory and
	 * nothing else. vfork is what is measured, however insecure its API.
	 * NOLINTBEGIN(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork)
	 */
	c->pid = vfork();
	if (!c->pid) {
		c->child->started = tb_clock_now();
		c->child->ran++;
		_exit(0);
	}
	/* NOLINTEND(clang-analyzer-security.insecureAPI.vfork,clang-analyzer-unix.Vfork) */
	return c->pid < 0 ? -errno : 0;
}

static int make_fork(struct create *c)
{
	c->pid = fork();
	if (!c->pid) {
		run_child(c->child);
		_exit(0);
	}
	return c->pid < 0 ? -errno : 0;
}

static int make_spawn(struct create *c)
{
	char *argv[] = { "true", NULL }, *envp[] = { NULL };

	return -posix_spawn(&c->pid, "/bin/true", NULL, NULL, argv, envp);
}

static void join_process(struct create *c)
{
	int status = 0;

	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	/* Another program can't count in our memory: that it exited well stands for it. */
	if (!c->method->stamps && WIFEXITED(status) && !WEXITSTATUS(status))
		c->child->ran++;
}

/* In the order of the parameter's values. */
static const struct method methods[] = {
	{ "clone3", make_clone3, join_raw, true, true },
	{ "clone", make_clone, join_raw, true, true },
	{ "pthread", make_pthread, join_pthread, true, true },
	{ "vfork", make_vfork, join_process, false, true },
	{ "fork", make_fork, join_process, false, true },
	{ "spawn", make_spawn, join_process, false, false },
};

static int create_probe(struct tb_probe *probe)
{
	const char *method = tb_probe_choice(probe, "method");
	size_t i = 0;

	while (strcmp(methods[i].name, method))
		i++;
	if (!strcmp(tb_probe_choice(probe, "shadow"), "model") && !methods[i].thread)
		return tb_probe_lack(probe, "not-applicable",
				     "the kernel gives a shadow stack of its own to threads only",
				     "use method=clone3, clone or pthread with shadow=model");
	return thread_probe_shadow(probe);
}

/* Parent and child may use both CPUs of the placement; which one a child gets is the scheduler's. */
static int allow_both(const struct tb_trial *trial)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)tb_trial_cpu(trial, PARENT), &set);
	CPU_SET((size_t)tb_trial_cpu(trial, CHILD), &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

static int create_setup(struct tb_trial *trial)
{
	struct create *c = tb_trial_alloc(trial, sizeof(*c));

	if (!c)
		return -ENOMEM;
	tb_trial_set_priv(trial, c);
	c->method = &methods[tb_trial_choice_index(trial, "method")];
	c->stack = tb_trial_alloc(trial, STACK_BYTES);
	c->child = mmap(NULL, sizeof(*c->child), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (!c->stack || c->child == MAP_FAILED)
		return tb_trial_fail(trial, -ENOMEM, "no memory for a child's stack");
	pthread_attr_init(&c->attr);
	pthread_attr_setstack(&c->attr, c->stack, STACK_BYTES);
	if (!strcmp(tb_trial_choice(trial, "shadow"), "model"))
		c->map_bytes = tb_trial_number(trial, "stack");
	c->advice = strcmp(tb_trial_choice(trial, "thp"), "huge") ? MADV_NOHUGEPAGE : MADV_HUGEPAGE;
	if (!c->method->stamps)
		tb_trial_lack(trial, CHILD_START, "another program can't stamp its start for us");
	for (unsigned int m = OFF_CYCLE; m < METRICS && !c->map_bytes; m++)
		tb_trial_lack(trial, m, "parts of shadow=model");
	return allow_both(trial)
		       ? tb_trial_fail(trial, -EINVAL, "the CPUs of the placement are not allowed")
		       : 0;
}

static void *map_shadow(const struct create *c)
{
	void *map = mmap(NULL, c->map_bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	madvise(map, c->map_bytes, c->advice);
	return map;
}

/* One creation, with the model's mapping in it or without. */
static int cycle(struct create *c, bool map, double *returned, double *started, double *ended)
{
	uint64_t begin = tb_clock_begin();
	int err;

	c->child->map = NULL;
	c->child->map_bytes = c->map_bytes;
	if (map) {
		c->child->map = map_shadow(c);
		if (!c->child->map)
			return -ENOMEM;
	}
	err = c->method->make(c);
	*returned = (double)(tb_clock_end() - begin);
	if (err) {
		if (c->child->map)
			munmap(c->child->map, c->map_bytes);
		return err;
	}
	c->method->join(c);
	*ended = (double)(tb_clock_end() - begin);
	*started = (double)(c->child->started - begin);
	c->made++;
	return 0;
}

/* What the model adds, alone: the same calls from one thread. */
static double map_alone(struct create *c)
{
	uint64_t begin = tb_clock_begin();
	char *map = map_shadow(c);

	if (!map)
		return NAN;
	*(volatile uint64_t *)(map + c->map_bytes - 8) = 1;
	munmap(map, c->map_bytes);
	return (double)(tb_clock_end() - begin);
}

static int create_sample(struct tb_trial *trial, double *value)
{
	struct create *c = tb_trial_priv(trial);
	double returned, started, ended, off, unused;
	int err;

	if (tb_trial_samples(trial) == 1) /* the first has made what lazily comes once */
		c->before = thread_census();
	tb_trial_count_begin(trial);
	err = cycle(c, c->map_bytes, &returned, &started, &ended);
	tb_trial_count_end(trial, 1);
	if (!err && c->map_bytes)
		err = cycle(c, false, &unused, &unused, &off);
	if (err)
		return tb_trial_fail(trial, err, "a creation failed: see ulimit -u and -v");
	value[CREATE_RETURN] = tb_trial_ns(trial, returned);
	value[FULL_CYCLE] = tb_trial_ns(trial, ended);
	if (c->method->stamps)
		value[CHILD_START] = tb_trial_ns(trial, started);
	if (c->map_bytes) {
		double map = map_alone(c);

		value[OFF_CYCLE] = tb_trial_ns(trial, off);
		value[MAP_CYCLE] = tb_trial_ns(trial, map);
		value[PARTS] = (off + map) / ended;
	}
	return 0;
}

static int create_verify(struct tb_trial *trial)
{
	const struct create *c = tb_trial_priv(trial);

	tb_trial_check_count(trial, "children-ran", (long long)c->made, (long long)c->child->ran);
	thread_check_census(trial, &c->before);
	return 0;
}

static void create_teardown(struct tb_trial *trial)
{
	struct create *c = tb_trial_priv(trial);

	pthread_attr_destroy(&c->attr);
	munmap(c->child, sizeof(*c->child));
}

static const struct tb_metric create_metrics[] = {
	[CREATE_RETURN] = { .name = "create-return",
			    .unit = TB_NS,
			    .shown = true,
			    .help = "the call to its return in the parent" },
	[CHILD_START] = { .name = "child-start",
			  .unit = TB_NS,
			  .shown = true,
			  .help = "the call to the child's first instruction" },
	[FULL_CYCLE] = { .name = "full-cycle",
			 .unit = TB_NS,
			 .headline = true,
			 .help = "the call until the parent knows that the child is gone" },
	[OFF_CYCLE] = { .name = "off-cycle",
			.unit = TB_NS,
			.help = "full-cycle without the model's mapping, in the same round" },
	[MAP_CYCLE] = { .name = "map-cycle",
			.unit = TB_NS,
			.help = "the model's mmap, madvise, touch and munmap alone, in the same round" },
	[PARTS] = { .name = "parts-over-whole",
		    .unit = TB_RATIO,
		    .better = TB_LOWER,
		    .help = "(off-cycle + map-cycle) / full-cycle of a round" },
	{ 0 }
};

static const struct tb_param create_params[] = {
	{ "method", "clone3|clone|pthread|vfork|fork|spawn", "clone3", "how the child is made" },
	{ "shadow", "off|model|on", "off",
	  "no shadow stack, a model of its mapping, or a real one" },
	{ "stack", "4K..1G/4K", "8M", "bytes of the shadow stack; of no effect with shadow=off" },
	{ TB_PLACEMENT_PARAM, TB_PLACEMENTS, "same-cpu", "which CPUs parent and child may use" },
	{ "thp", "none|huge", "none", "madvise of the model's mapping" },
	{ 0 }
};

static const char *const create_quick[] = { "method=clone3,clone,pthread,vfork,fork,spawn",
					    "method=clone3,pthread shadow=model,on",
					    "method=clone3 shadow=off,model placement=same-l3",
					    NULL };

static const char *const create_full[] = {
	"method=clone3,clone,pthread,vfork,fork,spawn",
	"method=clone3,clone,pthread shadow=model stack=64K,1M,8M thp=none,huge",
	"method=clone3,clone,pthread,vfork shadow=off placement=smt-sibling,same-l2,same-l3,cross-l3",
	"method=clone3,clone,pthread shadow=model placement=smt-sibling,same-l2,same-l3,cross-l3",
	"method=clone3,clone,pthread,vfork,fork,spawn shadow=on",
	NULL
};

const struct tb_bench thread_create = {
	.name = "thread/create",
	.summary = "create a thread or process and wait for its end",
	.explain = &thread_create_explained,
	.realm = "user",
	.version = 1,
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
