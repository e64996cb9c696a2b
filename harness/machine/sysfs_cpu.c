// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/sysfs_cpu.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"
#include "machine/cpu_list.h"

#define CPUS "sys/devices/system/cpu/"

enum { CACHES_MAX = 16 }; /* index folders of a CPU; processors have 3 or 4 */

int tb_sysfs_cpus(const struct tb_sysroot *root, int **cpus, size_t *count, const char *fmt, ...)
{
	char path[256], *text;
	va_list args;
	size_t len;
	int err;

	*cpus = NULL;
	*count = 0;
	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	/* Every second CPU of 8192 makes a list of 20 KiB. */
	err = tb_sysroot_slurp(root, TB_SYSROOT_TEXT_MAX, &text, &len, "%s", path);
	if (err)
		return err;
	if (len && text[len - 1] == '\n')
		text[--len] = '\0';
	err = strlen(text) == len ? tb_cpu_list_parse(text, cpus, count, NULL) : -EINVAL;
	free(text);
	return err;
}

bool tb_sysfs_has_cpu(const int *cpus, size_t count, int cpu)
{
	for (size_t i = 0; i < count; i++)
		if (cpus[i] == cpu)
			return true;
	return false;
}

/* "48K" in bytes; 0: not known. */
static uint64_t read_size(const struct tb_sysroot *root, int cpu, int index)
{
	char text[32];
	unsigned long size;

	if (tb_sysroot_text(root, text, sizeof(text), CPUS "cpu%d/cache/index%d/size", cpu,
			    index) <= 0 ||
	    tb_size_read(text, &size))
		return 0;
	return size;
}

static unsigned int read_number(const struct tb_sysroot *root, int cpu, int index, const char *file)
{
	uint64_t value;

	if (tb_sysroot_u64(root, &value, CPUS "cpu%d/cache/index%d/%s", cpu, index, file) ||
	    value > UINT_MAX)
		return 0;
	return (unsigned int)value;
}

static int find_cache(const struct tb_sysroot *root, int cpu, unsigned int level, bool instruction)
{
	for (int i = 0; i < CACHES_MAX; i++) {
		char type[32];

		if (tb_sysroot_text(root, type, sizeof(type), CPUS "cpu%d/cache/index%d/type", cpu,
				    i) > 0 &&
		    read_number(root, cpu, i, "level") == level &&
		    !strcmp(type, "Instruction") == instruction)
			return i;
	}
	return -ENOENT;
}

int tb_sysfs_cache(const struct tb_sysroot *root, int cpu, unsigned int level, bool instruction,
		   struct tb_place_cache *cache, int *index)
{
	int i = find_cache(root, cpu, level, instruction);

	memset(cache, 0, sizeof(*cache));
	if (i < 0)
		return i;
	cache->size_bytes = read_size(root, cpu, i);
	cache->ways = read_number(root, cpu, i, "ways_of_associativity");
	cache->line_bytes = read_number(root, cpu, i, "coherency_line_size");
	cache->sets = read_number(root, cpu, i, "number_of_sets");
	cache->known = cache->size_bytes &&
		       (uint64_t)cache->ways * cache->line_bytes * cache->sets == cache->size_bytes;
	if (index)
		*index = i;
	return 0;
}

static int read_list(const struct tb_sysroot *root, int cpu, struct tb_siblings *siblings)
{
	int l1d = find_cache(root, cpu, 1, false);

	snprintf(siblings->source, sizeof(siblings->source), "cache/index%d/shared_cpu_list", l1d);
	if (l1d >= 0 && !tb_sysfs_cpus(root, &siblings->cpus, &siblings->count, CPUS "cpu%d/%s",
				       cpu, siblings->source))
		return 0;
	snprintf(siblings->source, sizeof(siblings->source), "topology/thread_siblings_list");
	return tb_sysfs_cpus(root, &siblings->cpus, &siblings->count, CPUS "cpu%d/%s", cpu,
			     siblings->source);
}

/* Keeps what is online, and the CPU itself whatever the lists say. */
int tb_sysfs_siblings(const struct tb_sysroot *root, int cpu, struct tb_siblings *siblings)
{
	int *online, *kept, err = read_list(root, cpu, siblings);
	size_t onlines, n = 0;
	bool placed = false;

	if (err)
		return err;
	tb_sysfs_cpus(root, &online, &onlines, CPUS "online");
	kept = calloc(siblings->count + 1, sizeof(*kept));
	for (size_t i = 0; kept && i < siblings->count; i++) {
		int other = siblings->cpus[i];

		if (!placed && other >= cpu) {
			kept[n++] = cpu;
			placed = true;
		}
		if (other != cpu && (!online || tb_sysfs_has_cpu(online, onlines, other)))
			kept[n++] = other;
	}
	if (kept && !placed)
		kept[n++] = cpu;
	free(online);
	free(siblings->cpus);
	siblings->cpus = kept;
	siblings->count = n;
	return kept ? 0 : -ENOMEM;
}

bool tb_pmu_present(const struct tb_sysroot *root)
{
	return tb_sysroot_has(root, "sys/devices/cpu") ||
	       tb_sysroot_has(root, "sys/devices/cpu_core");
}
