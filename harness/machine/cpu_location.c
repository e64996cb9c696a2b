// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/cpu_location.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/place.h"
#include "machine/topology.h"
#include "machine/cpuid.h"
#include "machine/sysfs_cpu.h"

#define CPUS  "sys/devices/system/cpu/"
#define NODES "sys/devices/system/node/"

enum { NO_CLUSTER = 65535 }; /* BAD_APICID of kernels whose CPU has no cluster */

/* One number of a CPU's topology; -errno where there is none. */
static int64_t id_of(const struct tb_sysroot *root, int cpu, const char *file)
{
	int64_t id;
	int err = tb_sysroot_i64(root, &id, CPUS "cpu%d/topology/%s", cpu, file);

	if (err)
		return err;
	/* -1 is the kernel's own word for unknown. */
	return id < 0 || (id == NO_CLUSTER && !strcmp(file, "cluster_id")) ? -ENODATA : id;
}

static const char *why(int64_t err)
{
	return err == -ENODATA ? "the kernel does not know it" : strerror((int)-err);
}

static void put_id(struct tb_facts *gather, json_t *object, const char *name, int cpu,
		   const char *file)
{
	int64_t id = id_of(gather->root, cpu, file);

	if (id < 0)
		tb_facts_null(gather, object, "cpu", name, "%scpu%d/topology/%s: %s", CPUS, cpu,
			      file, why(id));
	else
		tb_facts_put(gather, object, name, json_integer(id));
}

static bool is_node(const char *name)
{
	return !strncmp(name, "node", 4) && name[4] &&
	       strspn(name + 4, "0123456789") == strlen(name + 4);
}

static bool shares(const int *a, size_t n_a, const int *b, size_t n_b)
{
	for (size_t i = 0; i < n_a; i++)
		if (tb_sysfs_has_cpu(b, n_b, a[i]))
			return true;
	return false;
}

/* How many nodes have some of the CPUs, and the number of the last of them; -errno: no nodes. */
static int count_nodes(const struct tb_sysroot *root, const int *cpus, size_t count, int *last)
{
	char **names;
	size_t n;
	int found = 0, err = tb_sysroot_names(root, &names, &n, NODES);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		size_t n_members;
		int *members;

		if (!is_node(names[i]))
			continue;
		/* A node with memory only has no CPUs. */
		tb_sysfs_cpus(root, &members, &n_members, NODES "%s/cpulist", names[i]);
		if (shares(cpus, count, members, n_members)) {
			found++;
			*last = (int)strtol(names[i] + 4, NULL, 10);
		}
		free(members);
	}
	tb_sysroot_names_free(names, n);
	return found;
}

void tb_cpu_location(struct tb_facts *gather, json_t *cpu_object, int cpu)
{
	int node = 0, found = count_nodes(gather->root, &cpu, 1, &node);

	put_id(gather, cpu_object, "package", cpu, "physical_package_id");
	put_id(gather, cpu_object, "die", cpu, "die_id");
	put_id(gather, cpu_object, "cluster", cpu, "cluster_id");
	if (found > 0)
		tb_facts_put(gather, cpu_object, "node", json_integer(node));
	else
		tb_facts_null(gather, cpu_object, "cpu", "node", "%snode*/cpulist: %s", NODES,
			      found < 0 ? strerror(-found) : "no node has this CPU");
}

struct unit {
	int64_t package, id;
};

static int by_number(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	if (x->package != y->package)
		return x->package < y->package ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Different numbers of a kind, package by package; -errno where a CPU has none. */
static int64_t count_units(const struct tb_sysroot *root, const int *cpus, size_t count,
			   const char *file)
{
	struct unit *units = calloc(count + 1, sizeof(*units));
	int64_t found = 0, err = units ? 0 : -ENOMEM;

	for (size_t i = 0; i < count && !err; i++) {
		units[i].package = id_of(root, cpus[i], "physical_package_id");
		units[i].id = id_of(root, cpus[i], file);
		err = units[i].package < 0 ? units[i].package : units[i].id < 0 ? units[i].id : 0;
	}
	if (!err) {
		qsort(units, count, sizeof(*units), by_number);
		for (size_t i = 0; i < count; i++)
			found += !i || by_number(&units[i], &units[i - 1]);
	}
	free(units);
	return err ? err : found ? found : -ENODATA;
}

static void put_count(struct tb_facts *gather, json_t *topology, const char *name, const int *cpus,
		      size_t count, const char *file)
{
	int64_t n = count_units(gather->root, cpus, count, file);

	if (n < 0)
		tb_facts_null(gather, topology, "topology", name, "%scpu*/topology/%s: %s", CPUS,
			      file, why(n));
	else
		tb_facts_put(gather, topology, name, json_integer(n));
}

static int group_of(int *group, int cpu)
{
	while (group[cpu] != cpu)
		cpu = group[cpu] = group[group[cpu]];
	return cpu;
}

/* Puts two online CPUs into one group. One list that names both is enough. */
static void join(int *group, int a, int b)
{
	if (group[b] >= 0)
		group[group_of(group, b)] = group_of(group, a);
}

static long count_groups(const int *group, const int *cpus, size_t count)
{
	long n = 0;

	for (size_t i = 0; i < count; i++)
		n += group[cpus[i]] == cpus[i];
	return n;
}

/* Returns 0 or -errno. */
static int join_cores(const struct tb_sysroot *root, const int *cpus, size_t count, int *group)
{
	struct tb_siblings siblings = { .cpus = NULL };

	for (size_t i = 0; i < count; i++) {
		int err = tb_sysfs_siblings(root, cpus[i], &siblings);

		if (err)
			return err;
		for (size_t k = 0; k < siblings.count; k++)
			join(group, cpus[i], siblings.cpus[k]);
		free(siblings.cpus);
	}
	return 0;
}

static int join_packages(const struct tb_sysroot *root, const int *cpus, size_t count, int *group)
{
	for (size_t i = 0; i < count; i++) {
		int *members, err;
		size_t n;

		err = tb_sysfs_cpus(root, &members, &n, CPUS "cpu%d/topology/core_siblings_list",
				    cpus[i]);
		if (err)
			return err;
		for (size_t k = 0; k < n; k++)
			join(group, cpus[i], members[k]);
		free(members);
	}
	return 0;
}

static void put_joined(struct tb_facts *gather, json_t *topology, const char *name, int64_t count,
		       const char *list, int err)
{
	if (err)
		tb_facts_null(gather, topology, "topology", name,
			      "a list of siblings cannot be read: " CPUS "cpu*/%s: %s", list,
			      strerror(-err));
	else
		tb_facts_put(gather, topology, name, json_integer(count));
}

/*
 * Lists of CPUs may name offline or hidden ones, lack their own, or differ from each
 * other's: groups are joined, so that packages <= cores <= threads always, and none is 0.
 */
static void put_groups(struct tb_facts *gather, json_t *topology, const int *cpus, size_t count)
{
	static const char core_list[] =
		"cache/index*/shared_cpu_list and topology/thread_siblings_list";
	static const char package_list[] = "topology/core_siblings_list";
	int group[TB_CPUS_MAX_POSSIBLE]; /* -1: not online */
	long cores, packages;
	int core_err, package_err;

	memset(group, -1, sizeof(group));
	for (size_t i = 0; i < count; i++)
		group[cpus[i]] = cpus[i];
	core_err = join_cores(gather->root, cpus, count, group);
	cores = count_groups(group, cpus, count);
	package_err = join_packages(gather->root, cpus, count, group);
	packages = count_groups(group, cpus, count);
	put_joined(gather, topology, "packages", packages, package_list, package_err);
	put_joined(gather, topology, "cores", cores, core_list, core_err);
	tb_facts_put(gather, topology, "threads", json_integer((json_int_t)count));
	if (core_err)
		put_joined(gather, topology, "smt", 0, core_list, core_err);
	else
		tb_facts_put(gather, topology, "smt", json_boolean((long)count > cores));
}

void tb_cpu_location_counts(struct tb_facts *gather, json_t *topology, const int *cpus,
			    size_t count, int err)
{
	static const char *const fields[] = { "packages", "cores", "threads", "smt" };
	int node, nodes = count_nodes(gather->root, cpus, count, &node);

	if (!err)
		put_groups(gather, topology, cpus, count);
	for (size_t i = 0; err && i < sizeof(fields) / sizeof(*fields); i++)
		tb_facts_null(gather, topology, "topology", fields[i], CPUS "online: %s",
			      strerror(-err));
	put_count(gather, topology, "dies", cpus, count, "die_id");
	put_count(gather, topology, "clusters", cpus, count, "cluster_id");
	if (nodes > 0)
		tb_facts_put(gather, topology, "numa_nodes", json_integer(nodes));
	else
		tb_facts_null(gather, topology, "topology", "numa_nodes", "%snode*/cpulist: %s",
			      NODES, nodes < 0 ? strerror(-nodes) : "no node has an online CPU");
}

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
