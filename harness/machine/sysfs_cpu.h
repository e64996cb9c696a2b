/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CPUs as sysfs describes them: lists, SMT siblings, caches. */
#ifndef TB_SYSFS_CPU_H
#define TB_SYSFS_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/sysroot.h"

/* A cache as the topology describes it; what it does not say is 0. */
struct tb_place_cache {
	uint64_t size_bytes;
	unsigned int ways, line_bytes, sets;
	bool known; /* all four are, and agree with each other */
};

/*
 * The CPUs of a list file ("0-3,5"), sorted. The caller frees *cpus. Returns 0 or -errno,
 * and then *cpus is NULL and *count 0.
 */
int tb_sysfs_cpus(const struct tb_sysroot *root, int **cpus, size_t *count, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool tb_sysfs_has_cpu(const int *cpus, size_t count, int cpu);

/* As tb_place_cache(), from cpuN/cache. *index (may be NULL): the number of its folder. */
int tb_sysfs_cache(const struct tb_sysroot *root, int cpu, unsigned int level, bool instruction,
		   struct tb_place_cache *cache, int *index);

enum { TB_SIBLINGS_SOURCE = 40 };

/* The hardware threads of one core. */
struct tb_siblings {
	int *cpus; /* online, sorted, with the CPU itself */
	size_t count;
	char source[TB_SIBLINGS_SOURCE]; /* the file below cpuN/ that says so */
};

/*
 * The CPUs that share this CPU's L1D. Where sysfs shows no caches: its thread_siblings_list.
 * A list may name CPUs that are offline or hidden (LXCFS), or lack the CPU itself: the
 * result never does. Returns 0, and the caller frees ->cpus, or -errno.
 */
int tb_sysfs_siblings(const struct tb_sysroot *root, int cpu, struct tb_siblings *siblings);

/* Whether the kernel found a PMU of a core; false, too, where sys/devices cannot be read. */
bool tb_pmu_present(const struct tb_sysroot *root);

#endif
