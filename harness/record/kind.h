/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kind of core that a CPU is, on machines that have several kinds. */
#ifndef TB_KIND_H
#define TB_KIND_H

#include <jansson.h>
#include <stdint.h>

#include "measure/sysroot.h"

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
