// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/topology.h"
#include "machine/cpuid.h"
#include "machine/cpuinfo.h"
#include "machine/facts.h"
#include "machine/identity.h"
#include "json.h"
#include "machine/cpu_location.h"
#include "machine/virt.h"
#include "machine/sysfs_cpu.h"

#define CPUS "sys/devices/system/cpu/"

static int parse_count(const char *text, size_t len, json_t **value)
{
	int64_t number;
	int err = tb_sysroot_parse_i64(text, len, &number);

	if (err)
		return err;
	if (number < 0)
		return -ERANGE;
	*value = json_integer(number);
	return 0;
}

/* Zhaoxin's vendor ends in blanks. */
static int parse_name(const char *text, size_t len, json_t **value)
{
	while (len && text[len - 1] == ' ')
		len--;
	return tb_facts_string(text, len, value);
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

static int parse_words(const char *text, size_t len, json_t **value)
{
	(void)len;
	*value = sorted_words(text);
	return 0;
}

/* err: of opening cpuinfo. */
static void put_cpuinfo(struct tb_facts *gather, json_t *cpu, const struct tb_cpuinfo *info,
			int err)
{
	/* path: cpuinfo's key */
	static const struct tb_facts_field fields[] = {
		{ "vendor", "vendor_id", parse_name },
		{ "family", "cpu family", parse_count },
		{ "model", "model", parse_count },
		{ "stepping", "stepping", parse_count },
		{ "microcode", "microcode", parse_name },
		{ "name", "model name", parse_name },
		{ "cpuid_level", "cpuid level", parse_count },
		{ "flags", "flags", parse_words },
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const struct tb_facts_field *field = &fields[i];
		const char *text = tb_cpuinfo_get(info, field->path);
		json_t *value = NULL;

		if (err)
			tb_facts_null(gather, cpu, "cpu", field->name, "proc/cpuinfo: %s",
				      strerror(-err));
		else if (!text || field->parse(text, strlen(text), &value))
			tb_facts_null(gather, cpu, "cpu", field->name,
				      "proc/cpuinfo shows no valid \"%s\"", field->path);
		else
			tb_facts_put(gather, cpu, field->name, value);
	}
}

static void put_caches(struct tb_facts *gather, json_t *cpu_object, int cpu)
{
	static const struct tb_facts_field fields[] = {
		{ "level", "level", tb_facts_positive },
		{ "type", "type", tb_facts_string },
		{ "size_bytes", "size", tb_facts_size },
		{ "ways", "ways_of_associativity", tb_facts_positive },
		{ "line_bytes", "coherency_line_size", tb_facts_positive },
		{ "sets", "number_of_sets", tb_facts_positive },
		{ "shared_cpus", "shared_cpu_list", tb_facts_string },
	};
	json_t *array;

	if (!tb_sysroot_has(gather->root, CPUS "cpu%d/cache/index0", cpu)) {
		tb_facts_null(gather, cpu_object, "cpu", "caches",
			      CPUS "cpu%d/cache/index0 is missing", cpu);
		return;
	}
	array = json_array();
	for (int i = 0; tb_sysroot_has(gather->root, CPUS "cpu%d/cache/index%d", cpu, i); i++) {
		json_t *cache = json_object();
		char prefix[96], section[32];

		snprintf(section, sizeof(section), "cpu.caches.%d", i);
		snprintf(prefix, sizeof(prefix), CPUS "cpu%d/cache/index%d/", cpu, i);
		tb_facts_files(gather, cache, section, prefix, fields,
			       sizeof(fields) / sizeof(*fields));
		if (json_array_append_new(array, cache))
			gather->short_of_memory = true;
	}
	tb_facts_put(gather, cpu_object, "caches", array);
}

static void put_kind(struct tb_facts *gather, json_t *object, int cpu, const json_t *leaves)
{
	struct tb_kind kind;

	tb_kind_of(gather->root, cpu, leaves, &kind);
	if (kind.name)
		tb_facts_put(gather, object, "kind", json_string(kind.name));
	else
		tb_facts_null(gather, object, "cpu", "kind", "%s", kind.evidence);
	tb_facts_put(gather, object, "kind_evidence",
		     tb_text(kind.evidence, strlen(kind.evidence)));
}

/* err: of reading the leaves. */
static void put_cpuid(struct tb_facts *gather, json_t *object, int cpu, json_t *leaves, int err)
{
	if (leaves)
		tb_facts_put(gather, object, "cpuid", leaves);
	else if (gather->root->real)
		tb_facts_null(gather, object, "cpu", "cpuid", "CPUID of CPU %d: %s", cpu,
			      strerror(-err));
	else
		tb_facts_null(gather, object, "cpu", "cpuid",
			      "CPUID was not asked: the root is not this machine's");
}

static bool is_emulated(const struct tb_sysroot *root, const struct tb_cpuinfo *info)
{
	struct tb_virt_facts facts;
	struct tb_virt virt;

	tb_virt_facts(root, info, &facts);
	tb_virt_classify(&facts, &virt);
	return virt.class && !strcmp(virt.class, "emulated");
}

/* That tb_host_set_tsc() sets. */
static const char *const tsc_fields[] = { "tsc_hz", "tsc_source" };
enum { TSC_FIELDS = sizeof(tsc_fields) / sizeof(*tsc_fields) };

static json_t *cpu_object(struct tb_facts *gather, int first)
{
	json_t *cpu = json_object(), *leaves = NULL;
	struct tb_cpuinfo info;
	int err = tb_cpuinfo_open_of(gather->root, first, &info);
	int cpuid_err = gather->root->real ? tb_cpuid_read(first, &leaves) : 0;

	tb_facts_put(gather, cpu, "number", json_integer(first));
	put_kind(gather, cpu, first, leaves);
	tb_cpu_location(gather, cpu, first);
	put_cpuinfo(gather, cpu, &info, err);
	put_cpuid(gather, cpu, first, leaves, cpuid_err);
	put_caches(gather, cpu, first);
	tb_facts_put(gather, cpu, "derived", tb_identity(cpu, is_emulated(gather->root, &info)));
	for (size_t i = 0; i < TSC_FIELDS; i++)
		tb_facts_null(gather, cpu, "cpu", tsc_fields[i],
			      "a whole run measures the rate, and none has set it here");
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

int tb_host_online(const struct tb_sysroot *root, int **cpus, size_t *count)
{
	return tb_sysfs_cpus(root, cpus, count, CPUS "online");
}

int tb_host_check(json_t *host, const struct tb_sysroot *root, const struct tb_place *place)
{
	json_t *array = json_array();
	struct tb_topology_conflicts conflicts = { .n = 0 };
	size_t count = 0;
	int *cpus = calloc(TB_CPUS_MAX_POSSIBLE, sizeof(*cpus)), err = cpus ? 0 : -ENOMEM;

	for (int cpu = 0; cpus && cpu < TB_CPUS_MAX_POSSIBLE; cpu++)
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
	struct tb_facts gather = { .root = root, .nulls = json_array() };
	json_t *host = json_object(), *topology;
	int64_t memory = memory_bytes(root);
	size_t count;
	int *cpus, err = tb_host_online(root, &cpus, &count);

	if (!err && !count)
		err = -ENODATA;
	tb_facts_put(&gather, host, "cpu",
		     cpu_object(&gather, cpu >= 0 ? cpu
					 : count  ? cpus[0]
						  : 0));
	if (err)
		tb_facts_null(&gather, host, "", "cpus_online", CPUS "online: %s", strerror(-err));
	else
		tb_facts_put(&gather, host, "cpus_online", json_integer((json_int_t)count));
	if (memory < 0)
		tb_facts_null(&gather, host, "", "memory_bytes",
			      "proc/meminfo shows no valid MemTotal in kB");
	else
		tb_facts_put(&gather, host, "memory_bytes", json_integer(memory));
	topology = json_object();
	tb_cpu_location_counts(&gather, topology, cpus, count, err);
	tb_facts_put(&gather, host, "topology", topology);
	free(cpus);
	tb_facts_put(&gather, host, "nulls", gather.nulls);
	if (!gather.short_of_memory)
		return host;
	json_decref(host);
	return NULL;
}

json_t *tb_host(const struct tb_sysroot *root)
{
	return tb_host_of(root, -1);
}

int tb_host_set_tsc(json_t *host, double hz, const char *source)
{
	json_t *cpu = json_object_get(host, "cpu"), *nulls = json_object_get(host, "nulls");
	int err = json_object_set_new(cpu, "tsc_hz", json_real(hz));

	err |= json_object_set_new(cpu, "tsc_source", json_string(source));
	for (size_t i = json_array_size(nulls); i--;) {
		const char *field = tb_json_text(json_array_get(nulls, i), "field", "");

		for (size_t f = 0; f < TSC_FIELDS; f++)
			if (!strncmp(field, "cpu.", 4) && !strcmp(field + 4, tsc_fields[f])) {
				json_array_remove(nulls, i);
				break;
			}
	}
	return err ? -ENOMEM : 0;
}
