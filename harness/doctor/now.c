// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of the machine's activity: now, and since it booted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/check.h"
#include "measure/contention.h"
#include "measure/noise.h"

/* A CPU's line of /proc/stat, USER_HZ ticks. */
struct ticks {
	double busy, steal, all;
};

/* Reads the line "cpu3" of /proc/stat, or "cpu" for all CPUs. */
static bool read_ticks(const char *text, const char *name, struct ticks *ticks)
{
	double t[8];
	const char *line = text;
	size_t n = strlen(name);

	while (line && (strncmp(line, name, n) != 0 || line[n] != ' ')) {
		line = strchr(line, '\n');
		line += line ? 1 : 0;
	}
	/* user nice system idle iowait irq softirq steal; older kernels had fewer. */
	if (!line || sscanf(line + n, "%lf %lf %lf %lf %lf %lf %lf %lf", &t[0], &t[1], &t[2], &t[3],
			    &t[4], &t[5], &t[6], &t[7]) != 8)
		return false;
	ticks->busy = t[0] + t[1] + t[2] + t[5] + t[6];
	ticks->steal = t[7];
	ticks->all = ticks->busy + ticks->steal + t[3] + t[4];
	return true;
}

/* The activity of a CPU (-1: all) between the two samples, as shares of the time. */
static bool shares(const struct check *check, int cpu, struct ticks *share)
{
	const struct tb_snapshot *p = check->snapshot;
	struct ticks before, after;
	char name[24] = "cpu";
	double all;

	if (cpu >= 0)
		snprintf(name, sizeof(name), "cpu%d", cpu);
	if (!p->stat[0] || !p->stat[1] || !read_ticks(p->stat[0], name, &before) ||
	    !read_ticks(p->stat[1], name, &after))
		return false;
	all = after.all - before.all;
	if (!(all > 0))
		return false;
	*share = (struct ticks){ (after.busy - before.busy) / all,
				 (after.steal - before.steal) / all, all };
	return true;
}

/* "5 25": more than 5 and at most 25 per cent. */
static bool within(const struct rule *rule, double share)
{
	char *end;
	double lo = strtod(rule->value, &end), hi = strtod(end, NULL);

	return 100 * share > lo && 100 * share <= hi;
}

static bool busy(const struct check *check, const struct rule *rule, struct seen *seen, int cpu)
{
	struct ticks share;

	if (cpu < 0 || !shares(check, cpu, &share))
		return false;
	check_saw(seen, "/proc/stat: CPU %d was busy %.0f %% of %.1f s", cpu, 100 * share.busy,
		  check->snapshot->seconds);
	return within(rule, share.busy);
}

bool check_busy(const struct check *check, const struct rule *rule, struct seen *seen)
{
	return busy(check, rule, seen, check->snapshot->cpu);
}

bool check_sibling_busy(const struct check *check, const struct rule *rule, struct seen *seen)
{
	return busy(check, rule, seen, check_sibling_of(check));
}

/* Compares a number of CPUs, to find one busy CPU in a large machine. */
bool check_others_busy(const struct check *check, const struct rule *rule, struct seen *seen)
{
	struct ticks all, own;
	double cpus;

	if (!shares(check, -1, &all) || !shares(check, check->snapshot->cpu, &own))
		return false;
	cpus = (all.busy * all.all - own.busy * own.all) / own.all;
	check_saw(seen, "/proc/stat: the load of the other CPUs was %.1f CPUs for %.1f s", cpus,
		  check->snapshot->seconds);
	return within(rule, cpus);
}

bool check_steal(const struct check *check, const struct rule *rule, struct seen *seen)
{
	struct ticks share;

	if (!shares(check, check->snapshot->cpu, &share))
		return false;
	check_saw(seen, "/proc/stat: %.1f %% of CPU %d was stolen for %.1f s", 100 * share.steal,
		  check->snapshot->cpu, check->snapshot->seconds);
	return within(rule, share.steal);
}

bool check_steal_before(const struct check *check, const struct rule *rule, struct seen *seen)
{
	struct ticks t;
	char name[24];

	snprintf(name, sizeof(name), "cpu%d", check->snapshot->cpu);
	if (!check->snapshot->stat[0] || !read_ticks(check->snapshot->stat[0], name, &t) ||
	    !(t.all > 0))
		return false;
	check_saw(seen, "/proc/stat: %.2f %% of CPU %d was stolen since boot",
		  100 * t.steal / t.all, check->snapshot->cpu);
	return within(rule, t.steal / t.all);
}

/* Interrupts per second between the samples, of one label or of all (NULL); below 0: unknown. */
static double interrupt_rate(const struct tb_snapshot *p, const char *label)
{
	int64_t n[2];

	if (!p->interrupts[0] || !p->interrupts[1] || !(p->seconds > 0))
		return -1;
	for (int i = 0; i < 2; i++)
		n[i] = label ? tb_noise_interrupt(p->interrupts[i], p->cpu, label)
			     : tb_noise_interrupts(p->interrupts[i], p->cpu);
	return n[0] < 0 || n[1] < n[0] ? -1 : (double)(n[1] - n[0]) / p->seconds;
}

bool check_interrupts(const struct check *check, const struct rule *rule, struct seen *seen)
{
	double rate = interrupt_rate(check->snapshot, NULL);

	check_saw(seen, "/proc/interrupts: %.0f per second on CPU %d", rate, check->snapshot->cpu);
	return rate > strtod(rule->value, NULL);
}

bool check_hypervisor(const struct check *check, const struct rule *rule, struct seen *seen)
{
	double rate = interrupt_rate(check->snapshot, "HYP");

	check_saw(seen, "/proc/interrupts: %.0f per second in line HYP of CPU %d", rate,
		  check->snapshot->cpu);
	return rate > strtod(rule->value, NULL);
}

bool check_load(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char text[128];

	if (check_read(check, rule, text, sizeof(text)) <= 0)
		return false;
	check_saw(seen, "/%s: %s", rule->path, text);
	return strtod(text, NULL) > strtod(rule->value, NULL);
}

/* Finds a process whose name is `wanted`, or begins with it unless `whole`. */
static bool find_process(const struct check *check, const char *wanted, bool whole,
			 struct seen *seen)
{
	const struct tb_sysroot *root = check->snapshot->root;
	char **names, comm[64];
	bool runs = false;
	size_t n;

	if (tb_sysroot_names(root, &names, &n, "proc"))
		return false;
	for (size_t i = 0; i < n && !runs; i++) {
		if (strspn(names[i], "0123456789") != strlen(names[i]) ||
		    tb_sysroot_text(root, comm, sizeof(comm), "proc/%s/comm", names[i]) <= 0)
			continue;
		runs = whole ? !strcmp(comm, wanted) : !strncmp(comm, wanted, strlen(wanted));
		check_saw(seen, "%s runs (process %s)", comm, names[i]);
	}
	tb_sysroot_names_free(names, n);
	return runs;
}

/* Whether another run has claimed the CPU. */
bool check_other_run(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char claim[64], *text = NULL;
	size_t length;
	bool runs = false;

	snprintf(claim, sizeof(claim), "@" TB_CLAIM_NAME "%d-", check->snapshot->cpu);
	if (!tb_sysroot_slurp(check->snapshot->root, TB_SYSROOT_FILE_MAX, &text, &length, "%s",
			      rule->path))
		runs = strstr(text, claim);
	check_saw(seen, "another run of tollbooth measures on CPU %d", check->snapshot->cpu);
	free(text);
	return runs;
}

bool check_process(const struct check *check, const struct rule *rule, struct seen *seen)
{
	return find_process(check, rule->value, true, seen);
}

/* linux/Documentation/admin-guide/mm/damon: a parameter, files of each thread, the threads. */
bool check_damon(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const struct tb_sysroot *root = check->snapshot->root;
	uint64_t threads = 0;
	char text[16];

	if (tb_sysroot_text(root, text, sizeof(text), "%s", rule->path) > 0 && text[0] == 'Y') {
		check_saw(seen, "/%s: %s", rule->path, text);
		return true;
	}
	tb_sysroot_u64(root, &threads, "sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds");
	for (uint64_t i = 0; i < threads && i < 64; i++) {
		if (tb_sysroot_text(root, text, sizeof(text),
				    "sys/kernel/mm/damon/admin/kdamonds/%d/state", (int)i) <= 0 ||
		    strcmp(text, "on") != 0)
			continue;
		check_saw(seen, "/sys/kernel/mm/damon/admin/kdamonds/%d/state: on", (int)i);
		return true;
	}
	return find_process(check, rule->value, false, seen);
}
