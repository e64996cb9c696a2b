/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the benchmarks of the thread family share. */
#ifndef TB_THREAD_H
#define TB_THREAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench.h"

/* What a process has that creations could leak. -1: not readable. */
struct thread_census {
	long maps, threads, files;
};

struct thread_census thread_census(void);
/* A check that nothing is left: every count as before. */
void thread_check_census(struct tb_trial *trial, const struct thread_census *before);

/* Of thread_child.hold, a futex. */
enum { THREAD_GO, THREAD_STOP, THREAD_STOPPED };

/* What parent and child share: the child is assembly and knows these offsets. */
struct thread_child {
	uint64_t started; /*  0: the child's first act, TSC */
	uint64_t ran;	  /*  8: counted by the child */
	void *map;	  /* 16: the modelled shadow stack, or NULL */
	size_t map_bytes; /* 24 */
	uint32_t tid;	  /* 32: cleared by the kernel when the child is gone */
	uint32_t hold;	  /* 36: THREAD_STOP: it waits, its stacks touched, to be looked at */
	uint64_t ssp;	  /* 40: where its shadow stack stands, 0: it has none */
	uint64_t status;  /* 48: its ARCH_SHSTK_STATUS, when it was stopped */
	uint64_t frame;	  /* 56: of children in C: an address near its stack's top */
	uint64_t parent;  /* 64: of vfork: ssp of the parent */
};

/*
 * A thread of nothing but assembly: it stamps, counts, calls once, touches
 * child->map, unmaps it and exits. It has no TLS of its own and may call nothing.
 * 0 or -errno.
 */
int thread_clone3(struct thread_child *child, void *stack, size_t stack_bytes);
int thread_clone(struct thread_child *child, void *stack, size_t stack_bytes);
/*
 * The same as a process, which glibc's vfork() would not survive with a shadow
 * stack: its child returns, calls, and so overwrites where its parent returns to.
 */
pid_t thread_vfork(struct thread_child *child);
/* The same in C, for children that may. */
void thread_run(struct thread_child *child);
/*
 * Whether children are made here by this method of thread/create. 0, or -errno after
 * tb_probe_unavailable(). vfork is tried by a child; the others make none.
 */
int thread_probe_method(struct tb_probe *probe, const char *method);
/* Until the kernel has cleared child->tid. */
void thread_join(struct thread_child *child);
/* Until a child that was told to stop has; and on with it. */
void thread_await(struct thread_child *child);
void thread_release(struct thread_child *child);
/* The child's own call. Also for a child that could not be made, so that nobody waits for it. */
void thread_mark_stopped(struct thread_child *child);
/* Whether clone3 takes a word behind those of Linux 6.12: shadow_stack_token is in flight there. */
bool thread_clone3_token(void);

#endif
