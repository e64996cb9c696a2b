// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/cpu_location.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/place.h"

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

static void put_id(struct tb_gather *gather, json_t *object, const char *name, int cpu,
		   const char *file)
{
	int64_t id = id_of(gather->root, cpu, file);

	if (id < 0)
		tb_gather_null(gather, object, "cpu", name, "%scpu%d/topology/%s: %s", CPUS, cpu,
			       file, why(id));
	else
		tb_gather_put(gather, object, name, json_integer(id));
}

static bool is_node(const char *name)
{
	return !strncmp(name, "node", 4) && name[4] &&
	       strspn(name + 4, "0123456789") == strlen(name + 4);
}

/* The CPUs of a node; none where it has only memory. The caller frees *cpus. */
static void node_cpus(const struct tb_sysroot *root, const char *node, int **cpus, size_t *n)
{
	char text[4096];

	*cpus = NULL;
	*n = 0;
	if (tb_sysroot_text(root, text, sizeof(text), NODES "%s/cpulist", node) > 0)
		tb_place_parse_cpus(text, cpus, n, NULL);
}

static bool shares(const int *a, size_t n_a, const int *b, size_t n_b)
{
	for (size_t i = 0; i < n_a; i++)
		for (size_t k = 0; k < n_b; k++)
			if (a[i] == b[k])
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
		node_cpus(root, names[i], &members, &n_members);
		if (shares(cpus, count, members, n_members)) {
			found++;
			*last = (int)strtol(names[i] + 4, NULL, 10);
		}
		free(members);
	}
	tb_sysroot_names_free(names, n);
	return found;
}

void tb_cpu_location(struct tb_gather *gather, json_t *cpu_object, int cpu)
{
	int node = 0, found = count_nodes(gather->root, &cpu, 1, &node);

	put_id(gather, cpu_object, "package", cpu, "physical_package_id");
	put_id(gather, cpu_object, "die", cpu, "die_id");
	put_id(gather, cpu_object, "cluster", cpu, "cluster_id");
	if (found > 0)
		tb_gather_put(gather, cpu_object, "node", json_integer(node));
	else
		tb_gather_null(gather, cpu_object, "cpu", "node", "%snode*/cpulist: %s", NODES,
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

static void put_count(struct tb_gather *gather, json_t *topology, const char *name, const int *cpus,
		      size_t count, const char *file)
{
	int64_t n = count_units(gather->root, cpus, count, file);

	if (n < 0)
		tb_gather_null(gather, topology, "topology", name, "%scpu*/topology/%s: %s", CPUS,
			       file, why(n));
	else
		tb_gather_put(gather, topology, name, json_integer(n));
}

void tb_cpu_location_counts(struct tb_gather *gather, json_t *topology, const int *cpus,
			    size_t count)
{
	int node, nodes = count_nodes(gather->root, cpus, count, &node);

	put_count(gather, topology, "dies", cpus, count, "die_id");
	put_count(gather, topology, "clusters", cpus, count, "cluster_id");
	if (nodes > 0)
		tb_gather_put(gather, topology, "numa_nodes", json_integer(nodes));
	else
		tb_gather_null(gather, topology, "topology", "numa_nodes", "%snode*/cpulist: %s",
			       NODES, nodes < 0 ? strerror(-nodes) : "no node has an online CPU");
}
