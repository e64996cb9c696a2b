/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a CPU stands in the machine: package, die, cluster, NUMA node. By sysfs. */
#ifndef TB_CPU_LOCATION_H
#define TB_CPU_LOCATION_H

#include <jansson.h>
#include <stdint.h>

#include "machine/sysroot.h"
#include "machine/facts.h"

/* Puts "package", "die", "cluster" and "node" of this CPU: numbers, or null with the reason. */
void tb_cpu_location(struct tb_facts *gather, json_t *cpu_object, int cpu);
/*
 * Puts "packages", "cores", "threads", "smt", "dies", "clusters" and "numa_nodes" of the online
 * CPUs, each a value or null with the reason. err: -errno of reading the list of online CPUs, or 0.
 */
void tb_cpu_location_counts(struct tb_facts *gather, json_t *topology, const int *cpus,
			    size_t count, int err);

/* The kind of core that a CPU is, on machines that have several kinds. */

struct tb_kind {
	const char *name;   /* the kernel's: "cpu_core", "cpu_atom"; NULL: not known */
	char evidence[192]; /* where the name is from, or why there is none */
};

/* The registers that tell the kind. Leaves that the CPU does not have are 0. */
struct tb_kind_cpuid {
	uint32_t leaf_1a_eax;
	uint32_t leaf_80000026_eax, leaf_80000026_ebx;
};

/*
 * Of one CPU: by sys/devices/cpu_core/cpus and its like, else by that CPU's leaves (see
 * tb_cpuid_read()); leaves NULL: they were not read.
 */
void tb_kind_of(const struct tb_sysroot *root, int cpu, const json_t *leaves, struct tb_kind *kind);
/* The part of it that reads registers. */
void tb_kind_by_cpuid(const struct tb_kind_cpuid *cpuid, struct tb_kind *kind);

#endif
