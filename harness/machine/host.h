/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record's "host": the machine that no setting changes. */
#ifndef TB_HOST_H
#define TB_HOST_H

#include <jansson.h>
#include <stddef.h>

#include "machine/place.h"
#include "machine/sysroot.h"

/*
 * {
 *   "cpu": {
 *     "number" (the CPU that everything in "cpu" describes),
 *     "kind" ("cpu_core", "cpu_atom"), "kind_evidence" (also why there is no kind),
 *     "package", "die", "cluster", "node" (the numbers that sysfs gives them),
 *     "vendor", "family", "model", "stepping", "microcode" ("0x1", as printed),
 *     "name", "cpuid_level", "flags": [sorted],
 *     "cpuid": [ [leaf, subleaf, eax, ebx, ecx, edx] ] of this machine's own CPU,
 *     "caches": [ { "level", "type", "size_bytes", "ways", "line_bytes", "sets",
 *                   "shared_cpus" ("0-1") } ],
 *     "derived": { "uarch", "at_least", "named", "evidence", "contradictions", "reason" }
 *                                             (see identity.h),
 *     "tsc_hz": null, "tsc_source": null     (until tb_host_set_tsc())
 *   },
 *   "cpus_online", "memory_bytes",
 *   "topology": { "packages", "cores", "threads", "smt", "dies", "clusters",
 *                 "numa_nodes" }   (of the online CPUs; a core's threads share its L1D)
 *   "nulls": [ { "field": "topology.dies", "reason": "..." } ]
 * }
 * Every value may be null, no key is ever missing. "nulls" has the reason of each null, but for
 * "derived", which has its own. NULL when short of memory.
 */
json_t *tb_host(const struct tb_sysroot *root);
/* The same of this CPU, the one that is measured on: cores of a hybrid machine differ. */
json_t *tb_host_of(const struct tb_sysroot *root, int cpu);

/* Sets the TSC's rate, which a run knows at its end. Returns 0 or -ENOMEM. */
int tb_host_set_tsc(json_t *host, double hz, const char *source);

/*
 * Adds "topology_contradictions": where sysfs, hwloc and this process's affinity disagree
 * about the CPUs that it may use, an array of texts. Returns 0 or -ENOMEM.
 */
int tb_host_check(json_t *host, const struct tb_sysroot *root, const struct tb_place *place);

/* The CPUs that are online, sorted; the caller frees *cpus. 0 or -errno, and then none. */
int tb_host_online(const struct tb_sysroot *root, int **cpus, size_t *count);

#endif
