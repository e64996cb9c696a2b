// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/kind.h"

#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/oncpu.h"
#include "measure/place.h"

/* The core PMUs of a hybrid, as Linux names them (arch/x86/events/intel/core.c). */
static const char *const pmus[] = { "cpu_core", "cpu_atom", "cpu_lowpower" };
enum { PMUS = sizeof(pmus) / sizeof(*pmus) };

static bool list_has(const char *list, int cpu)
{
	int *cpus;
	size_t n;
	bool has = false;

	if (tb_place_parse_cpus(list, &cpus, &n, NULL))
		return false;
	for (size_t i = 0; i < n; i++)
		has = has || cpus[i] == cpu;
	free(cpus);
	return has;
}

/* Whether there are lists at all. */
static bool by_lists(const struct tb_sysroot *root, int cpu, struct tb_kind *kind)
{
	bool lists = false;
	char text[4096];

	for (int i = 0; i < PMUS && !kind->name; i++) {
		if (tb_sysroot_text(root, text, sizeof(text), "sys/devices/%s/cpus", pmus[i]) < 0)
			continue;
		lists = true;
		if (!list_has(text, cpu))
			continue;
		kind->name = pmus[i];
		snprintf(kind->evidence, sizeof(kind->evidence), "sys/devices/%s/cpus: %.100s",
			 pmus[i], text);
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

static void read_cpuid(void *arg)
{
	struct tb_kind_cpuid *cpuid = arg;
	uint32_t eax, ebx, ecx, edx;

	/* A leaf above the maximum returns another leaf's data on Intel's CPUs. */
	if (__get_cpuid_count(0x1a, 0, &eax, &ebx, &ecx, &edx))
		cpuid->leaf_1a_eax = eax;
	if (__get_cpuid_count(0x80000026, 0, &eax, &ebx, &ecx, &edx)) {
		cpuid->leaf_80000026_eax = eax;
		cpuid->leaf_80000026_ebx = ebx;
	}
}

void tb_kind_of(const struct tb_sysroot *root, int cpu, struct tb_kind *kind)
{
	struct tb_kind_cpuid cpuid = { 0 };
	int err;

	*kind = (struct tb_kind){ NULL, "" };
	if (by_lists(root, cpu, kind))
		return;
	if (!root->real) {
		snprintf(kind->evidence, sizeof(kind->evidence),
			 "no sys/devices/cpu_core/cpus, and CPUID was not asked: the root is not "
			 "this machine's");
		return;
	}
	err = tb_on_cpu(cpu, read_cpuid, &cpuid);
	if (err)
		snprintf(kind->evidence, sizeof(kind->evidence),
			 "no sys/devices/cpu_core/cpus, and CPUID was not asked on CPU %d: %s", cpu,
			 strerror(-err));
	else
		tb_kind_by_cpuid(&cpuid, kind);
}
