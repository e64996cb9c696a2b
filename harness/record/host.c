// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/sysfs_cpu.h"
#include "measure/topology.h"
#include "record/cpuid.h"
#include "record/cpuinfo.h"
#include "record/gather.h"
#include "record/identity.h"
#include "record/kind.h"
#include "record/text.h"
#include "record/virt.h"
#include "record/cpu_location.h"

#define CPUS "sys/devices/system/cpu/"

/* A number out of cpuinfo, -1 where there is none. */
static long number(const struct tb_cpuinfo *info, const char *key)
{
	const char *text = tb_cpuinfo_get(info, key);
	int64_t value;

	if (!text || tb_sysroot_parse_i64(text, strlen(text), &value) || value < 0)
		return -1;
	return (long)value;
}

static void put_number(struct tb_gather *gather, json_t *object, const char *name, int64_t value)
{
	tb_gather_put(gather, object, name, value < 0 ? json_null() : json_integer(value));
}

static void put_text(struct tb_gather *gather, json_t *object, const char *name, const char *text)
{
	size_t length = text ? strlen(text) : 0;

	/* Zhaoxin's vendor ends in blanks. */
	while (length && text[length - 1] == ' ')
		length--;
	tb_gather_put(gather, object, name, length ? tb_text(text, length) : json_null());
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The words of a line, sorted: the kernel's order is that of bits, and changes. */
static json_t *sorted_words(const char *line)
{
	size_t count = 0, most = strlen(line) / 2 + 1;
	char *copy = strdup(line), **words = calloc(most, sizeof(*words)), *rest = copy;
	json_t *array = json_array();

	if (copy && words && array) {
		for (char *word; (word = strtok_r(rest, " \t", &rest));)
			words[count++] = word;
		qsort(words, count, sizeof(*words), by_text);
	}
	for (size_t i = 0; i < count; i++) {
		if (i && !strcmp(words[i], words[i - 1]))
			continue;
		if (json_array_append_new(array, tb_text(words[i], strlen(words[i])))) {
			json_decref(array);
			array = NULL;
			break;
		}
	}
	if (!copy || !words) {
		json_decref(array);
		array = NULL;
	}
	free(words);
	free(copy);
	return array;
}

static json_t *caches(struct tb_gather *gather, int cpu)
{
	static const struct tb_gather_field fields[] = {
		{ "level", "level", tb_gather_positive },
		{ "type", "type", tb_gather_string },
		{ "size_bytes", "size", tb_gather_size },
		{ "ways", "ways_of_associativity", tb_gather_positive },
		{ "line_bytes", "coherency_line_size", tb_gather_positive },
		{ "sets", "number_of_sets", tb_gather_positive },
		{ "shared_cpus", "shared_cpu_list", tb_gather_string },
	};
	json_t *array;

	if (!tb_sysroot_has(gather->root, CPUS "cpu%d/cache/index0", cpu))
		return json_null();
	array = json_array();
	for (int i = 0; tb_sysroot_has(gather->root, CPUS "cpu%d/cache/index%d", cpu, i); i++) {
		json_t *cache = json_object();
		char prefix[96], section[32];

		snprintf(section, sizeof(section), "cpu.caches.%d", i);
		snprintf(prefix, sizeof(prefix), CPUS "cpu%d/cache/index%d/", cpu, i);
		tb_gather_files(gather, cache, section, prefix, fields,
				sizeof(fields) / sizeof(*fields));
		if (json_array_append_new(array, cache))
			gather->short_of_memory = true;
	}
	return array;
}

static void put_kind(struct tb_gather *gather, json_t *object, int cpu)
{
	struct tb_kind kind;

	tb_kind_of(gather->root, cpu, &kind);
	if (kind.name)
		put_text(gather, object, "kind", kind.name);
	else
		tb_gather_null(gather, object, "cpu", "kind", "%s", kind.evidence);
	put_text(gather, object, "kind_evidence", kind.evidence);
}

static void put_cpuid(struct tb_gather *gather, json_t *object, int cpu)
{
	json_t *leaves = gather->root->real ? tb_cpuid_read(cpu) : NULL;

	if (leaves)
		tb_gather_put(gather, object, "cpuid", leaves);
	else
		tb_gather_null(gather, object, "cpu", "cpuid", "%s",
			       gather->root->real
				       ? "this process may not run on the CPU"
				       : "CPUID was not asked: the root is not this machine's");
}

static bool is_emulated(const struct tb_sysroot *root, const struct tb_cpuinfo *info)
{
	struct tb_virt_facts facts;
	struct tb_virt virt;

	tb_virt_facts(root, info, &facts);
	tb_virt_classify(&facts, &virt);
	return virt.class && !strcmp(virt.class, "emulated");
}

static json_t *cpu_object(struct tb_gather *gather, int first)
{
	json_t *cpu = json_object();
	struct tb_cpuinfo info;
	const char *vendor, *flags;

	tb_cpuinfo_open_of(gather->root, first, &info);
	vendor = tb_cpuinfo_get(&info, "vendor_id");
	flags = tb_cpuinfo_get(&info, "flags");
	put_number(gather, cpu, "number", first);
	put_kind(gather, cpu, first);
	tb_cpu_location(gather, cpu, first);
	put_text(gather, cpu, "vendor", vendor);
	put_number(gather, cpu, "family", number(&info, "cpu family"));
	put_number(gather, cpu, "model", number(&info, "model"));
	put_number(gather, cpu, "stepping", number(&info, "stepping"));
	put_text(gather, cpu, "microcode", tb_cpuinfo_get(&info, "microcode"));
	put_text(gather, cpu, "name", tb_cpuinfo_get(&info, "model name"));
	put_number(gather, cpu, "cpuid_level", number(&info, "cpuid level"));
	tb_gather_put(gather, cpu, "flags", flags ? sorted_words(flags) : json_null());
	put_cpuid(gather, cpu, first);
	tb_gather_put(gather, cpu, "caches", caches(gather, first));
	tb_gather_put(gather, cpu, "derived", tb_identity(cpu, is_emulated(gather->root, &info)));
	tb_gather_put(gather, cpu, "tsc_hz", json_null());
	tb_gather_put(gather, cpu, "tsc_source", json_null());
	tb_cpuinfo_close(&info);
	return cpu;
}

/* "MemTotal:  5060644 kB"; -1: not there, not in kB, or out of range. */
static int64_t memory_bytes(const struct tb_sysroot *root)
{
	static const char key[] = "MemTotal:";
	char text[8192], *line, *unit;
	int64_t kib;

	if (tb_sysroot_text(root, text, sizeof(text), "proc/meminfo") < 0)
		return -1;
	line = strstr(text, key);
	if (!line)
		return -1;
	line += strlen(key);
	line += strspn(line, " ");
	unit = line + strspn(line, "0123456789");
	if (strncmp(unit, " kB", 3) != 0)
		return -1;
	*unit = '\0';
	if (tb_sysroot_parse_i64(line, (size_t)(unit - line), &kib) || kib > INT64_MAX >> 10)
		return -1;
	return kib << 10;
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
	return n ? n : -1;
}

static bool join_cores(const struct tb_sysroot *root, const int *cpus, size_t count, int *group)
{
	struct tb_siblings siblings = { .cpus = NULL };

	for (size_t i = 0; i < count; i++) {
		if (tb_sysfs_siblings(root, cpus[i], &siblings))
			return false;
		for (size_t k = 0; k < siblings.count; k++)
			join(group, cpus[i], siblings.cpus[k]);
		free(siblings.cpus);
	}
	return true;
}

static bool join_packages(const struct tb_sysroot *root, const int *cpus, size_t count, int *group)
{
	for (size_t i = 0; i < count; i++) {
		int *members;
		size_t n;

		if (tb_sysfs_cpus(root, &members, &n, CPUS "cpu%d/topology/core_siblings_list",
				  cpus[i]))
			return false;
		for (size_t k = 0; k < n; k++)
			join(group, cpus[i], members[k]);
		free(members);
	}
	return true;
}

/*
 * Lists of CPUs may name offline or hidden ones, lack their own, or differ from each
 * other's: groups are joined, so that packages <= cores <= threads always, and none is 0.
 */
static json_t *topology(struct tb_gather *gather, const int *cpus, size_t count)
{
	json_t *object = json_object();
	int group[TB_PLACE_CPUS_MAX]; /* -1: not online */
	long cores = -1, packages = -1;

	memset(group, -1, sizeof(group));
	for (size_t i = 0; i < count; i++)
		group[cpus[i]] = cpus[i];
	if (join_cores(gather->root, cpus, count, group))
		cores = count_groups(group, cpus, count);
	if (join_packages(gather->root, cpus, count, group))
		packages = count_groups(group, cpus, count);
	put_number(gather, object, "packages", packages);
	put_number(gather, object, "cores", cores);
	put_number(gather, object, "threads", count ? (int64_t)count : -1);
	tb_gather_put(gather, object, "smt",
		      cores < 0 ? json_null() : json_boolean((long)count > cores));
	tb_cpu_location_counts(gather, object, cpus, count);
	return object;
}

int tb_host_online(const struct tb_sysroot *root, int **cpus, size_t *count)
{
	return tb_sysfs_cpus(root, cpus, count, CPUS "online");
}

int tb_host_check(json_t *host, const struct tb_sysroot *root, const struct tb_place *place)
{
	json_t *array = json_array();
	struct tb_topology_conflicts conflicts = { .n = 0 };
	size_t count = 0;
	int *cpus = calloc(TB_PLACE_CPUS_MAX, sizeof(*cpus)), err = cpus ? 0 : -ENOMEM;

	for (int cpu = 0; cpus && cpu < TB_PLACE_CPUS_MAX; cpu++)
		if (tb_place_allowed(place, cpu))
			cpus[count++] = cpu;
	if (cpus)
		tb_topology_check(root, place, cpus, count, &conflicts);
	free(cpus);
	for (size_t i = 0; i < conflicts.n; i++)
		if (json_array_append_new(array,
					  tb_text(conflicts.text[i], strlen(conflicts.text[i]))))
			err = -ENOMEM;
	if (json_object_set_new(host, "topology_contradictions", array))
		err = -ENOMEM;
	return err;
}

json_t *tb_host_of(const struct tb_sysroot *root, int cpu)
{
	struct tb_gather gather = { .root = root, .nulls = json_array() };
	json_t *host = json_object();
	size_t count;
	int *cpus;

	tb_host_online(root, &cpus, &count);
	tb_gather_put(&gather, host, "cpu",
		      cpu_object(&gather, cpu >= 0 ? cpu
					  : count  ? cpus[0]
						   : 0));
	put_number(&gather, host, "cpus_online", count ? (int64_t)count : -1);
	put_number(&gather, host, "memory_bytes", memory_bytes(root));
	tb_gather_put(&gather, host, "topology", topology(&gather, cpus, count));
	free(cpus);
	tb_gather_put(&gather, host, "nulls", gather.nulls);
	if (!gather.short_of_memory)
		return host;
	json_decref(host);
	return NULL;
}

json_t *tb_host(const struct tb_sysroot *root)
{
	return tb_host_of(root, -1);
}
