/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a CPU stands in the machine: package, die, cluster, NUMA node. By sysfs. */
#ifndef TB_CPU_LOCATION_H
#define TB_CPU_LOCATION_H

#include "record/gather.h"

/* Puts "package", "die", "cluster" and "node" of this CPU: numbers, or null with the reason. */
void tb_cpu_location(struct tb_gather *gather, json_t *cpu_object, int cpu);
/*
 * Puts "packages", "cores", "threads", "smt", "dies", "clusters" and "numa_nodes" of the online
 * CPUs, each a value or null with the reason. err: -errno of reading the list of online CPUs, or 0.
 */
void tb_cpu_location_counts(struct tb_gather *gather, json_t *topology, const int *cpus,
			    size_t count, int err);

#endif
