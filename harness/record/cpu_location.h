/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a CPU stands in the machine: package, die, cluster, NUMA node. By sysfs. */
#ifndef TB_CPU_LOCATION_H
#define TB_CPU_LOCATION_H

#include "record/gather.h"

/* Puts "package", "die", "cluster" and "node" of this CPU: numbers, or null with the reason. */
void tb_cpu_location(struct tb_gather *gather, json_t *cpu_object, int cpu);
/* Puts "dies", "clusters" and "numa_nodes" that have some of these CPUs; null with the reason. */
void tb_cpu_location_counts(struct tb_gather *gather, json_t *topology, const int *cpus,
			    size_t count);

#endif
