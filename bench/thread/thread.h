/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the benchmarks of the thread family. */
#ifndef TB_THREAD_H
#define TB_THREAD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench.h"

/* Counts that a leak in a creation would raise. -1: not readable. */
struct thread_census {
	long maps, threads, files;
};

struct thread_census thread_census(void);
/* Checks that every count is as before. */
void thread_check_census(struct tb_trial *trial, const struct thread_census *before);

/* Values of thread_child.hold, a futex. */
enum { THREAD_GO, THREAD_STOP, THREAD_STOPPED };

/* Shared by parent and child. The child's assembly uses these offsets. */
struct thread_child {
	uint64_t started; /*  0: TSC of the child's first instruction */
	uint64_t ran;	  /*  8: raised by the child */
	void *map;	  /* 16: the modelled shadow stack, or NULL */
	size_t map_bytes; /* 24 */
	uint32_t tid;	  /* 32: cleared by the kernel when the child is gone */
	uint32_t hold;	  /* 36: THREAD_STOP: the child touches its stacks and waits */
	uint64_t ssp;	  /* 40: its shadow-stack pointer, 0: none */
	uint64_t status;  /* 48: its ARCH_SHSTK_STATUS while it is stopped */
	uint64_t frame;	  /* 56: children in C: an address near its stack's top */
	uint64_t parent;  /* 64: vfork: ssp of the parent */
};

/*
 * Creates a thread that runs assembly only: it stamps, counts, calls once, touches
 * child->map, unmaps it and exits. It has no TLS of its own and must not call a
 * function. 0 or -errno.
 */
int thread_clone3(struct thread_child *child, void *stack, size_t stack_bytes);
int thread_clone(struct thread_child *child, void *stack, size_t stack_bytes);
/*
 * The same as a process. glibc's vfork() would crash with a shadow stack: its child
 * returns and calls, and so overwrites the parent's return address.
 */
pid_t thread_vfork(struct thread_child *child);
/* The child's work in C, for children that may call functions. */
void thread_run(struct thread_child *child);
/*
 * Whether this method of thread/create works here. 0, or -errno after
 * tb_probe_unavailable(). vfork is tried with a child; the other methods create none.
 */
int thread_probe_method(struct tb_probe *probe, const char *method);
/* Waits until the kernel has cleared child->tid. */
void thread_join(struct thread_child *child);
/* Waits until a child with hold=THREAD_STOP has stopped; lets it go on. */
void thread_await(struct thread_child *child);
void thread_release(struct thread_child *child);
/* Called by the child. Also called for a child that could not be made, so that nobody waits for it. */
void thread_mark_stopped(struct thread_child *child);
/* Whether clone3 accepts a word after those of Linux 6.12, the place of the proposed shadow_stack_token. */
bool thread_clone3_token(void);

#endif
