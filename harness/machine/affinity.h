/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPU sets of the calling thread. A fixed cpu_set_t ends at CPU 1023; these do not. */
#ifndef TB_AFFINITY_H
#define TB_AFFINITY_H

#include <stddef.h>

/*
 * The CPUs that the calling thread may use, sorted. The caller frees *cpus.
 * Returns 0 or -errno, and then *cpus is NULL and *count 0.
 */
int tb_affinity_get(int **cpus, size_t *count);

/* Binds the calling thread to these CPUs. Returns 0 or -errno. */
int tb_affinity_set(const int *cpus, size_t count);

/* Binds the calling thread to one CPU. Returns 0 or -errno. */
int tb_affinity_pin_self(int cpu);
/* -errno of the last thread of this process that could not be bound; 0: each could. */
int tb_affinity_pin_error(void);

/* Takes cpu out of the calling thread's CPUs if another one remains. Returns 0 or -errno. */
int tb_affinity_leave(int cpu);

/* Work that has to run on one CPU, by a caller that stays where it is. */

/*
 * Calls work(arg) in a thread bound to this CPU and waits for it. The caller keeps its
 * own affinity. 0; -errno when there is no thread or the CPU may not be used, and then
 * work() did not run.
 */
int tb_on_cpu(int cpu, void (*work)(void *arg), void *arg);

#endif
