/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPU: placements by the machine's topology, as hwloc sees it. */
#ifndef TB_PLACE_H
#define TB_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/cpu_list.h"
#include "machine/sysfs_cpu.h"

/* Where a second thread runs, as seen from the first. */
enum tb_placement {
	TB_SAME_CPU,
	TB_SMT_SIBLING,	  /* the other thread of the core: it shares the L1D */
	TB_SAME_L2,	  /* another core on the same L2 */
	TB_SAME_L3,	  /* another core with another L2 (or none shown) on the same L3 */
	TB_CROSS_L3,	  /* the same package, but no L3 in common */
	TB_CROSS_PACKAGE, /* another package */
	TB_PLACEMENT_COUNT
};

struct tb_place;

/*
 * Reads the topology: of this machine (NULL), of an XML file of hwloc's (a path
 * that has a '/' or ends in ".xml"), or of a synthetic description
 * ("package:2 l3:2 core:4 pu:2"). On this machine the allowed CPUs are those of
 * the caller's affinity, so open it before pinning: also those that the topology
 * lacks, as where LXCFS gives a container's CPUs other numbers in sysfs.
 * Returns 0 or -errno.
 */
int tb_place_open(const char *xml_or_synthetic, struct tb_place **place);
void tb_place_close(struct tb_place *place);

/*
 * The first variable in the environment that makes hwloc describe other CPUs or caches than
 * this machine's, or NULL. hwloc itself obeys it silently.
 */
const char *tb_place_variable(void);
/* Whether hwloc reports the topology as this machine's. HWLOC_THISSYSTEM can make it wrong. */
bool tb_place_is_here(const struct tb_place *place);

bool tb_place_allowed(const struct tb_place *place, int cpu);

/* Allows only these of the CPUs that are allowed; -EINVAL, and no change, when one is not. */
int tb_place_restrict(struct tb_place *place, const int *cpus, size_t n);

/* The highest allowed CPU of the fastest kind (P before E cores), or -ENOENT. */
int tb_place_default_cpu(const struct tb_place *place);

/*
 * The CPU that stands in this relation to cpu: of cpu's own kind before others
 * (P with P), then the highest. Returns 0; -ENOENT where there is none that is
 * allowed; -EINVAL where cpu itself is not allowed. *why (may be NULL) then is a
 * constant sentence without a full stop.
 */
int tb_place_neighbour(const struct tb_place *place, int cpu, enum tb_placement placement,
		       int *other, const char **why);

/*
 * The CPUs on the same core as cpu, cpu with them, in no order; disallowed ones too. The
 * caller frees *cpus. Returns 0, -ENOENT where the topology lacks cpu, or -ENOMEM.
 */
int tb_place_siblings(const struct tb_place *place, int cpu, int **cpus, size_t *count);

/* The name of an enum tb_placement, NULL after the last; and back: 0 or -EINVAL. */
const char *tb_placement_name(unsigned int placement);
int tb_placement_parse(const char *name, enum tb_placement *placement);

/*
 * The data or unified cache of a level that cpu uses (instruction: the
 * instruction cache). -ENOENT: the topology shows none; -EINVAL: no such CPU or
 * level.
 */
int tb_place_cache(const struct tb_place *place, int cpu, unsigned int level, bool instruction,
		   struct tb_place_cache *cache);

#endif
