/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The leaves of the CPUID instruction, raw. */
#ifndef TB_CPUID_H
#define TB_CPUID_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct tb_cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t reg[4]; /* EAX, EBX, ECX, EDX */
};

/*
 * All leaves of one CPU as an array of [leaf, subleaf, eax, ebx, ecx, edx]: basic ones, the
 * hypervisor's (40000000H, 40000100H), extended ones and Centaur's (C0000000H). Leaves
 * that are all zeros are left out, and leaf 3, which is a serial number. Hybrid machines
 * answer for the core that asks: a thread on that CPU reads them. Returns 0, and the caller
 * owns *leaves; or -errno where no thread may run on that CPU or memory is short, and then
 * *leaves is NULL.
 */
int tb_cpuid_read(int cpu, json_t **leaves);

/* Finds a leaf in such an array. False: it is not there, or the array is NULL. */
bool tb_cpuid_find(const json_t *leaves, uint32_t leaf, uint32_t subleaf,
		   struct tb_cpuid_leaf *found);

/* The numbers of CPUID leaf 1, EAX. */

struct tb_cpu_signature {
	unsigned int family, model; /* with their extended parts, as Linux prints them */
};

struct tb_cpu_signature tb_cpu_signature_of(uint32_t eax);

#endif
