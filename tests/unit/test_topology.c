// SPDX-License-Identifier: GPL-2.0-or-later
/* Record, placement and doctor agree on SMT and counts, on one made-up sysfs. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "doctor/doctor.h"
#include "fakeroot.h"
#include "json_path.h"
#include "machine/place.h"
#include "machine/topology.h"
#include "machine/host.h"
#include "machine/sysfs_cpu.h"

#define CPUS "sys/devices/system/cpu/"

static void put(const struct fakeroot *fake, int cpu, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), CPUS "cpu%d/%s", cpu, file);
	fakeroot_text(fake, path, text);
}

/* sysfs has each set as a list and as a map; hwloc reads the map. */
static void put_set(const struct fakeroot *fake, int cpu, const char *list, const char *map,
		    int first, int last)
{
	char text[32];
	unsigned int bits = 0;

	for (int i = first; i <= last; i++)
		bits |= 1U << i;
	snprintf(text, sizeof(text), "%x\n", bits);
	put(fake, cpu, map, text);
	snprintf(text, sizeof(text), first == last ? "%d\n" : "%d-%d\n", first, last);
	put(fake, cpu, list, text);
}

static void put_cache(const struct fakeroot *fake, int cpu, int index, const char *level,
		      const char *type, const char *size, int first, int last)
{
	const char *const files[][2] = {
		{ "level", level },	    { "type", type },
		{ "size", size },	    { "coherency_line_size", "64" },
		{ "number_of_sets", "64" }, { "ways_of_associativity", "4" }
	};
	char list[64], map[64];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(list, sizeof(list), "cache/index%d/%s", index, files[i][0]);
		put(fake, cpu, list, files[i][1]);
	}
	snprintf(list, sizeof(list), "cache/index%d/shared_cpu_list", index);
	snprintf(map, sizeof(map), "cache/index%d/shared_cpu_map", index);
	put_set(fake, cpu, list, map, first, last);
}

/* Two pairs of CPUs on one package. shared: the threads of a pair share their L1D too. */
static void put_pairs(const struct fakeroot *fake, bool one_core_id, bool shared)
{
	fakeroot_text(fake, "proc/hwloc-nofile-info", "OSName: Linux\nArchitecture: x86_64\n");
	fakeroot_text(fake, "proc/cpuinfo",
		      "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 21\n"
		      "model\t\t: 1\nflags\t\t: fpu constant_tsc nonstop_tsc\n\n");
	fakeroot_text(fake, CPUS "online", "0-3\n");
	fakeroot_text(fake, CPUS "possible", "0-3\n");
	for (int cpu = 0; cpu < 4; cpu++) {
		int first = cpu & ~1, last = first + 1;
		char id[16];

		snprintf(id, sizeof(id), "%d", one_core_id ? cpu / 2 : cpu);
		put(fake, cpu, "topology/core_id", id);
		put(fake, cpu, "topology/physical_package_id", "0");
		put_set(fake, cpu, "topology/core_siblings_list", "topology/core_siblings", 0, 3);
		put_set(fake, cpu, "topology/thread_siblings_list", "topology/thread_siblings",
			first, last);
		put_cache(fake, cpu, 0, "1", "Data", "16K", shared ? first : cpu,
			  shared ? last : cpu);
		put_cache(fake, cpu, 1, "2", "Unified", "2048K", first, last);
	}
}

static struct tb_place *open_place(const struct fakeroot *fake)
{
	struct tb_place *place;

	setenv("HWLOC_FSROOT", fake->path, 1);
	assert_int_equal(tb_place_open(NULL, &place), 0);
	unsetenv("HWLOC_FSROOT");
	return place;
}

static bool finds(const struct fakeroot *fake, const struct tb_place *place, const char *id)
{
	struct tb_snapshot snapshot = {
		.root = &fake->root, .place = place, .cpu = 0, .cpus = 4, .free_bytes = -1
	};
	struct tb_finding finding[TB_FINDINGS_MAX];
	size_t n = tb_doctor(&snapshot, finding, NULL);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(finding[i].id, id))
			return true;
	return false;
}

/* Packages, cores, threads and smt; the other counts have tests of their own. */
static void expect_topology(json_t *host, const char *expected)
{
	json_t *topology = json_copy(json_path(host, "topology"));
	char *text;

	json_object_del(topology, "dies");
	json_object_del(topology, "clusters");
	json_object_del(topology, "numa_nodes");
	text = json_dumps(topology, JSON_COMPACT);
	assert_string_equal(text, expected);
	free(text);
	json_decref(topology);
}

static void check_story(bool one_core_id, bool shared, const char *topology, bool smt,
			size_t contradictions)
{
	struct fakeroot fake = { .path = "" };
	struct tb_place *place;
	json_t *host;
	int other = -1;

	fakeroot_open(&fake);
	put_pairs(&fake, one_core_id, shared);
	place = open_place(&fake);
	host = tb_host(&fake.root);
	expect_topology(host, topology);
	assert_int_equal(tb_place_neighbour(place, 0, TB_SMT_SIBLING, &other, NULL),
			 smt ? 0 : -ENOENT);
	assert_int_equal(tb_place_neighbour(place, 0, TB_SAME_L2, &other, NULL), smt ? -ENOENT : 0);
	assert_int_equal(finds(&fake, place, "smt-sibling"), smt);
	assert_int_equal(tb_host_check(host, &fake.root, place), 0);
	assert_int_equal(json_array_size(json_path(host, "topology_contradictions")),
			 contradictions);
	assert_int_equal(finds(&fake, place, "topology-doubtful"), contradictions > 0);
	json_decref(host);
	tb_place_close(place);
	fakeroot_close(&fake);
}

static void threads_of_a_core(void **state)
{
	(void)state;
	check_story(true, true, "{\"packages\":1,\"cores\":2,\"threads\":4,\"smt\":true}", true, 0);
}

/* AMD's family 15h on some kernels: cores of a module, called thread siblings. */
static void siblings_without_a_shared_l1d(void **state)
{
	(void)state;
	check_story(false, false, "{\"packages\":1,\"cores\":4,\"threads\":4,\"smt\":false}", false,
		    1);
	check_story(true, false, "{\"packages\":1,\"cores\":4,\"threads\":4,\"smt\":false}", false,
		    1);
}

static void check_conflict(const struct fakeroot *fake, const char *words)
{
	const int cpus[] = { 0, 1, 2, 3 };
	struct tb_place *place = open_place(fake);
	struct tb_topology_conflicts conflicts;
	bool found = false;

	tb_topology_check(&fake->root, place, cpus, 4, &conflicts);
	for (size_t i = 0; i < conflicts.n; i++)
		found = found || strstr(conflicts.text[i], words);
	if (!found)
		fail_msg("%zu conflicts, none of \"%s\"", conflicts.n, words);
	tb_place_close(place);
}

static void disagreements(void **state)
{
	struct fakeroot fake = { .path = "" }, other = { .path = "" };
	const int cpu = 0;
	struct tb_topology_conflicts conflicts;
	struct tb_place *place;

	(void)state;
	fakeroot_open(&fake);
	put_pairs(&fake, true, true);
	/* hwloc reads the map, we the list. */
	put(&fake, 2, "cache/index0/shared_cpu_list", "2\n");
	check_conflict(&fake, "CPU 2: hwloc finds 2 hardware threads on its core, sysfs 1");
	/* As many, and not the same. */
	put(&fake, 2, "cache/index0/shared_cpu_list", "1-2\n");
	check_conflict(&fake, "CPU 2: hwloc finds 2 hardware threads on its core, sysfs 2");
	put(&fake, 2, "cache/index0/shared_cpu_list", "2\n");
	put(&fake, 2, "topology/thread_siblings_list", "2\n");
	check_conflict(&fake, "CPU 2: hwloc finds 2");
	fakeroot_close(&fake);

	/* As where a variable gives hwloc another machine. */
	fakeroot_open(&fake);
	fakeroot_open(&other);
	put_pairs(&fake, true, true);
	put_pairs(&other, true, true);
	put_cache(&other, 0, 0, "1", "Data", "32K", 0, 1);
	place = open_place(&other);
	tb_topology_check(&fake.root, place, &cpu, 1, &conflicts);
	assert_int_equal(conflicts.n, 1);
	assert_string_equal(conflicts.text[0],
			    "CPU 0: the L1 has 32768 bytes by hwloc, 16384 by sysfs");
	tb_place_close(place);
	fakeroot_close(&other);
	fakeroot_close(&fake);
}

static void check_counts(const struct fakeroot *fake, const char *topology)
{
	json_t *host = tb_host(&fake->root);

	expect_topology(host, topology);
	json_decref(host);
}

/* LXCFS: "online" is the container's, the sibling lists are the machine's. */
static void online_narrower_than_siblings(void **state)
{
	struct fakeroot fake = { .path = "" };

	(void)state;
	fakeroot_open(&fake);
	fakeroot_text(&fake, CPUS "online", "4-6\n");
	for (int cpu = 4; cpu <= 6; cpu++) {
		char list[32];

		snprintf(list, sizeof(list), "%d,%d\n", cpu - 4, cpu);
		put(&fake, cpu, "topology/thread_siblings_list", list);
		put(&fake, cpu, "topology/core_siblings_list", "0-7\n");
	}
	check_counts(&fake, "{\"packages\":1,\"cores\":3,\"threads\":3,\"smt\":false}");
	fakeroot_close(&fake);
}

/* For any lists: packages <= cores <= threads, and no number is 0. */
static void lists_that_contradict(void **state)
{
	static const struct {
		const char *threads[2], *packages[2];
		const char *topology;
	} cases[] = {
		/* Lists without their own CPU. */
		{ { "1", "0" },
		  { "5", "5" },
		  "{\"packages\":1,\"cores\":1,\"threads\":2,\"smt\":true}" },
		{ { "7", "7" },
		  { "7", "7" },
		  "{\"packages\":2,\"cores\":2,\"threads\":2,\"smt\":false}" },
		/* Lists that only one side has. */
		{ { "0", "0-1" },
		  { "0", "1" },
		  "{\"packages\":1,\"cores\":1,\"threads\":2,\"smt\":true}" },
		{ { "0-1", "1" },
		  { "0-1", "1" },
		  "{\"packages\":1,\"cores\":1,\"threads\":2,\"smt\":true}" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fakeroot fake = { .path = "" };

		fakeroot_open(&fake);
		fakeroot_text(&fake, CPUS "online", "0-1\n");
		for (int cpu = 0; cpu < 2; cpu++) {
			put(&fake, cpu, "topology/thread_siblings_list", cases[i].threads[cpu]);
			put(&fake, cpu, "topology/core_siblings_list", cases[i].packages[cpu]);
		}
		check_counts(&fake, cases[i].topology);
		fakeroot_close(&fake);
	}
}

/* The CPU itself is always among its siblings, in its place. */
static void siblings_hold_the_cpu(void **state)
{
	static const struct {
		const char *list;
		int want[2];
		size_t n;
	} cases[] = {
		{ "0", { 0, 1 }, 2 },	{ "2", { 1, 2 }, 2 }, { "1", { 1 }, 1 },
		{ "1-2", { 1, 2 }, 2 }, { "1,7", { 1 }, 1 },  { "7", { 1 }, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fakeroot fake = { .path = "" };
		struct tb_siblings siblings = { .cpus = NULL };

		fakeroot_open(&fake);
		fakeroot_text(&fake, CPUS "online", "0-2\n");
		put(&fake, 1, "topology/thread_siblings_list", cases[i].list);
		assert_int_equal(tb_sysfs_siblings(&fake.root, 1, &siblings), 0);
		assert_int_equal(siblings.count, cases[i].n);
		assert_memory_equal(siblings.cpus, cases[i].want, cases[i].n * sizeof(int));
		free(siblings.cpus);
		fakeroot_close(&fake);
	}
}

/* Every second CPU of 8192: a list of 20 KiB. */
static void long_list(void **state)
{
	static char list[4096 * 5 + 1];
	struct fakeroot fake = { .path = "" };
	size_t used = 0, count;
	int *cpus;

	(void)state;
	for (int cpu = 0; cpu < TB_CPUS_MAX_POSSIBLE; cpu += 2)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%d", cpu ? "," : "",
					 cpu);
	fakeroot_open(&fake);
	fakeroot_text(&fake, CPUS "online", list);
	assert_int_equal(tb_host_online(&fake.root, &cpus, &count), 0);
	assert_int_equal(count, TB_CPUS_MAX_POSSIBLE / 2);
	free(cpus);
	fakeroot_close(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_of_a_core),
		cmocka_unit_test(siblings_without_a_shared_l1d),
		cmocka_unit_test(disagreements),
		cmocka_unit_test(online_narrower_than_siblings),
		cmocka_unit_test(lists_that_contradict),
		cmocka_unit_test(siblings_hold_the_cpu),
		cmocka_unit_test(long_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
