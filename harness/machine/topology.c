// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/topology.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/sysfs_cpu.h"

#define CPUS "sys/devices/system/cpu/"

static void add_conflict(struct tb_topology_conflicts *conflicts, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add_conflict(struct tb_topology_conflicts *conflicts, const char *fmt, ...)
{
	va_list args;

	if (conflicts->n == TB_CONFLICTS_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(conflicts->text[conflicts->n++], sizeof(conflicts->text[0]), fmt, args);
	va_end(args);
}

/* LXCFS shows a container CPUs by numbers of its own, which the scheduler does not use. */
static bool check_online(const struct tb_sysroot *root, int cpu,
			 struct tb_topology_conflicts *conflicts)
{
	int *online;
	size_t count;
	char text[64];
	bool listed;

	if (tb_sysfs_cpus(root, &online, &count, CPUS "online"))
		return true;
	listed = tb_sysfs_has_cpu(online, count, cpu);
	free(online);
	if (listed)
		return true;
	if (tb_sysroot_text(root, text, sizeof(text), CPUS "online") < 0)
		strcpy(text, "other CPUs");
	add_conflict(conflicts, "this process may use CPU %d, but /" CPUS "online says %s", cpu,
		     text);
	return false;
}

/* Modules whose cores share a part of the front end are "thread siblings" on some kernels. */
static bool check_lists(const struct tb_sysroot *root, int cpu,
			struct tb_topology_conflicts *conflicts)
{
	struct tb_siblings siblings = { .cpus = NULL };
	char l1d[64], threads[64];

	if (tb_sysfs_siblings(root, cpu, &siblings))
		return true;
	free(siblings.cpus);
	if (tb_sysroot_text(root, l1d, sizeof(l1d), CPUS "cpu%d/%s", cpu, siblings.source) <= 0 ||
	    tb_sysroot_text(root, threads, sizeof(threads),
			    CPUS "cpu%d/topology/thread_siblings_list", cpu) <= 0 ||
	    !strcmp(l1d, threads))
		return true;
	add_conflict(conflicts,
		     "CPU %d: thread_siblings_list says %s, the L1D's shared_cpu_list %s", cpu,
		     threads, l1d);
	return false;
}

static bool check_siblings(const struct tb_sysroot *root, const struct tb_place *place, int cpu,
			   struct tb_topology_conflicts *conflicts)
{
	struct tb_siblings siblings = { .cpus = NULL };
	bool same;
	size_t n;
	int *cpus;

	if (tb_place_siblings(place, cpu, &cpus, &n))
		return true;
	if (tb_sysfs_siblings(root, cpu, &siblings)) {
		free(cpus);
		return true;
	}
	same = n == siblings.count;
	for (size_t i = 0; same && i < n; i++)
		same = tb_sysfs_has_cpu(siblings.cpus, siblings.count, cpus[i]);
	free(cpus);
	free(siblings.cpus);
	if (!same)
		add_conflict(conflicts,
			     "CPU %d: hwloc finds %zu hardware threads on its core, sysfs %zu (%s)",
			     cpu, n, siblings.count, siblings.source);
	return same;
}

static bool check_caches(const struct tb_sysroot *root, const struct tb_place *place, int cpu,
			 struct tb_topology_conflicts *conflicts)
{
	for (unsigned int level = 1; level <= 3; level++) {
		struct tb_place_cache a, b;

		if (tb_place_cache(place, cpu, level, false, &a) ||
		    tb_sysfs_cache(root, cpu, level, false, &b, NULL) || !a.size_bytes ||
		    !b.size_bytes || a.size_bytes == b.size_bytes)
			continue;
		add_conflict(conflicts, "CPU %d: the L%u has %llu bytes by hwloc, %llu by sysfs",
			     cpu, level, (unsigned long long)a.size_bytes,
			     (unsigned long long)b.size_bytes);
		return false;
	}
	return true;
}

void tb_topology_check(const struct tb_sysroot *root, const struct tb_place *place, const int *cpus,
		       size_t count, struct tb_topology_conflicts *conflicts)
{
	bool online = true, lists = true, siblings = true, caches = true;

	conflicts->n = 0;
	for (size_t i = 0; i < count; i++) {
		online = online && check_online(root, cpus[i], conflicts);
		lists = lists && check_lists(root, cpus[i], conflicts);
		if (!place)
			continue;
		siblings = siblings && check_siblings(root, place, cpus[i], conflicts);
		caches = caches && check_caches(root, place, cpus[i], conflicts);
	}
}
