// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/create: the timed creations.
 *
 * shadow=model does the work of the kernel's alloc_shstk() and shstk_free() in user
 * space: the parent maps inside the creation (shadow_model.c), the child touches the
 * top and unmaps before its exit. It is a proxy: it sets no VM_SHADOW_STACK, writes no
 * token and changes no xstate.
 */
#include <errno.h>
#include <math.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/clock.h"
#include "thread/create/create.h"
#include "thread/shadow_model.h"

static int make_clone3(struct create *c)
{
	return thread_clone3(c->child, c->stack, c->stack_bytes);
}

static int make_clone(struct create *c)
{
	return thread_clone(c->child, c->stack, c->stack_bytes);
}

static void join_raw(struct create *c)
{
	thread_join(c->child);
}

static void *run_child(void *arg)
{
	thread_run(arg);
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
	c->pid = thread_vfork(c->child);
	return c->pid < 0 ? c->pid : 0;
}

static int make_fork(struct create *c)
{
	c->pid = fork();
	if (!c->pid) {
		thread_run(c->child);
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
	/* Another program cannot count in our memory: its exit with 0 counts instead. */
	if (!c->method->stamps && WIFEXITED(status) && !WEXITSTATUS(status))
		c->child->ran++;
}

static const struct {
	const char *name;
	struct create_method method;
} methods[] = {
	{ "clone3", { make_clone3, join_raw, CREATE_OWN, true, "clone3" } },
	{ "clone", { make_clone, join_raw, CREATE_OWN, true, "clone" } },
	{ "pthread", { make_pthread, join_pthread, CREATE_OWN, true, "pthread_create" } },
	{ "vfork", { make_vfork, join_process, CREATE_SHARED, true, "vfork" } },
	{ "fork", { make_fork, join_process, CREATE_COPIED, true, "fork" } },
	{ "spawn", { make_spawn, join_process, CREATE_FOREIGN, false, "posix_spawn" } },
};

const char *create_method_name(unsigned int i)
{
	return i < sizeof(methods) / sizeof(methods[0]) ? methods[i].name : NULL;
}

const struct create_method *create_method(const char *name)
{
	size_t i = 0;

	while (strcmp(methods[i].name, name))
		i++;
	return &methods[i].method;
}

const char *create_pointer(const struct create *c)
{
	const struct thread_child *child = c->child;

	if (!child->ssp)
		return "none";
	/* Before the first push the pointer is the end, one word after the last. */
	if (child->ssp <= c->main.from || child->ssp > c->main.to)
		return "own";
	return child->ssp == child->parent ? "shared" : "copied";
}

const char *create_pointer_due(const struct create *c)
{
	static const char *const due[] = { "own", "copied", "shared", "none" };

	return c->shadowed ? due[c->method->shadow] : "none";
}

static void *map_shadow(const struct create *c)
{
	void *map = thread_model_map(NULL, c->map_bytes);

	/* Under THP=madvise a mapping gets huge pages only on request. */
	if (map && c->huge)
		madvise(map, c->map_bytes, MADV_HUGEPAGE);
	return map;
}

int create_cycle(struct create *c, bool map, struct create_times *times)
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
	times->returned = (double)(tb_clock_end() - begin);
	if (err) {
		if (c->child->map)
			munmap(c->child->map, c->map_bytes);
		return err;
	}
	c->method->join(c);
	times->ended = (double)(tb_clock_end() - begin);
	times->started = (double)(c->child->started - begin);
	c->made++;
	c->fit += !strcmp(create_pointer(c), create_pointer_due(c));
	return 0;
}

/* The model's calls alone, from one thread. */
static int map_alone(struct create *c, double *cycles)
{
	uint64_t begin = tb_clock_begin();
	char *map = map_shadow(c);

	if (!map)
		return -ENOMEM;
	*(volatile uint64_t *)(map + c->map_bytes - 8) = 1;
	munmap(map, c->map_bytes);
	*cycles = (double)(tb_clock_end() - begin);
	return 0;
}

int create_parts(struct create *c, bool model, struct create_parts *parts)
{
	struct create_times off, whole = { .ended = NAN };
	int err = create_cycle(c, false, &off);

	if (!err && model)
		err = create_cycle(c, true, &whole);
	if (err)
		return err;
	*parts = (struct create_parts){ off.ended, whole.ended, NAN };
	if (c->map_bytes)
		err = map_alone(c, &parts->map);
	return err;
}

/* Only the top of a stack is touched: the rest of a large one stays unpopulated. */
static char *map_stack(struct tb_trial *trial, size_t bytes)
{
	char *stack;

	if (bytes <= CREATE_STACK)
		return tb_trial_alloc(trial, bytes);
	stack = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED)
		return NULL;
	madvise(stack, bytes, MADV_NOHUGEPAGE);
	memset(stack + bytes - CREATE_STACK, 0, CREATE_STACK);
	return stack;
}

int create_prepare(struct tb_trial *trial, struct create *c)
{
	c->stack = map_stack(trial, c->stack_bytes);
	c->child = mmap(NULL, sizeof(*c->child), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (!c->stack || c->child == MAP_FAILED)
		return tb_trial_fail(trial, -ENOMEM, "no memory for a child's stack");
	pthread_attr_setstack(&c->attr, c->stack, c->stack_bytes);
	return 0;
}
