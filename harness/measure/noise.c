// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/noise.h"

#include <ctype.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "measure/clock.h"
#include "machine/sysroot.h"

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

/* Whether the line that begins here, behind blanks, has this label and a colon. */
static bool is_labelled(const char *line, const char *label)
{
	size_t length = strlen(label);

	line += strspn(line, " \t");
	return !strncmp(line, label, length) && line[length] == ':';
}

/* Adds what the line has in the column; false: the sum would overflow. */
static bool add_column(const char *at, int column, int64_t *sum)
{
	const char *next = strchr(at, '\n');
	char *end = NULL;

	for (int i = 0; i <= column; i++) {
		long long n = strtoll(at, &end, 10);

		if (end == at || (next && end > next))
			break;
		if (i == column && n > 0 && __builtin_add_overflow(*sum, n, sum))
			return false;
		at = end;
	}
	return true;
}

/* Of the line with this label, or of all lines; -1: there is none, or more than a sum can hold. */
static int64_t sum_column(const char *text, int cpu, const char *label)
{
	int column = column_of(text, cpu);
	int64_t sum = 0;
	bool any = !label;

	if (column < 0)
		return -1;
	for (const char *line = strchr(text, '\n'); line && line[1];
	     line = strchr(line + 1, '\n')) {
		const char *at = strchr(line + 1, ':');
		const char *next = strchr(line + 1, '\n');

		/* ERR and MIS hold one number for the machine, not one a CPU. */
		if (!at || (next && at > next) || is_labelled(line + 1, "ERR") ||
		    is_labelled(line + 1, "MIS") || (label && !is_labelled(line + 1, label)))
			continue;
		any = true;
		if (!add_column(at + 1, column, &sum))
			return -1;
	}
	return any ? sum : -1;
}

int64_t tb_noise_interrupts(const char *text, int cpu)
{
	return sum_column(text, cpu, NULL);
}

int64_t tb_noise_interrupt(const char *text, int cpu, const char *label)
{
	return sum_column(text, cpu, label);
}

/* The n-th number, from 1, of the line that begins with "cpuN " and is not the first; -1: none. */
static int64_t cpu_field(const char *text, int cpu, int n)
{
	unsigned long long value = 0;
	char name[24], *end;
	const char *at;

	snprintf(name, sizeof(name), "\ncpu%d ", cpu);
	at = strstr(text, name);
	if (!at)
		return -1;
	at += strlen(name);
	for (int i = 0; i < n; i++, at = end) {
		value = strtoull(at, &end, 10);
		if (end == at)
			return -1;
	}
	return value <= INT64_MAX ? (int64_t)value : -1;
}

int64_t tb_noise_steal(const char *text, int cpu)
{
	return cpu_field(text, cpu, 8);
}

int64_t tb_noise_run_ns(const char *text, int cpu)
{
	/* Since version 10; Documentation/scheduler/sched-stats.rst. */
	return cpu_field(text, cpu, 7);
}

int64_t tb_noise_stalls(const char *text)
{
	/* allocstall has a line a zone since 4.11. */
	static const char *const names[] = { "allocstall", "compact_stall ", "pswpin ",
					     "pswpout " };
	int64_t sum = -1;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			const char *value = strchr(line, ' ');
			unsigned long long n;

			if (strncmp(line, names[i], strlen(names[i])) || !value ||
			    sscanf(value, "%llu", &n) != 1)
				continue;
			if (n > INT64_MAX || __builtin_add_overflow(sum < 0 ? 0 : sum, n, &sum))
				return -1;
		}
		if (!strchr(line, '\n'))
			break;
	}
	return sum;
}

/* A file that may grow with the machine: a thousand CPUs make megabytes. NULL: not readable. */
static char *slurp(const struct tb_sysroot *root, const char *path)
{
	size_t length;
	char *text;

	return tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, &text, &length, "%s", path) ? NULL
										       : text;
}

static void mark_cpus(const struct tb_sysroot *root, struct tb_noise_mark *mark)
{
	char *interrupts = slurp(root, "proc/interrupts"), *stat = slurp(root, "proc/stat"),
	     *schedstat = slurp(root, "proc/schedstat");

	for (unsigned int i = 0; i < mark->cpus; i++) {
		struct tb_cpu_noise *c = &mark->cpu[i];

		c->interrupts = interrupts ? tb_noise_interrupts(interrupts, c->cpu) : -1;
		c->hypervisor = interrupts ? tb_noise_interrupt(interrupts, c->cpu, "HYP") : -1;
		c->steal_ticks = stat ? tb_noise_steal(stat, c->cpu) : -1;
		c->run_ns = schedstat ? tb_noise_run_ns(schedstat, c->cpu) : -1;
	}
	free(interrupts);
	free(stat);
	free(schedstat);
}

/* MSR_SMI_COUNT (34H) is Intel's, since Nehalem: SDM volume 4, table 2-2. Elsewhere the read fails. */
static int64_t read_smi(const struct tb_sysroot *root, int cpu)
{
	char path[40];
	uint64_t count;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "dev/cpu/%d/msr", cpu);
	fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = pread(fd, &count, sizeof(count), 0x34);
	close(fd);
	return n == sizeof(count) ? (int64_t)(count & UINT32_MAX) : -1;
}

static int64_t timeval_ns(struct timeval time)
{
	return time.tv_sec * INT64_C(1000000000) + time.tv_usec * INT64_C(1000);
}

/* The scheduler's own sums are exact; rusage's are scaled by ticks. */
static int64_t read_own_ns(void)
{
	struct timespec now;
	struct rusage children;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) || getrusage(RUSAGE_CHILDREN, &children))
		return -1;
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec + timeval_ns(children.ru_utime) +
	       timeval_ns(children.ru_stime);
}

static int64_t read_wait_ns(const struct tb_sysroot *root)
{
	char text[96];
	unsigned long long ns;

	if (tb_sysroot_text(root, text, sizeof(text), "proc/thread-self/schedstat") < 0 ||
	    sscanf(text, "%*u %llu", &ns) != 1 || ns > INT64_MAX)
		return -1;
	return (int64_t)ns;
}

static void mark_process(struct tb_noise_mark *mark)
{
	struct rusage use;

	if (getrusage(RUSAGE_SELF, &use))
		return;
	mark->involuntary = (uint64_t)use.ru_nivcsw;
	mark->voluntary = (uint64_t)use.ru_nvcsw;
	mark->minor_faults = (uint64_t)use.ru_minflt;
	mark->max_rss_kib = (uint64_t)use.ru_maxrss;
}

unsigned int tb_noise_cpus(const int32_t *cpu, unsigned int n, struct tb_cpu_noise out[TB_CPUS_MAX])
{
	unsigned int cpus = 0;

	for (unsigned int i = 0; i < n && i < TB_CPUS_MAX; i++) {
		bool again = false;

		for (unsigned int j = 0; j < cpus; j++)
			again |= out[j].cpu == cpu[i];
		if (!again)
			out[cpus++] = (struct tb_cpu_noise){ cpu[i], -1, -1, -1, -1 };
	}
	return cpus;
}

void tb_noise_mark(const struct tb_sysroot *root, const int32_t *cpu, unsigned int n,
		   struct tb_noise_mark *mark)
{
	const struct timespec instant = { .tv_nsec = 1 };
	char *vmstat = slurp(root, "proc/vmstat");

	*mark = (struct tb_noise_mark){ .smi = n ? read_smi(root, cpu[0]) : -1,
					.stalls = vmstat ? tb_noise_stalls(vmstat) : -1 };
	free(vmstat);
	mark->cpus = tb_noise_cpus(cpu, n, mark->cpu);
	nanosleep(&instant, NULL);
	mark_cpus(root, mark);
	mark->own_ns = read_own_ns();
	mark->wait_ns = read_wait_ns(root);
	mark->ns = tb_clock_ns();
	mark->on_cpu = sched_getcpu();
	mark_process(mark);
}
