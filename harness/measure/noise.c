// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/noise.h"

#include <ctype.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "measure/sysroot.h"

/* The heading names the CPUs that are online: column n need not be CPU n. */
static int column_of(const char *heading, int cpu)
{
	int column = 0;

	for (const char *at = heading; *at && *at != '\n'; column++) {
		char *end;

		at += strspn(at, " \t");
		if (strncmp(at, "CPU", 3) || !isdigit((unsigned char)at[3]))
			return -1;
		if (strtol(at + 3, &end, 10) == cpu)
			return column;
		at = end;
	}
	return -1;
}

int64_t tb_noise_interrupts(const char *text, int cpu)
{
	int column = column_of(text, cpu);
	int64_t sum = 0;

	if (column < 0)
		return -1;
	for (const char *line = strchr(text, '\n'); line && line[1];
	     line = strchr(line + 1, '\n')) {
		const char *at = strchr(line + 1, ':');
		const char *next = strchr(line + 1, '\n');
		char *end = NULL;

		/* ERR and MIS hold one number for the machine, not one a CPU. */
		if (!at || (next && at > next) ||
		    !strncmp(line + 1 + strspn(line + 1, " "), "ERR", 3) ||
		    !strncmp(line + 1 + strspn(line + 1, " "), "MIS", 3))
			continue;
		at++;
		for (int i = 0; i <= column; i++) {
			long long n = strtoll(at, &end, 10);

			if (end == at || (next && end > next))
				break;
			/* More than a sum can hold is no count. */
			if (i == column && n > 0 && __builtin_add_overflow(sum, n, &sum))
				return -1;
			at = end;
		}
	}
	return sum;
}

int64_t tb_noise_steal(const char *text, int cpu)
{
	char name[24];
	const char *at;
	unsigned long long steal;

	snprintf(name, sizeof(name), "\ncpu%d ", cpu);
	at = strstr(text, name);
	if (!at || sscanf(at + strlen(name), "%*u %*u %*u %*u %*u %*u %*u %llu", &steal) != 1)
		return -1;
	return steal <= INT64_MAX ? (int64_t)steal : -1;
}

void tb_noise_mark(const struct tb_sysroot *root, int cpu, struct tb_noise_mark *mark)
{
	static const struct tb_noise_mark unknown = { .interrupts = -1, .steal_ticks = -1 };
	struct rusage use;
	size_t length;
	char *text;

	*mark = unknown;
	/* Both grow with the machine: a thousand CPUs make megabytes. */
	if (!tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &text, &length, "proc/interrupts")) {
		mark->interrupts = tb_noise_interrupts(text, cpu);
		free(text);
	}
	if (!tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &text, &length, "proc/stat")) {
		mark->steal_ticks = tb_noise_steal(text, cpu);
		free(text);
	}
	mark->cpu = sched_getcpu();
	if (!getrusage(RUSAGE_SELF, &use)) {
		mark->involuntary = (uint64_t)use.ru_nivcsw;
		mark->voluntary = (uint64_t)use.ru_nvcsw;
		mark->minor_faults = (uint64_t)use.ru_minflt;
		mark->max_rss_kib = (uint64_t)use.ru_maxrss;
	}
}
