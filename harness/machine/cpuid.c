// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/cpuid.h"

#include <cpuid.h>
#include <errno.h>
#include <stddef.h>

#include "machine/affinity.h"

/* Leaves with subleaves, and the most that are asked for. */
static unsigned int subleaves(uint32_t leaf)
{
	static const struct {
		uint32_t leaf;
		unsigned int count;
	} counts[] = {
		{ 0x04, 16 },	   { 0x07, 8 }, { 0x0b, 8 }, { 0x0d, 64 },	{ 0x0f, 4 },
		{ 0x10, 8 },	   { 0x12, 8 }, { 0x14, 8 }, { 0x17, 8 },	{ 0x18, 32 },
		{ 0x1d, 8 },	   { 0x1e, 8 }, { 0x1f, 8 }, { 0x20, 8 },	{ 0x23, 8 },
		{ 0x24, 8 },	   { 0x27, 8 }, { 0x28, 8 }, { 0x8000001d, 8 }, { 0x80000020, 8 },
		{ 0x80000026, 8 },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (counts[i].leaf == leaf)
			return counts[i].count;
	return 1;
}

/* Topology leaves repeat the subleaf's number in ECX beyond their end. */
static bool is_empty(const struct tb_cpuid_leaf *at)
{
	bool topology = at->leaf == 0x0b || at->leaf == 0x1f || at->leaf == 0x80000026;

	return !at->reg[0] && !at->reg[1] && (topology || (!at->reg[2] && !at->reg[3]));
}

static int add_leaf(json_t *leaves, const struct tb_cpuid_leaf *at)
{
	return json_array_append_new(
		leaves, json_pack("[I,I,I,I,I,I]", (json_int_t)at->leaf, (json_int_t)at->subleaf,
				  (json_int_t)at->reg[0], (json_int_t)at->reg[1],
				  (json_int_t)at->reg[2], (json_int_t)at->reg[3]));
}

/* All leaves from base on: the base leaf's EAX is the last one. */
static int add_range(json_t *leaves, uint32_t base)
{
	struct tb_cpuid_leaf at = { .leaf = base };
	uint32_t last;
	int err = 0;

	__cpuid(base, last, at.reg[1], at.reg[2], at.reg[3]);
	/* A CPU without the range answers with the data of another leaf. */
	if (last < base || last > base + 0xff)
		return 0;
	for (; at.leaf <= last && !err; at.leaf++) {
		if (at.leaf == 3)
			continue;
		for (at.subleaf = 0; at.subleaf < subleaves(at.leaf) && !err; at.subleaf++) {
			__cpuid_count(at.leaf, at.subleaf, at.reg[0], at.reg[1], at.reg[2],
				      at.reg[3]);
			if (!is_empty(&at))
				err = add_leaf(leaves, &at);
		}
	}
	return err;
}

/* arg: where the array goes. It stays NULL when short of memory. */
static void read_all(void *arg)
{
	unsigned int eax, ebx, ecx, edx;
	json_t **leaves = arg, *array = json_array();
	int err = array ? add_range(array, 0) : -1;

	__cpuid(1, eax, ebx, ecx, edx);
	if (!err && ecx >> 31) {
		err = add_range(array, 0x40000000);
		if (!err)
			err = add_range(array, 0x40000100);
	}
	if (!err)
		err = add_range(array, 0x80000000);
	if (!err)
		err = add_range(array, 0xc0000000);
	if (!err)
		*leaves = array;
	else
		json_decref(array);
}

/*
 * CPUID never faults here: execve() ends what arch_prctl(ARCH_SET_CPUID) did, see
 * arch_setup_new_exec() in Linux, arch/x86/kernel/process_64.c.
 */
int tb_cpuid_read(int cpu, json_t **leaves)
{
	int err;

	*leaves = NULL;
	err = tb_on_cpu(cpu, read_all, leaves);
	return err ? err : *leaves ? 0 : -ENOMEM;
}

bool tb_cpuid_find(const json_t *leaves, uint32_t leaf, uint32_t subleaf,
		   struct tb_cpuid_leaf *found)
{
	const json_t *row;
	size_t i;

	json_array_foreach(leaves, i, row) {
		if (json_integer_value(json_array_get(row, 0)) != leaf ||
		    json_integer_value(json_array_get(row, 1)) != subleaf)
			continue;
		*found = (struct tb_cpuid_leaf){ .leaf = leaf, .subleaf = subleaf };
		for (size_t r = 0; r < 4; r++)
			found->reg[r] = (uint32_t)json_integer_value(json_array_get(row, r + 2));
		return true;
	}
	return false;
}

/* As x86_family() and x86_model() of Linux, arch/x86/lib/cpu.c. */
struct tb_cpu_signature tb_cpu_signature_of(uint32_t eax)
{
	struct tb_cpu_signature signature = { .family = eax >> 8 & 0xf, .model = eax >> 4 & 0xf };

	if (signature.family == 0xf)
		signature.family += eax >> 20 & 0xff;
	if (signature.family >= 6)
		signature.model |= eax >> 12 & 0xf0;
	return signature;
}
