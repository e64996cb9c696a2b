// SPDX-License-Identifier: GPL-2.0-or-later
/* A machine with different CPUs: the record describes the measured CPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "json_path.h"
#include "json_quoted.h"
#include "machine/topology.h"
#include "machine/cpuinfo.h"
#include "machine/environment.h"
#include "machine/host.h"
#include "machine/cpu_location.h"
#include "record/format.h"
#include "machine/sysfs_cpu.h"

#define CPUS  "sys/devices/system/cpu/"
#define NODES "sys/devices/system/node/"

/* One small core and one fast one, which is not the first that is online. */
static const struct {
	const char *path, *text;
} machine[] = {
	{ "proc/cpuinfo", "processor\t: 0\nmicrocode\t: 0x10\nflags\t\t: fpu\n\n"
			  "processor\t: 4\nmicrocode\t: 0x20\nflags\t\t: fpu lm\n\n" },
	{ "sys/devices/cpu_atom/cpus", "0" },
	{ "sys/devices/cpu_core/cpus", "4" },
	{ CPUS "online", "0,4" },
	{ CPUS "cpu0/cpufreq/scaling_governor", "powersave" },
	{ CPUS "cpu0/cpufreq/scaling_max_freq", "2800000" },
	{ CPUS "cpu0/cpufreq/energy_performance_preference", "power" },
	{ CPUS "cpu0/cpuidle/state0/name", "C6" },
	{ CPUS "cpu0/topology/physical_package_id", "0" },
	{ CPUS "cpu0/topology/die_id", "0" },
	{ CPUS "cpu0/topology/cluster_id", "0" },
	{ CPUS "cpu4/cpufreq/scaling_governor", "performance" },
	{ CPUS "cpu4/cpufreq/scaling_max_freq", "3000000" },
	{ CPUS "cpu4/cpufreq/energy_performance_preference", "performance" },
	{ CPUS "cpu4/cpuidle/state0/name", "POLL" },
	{ CPUS "cpu4/topology/physical_package_id", "0" },
	{ CPUS "cpu4/topology/die_id", "1" },
	{ CPUS "cpu4/topology/cluster_id", "8" },
	{ NODES "node0/cpulist", "0" },
	{ NODES "node2/cpulist", "4-5" },
	{ NODES "node3/cpulist", "" }, /* memory alone */
	{ NODES "possible", "0-3" },
};

static int setup(void **state)
{
	struct fakeroot *fake = calloc(1, sizeof(*fake));

	*state = fake;
	if (!fake)
		return -1;
	fakeroot_open(fake);
	for (size_t i = 0; i < sizeof(machine) / sizeof(*machine); i++)
		fakeroot_text(fake, machine[i].path, machine[i].text);
	return 0;
}

static int teardown(void **state)
{
	fakeroot_close(*state);
	free(*state);
	return 0;
}

static void check_text(json_t *json, const char *path, const char *want)
{
	const char *got = json_string_value(json_path(json, path));

	if (!got || strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", path, got ? got : "no text", want);
}

static void check_number(json_t *json, const char *path, long long want)
{
	json_t *got = json_path(json, path);

	if (!json_is_integer(got) || json_integer_value(got) != want)
		fail_msg("%s is not %lld", path, want);
}

static void settings_are_of_the_measured_cpu(void **state)
{
	const struct fakeroot *fake = *state;
	json_t *environment = tb_environment_of(&fake->root, 4);

	check_text(environment, "frequency.governor", "performance");
	check_text(environment, "frequency.epp", "performance");
	check_number(environment, "frequency.max_khz", 3000000);
	check_text(environment, "idle.states.0.name", "POLL");
	json_decref(environment);
	environment = tb_environment(&fake->root);
	check_text(environment, "frequency.governor", "powersave");
	json_decref(environment);
}

static void host_is_of_the_measured_cpu(void **state)
{
	const struct fakeroot *fake = *state;
	json_t *host = tb_host_of(&fake->root, 4);

	check_number(host, "cpu.number", 4);
	check_text(host, "cpu.kind", "cpu_core");
	check_text(host, "cpu.kind_evidence", "sys/devices/cpu_core/cpus: 4");
	check_text(host, "cpu.microcode", "0x20");
	check_text(host, "cpu.flags.1", "lm");
	check_number(host, "cpu.package", 0);
	check_number(host, "cpu.die", 1);
	check_number(host, "cpu.cluster", 8);
	check_number(host, "cpu.node", 2);
	check_number(host, "topology.dies", 2);
	check_number(host, "topology.clusters", 2);
	check_number(host, "topology.numa_nodes", 2);
	json_decref(host);
}

/* Dies and clusters are numbered anew in each package. */
static void units_of_two_packages(void **state)
{
	const struct fakeroot *fake = *state;
	json_t *host;

	for (int cpu = 0; cpu < 5; cpu += 4) {
		char path[96];

		snprintf(path, sizeof(path), CPUS "cpu%d/topology/physical_package_id", cpu);
		fakeroot_text(fake, path, cpu ? "1" : "0");
		snprintf(path, sizeof(path), CPUS "cpu%d/topology/die_id", cpu);
		fakeroot_text(fake, path, "0");
		snprintf(path, sizeof(path), CPUS "cpu%d/topology/cluster_id", cpu);
		fakeroot_text(fake, path, "8");
	}
	host = tb_host_of(&fake->root, 4);
	check_number(host, "cpu.package", 1);
	check_number(host, "topology.dies", 2);
	check_number(host, "topology.clusters", 2);
	json_decref(host);
}

static void heading_names_cpu_and_kind(void **state)
{
	const struct fakeroot *fake = *state;
	struct tb_record record = { .json = json_object() };
	char text[80];

	json_object_set_new(record.json, "host", tb_host_of(&fake->root, 4));
	tb_cpu_text(&record, text, sizeof(text));
	assert_string_equal(text, "CPU 4, a core of kind cpu_core");
	json_object_set_new(json_path(record.json, "host.cpu"), "kind", json_null());
	tb_cpu_text(&record, text, sizeof(text));
	assert_string_equal(text, "CPU 4");
	json_object_clear(record.json);
	tb_cpu_text(&record, text, sizeof(text));
	assert_string_equal(text, "");
	json_decref(record.json);
}

static void check_reason(json_t *host, const char *field, const char *want)
{
	const char *reason = json_reason(host, field);

	assert_true(json_is_null(json_path(host, field)));
	assert_string_equal(reason ? reason : "", want);
}

static void unknown_has_a_reason(void **state)
{
	const struct fakeroot *fake = *state;
	json_t *host;

	fakeroot_text(fake, CPUS "online", "0,4,7");
	fakeroot_text(fake, CPUS "cpu4/topology/die_id", "-1");
	fakeroot_text(fake, CPUS "cpu4/topology/cluster_id", "65535");
	host = tb_host_of(&fake->root, 7);
	check_reason(host, "cpu.kind", "no list of sys/devices/cpu_*/cpus has CPU 7");
	check_reason(host, "cpu.node", NODES "node*/cpulist: no node has this CPU");
	check_reason(host, "cpu.die", CPUS "cpu7/topology/die_id: No such file or directory");
	/* One CPU that does not tell leaves no count. */
	check_reason(host, "topology.dies",
		     CPUS "cpu*/topology/die_id: the kernel does not know it");
	json_decref(host);
	host = tb_host_of(&fake->root, 4);
	check_reason(host, "cpu.cluster",
		     CPUS "cpu4/topology/cluster_id: the kernel does not know it");
	json_decref(host);
}

static void cpuinfo_of(const struct fakeroot *fake, int cpu, const char *microcode)
{
	struct tb_cpuinfo info;

	assert_int_equal(tb_cpuinfo_open_of(&fake->root, cpu, &info), 0);
	assert_string_equal(tb_cpuinfo_get(&info, "microcode"), microcode);
	tb_cpuinfo_close(&info);
}

static void cpuinfo_is_the_paragraph_of_the_cpu(void **state)
{
	const struct fakeroot *fake = *state;

	cpuinfo_of(fake, 4, "0x20");
	cpuinfo_of(fake, 0, "0x10");
	cpuinfo_of(fake, -1, "0x10");
	cpuinfo_of(fake, 40, "0x10"); /* LXCFS renumbers: a number that is missing */
	fakeroot_text(fake, "proc/cpuinfo",
		      "microcode: 0x1\nprocessor: 44\n\nprocessors: 4\nprocessor: 4x\n"
		      "processor 4\n\nprocessor: 4\nmicrocode: 0x2\n");
	cpuinfo_of(fake, 4, "0x2");
	cpuinfo_of(fake, 5, "0x1");
}

/* The paragraph of the last CPU of a large machine lies megabytes behind the first. */
static void cpuinfo_is_long(void **state)
{
	enum { PROCESSORS = 2048, FILLER = 3500 };
	const struct fakeroot *fake = *state;
	size_t bytes;
	char *text;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	for (int i = 0; i < PROCESSORS; i++)
		fprintf(out, "processor\t: %d\nmicrocode\t: %d\nflags\t\t: %*s\n\n", i, i, FILLER,
			"x");
	assert_int_equal(fclose(out), 0);
	fakeroot_put(fake, "proc/cpuinfo", text, bytes);
	free(text);
	cpuinfo_of(fake, PROCESSORS - 1, "2047");
}

static void kind_by_cpuid(void **state)
{
	static const struct {
		struct tb_kind_cpuid cpuid;
		const char *name, *evidence;
	} cases[] = {
		{ { .leaf_1a_eax = 0x40000001 }, "cpu_core", "CPUID leaf 1AH: core type 0x40" },
		{ { .leaf_1a_eax = 0x20000001 }, "cpu_atom", "CPUID leaf 1AH: core type 0x20" },
		{ { .leaf_1a_eax = 0x10000001 },
		  NULL,
		  "CPUID leaf 1AH: core type 0x10, which is none that is known" },
		{ { .leaf_80000026_eax = 1u << 30 },
		  "performance",
		  "CPUID leaf 80000026H: core type 0" },
		{ { .leaf_80000026_eax = 1u << 30, .leaf_80000026_ebx = 1u << 28 },
		  "efficiency",
		  "CPUID leaf 80000026H: core type 1" },
		{ { .leaf_80000026_ebx = 1u << 28 },
		  NULL,
		  "neither sys/devices/cpu_core nor CPUID tells of kinds of cores: all cores are "
		  "of one kind, or the kind is hidden" },
	};
	struct tb_kind kind;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		tb_kind_by_cpuid(&cases[i].cpuid, &kind);
		if (cases[i].name)
			assert_string_equal(kind.name, cases[i].name);
		else
			assert_null(kind.name);
		assert_string_equal(kind.evidence, cases[i].evidence);
	}
}

static void unknown_cache_is_left_out(void **state)
{
	struct tb_record record = {
		.json = json_quoted("{'host': {'cpu': {'caches': [{'level': 1, 'type': 'Data',"
				    "'size_bytes': null}]}}}")
	};
	char text[200];

	(void)state;
	tb_machine_text(&record, text, sizeof(text));
	assert_null(strstr(text, "L1D"));
	json_decref(record.json);
}

/* A size that no kernel writes is none. */
static void cache_sizes(void **state)
{
	static const struct {
		const char *text;
		size_t bytes;
	} cases[] = { { "48K", 48 << 10 }, { "2M", 2 << 20 }, { "64", 64 },
		      { "48Q", 0 },	   { "48KB", 0 },     { "-1", 0 } };
	struct fakeroot *fake = *state;
	struct tb_place_cache cache;

	fakeroot_text(fake, CPUS "cpu0/cache/index0/type", "Data");
	fakeroot_text(fake, CPUS "cpu0/cache/index0/level", "1");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fakeroot_text(fake, CPUS "cpu0/cache/index0/size", cases[i].text);
		assert_int_equal(tb_sysfs_cache(&fake->root, 0, 1, false, &cache, NULL), 0);
		assert_int_equal(cache.size_bytes, cases[i].bytes);
	}
}

/* Where no list of sysfs tells. */
static void kind_by_leaves(void **state)
{
	json_t *leaves = json_quoted("[[0, 0, 26, 0, 0, 0], [26, 0, 536870913, 0, 0, 0]]");
	struct fakeroot fake;
	struct tb_kind kind;

	(void)state;
	fakeroot_open(&fake);
	tb_kind_of(&fake.root, 0, leaves, &kind);
	assert_string_equal(kind.name, "cpu_atom");
	tb_kind_of(&fake.root, 0, NULL, &kind);
	assert_null(kind.name);
	assert_non_null(strstr(kind.evidence, "CPUID was not asked"));
	json_decref(leaves);
	fakeroot_close(&fake);
}

/* Every second CPU of 8192: 20 KiB. */
static void long_lists(void **state)
{
	struct fakeroot *fake = *state;
	static char list[24 << 10];
	json_t *host;
	size_t n = 0;

	for (int cpu = 0; cpu < 8192; cpu += 2)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%d", cpu ? "," : "", cpu);
	fakeroot_text(fake, "sys/devices/cpu_core/cpus", list);
	fakeroot_text(fake, NODES "node2/cpulist", list);
	host = tb_host_of(&fake->root, 4);
	check_text(host, "cpu.kind", "cpu_core");
	check_text(host, "cpu.kind_evidence", "sys/devices/cpu_core/cpus: 4096 CPUs");
	check_number(host, "cpu.node", 2);
	json_decref(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(settings_are_of_the_measured_cpu, setup, teardown),
		cmocka_unit_test_setup_teardown(host_is_of_the_measured_cpu, setup, teardown),
		cmocka_unit_test_setup_teardown(units_of_two_packages, setup, teardown),
		cmocka_unit_test_setup_teardown(heading_names_cpu_and_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(unknown_has_a_reason, setup, teardown),
		cmocka_unit_test_setup_teardown(cpuinfo_is_the_paragraph_of_the_cpu, setup,
						teardown),
		cmocka_unit_test_setup_teardown(cpuinfo_is_long, setup, teardown),
		cmocka_unit_test(kind_by_cpuid),
		cmocka_unit_test(unknown_cache_is_left_out),
		cmocka_unit_test_setup_teardown(cache_sizes, setup, teardown),
		cmocka_unit_test(kind_by_leaves),
		cmocka_unit_test_setup_teardown(long_lists, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
