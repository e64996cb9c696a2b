// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/place.h"
#include "record/cpuinfo.h"
#include "record/gather.h"
#include "record/text.h"
#include "record/uarch.h"

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
	tb_gather_put(gather, object, name,
		      text && *text ? tb_text(text, strlen(text)) : json_null());
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
		char prefix[96];

		snprintf(prefix, sizeof(prefix), CPUS "cpu%d/cache/index%d/", cpu, i);
		tb_gather_files(gather, cache, "", prefix, fields,
				sizeof(fields) / sizeof(*fields));
		if (json_array_append_new(array, cache))
			gather->short_of_memory = true;
	}
	return array;
}

static json_t *cpu_object(struct tb_gather *gather, int first)
{
	json_t *cpu = json_object();
	struct tb_cpuinfo info;
	const char *vendor, *flags;
	long family, model, stepping;

	tb_cpuinfo_open(gather->root, &info);
	vendor = tb_cpuinfo_get(&info, "vendor_id");
	flags = tb_cpuinfo_get(&info, "flags");
	family = number(&info, "cpu family");
	model = number(&info, "model");
	stepping = number(&info, "stepping");
	put_text(gather, cpu, "vendor", vendor);
	put_number(gather, cpu, "family", family);
	put_number(gather, cpu, "model", model);
	put_number(gather, cpu, "stepping", stepping);
	put_text(gather, cpu, "microcode", tb_cpuinfo_get(&info, "microcode"));
	put_text(gather, cpu, "name", tb_cpuinfo_get(&info, "model name"));
	put_text(gather, cpu, "uarch", tb_uarch(vendor, family, model, stepping));
	tb_gather_put(gather, cpu, "flags", flags ? sorted_words(flags) : json_null());
	tb_gather_put(gather, cpu, "caches", caches(gather, first));
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

/* Of how many of the CPUs is it the first in its list? -1 where a list is missing. */
static long groups(const struct tb_sysroot *root, const int *cpus, size_t count, const char *file)
{
	long found = 0;

	for (size_t i = 0; i < count; i++) {
		char text[4096];
		int *members, err;
		size_t n;

		if (tb_sysroot_text(root, text, sizeof(text), CPUS "cpu%d/topology/%s", cpus[i],
				    file) < 0)
			return -1;
		err = tb_place_parse_cpus(text, &members, &n, NULL);
		if (err)
			return -1;
		found += members[0] == cpus[i];
		free(members);
	}
	return count ? found : -1;
}

static json_t *topology(struct tb_gather *gather, const int *cpus, size_t count)
{
	json_t *object = json_object();
	long cores = groups(gather->root, cpus, count, "thread_siblings_list");

	put_number(gather, object, "packages",
		   groups(gather->root, cpus, count, "core_siblings_list"));
	put_number(gather, object, "cores", cores);
	put_number(gather, object, "threads", count ? (int64_t)count : -1);
	tb_gather_put(gather, object, "smt",
		      cores < 0 ? json_null() : json_boolean((long)count > cores));
	return object;
}

int tb_host_online(const struct tb_sysroot *root, int **cpus, size_t *count)
{
	char text[4096];
	int len = tb_sysroot_text(root, text, sizeof(text), CPUS "online");

	*cpus = NULL;
	*count = 0;
	return len < 0 ? len : tb_place_parse_cpus(text, cpus, count, NULL);
}

json_t *tb_host_of(const struct tb_sysroot *root, int cpu)
{
	struct tb_gather gather = { .root = root };
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
	if (!gather.short_of_memory)
		return host;
	json_decref(host);
	return NULL;
}

json_t *tb_host(const struct tb_sysroot *root)
{
	return tb_host_of(root, -1);
}
