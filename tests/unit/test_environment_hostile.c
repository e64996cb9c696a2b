// SPDX-License-Identifier: GPL-2.0-or-later
/* Invalid files and failing allocations: no crash and no invented value. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include "hostile_root.h"

#define CPUS "sys/devices/system/cpu/"

#ifndef TB_TEST_DATA
#error "TB_TEST_DATA is the folder tests/data"
#endif

static void processor(void **state)
{
	static const struct {
		const char *cpuinfo, *path, *want;
	} cases[] = {
		{ "model : 99999999999999999999\n", "cpu.model", "null" },
		{ "model : -7\n", "cpu.model", "null" },
		{ "model : 6x\n", "cpu.model", "null" },
		{ "model :\n", "cpu.model", "null" },
		{ "model 6\n", "cpu.model", "null" },
		{ "model : 6 \n", "cpu.model", "6" },
		{ "cpu family : 65542\nmodel : 207\nvendor_id : GenuineIntel\n",
		  "cpu.derived.uarch", "null" },
		/* Numbers of Rocket Lake, and of Snow Ridge, with features that they never had. */
		{ "vendor_id : GenuineIntel\ncpu family : 6\nmodel : 167\nstepping : 1\n"
		  "cpuid level : 36\nflags : avx2 avx512f avx_vnni serialize amx_tile\n",
		  "cpu.derived",
		  "{\"uarch\":null,\"at_least\":\"Granite Rapids\",\"named\":\"Rocket Lake\","
		  "\"evidence\":[\"cpuid level 24H with avx512f\",\"cpuid level 23H\"],"
		  "\"contradictions\":[\"Rocket Lake has no AMX_TILE\",\"Rocket Lake has no SERIALIZE\","
		  "\"Rocket Lake has no AVX_VNNI\",\"Rocket Lake has no cpuid level 24H with avx512f\","
		  "\"Rocket Lake has no cpuid level 23H\",\"Rocket Lake has no cpuid level 20H\"],"
		  "\"reason\":\"what is shown contradicts itself: Rocket Lake has no AMX_TILE, and more\"}" },
		{ "vendor_id : GenuineIntel\ncpu family : 6\nmodel : 134\nstepping : 0\n"
		  "flags : avx2 avx512f avx512vl avx512_vbmi2 vaes\n",
		  "cpu.derived.uarch", "\"Ice Lake-SP\"" },
		{ "vendor_id :   Shanghai  \ncpu family : 7\nmodel : 59\n", "cpu.derived.uarch",
		  "\"Lujiazui\"" },
		{ "vendor_id :   Shanghai  \n", "cpu.vendor", "\"Shanghai\"" },
		{ "cpuid level : 13\n", "cpu.cpuid_level", "13" },
		{ "cpuid level : 13\n", "cpu.cpuid",
		  "null" }, /* of this machine, not of the root */
		{ "model name : \x1b[2J\xff\xfe\n", "cpu.name", "\"?[2J??\"" },
		{ "vendor_id :\n", "cpu.vendor", "null" },
		{ "flags :\n", "cpu.flags", "[]" },
		{ "flags :  b a\ta  b \n", "cpu.flags", "[\"a\",\"b\"]" },
		{ "flags : \xff\n", "cpu.flags", "[\"?\"]" },
		{ ":::\n\n\n", "cpu.flags", "null" },
	};
	struct fakeroot *fake = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fakeroot_text(fake, "proc/cpuinfo", cases[i].cpuinfo);
		check_host(fake, cases[i].path, cases[i].want);
	}
}

/* A null of the CPU has its reason. */
static void cpuid_of_another_machine(void **state)
{
	struct fakeroot *fake = *state;
	json_t *host = tb_host(&fake->root);
	const char *reason = json_reason(host, "cpu.cpuid");

	assert_string_equal(reason ? reason : "",
			    "CPUID was not asked: the root is not this machine's");
	json_decref(host);
}

static void empty_root(void **state)
{
	struct fakeroot fake;
	json_t *host;

	(void)state;
	fakeroot_open(&fake);
	check_host(&fake, "cpus_online", "null");
	check_host(&fake, "topology.threads", "null");
	fakeroot_text(&fake, "sys/devices/system/cpu/online", "0-1");
	check_host(&fake, "topology.threads", "2");
	check_host(&fake, "topology.smt", "null");
	host = tb_host(&fake.root);
	assert_int_equal(tb_host_set_tsc(host, 2.5e9, "hypervisor"), 0);
	check_value(host, "cpu.tsc_source", "\"hypervisor\"");
	assert_false(has_reason(host, "cpu.tsc_hz") || has_reason(host, "cpu.tsc_source"));
	check_reasons(host, "", host);
	json_decref(host);
	fakeroot_close(&fake);
}

static void huge_line(void **state)
{
	struct fakeroot *fake = *state;
	static char wide[1000000];
	json_t *host;

	for (size_t i = 0; i < sizeof(wide); i++)
		wide[i] = "abcdefghijklmnopqrstuvwxyz "[i % 2 ? 26 : i / 2 % 26];
	snprintf(wide, sizeof(wide), "flags:");
	wide[strlen(wide)] = ' ';
	fakeroot_put(fake, "proc/cpuinfo", wide, sizeof(wide));
	host = tb_host(&fake->root);
	assert_int_equal(json_array_size(json_path(host, "cpu.flags")), 26);
	json_decref(host);
}

static void memory(void **state)
{
	static const struct {
		const char *meminfo, *want;
	} cases[] = {
		{ "MemTotal: 1024 kB\n", "1048576" },
		{ "Junk\nMemTotal:1024 kB\n", "1048576" },
		{ "MemTotal: 99999999999999999999 kB\n", "null" },
		{ "MemTotal: 9007199254740992 kB\n", "null" }, /* times 1024: too much */
		{ "MemTotal: 12 MB\n", "null" },
		{ "MemTotal: 12\n", "null" },
		{ "MemTotal: kB\n", "null" },
		{ "MemTotal: -5 kB\n", "null" },
		{ "MemTotal", "null" },
		{ "", "null" },
	};
	struct fakeroot *fake = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fakeroot_text(fake, "proc/meminfo", cases[i].meminfo);
		check_host(fake, "memory_bytes", cases[i].want);
	}
}

static void topology(void **state)
{
	static const char *const lists[] = { "",     "0-8192", "3-1", "0,,1", "0,",
					     "zero", "0 1",    "-1",  "0--1", "99999999999999" };
	struct fakeroot *fake = *state;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		fakeroot_text(fake, CPUS "online", lists[i]);
		check_host(fake, "cpus_online", "null");
	}
	fakeroot_text(fake, CPUS "online", "0-1\n");
	fakeroot_text(fake, CPUS "cpu0/topology/thread_siblings_list", "0\n");
	fakeroot_text(fake, CPUS "cpu0/topology/core_siblings_list", "0\n");
	fakeroot_text(fake, CPUS "cpu1/topology/core_siblings_list", "1\n");
	check_host(fake, "topology.packages", "2");
	check_host(fake, "topology.cores", "null");
	check_host(fake, "topology.threads", "2");
	check_host(fake, "topology.smt", "null");
	fakeroot_text(fake, CPUS "cpu1/topology/thread_siblings_list", "\xff\n");
	check_host(fake, "topology.cores", "null");
}

static void cache_size(void **state)
{
	static const struct {
		const char *size, *want;
	} cases[] = {
		{ "48K\n", "49152" },
		{ "2M\n", "2097152" },
		{ "1G\n", "1073741824" },
		{ "64\n", "64" },
		{ "0K\n", "null" },
		{ "K\n", "null" },
		{ "48Q\n", "null" },
		{ "-48K\n", "null" },
		{ "9223372036854775807K\n", "null" },
		{ "999999999999999999999999999999K\n", "null" },
		{ "\n", "null" },
	};
	struct fakeroot *fake = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fakeroot_text(fake, CPUS "cpu0/cache/index0/size", cases[i].size);
		check_host(fake, "cpu.caches.0.size_bytes", cases[i].want);
	}
	fakeroot_put(fake, CPUS "cpu0/cache/index0/size", "48K\0K", 5);
	check_host(fake, "cpu.caches.0.size_bytes", "null");
	check_host(fake, "cpu.caches.0.level", "null");
	check_host(fake, "cpu.caches.0.ways", "null");
}

static void settings(void **state)
{
	static const char content[] = ": its content is not what was expected";
	static const char range[] = ": its number does not fit";
	static const char empty[] = ": it says nothing";
	static const char cpufreq[] = CPUS "cpu0/cpufreq/";
	static const struct {
		const char *file, *text, *path, *want, *reason;
	} cases[] = {
		{ "scaling_min_freq", "9223372036854775808\n", "frequency.min_khz", "null", range },
		{ "scaling_min_freq", "0\n", "frequency.min_khz", "null", empty },
		{ "scaling_min_freq", "fast\n", "frequency.min_khz", "null", content },
		{ "scaling_governor", "\n", "frequency.governor", "null", empty },
		{ "scaling_governor", "\x1b[31mperformance\n", "frequency.governor",
		  "\"?[31mperformance\"", "" },
		{ "../../cpufreq/boost", "2\n", "frequency.turbo", "null", content },
		{ "../../cpufreq/boost", "11\n", "frequency.turbo", "null", content },
		{ "../../cpufreq/boost", "1\n", "frequency.turbo", "true", "" },
		{ "../../intel_pstate/no_turbo", "maybe\n", "frequency.turbo", "null", content },
		{ "../../intel_pstate/no_turbo", "1\n", "frequency.turbo", "false", "" },
		{ "../../../../../kernel/mm/transparent_hugepage/enabled", "always madvise never\n",
		  "memory.thp", "null", content },
		{ "../../../../../kernel/mm/transparent_hugepage/enabled", "always [madvise\n",
		  "memory.thp", "null", content },
		{ "../../../../../kernel/mm/transparent_hugepage/enabled", "[] never\n",
		  "memory.thp", "null", content },
		{ "../../../../../kernel/mm/transparent_hugepage/enabled", "[never]\n",
		  "memory.thp", "\"never\"", "" },
	};
	struct fakeroot *fake = *state;

	fakeroot_put(fake, cpufreq, NULL, 0);
	fakeroot_put(fake, CPUS "cpufreq/", NULL, 0);
	fakeroot_put(fake, CPUS "intel_pstate/", NULL, 0);
	fakeroot_put(fake, "sys/kernel/mm/transparent_hugepage/", NULL, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s%s", cpufreq, cases[i].file);
		fakeroot_text(fake, path, cases[i].text);
		check_environment(fake, cases[i].path, cases[i].want, cases[i].reason);
	}
}

static void wrong_kinds_of_file(void **state)
{
	struct fakeroot *fake = *state;
	static char wide[100000];

	memset(wide, 'x', sizeof(wide));
	fakeroot_put(fake, CPUS "smt/control", wide, sizeof(wide));
	check_environment(fake, "smt_control", "null", "File too large");
	fakeroot_put(fake, CPUS "cpuidle/current_driver/", NULL, 0);
	check_environment(fake, "idle.driver", "null", "Is a directory");
	fakeroot_text(fake, "proc/sys/vm/other", "");
	assert_int_equal(mkfifoat(fake->root.fd, "proc/sys/vm/swappiness", 0600), 0);
	check_environment(fake, "memory.swappiness", "null", "No such device or address");
	fakeroot_text(fake, CPUS "vulnerabilities/empty", "");
	fakeroot_text(fake, CPUS "vulnerabilities/odd\xff", "Mitigation: \x01\n");
	check_environment(fake, "mitigations", "{\"empty\":null,\"odd?\":\"Mitigation: ?\"}", "");
	check_environment(fake, "mitigations.empty", "null", ": it says nothing");
}

static void config_hash(void **state)
{
	struct fakeroot *fake = *state;
	char path[128];

	fakeroot_text(fake, "proc/config.gz", "");
	check_environment(fake, "kernel.config_sha256",
			  "\"e3b0c44298fc1c149afbf4c8996fb924"
			  "27ae41e4649b934ca495991b7852b855\"",
			  "");
	snprintf(path, sizeof(path), "%s/proc/config.gz", fake->path);
	assert_int_equal(truncate(path, TB_SYSROOT_FILE_MAX), 0);
	check_environment(fake, "kernel.config_sha256", "null", ": too long");
}

static void flags(void **state)
{
	struct fakeroot *fake = *state;

	fakeroot_text(fake, "proc/cpuinfo", "flags : fpu\n\nflags : pti fred\n");
	check_environment(fake, "kpti", "false", "");
	check_environment(fake, "fred", "false", "");
	fakeroot_text(fake, "proc/cpuinfo", "flags : fpu pti fred\n");
	check_environment(fake, "kpti", "true", "");
	check_environment(fake, "fred", "true", "");
	fakeroot_text(fake, "proc/cpuinfo", "bugs : none\n");
	check_environment(fake, "fred", "null", "shows no flags");
	check_environment(fake, "virtualization.class", "null", "shows no flags");
}

static size_t allocations_left;

static void *limited_malloc(size_t size)
{
	return allocations_left && allocations_left-- ? malloc(size) : NULL;
}

/* With memory for 0, 1, 2... pieces of JSON: NULL and no leak, until it is enough. */
static void no_memory(void **state)
{
	struct tb_sysroot root;
	char path[512];
	json_t *host = NULL, *environment = NULL;

	(void)state;
	snprintf(path, sizeof(path), "%s/roots/smt", TB_TEST_DATA);
	assert_int_equal(tb_sysroot_open(path, &root), 0);
	json_set_alloc_funcs(limited_malloc, free);
	for (size_t most = 0; most < 4000 && !(host && environment); most += most < 40 ? 1 : 17) {
		allocations_left = most;
		json_decref(host);
		host = tb_host(&root);
		allocations_left = most;
		json_decref(environment);
		environment = tb_environment(&root);
	}
	json_set_alloc_funcs(malloc, free);
	tb_sysroot_close(&root);
	assert_non_null(host);
	assert_non_null(environment);
	assert_int_equal(json_array_size(json_object_get(environment, "nulls")), 10);
	json_decref(host);
	json_decref(environment);
}

int main(void)
{
#define FAKE(test) cmocka_unit_test_setup_teardown(test, open_fake, close_fake)
	const struct CMUnitTest tests[] = {
		FAKE(processor),
		FAKE(cpuid_of_another_machine),
		cmocka_unit_test(empty_root),
		FAKE(huge_line),
		FAKE(memory),
		FAKE(topology),
		FAKE(cache_size),
		FAKE(settings),
		FAKE(wrong_kinds_of_file),
		FAKE(config_hash),
		FAKE(flags),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
