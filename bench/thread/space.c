// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sums of /proc/self/status are approximate: the RSS has per-CPU counters, and
 * VmData excludes shadow stacks. smaps walks the page tables and is exact.
 */
#include "thread/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4352 }; /* a path and the fields before it */

static uint64_t kib(const char *line, const char *key)
{
	return strncmp(line, key, strlen(key)) ? 0 : strtoull(line + strlen(key), NULL, 10) << 10;
}

/* "7f00-7f80 rw-p ..." begins a VMA. Its other lines have a key; VmFlags is the last. */
bool thread_vma_next(FILE *smaps, struct thread_vma *vma)
{
	char line[LINE_MAX_BYTES], *end;

	*vma = (struct thread_vma){ 0 };
	while (fgets(line, sizeof(line), smaps)) {
		uint64_t from = strtoull(line, &end, 16);

		if (*end == '-') {
			*vma = (struct thread_vma){ .from = from,
						    .to = strtoull(end + 1, NULL, 16) };
		} else if (!strncmp(line, "VmFlags:", 8)) {
			vma->accountable = strstr(line, " ac");
			vma->shadow = strstr(line, " ss");
			return true;
		}
		vma->anonymous += kib(line, "Anonymous:");
		vma->huge += kib(line, "AnonHugePages:");
	}
	return false;
}

bool thread_vma_at(uint64_t address, struct thread_vma *vma)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	bool found = false;

	while (smaps && !found && thread_vma_next(smaps, vma))
		found = address >= vma->from && address < vma->to;
	if (smaps)
		fclose(smaps);
	return found;
}

/* VmPTE counts all levels except the top one, and is exact. */
static int read_page_tables(uint64_t *bytes)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[256];

	if (!status)
		return -errno;
	*bytes = 0;
	while (fgets(line, sizeof(line), status))
		*bytes += kib(line, "VmPTE:");
	fclose(status);
	return *bytes ? 0 : -ENODATA;
}

int thread_space(struct thread_space *space)
{
	FILE *smaps = fopen("/proc/self/smaps", "re");
	struct thread_vma vma;

	*space = (struct thread_space){ 0 };
	if (!smaps)
		return -errno;
	while (thread_vma_next(smaps, &vma)) {
		uint64_t bytes = vma.to - vma.from;

		space->of[THREAD_VMAS]++;
		space->of[THREAD_MAPPED] += bytes;
		space->of[THREAD_COMMITTED] += vma.accountable ? bytes : 0;
		space->of[THREAD_RESIDENT] += vma.anonymous;
		space->of[THREAD_HUGE] += vma.huge;
		space->shadow_vmas += vma.shadow;
		space->shadow_bytes += vma.shadow ? bytes : 0;
	}
	fclose(smaps);
	return space->of[THREAD_VMAS] ? read_page_tables(&space->of[THREAD_PAGE_TABLES]) : -ENODATA;
}
