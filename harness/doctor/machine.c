// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of the machine: its settings, its class, its topology. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/check.h"
#include "measure/counters.h"
#include "machine/topology.h"
#include "machine/cpu_location.h"
#include "machine/sysfs_cpu.h"

#define CPUS "sys/devices/system/cpu/"

enum { DEEP_US = 10 }; /* a longer exit latency is visible in a wake of a few us */

void check_saw(struct seen *seen, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(seen->text, sizeof(seen->text), fmt, args);
	va_end(args);
}

int check_read(const struct check *check, const struct rule *rule, char *text, size_t bytes)
{
	char path[256];

	check_expand(rule->path, check->snapshot->cpu, path, sizeof(path));
	return tb_sysroot_text(check->snapshot->root, text, bytes, "%s", path);
}

/* Reads the rule's file and fills *seen. Returns its value or NULL; the value of "a [b] c" is b. */
static const char *value_of(const struct check *check, const struct rule *rule, struct seen *seen,
			    char *text, size_t bytes)
{
	char path[256], *begin, *end;

	if (check_read(check, rule, text, bytes) < 0)
		return NULL;
	check_expand(rule->path, check->snapshot->cpu, path, sizeof(path));
	begin = strchr(text, '[');
	end = begin ? strchr(begin, ']') : NULL;
	if (end) {
		*end = '\0';
		text = begin + 1;
	}
	check_saw(seen, "/%s: %s", path, text);
	return text;
}

bool check_is(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char text[256];
	const char *value = value_of(check, rule, seen, text, sizeof(text));

	return value && !strcmp(value, rule->value);
}

bool check_is_not(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char text[256];
	const char *value = value_of(check, rule, seen, text, sizeof(text));

	return value && strcmp(value, rule->value) != 0;
}

bool check_above(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char text[256];
	const char *value = value_of(check, rule, seen, text, sizeof(text));
	uint64_t number;

	return value && !tb_sysroot_parse_u64(value, strlen(value), &number) &&
	       number > strtoull(rule->value, NULL, 10);
}

/* Whether a list of words ("a b") holds one. */
static bool has_word(const char *words, const char *word)
{
	size_t n, length = strlen(word);

	for (const char *at = words; *at; at += n + strspn(at + n, " \n")) {
		n = strcspn(at, " \n");
		if (n == length && !strncmp(at, word, n))
			return true;
	}
	return false;
}

/* If the folder above is unreadable, too, the file does not count as missing. */
bool check_absent(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char path[256], top[256];

	check_expand(rule->path, check->snapshot->cpu, path, sizeof(path));
	snprintf(top, sizeof(top), "%.*s", (int)strcspn(path, "/"), path);
	check_saw(seen, "/%s does not exist", path);
	return tb_sysroot_has(check->snapshot->root, "%s", top) &&
	       !tb_sysroot_has(check->snapshot->root, "%s", path);
}

bool check_class(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const struct tb_virt *virt = &check->virt;

	if (!virt->class || strcmp(virt->class, rule->value) != 0)
		return false;
	check_saw(seen, "class %s (%s): %s", virt->class,
		  virt->hypervisor ? virt->hypervisor : "unnamed", virt->evidence);
	return true;
}

bool check_no_class(const struct check *check, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	check_saw(seen, "%s", check->virt.evidence);
	return !check->virt.class;
}

bool check_contradiction(const struct check *check, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	check_saw(seen, "%s", check->virt.contradiction[0]);
	return *check->virt.contradiction[0];
}

bool check_nested(const struct check *check, const struct rule *rule, struct seen *seen)
{
	check_saw(seen, "/%s exists, in class vm", rule->path);
	return check->virt.class && !strcmp(check->virt.class, "vm") &&
	       tb_sysroot_has(check->snapshot->root, "%s", rule->path);
}

bool check_container(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char name[64];

	(void)rule;
	if (tb_virt_container(check->snapshot->root, name, sizeof(name)))
		return false;
	check_saw(seen, "container: %s", name);
	return true;
}

bool check_tsc(const struct check *check, const struct rule *rule, struct seen *seen)
{
	check_saw(seen, "/proc/cpuinfo has no flag %s", rule->value);
	return tb_cpuinfo_get(&check->info, "flags") && !tb_cpuinfo_flag(&check->info, rule->value);
}

/*
 * The watchdog or the command line can mark the TSC unstable. The kernel then no longer lists it as
 * an available clock source. A different current clock source alone may be the user's choice.
 */
bool check_tsc_unstable(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const struct tb_sysroot *root = check->snapshot->root;
	char current[64], all[256], cmdline[4096];
	bool listed = true;

	if (tb_sysroot_text(root, cmdline, sizeof(cmdline), "proc/cmdline") > 0 &&
	    has_word(cmdline, "tsc=unstable")) {
		check_saw(seen, "/proc/cmdline: tsc=unstable");
		return true;
	}
	if (tb_sysroot_text(root, current, sizeof(current), "%s/current_clocksource", rule->path) <=
	    0)
		return false;
	if (tb_sysroot_text(root, all, sizeof(all), "%s/available_clocksource", rule->path) > 0)
		listed = has_word(all, "tsc");
	else
		listed = !has_word(rule->value, current);
	check_saw(seen, "/%s/current_clocksource: %s, and tsc is not available", rule->path,
		  current);
	return !listed;
}

static bool is_guest(const struct check *check)
{
	return check->virt.class && !strcmp(check->virt.class, "vm");
}

bool check_no_cpufreq(const struct check *check, const struct rule *rule, struct seen *seen)
{
	return !is_guest(check) && check_absent(check, rule, seen);
}

/* In a virtual machine, MHz in /proc/cpuinfo is the TSC rate or a value of the hypervisor. */
bool check_no_hz(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const char *mhz = tb_cpuinfo_get(&check->info, "cpu MHz");

	if (!is_guest(check) || !check_absent(check, rule, seen))
		return false;
	check_saw(seen, "class vm without cpufreq; /proc/cpuinfo: cpu MHz %s",
		  mhz ? mhz : "is missing");
	return true;
}

/* KVM reports 0x1 for no revision; the kernel reports 0xffffffff if it may not read it. */
bool check_microcode(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const char *microcode = tb_cpuinfo_get(&check->info, "microcode");

	(void)rule;
	check_saw(seen, "/proc/cpuinfo: microcode %.40s", microcode ? microcode : "is missing");
	return check->info.text &&
	       (!microcode || !strcmp(microcode, "0x1") || !strcmp(microcode, "0xffffffff"));
}

bool check_no_pmu(const struct check *check, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	check_saw(seen, "/sys/devices/cpu does not exist");
	return tb_sysroot_has(check->snapshot->root, "sys/devices") &&
	       !tb_pmu_present(check->snapshot->root);
}

bool check_watchdog(const struct check *check, const struct rule *rule, struct seen *seen)
{
	return tb_pmu_present(check->snapshot->root) && check_is(check, rule, seen);
}

static int other_thread(const struct check *check, char source[TB_SIBLINGS_SOURCE])
{
	struct tb_siblings siblings = { .cpus = NULL };
	int sibling = -1;

	if (tb_sysfs_siblings(check->snapshot->root, check->snapshot->cpu, &siblings))
		return -1;
	for (size_t i = 0; i < siblings.count; i++)
		if (siblings.cpus[i] != check->snapshot->cpu)
			sibling = siblings.cpus[i];
	memcpy(source, siblings.source, sizeof(siblings.source));
	free(siblings.cpus);
	return sibling;
}

int check_sibling_of(const struct check *check)
{
	char source[TB_SIBLINGS_SOURCE];

	return other_thread(check, source);
}

bool check_sibling(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char source[TB_SIBLINGS_SOURCE];
	int sibling = other_thread(check, source);

	(void)rule;
	if (sibling < 0)
		return false;
	seen->number = sibling;
	check_saw(seen, "/" CPUS "cpu%d/%s: CPU %d is online", check->snapshot->cpu, source,
		  sibling);
	return true;
}

bool check_topology(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const struct tb_snapshot *p = check->snapshot;
	struct tb_topology_conflicts conflicts;

	(void)rule;
	tb_topology_check(p->root, p->place, &p->cpu, 1, &conflicts);
	if (!conflicts.n)
		return false;
	check_saw(seen, "%s", conflicts.text[0]);
	return true;
}

bool check_not_isolated(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char text[256];
	int length = check_read(check, rule, text, sizeof(text));

	check_saw(seen, "/%s: none", rule->path);
	return length == 0;
}

bool check_isolated_elsewhere(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const struct tb_snapshot *p = check->snapshot;
	char text[128];
	size_t n;
	int *cpus;
	bool elsewhere;

	if (tb_sysfs_cpus(p->root, &cpus, &n, "%s", rule->path))
		return false;
	elsewhere = !tb_sysfs_has_cpu(cpus, n, p->cpu);
	free(cpus);
	if (check_read(check, rule, text, sizeof(text)) <= 0)
		snprintf(text, sizeof(text), "%zu CPUs", n);
	check_saw(seen, "/%s: %s, but not CPU %d", rule->path, text, p->cpu);
	return elsewhere;
}

bool check_deep_idle(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const struct tb_sysroot *root = check->snapshot->root;
	char path[128], name[64];
	bool deep = false;

	for (int i = 0; i < 32; i++) {
		uint64_t latency, disabled = 0;

		check_expand(rule->path, check->snapshot->cpu, path, sizeof(path));
		if (tb_sysroot_u64(root, &latency, "%s/state%d/latency", path, i))
			break;
		tb_sysroot_u64(root, &disabled, "%s/state%d/disable", path, i);
		if (disabled || latency <= DEEP_US)
			continue;
		deep = true;
		if (tb_sysroot_text(root, name, sizeof(name), "%s/state%d/name", path, i) < 0)
			name[0] = '\0';
		check_saw(seen, "/%s/state%d: %s, exit latency %llu us", path, i, name,
			  (unsigned long long)latency);
	}
	return deep;
}

bool check_nodes(const struct check *check, const struct rule *rule, struct seen *seen)
{
	return tb_sysroot_has(check->snapshot->root, "sys/devices/system/node/node1") &&
	       check_is_not(check, rule, seen);
}

/* Two kinds of cores or more. CPUID of this CPU alone cannot show that. */
bool check_kinds(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const struct tb_sysroot *root = check->snapshot->root;
	struct tb_kind kind;

	(void)rule;
	if (!tb_sysroot_has(root, "sys/devices/cpu_core/cpus") ||
	    !tb_sysroot_has(root, "sys/devices/cpu_atom/cpus"))
		return false;
	tb_kind_of(root, check->snapshot->cpu, NULL, &kind);
	check_saw(seen, "CPU %d is a core of kind %s; %s", check->snapshot->cpu,
		  kind.name ? kind.name : "unknown", kind.evidence);
	return true;
}
