// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "json_path.h"
#include "machine/environment.h"
#include "machine/host.h"

#ifndef TB_TEST_DATA
#error "TB_TEST_DATA is the folder tests/data"
#endif

/* {"host": ..., "environment": ...} of a root. */
static json_t *capture(const struct tb_sysroot *root)
{
	json_t *both = json_object();

	assert_int_equal(json_object_set_new(both, "host", tb_host(root)), 0);
	assert_int_equal(json_object_set_new(both, "environment", tb_environment(root)), 0);
	return both;
}

static json_t *capture_tree(const char *tree)
{
	struct tb_sysroot root;
	char path[512];
	json_t *both;

	snprintf(path, sizeof(path), "%s/roots/%s", TB_TEST_DATA, tree);
	assert_int_equal(tb_sysroot_open(path, &root), 0);
	both = capture(&root);
	tb_sysroot_close(&root);
	return both;
}

/* json NULL: the key is missing. "!reason": the value is null with this reason. */
struct expect {
	const char *path, *json;
};

static void check(json_t *both, const struct expect *expect)
{
	json_t *value = json_path(both, expect->path);
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
	bool null = expect->json && *expect->json == '!';
	const char *want = null ? "null" : expect->json;

	if (!want ? !!value : !text || strcmp(text, want) != 0)
		fail_msg("%s is %s, not %s", expect->path, text ? text : "missing",
			 want ? want : "missing");
	free(text);
	if (null) {
		const char *why = json_reason(json_object_get(both, "environment"),
					      expect->path + strlen("environment."));

		assert_string_equal(why ? why : "", expect->json + 1);
	}
}

/* Counts the nulls below a value; each must have a reason in the environment. */
static size_t count_nulls(json_t *environment, const char *path, json_t *value)
{
	char below[256];
	const char *key;
	json_t *child;
	size_t i, count = 0;

	if (json_is_null(value)) {
		if (!json_reason(environment, path))
			fail_msg("%s is null without one reason", path);
		return 1;
	}
	json_object_foreach(value, key, child) {
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "." : "", key);
		count += count_nulls(environment, below, child);
	}
	json_array_foreach(value, i, child) {
		snprintf(below, sizeof(below), "%s.%zu", path, i);
		count += count_nulls(environment, below, child);
	}
	return count;
}

/* Every null one reason, every reason a null. */
static void check_nulls(json_t *both)
{
	json_t *environment = json_object_get(both, "environment");

	assert_int_equal(count_nulls(environment, "", environment),
			 json_array_size(json_object_get(environment, "nulls")));
}

static void check_tree(const char *tree, const struct expect *expect, size_t count)
{
	json_t *both = capture_tree(tree);

	for (size_t i = 0; i < count; i++)
		check(both, &expect[i]);
	check_nulls(both);
	json_decref(both);
}

#define CHECK_TREE(tree, expect) check_tree(tree, expect, sizeof(expect) / sizeof(*(expect)))
#define CPUS			 "sys/devices/system/cpu/"
#define NO_FILE			 ": No such file or directory"
#define UNKNOWN_UNITS		 "\"dies\":null,\"clusters\":null,\"numa_nodes\":null}"
#define NOT_ASKED		 "CPUID was not asked: the root is not this machine's"

static void smt(void **state)
{
	static const struct expect expect[] = {
		{ "host.cpu.vendor", "\"GenuineIntel\"" },
		{ "host.cpu.family", "6" },
		{ "host.cpu.model", "85" },
		{ "host.cpu.stepping", "4" },
		{ "host.cpu.microcode", "\"0x2007006\"" },
		{ "host.cpu.name", "\"Intel(R) Xeon(R) Gold 6130 CPU @ 2.10GHz\"" },
		{ "host.cpu.derived.uarch", "\"Skylake-SP\"" },
		{ "host.cpu.flags.0", "\"aperfmperf\"" },
		{ "host.cpu.flags.1", "\"apic\"" },
		{ "host.cpu.flags.2", "\"avx2\"" },
		{ "host.cpu.caches",
		  "[{\"level\":1,\"type\":\"Data\",\"size_bytes\":32768,\"ways\":8,\"line_bytes\":64,"
		  "\"sets\":64,\"shared_cpus\":\"0,2\"},"
		  "{\"level\":1,\"type\":\"Instruction\",\"size_bytes\":32768,\"ways\":8,"
		  "\"line_bytes\":64,\"sets\":64,\"shared_cpus\":\"0,2\"},"
		  "{\"level\":2,\"type\":\"Unified\",\"size_bytes\":1048576,\"ways\":16,"
		  "\"line_bytes\":64,\"sets\":1024,\"shared_cpus\":\"0,2\"},"
		  "{\"level\":3,\"type\":\"Unified\",\"size_bytes\":23068672,\"ways\":11,"
		  "\"line_bytes\":64,\"sets\":32768,\"shared_cpus\":\"0-3\"}]" },
		{ "host.cpu.tsc_hz", "null" },
		{ "host.cpu.tsc_source", "null" },
		{ "host.cpus_online", "4" },
		{ "host.memory_bytes", "99614720000" },
		{ "host.topology",
		  "{\"packages\":1,\"cores\":2,\"threads\":4,\"smt\":true," UNKNOWN_UNITS },
		{ "environment.kernel.release", "\"6.1.0-18-amd64\"" },
		{ "environment.kernel.version",
		  "\"#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\"" },
		{ "environment.kernel.cmdline",
		  "\"BOOT_IMAGE=*** root=*** ro quiet isolcpus=2,3 nohz_full=2-3 rcu-nocbs=2-3 "
		  "mitigations=auto kvm-intel.vmentry_l1d_flush=cond unlock=*** *** *** dyndbg=*** "
		  "-- *** *** ***\"" },
		{ "environment.kernel.tainted", "512" },
		{ "environment.kernel.preempt", "\"full\"" },
		{ "environment.kernel.config_sha256", "null" },
		{ "environment.kernel.hz", "null" },
		{ "environment.mitigations.l1tf",
		  "\"Mitigation: PTE Inversion; VMX: conditional cache flushes, SMT vulnerable\"" },
		{ "environment.mitigations.meltdown", "\"Mitigation: PTI\"" },
		{ "environment.virtualization",
		  "{\"class\":\"metal\",\"hypervisor\":null,\"signature\":null,\"container\":null,"
		  "\"evidence\":\"cpuinfo has no flag hypervisor, and neither DMI nor devices nor "
		  "clock sources name one\",\"contradictions\":[]}" },
		{ "environment.frequency",
		  "{\"driver\":\"intel_pstate\",\"governor\":\"performance\",\"epp\":\"performance\","
		  "\"min_khz\":1000000,\"max_khz\":3700000,\"turbo\":true}" },
		{ "environment.idle.driver", "\"intel_idle\"" },
		{ "environment.idle.governor", "\"menu\"" },
		{ "environment.idle.states.3",
		  "{\"name\":\"C6\",\"latency_us\":133,\"residency_us\":600,\"disabled\":true}" },
		{ "environment.idle.states.4", NULL },
		{ "environment.kvm", "{\"module\":\"kvm_intel\",\"halt_poll_ns\":200000,"
				     "\"nested\":true,\"vmentry_l1d_flush\":\"cond\"}" },
		{ "environment.memory", "{\"thp\":\"always\",\"thp_defrag\":\"madvise\","
					"\"ksm_run\":0,\"swappiness\":60}" },
		{ "environment.cgroup",
		  "{\"cpu_quota\":null,\"memory_max_bytes\":null,\"pids_max\":null}" },
		{ "environment.kpti", "true" },
		{ "environment.fred", "false" },
		{ "environment.smt_control", "\"on\"" },
		{ "environment.prefetchers", "null" },
		{ "environment.aslr", "2" },
		{ "environment.perf_event_paranoid", "3" },
		{ "environment.unprivileged_userfaultfd", "0" },
		{ "environment.clocksource", "\"tsc\"" },
		{ "environment.pmu", "{\"present\":true,\"reason\":null}" },
	};

	(void)state;
	CHECK_TREE("smt", expect);
}

static void hybrid(void **state)
{
	static const struct expect expect[] = {
		{ "host.cpu.derived.uarch", "\"Alder Lake\"" },
		{ "host.cpus_online", "4" },
		{ "host.cpu.number", "0" },
		{ "host.cpu.kind", "\"cpu_core\"" },
		{ "host.cpu.kind_evidence", "\"sys/devices/cpu_core/cpus: 0-1\"" },
		{ "host.topology",
		  "{\"packages\":1,\"cores\":3,\"threads\":4,\"smt\":true," UNKNOWN_UNITS },
		{ "host.cpu.caches.2.ways", "10" },
		{ "environment.kernel.cmdline",
		  "\"BOOT_IMAGE=*** root=*** rw *** nosmt=force transparent_hugepage=always "
		  "idle=poll\"" },
		{ "environment.kernel.config_sha256", /* sha256sum(1) says so */
		  "\"f05db905220df568d6b4d47b91999c25fa0823249bac26a80b15640a63d16f6b\"" },
		{ "environment.kernel.preempt", "\"PREEMPT_DYNAMIC\"" },
		{ "environment.kernel.tainted", "4097" },
		{ "environment.frequency.epp", "\"balance_performance\"" },
		{ "environment.frequency.turbo", "false" },
		{ "environment.kvm", "{\"module\":null,\"halt_poll_ns\":null,\"nested\":null,"
				     "\"vmentry_l1d_flush\":null}" },
		{ "environment.memory.ksm_run", "1" },
		{ "environment.kpti", "false" },
		{ "environment.pmu.present", "true" }, /* cpu_core and cpu_atom, no cpu */
	};

	(void)state;
	CHECK_TREE("hybrid", expect);
}

static void no_pmu_vm(void **state)
{
	static const struct expect expect[] = {
		{ "host.cpu.derived.uarch", "\"Emerald Rapids\"" },
		{ "host.cpu.name", "\"Intel(R) Xeon(R) Processor\"" },
		{ "host.topology",
		  "{\"packages\":1,\"cores\":2,\"threads\":2,\"smt\":false," UNKNOWN_UNITS },
		{ "environment.kernel.cmdline", "\"console=*** reboot=*** panic=*** "
						"haltpoll.guest_halt_poll_ns=0 "
						"mitigations=auto,no_guest_host\"" },
		{ "environment.virtualization",
		  "{\"class\":\"vm\",\"hypervisor\":\"kvm\",\"signature\":null,"
		  "\"container\":\"docker\",\"evidence\":\"cpuinfo has the flag hypervisor; the kernel has "
		  "the clock source kvm-clock\",\"contradictions\":[]}" },
		{ "environment.frequency",
		  "{\"driver\":null,\"governor\":null,\"epp\":null,\"min_khz\":null,"
		  "\"max_khz\":null,\"turbo\":null}" },
		{ "environment.idle.governor", "\"haltpoll\"" },
		{ "environment.idle.states.1.name", "\"haltpoll idle\"" },
		{ "environment.kvm", "{\"module\":\"kvm_pvm\",\"halt_poll_ns\":200000,"
				     "\"nested\":null,\"vmentry_l1d_flush\":null}" },
		{ "environment.pmu", "{\"present\":false,\"reason\":\"the kernel found no core PMU "
				     "(sys/devices/cpu is missing)\"}" },
		{ "environment.clocksource", "\"kvm-clock\"" },
		{ "environment.frequency.governor",
		  "!" CPUS "cpu0/cpufreq/scaling_governor" NO_FILE },
		{ "environment.frequency.turbo", "!" CPUS "cpufreq/boost" NO_FILE },
		{ "environment.virtualization.signature", "!" NOT_ASKED },
		{ "environment.kvm.nested", "!sys/module/kvm_pvm/parameters/nested" NO_FILE },
	};

	(void)state;
	CHECK_TREE("no-pmu-vm", expect);
}

static void amd(void **state)
{
	static const struct expect expect[] = {
		{ "host.cpu.vendor", "\"AuthenticAMD\"" },
		{ "host.cpu.family", "25" },
		{ "host.cpu.model", "17" },
		{ "host.cpu.microcode", "\"0xa10113e\"" },
		{ "host.cpu.derived.uarch", "\"Zen 4\"" },
		/* CPU 0 is offline: CPU 1's caches, and CPU 2 has lost its sibling. */
		{ "host.cpu.caches.0.shared_cpus", "\"1,3\"" },
		{ "host.cpus_online", "3" },
		{ "host.topology",
		  "{\"packages\":1,\"cores\":2,\"threads\":3,\"smt\":true," UNKNOWN_UNITS },
		{ "environment.kernel.preempt", "\"PREEMPT_RT\"" },
		{ "environment.virtualization.class", "\"metal\"" },
		{ "environment.virtualization.container", "\"lxc\"" },
		{ "environment.frequency",
		  "{\"driver\":\"acpi-cpufreq\",\"governor\":\"schedutil\",\"epp\":null,"
		  "\"min_khz\":1500000,\"max_khz\":3250000,\"turbo\":false}" },
		{ "environment.idle.states.2.disabled", "true" },
		{ "environment.kvm", "{\"module\":\"kvm_amd\",\"halt_poll_ns\":200000,"
				     "\"nested\":false,\"vmentry_l1d_flush\":null}" },
		{ "environment.memory.thp", "\"never\"" },
		{ "environment.memory.ksm_run", "!sys/kernel/mm/ksm/run" NO_FILE },
		{ "environment.aslr", "0" },
		{ "environment.perf_event_paranoid", "-1" },
		{ "environment.unprivileged_userfaultfd", "1" },
	};

	(void)state;
	CHECK_TREE("amd", expect);
}

static void old_kernel(void **state)
{
	static const struct expect expect[] = {
		{ "host.cpu.derived.uarch", "\"Haswell-EP\"" },
		{ "host.cpu.microcode", "null" },
		{ "host.cpu.caches.3.ways", "null" }, /* 0 in the file: unknown */
		{ "host.cpu.caches.3.sets", "null" },
		{ "environment.kernel.preempt", "\"none\"" },
		{ "environment.mitigations", "!" CPUS "vulnerabilities" NO_FILE },
		{ "environment.virtualization.hypervisor", "!there is none" },
		{ "environment.idle.governor", "\"menu\"" }, /* current_governor_ro */
		{ "environment.idle.states.1.residency_us",
		  "!" CPUS "cpu0/cpuidle/state1/residency" NO_FILE },
		{ "environment.kvm.nested", "false" },
		{ "environment.kvm.halt_poll_ns", "null" },
		{ "environment.smt_control", "!" CPUS "smt/control" NO_FILE },
		{ "environment.unprivileged_userfaultfd",
		  "!proc/sys/vm/unprivileged_userfaultfd" NO_FILE },
		{ "environment.kpti", "false" },
	};

	(void)state;
	CHECK_TREE("old-kernel", expect);
}

static void nothing(void **state)
{
	static const struct expect expect[] = {
		{ "host.cpu.kind", "null" },
		{ "host.cpu.kind_evidence",
		  "\"no sys/devices/cpu_core/cpus, and CPUID was not asked: the root is not this "
		  "machine's\"" },
		{ "host.cpu.vendor", "null" },
		{ "host.cpu.family", "null" },
		{ "host.cpu.model", "null" },
		{ "host.cpu.stepping", "null" },
		{ "host.cpu.microcode", "null" },
		{ "host.cpu.name", "null" },
		{ "host.cpu.cpuid_level", "null" },
		{ "host.cpu.cpuid", "null" },
		{ "host.cpu.derived",
		  "{\"uarch\":null,\"at_least\":null,\"named\":null,\"evidence\":[],"
		  "\"contradictions\":[],\"reason\":"
		  "\"proc/cpuinfo shows no vendor, family and model\"}" },
		{ "host.cpu.flags", "null" },
		{ "host.cpu.caches", "null" },
		{ "host.cpu.node", "null" },
		{ "host.cpus_online", "null" },
		{ "host.memory_bytes", "null" },
		{ "host.topology",
		  "{\"packages\":null,\"cores\":null,\"threads\":null,\"smt\":null," UNKNOWN_UNITS },
		{ "environment.virtualization.class", "!proc/cpuinfo shows no flags" },
		{ "environment.idle", "{\"driver\":null,\"governor\":null,\"states\":null}" },
		{ "environment.kpti", "null" },
		{ "environment.fred", "null" },
		{ "environment.pmu.present", "!sys/devices" NO_FILE },
	};

	(void)state;
	CHECK_TREE("nothing", expect);
}

/* On any machine the rules hold and basic facts agree. */
static void this_machine(void **state)
{
	struct tb_sysroot root;
	json_t *both;
	const char *class;

	(void)state;
	assert_int_equal(tb_sysroot_open(NULL, &root), 0);
	both = capture(&root);
	tb_sysroot_close(&root);
	check_nulls(both);
	class = json_string_value(json_path(both, "environment.virtualization.class"));
	assert_true(class && strstr("metal vm emulated", class));
	assert_int_equal(json_integer_value(json_path(both, "host.cpus_online")),
			 sysconf(_SC_NPROCESSORS_ONLN));
	assert_int_equal(json_integer_value(json_path(both, "host.memory_bytes")) /
				 sysconf(_SC_PAGESIZE),
			 sysconf(_SC_PHYS_PAGES));
	json_decref(both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(smt),		cmocka_unit_test(hybrid),
		cmocka_unit_test(no_pmu_vm),	cmocka_unit_test(amd),
		cmocka_unit_test(old_kernel),	cmocka_unit_test(nothing),
		cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
