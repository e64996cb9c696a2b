/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where sysfs, hwloc and this process's affinity disagree about the CPUs. */
#ifndef TB_TOPOLOGY_H
#define TB_TOPOLOGY_H

#include "machine/place.h"
#include "machine/sysroot.h"

enum { TB_CONFLICTS_MAX = 8 };

struct tb_topology_conflicts {
	char text[TB_CONFLICTS_MAX][200];
	size_t n;
};

/*
 * Compares the sources for each of the CPUs: which threads share a core, how large the
 * caches are, which CPUs are online. One text for each kind of disagreement, about the
 * first CPU that shows it. place may be NULL: sysfs alone is looked at.
 */
void tb_topology_check(const struct tb_sysroot *root, const struct tb_place *place, const int *cpus,
		       size_t count, struct tb_topology_conflicts *conflicts);

#endif
