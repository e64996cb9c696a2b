/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world for thread/create: played children, another duration for each call, and
 * shadow stacks in a given /proc. Include it after cmocka.h, once in a program.
 */
#ifndef TB_CREATE_WORLD_H
#define TB_CREATE_WORLD_H

#include <errno.h>
#include <sched.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benches.h"
#include "given.h"
#include "machine/affinity.h"
#include "thread/create/create.h"
#include "thread/create/create.h"
#include "thread/shadow_model.h"

/* What each takes: every sum of them shows its parts. */
enum { MAP = 20, START = 100, RETURN = 3000, JOIN = 50000, UNMAP = 700000 };
enum { FRAME = 40 << 10 }; /* of a child in C: how far up its stack it stands */
/* The parent's shadow stack, and a child's own. */
enum { MAIN_FROM = 0x60000000, MAIN_TO = 0x60002000, MAIN_SSP = 0x60001000, OWN_TOP = 0x40000000 };
enum { PID = 4242 };

enum world_call { BY_NONE, BY_CLONE3, BY_CLONE, BY_PTHREAD, BY_VFORK, BY_FORK, BY_SPAWN };

static struct {
	/* what a test sets */
	int err; /* of a creation; helper_err: by a thread without a shadow stack */
	int helper_err;
	int exit_status;    /* of a spawned program */
	bool idle;	    /* a child does not count itself */
	uint64_t child_ssp; /* where a thread's shadow stack stands */
	uint64_t child_status;
	int64_t held_more; /* bytes beyond those that are due, while the child lives */
	uint64_t held_from, held_to, resident; /* of the child's shadow stack */
	uint64_t left_bytes, left_to;	       /* of it, when the child is gone */
	uint64_t map_bytes;
	const char *features; /* of the child */
	/* what was seen */
	struct tb_trial *trial;
	atomic_bool stamped;
	uint64_t creator_ssp;
	struct thread_child *child; /* that lives */
	enum world_call call;
	size_t stack_bytes;
	unsigned long maps, unmaps, touched, huge_asked, small_pages, looks_at_pid;
	int cpus[2], n_cpus;
} world;

static void world_reset(void)
{
	memset(&world, 0, sizeof(world));
	world.child_ssp = OWN_TOP - 8;
	world.child_status = THREAD_SHSTK;
	world.resident = 4096;
	world.map_bytes = 8 << 20;
	world.features = "none";
}

/* Every thread has a shadow stack, as shadow=on makes it. */
static inline void world_shadowed(void)
{
	world_reset();
	world.features = "shstk";
	given_shadow(MAIN_SSP, THREAD_SHSTK);
}

/* A child begins; where it is told to wait, it has stopped at once. */
static int begin_child(struct thread_child *child, enum world_call call, uint64_t creator_ssp,
		       uint64_t ssp)
{
	int err = !creator_ssp && world.helper_err ? world.helper_err : world.err;

	if (err)
		return err;
	world.call = call;
	world.child = child;
	given_pass(START);
	child->started = tb_given_stamp();
	child->ran += !world.idle;
	child->ssp = creator_ssp ? ssp : 0;
	child->status = world.child_status;
	if (child->map)
		*(volatile uint64_t *)((char *)child->map + child->map_bytes - 8) = 1;
	if (child->hold == THREAD_STOP)
		thread_mark_stopped(child);
	return 0;
}

static void end_child(void)
{
	struct thread_child *child = world.child;

	given_pass(JOIN);
	if (child && child->map)
		munmap(child->map, child->map_bytes);
	world.child = NULL;
}

__typeof__(thread_clone3) __wrap_thread_clone3;
__typeof__(thread_clone) __wrap_thread_clone;
__typeof__(thread_vfork) __wrap_thread_vfork;
__typeof__(thread_run) __wrap_thread_run;
__typeof__(thread_join) __wrap_thread_join;
__typeof__(fork) __wrap_fork;
__typeof__(posix_spawn) __wrap_posix_spawn;
__typeof__(waitpid) __wrap_waitpid;
__typeof__(waitid) __wrap_waitid;
__typeof__(pthread_create) __wrap_pthread_create, __real_pthread_create;
__typeof__(pthread_join) __wrap_pthread_join, __real_pthread_join;
__typeof__(thread_model_map) __wrap_thread_model_map, __real_thread_model_map;
__typeof__(thread_model_small_pages) __wrap_thread_model_small_pages;
__typeof__(munmap) __wrap_munmap, __real_munmap;
__typeof__(madvise) __wrap_madvise, __real_madvise;
__typeof__(tb_affinity_set) __wrap_tb_affinity_set;
__typeof__(thread_shadows) __wrap_thread_shadows;
__typeof__(thread_features) __wrap_thread_features;

int __wrap_thread_clone3(struct thread_child *child, void *stack, size_t stack_bytes)
{
	int err = begin_child(child, BY_CLONE3, tb_given_ssp(), world.child_ssp);

	world.stack_bytes = stack_bytes;
	((volatile char *)stack)[stack_bytes - 16] = 1; /* its top is there */
	given_pass(RETURN);
	return err;
}

int __wrap_thread_clone(struct thread_child *child, void *stack, size_t stack_bytes)
{
	int err = begin_child(child, BY_CLONE, tb_given_ssp(), world.child_ssp);

	world.stack_bytes = stack_bytes;
	((volatile char *)stack)[stack_bytes - 16] = 1;
	given_pass(RETURN);
	return err;
}

/* The parent sleeps until the child, which a helper may look at, is gone. */
pid_t __wrap_thread_vfork(struct thread_child *child)
{
	int err;

	child->parent = tb_given_ssp();
	err = begin_child(child, BY_VFORK, child->parent, child->parent);
	while (!err && __atomic_load_n(&child->hold, __ATOMIC_ACQUIRE) == THREAD_STOPPED)
		sched_yield();
	given_pass(RETURN);
	return err ? err : PID;
}

/* Of fork and spawn the child is found in what the benchmark works on: its first field. */
static struct create *creator(void)
{
	return world.trial->priv;
}

pid_t __wrap_fork(void)
{
	struct thread_child *child = creator()->child;
	int err = begin_child(child, BY_FORK, tb_given_ssp(), tb_given_ssp());

	child->tid = PID;
	given_pass(RETURN);
	errno = -err;
	return err ? -1 : PID;
}

int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
{
	(void)path, (void)actions, (void)attr, (void)argv, (void)envp;
	given_pass(RETURN);
	world.call = BY_SPAWN;
	*pid = PID;
	return -world.err;
}

pid_t __wrap_waitpid(pid_t pid, int *status, int options)
{
	assert_int_equal(pid, PID);
	assert_int_equal(options, 0);
	end_child();
	*status = world.exit_status << 8;
	return pid;
}

int __wrap_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	(void)info;
	assert_int_equal(type, P_PID);
	assert_int_equal(id, PID);
	assert_int_equal(options, WEXITED | WNOWAIT);
	return 0;
}

void __wrap_thread_join(struct thread_child *child)
{
	assert_ptr_equal(child, creator()->child);
	end_child();
}

/* The only threads that run: a helper, and pthread's children one at a time. */
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
			  void *arg)
{
	int err;

	if (arg != creator()->child)
		return __real_pthread_create(thread, attr, run, arg);
	if (world.err)
		return -world.err;
	world.creator_ssp = tb_given_ssp();
	atomic_store(&world.stamped, false);
	err = __real_pthread_create(thread, attr, run, arg);
	while (!err && !atomic_load(&world.stamped))
		sched_yield();
	given_pass(RETURN);
	return err;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
	int err = __real_pthread_join(thread, result);

	if (world.child)
		end_child();
	return err;
}

void __wrap_thread_run(struct thread_child *child)
{
	child->frame = (uint64_t)creator()->stack + FRAME;
	begin_child(child, BY_PTHREAD, world.creator_ssp, world.child_ssp);
	atomic_store(&world.stamped, true);
}

char *__wrap_thread_model_map(void *wanted, size_t bytes)
{
	world.maps++;
	given_pass(MAP);
	return __real_thread_model_map(wanted, bytes);
}

int __wrap_munmap(void *at, size_t bytes)
{
	if (bytes != world.map_bytes)
		return __real_munmap(at, bytes);
	world.unmaps++;
	world.touched += *(volatile uint64_t *)((char *)at + bytes - 8) == 1;
	given_pass(UNMAP);
	return __real_munmap(at, bytes);
}

int __wrap_madvise(void *at, size_t bytes, int advice)
{
	world.huge_asked += advice == MADV_HUGEPAGE && bytes == world.map_bytes;
	return __real_madvise(at, bytes, advice);
}

int __wrap_thread_model_small_pages(struct tb_trial *trial)
{
	(void)trial;
	world.small_pages++;
	return 0;
}

int __wrap_tb_affinity_set(const int *cpus, size_t n)
{
	world.n_cpus = (int)n;
	for (size_t i = 0; i < n && i < 2; i++)
		world.cpus[i] = cpus[i];
	return 0;
}

/* A child's own while it lives; before and after only that of the parent. */
int __wrap_thread_shadows(pid_t pid, uint64_t address, struct thread_shadows *shadows)
{
	bool any = tb_given_ssp() || creator()->shadowed;
	bool own = any && world.child && creator()->method->shadow == CREATE_OWN;
	bool gone = !world.child && address && address != MAIN_SSP;

	*shadows = (struct thread_shadows){ .bytes = any ? MAIN_TO - MAIN_FROM : 0 };
	world.looks_at_pid += pid == PID;
	if (any && address >= MAIN_FROM && address < MAIN_TO) {
		shadows->from = MAIN_FROM;
		shadows->to = MAIN_TO;
		shadows->resident_bytes = 4096;
	}
	if (world.child && address)
		shadows->bytes += (uint64_t)world.held_more;
	if (gone) {
		shadows->bytes += world.left_bytes;
		shadows->to = world.left_to ? world.left_to : shadows->to;
	}
	if (!own || !address)
		return 0;
	if (address >= MAIN_FROM) {
		shadows->bytes += world.map_bytes;
		return 0;
	}
	shadows->bytes += world.map_bytes;
	shadows->from = OWN_TOP - world.map_bytes + world.held_from;
	shadows->to = OWN_TOP + world.held_to;
	shadows->resident_bytes = world.resident;
	shadows->huge_bytes = 2 * world.resident;
	return 0;
}

int __wrap_thread_features(pid_t tid, char *text, size_t bytes)
{
	(void)tid;
	snprintf(text, bytes, "%s", world.features);
	return 0;
}

static void world_open(struct tb_trial *trial, const char *params)
{
	given_open(trial, &thread_create, params);
	world.trial = trial;
	trial->shm->job.tsc_hz = 2e9;
	trial->shm->job.cpu[0] = 11;
	trial->shm->job.cpu[1] = 12;
	given_steps(0);
}

#endif
