// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/kind.h"

#include <stdio.h>
#include <stdlib.h>

#include "measure/sysfs_cpu.h"
#include "record/cpuid.h"

/* The core PMUs of a hybrid, as Linux names them (arch/x86/events/intel/core.c). */
static const char *const pmus[] = { "cpu_core", "cpu_atom", "cpu_lowpower" };
enum { PMUS = sizeof(pmus) / sizeof(*pmus) };

/* Whether there are lists at all. */
static bool by_lists(const struct tb_sysroot *root, int cpu, struct tb_kind *kind)
{
	bool lists = false;

	for (int i = 0; i < PMUS && !kind->name; i++) {
		char text[128];
		int *cpus;
		size_t n;

		if (tb_sysfs_cpus(root, &cpus, &n, "sys/devices/%s/cpus", pmus[i]))
			continue;
		lists = true;
		if (tb_sysfs_has_cpu(cpus, n, cpu)) {
			if (tb_sysroot_text(root, text, sizeof(text), "sys/devices/%s/cpus",
					    pmus[i]) <= 0)
				snprintf(text, sizeof(text), "%zu CPUs", n);
			kind->name = pmus[i];
			snprintf(kind->evidence, sizeof(kind->evidence),
				 "sys/devices/%s/cpus: %.100s", pmus[i], text);
		}
		free(cpus);
	}
	if (lists && !kind->name)
		snprintf(kind->evidence, sizeof(kind->evidence),
			 "no list of sys/devices/cpu_*/cpus has CPU %d", cpu);
	return lists;
}

void tb_kind_by_cpuid(const struct tb_kind_cpuid *cpuid, struct tb_kind *kind)
{
	/* Intel's SDM, vol. 2A, CPUID leaf 1AH: EAX[31:24] is the core type. */
	uint32_t intel = cpuid->leaf_1a_eax >> 24;
	/* AMD's APM, vol. 3, Fn8000_0026: EAX[30] heterogeneous cores, EBX[31:28] core type. */
	uint32_t amd = cpuid->leaf_80000026_ebx >> 28;

	kind->name = NULL;
	if (cpuid->leaf_1a_eax) {
		kind->name = intel == 0x40 ? "cpu_core" : intel == 0x20 ? "cpu_atom" : NULL;
		snprintf(kind->evidence, sizeof(kind->evidence),
			 "CPUID leaf 1AH: core type 0x%02x%s", intel,
			 kind->name ? "" : ", which is none that is known");
	} else if (cpuid->leaf_80000026_eax >> 30 & 1) {
		kind->name = amd == 0 ? "performance" : amd == 1 ? "efficiency" : NULL;
		snprintf(kind->evidence, sizeof(kind->evidence),
			 "CPUID leaf 80000026H: core type %u%s", amd,
			 kind->name ? "" : ", which is none that is known");
	} else {
		snprintf(kind->evidence, sizeof(kind->evidence),
			 "neither sys/devices/cpu_core nor CPUID tells of kinds of cores: all "
			 "cores are of one kind, or the kind is hidden");
	}
}

static struct tb_kind_cpuid registers_of(const json_t *leaves)
{
	struct tb_kind_cpuid cpuid = { 0 };
	struct tb_cpuid_leaf leaf;

	if (tb_cpuid_find(leaves, 0x1a, 0, &leaf))
		cpuid.leaf_1a_eax = leaf.reg[0];
	if (tb_cpuid_find(leaves, 0x80000026, 0, &leaf)) {
		cpuid.leaf_80000026_eax = leaf.reg[0];
		cpuid.leaf_80000026_ebx = leaf.reg[1];
	}
	return cpuid;
}

void tb_kind_of(const struct tb_sysroot *root, int cpu, const json_t *leaves, struct tb_kind *kind)
{
	struct tb_kind_cpuid cpuid = registers_of(leaves);

	*kind = (struct tb_kind){ NULL, "" };
	if (by_lists(root, cpu, kind))
		return;
	if (leaves)
		tb_kind_by_cpuid(&cpuid, kind);
	else
		snprintf(kind->evidence, sizeof(kind->evidence),
			 "no sys/devices/cpu_core/cpus, and CPUID was not %s",
			 root->real ? "read" : "asked: the root is not this machine's");
}
