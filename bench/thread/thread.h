/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the benchmarks of the thread family share. */
#ifndef TB_THREAD_H
#define TB_THREAD_H

#include <stddef.h>
#include <stdint.h>

#include "bench.h"

/* What a process has that creations could leak. -1: not readable. */
struct thread_census {
	long maps, threads, files;
};

struct thread_census thread_census(void);
/* A check that nothing is left: every count as before. */
void thread_check_census(struct tb_trial *trial, const struct thread_census *before);

/* What parent and child share: the child is assembly and knows these offsets. */
struct thread_child {
	uint64_t started; /*  0: the child's first act, TSC */
	uint64_t ran;	  /*  8: counted by the child */
	void *map;	  /* 16: the modelled shadow stack, or NULL */
	size_t map_bytes; /* 24 */
	uint32_t tid;	  /* 32: cleared by the kernel when the child is gone */
};

/*
 * A thread of nothing but assembly: it stamps, touches and unmaps child->map, and
 * exits. It has no TLS of its own and may call nothing. 0 or -errno.
 */
int thread_clone3(struct thread_child *child, void *stack, size_t stack_bytes);
int thread_clone(struct thread_child *child, void *stack, size_t stack_bytes);
/* Until the kernel has cleared child->tid. */
void thread_join(struct thread_child *child);

#endif
