// SPDX-License-Identifier: GPL-2.0-or-later
/* A healthy machine has no finding. Each fault gives exactly its finding. */
#include "doctor_help.h"

#include "benches.h"

/* The same with some of it otherwise. */
static void busy(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("150", "250", "150 0 0 10050 0 0 0 0 0 0");
}

static void busy_some(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("110", "190", "110 0 0 10090 0 0 0 0 0 0");
}

static void others(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("200", "200", "100 0 0 10100 0 0 0 0 0 0");
}

static void steal(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 10090 0 0 0 10 0 0");
}

static void steal_some(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 10098 0 0 0 2 0 0");
}

static void stolen_before(struct tb_snapshot *p)
{
	p->stat[0] = STAT_ALL("100", "0", "100 0 0 10000 0 0 0 50 0 0");
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 10100 0 0 0 50 0 0");
}

static void sibling_busy(struct tb_snapshot *p)
{
	p->stat[1] = "cpu  140 0 0 260 0 0 0 0 0 0\ncpu1 40 0 0 60 0 0 0 0 0 0\n"
		     "cpu3 100 0 0 10100 0 0 0 0 0 0\n";
}

static void interrupted(struct tb_snapshot *p)
{
	p->interrupts[1] = INTERRUPTS("1600");
}

static void hypervised(struct tb_snapshot *p)
{
	p->interrupts[0] = "     CPU1 CPU3\n HYP: 7 10 Hypervisor callback interrupts\n";
	p->interrupts[1] = "     CPU1 CPU3\n HYP: 7 25 Hypervisor callback interrupts\n";
}

static void no_path(struct tb_snapshot *p)
{
	p->path = "/bin:usr/bin::/sbin";
}

static void full(struct tb_snapshot *p)
{
	p->free_bytes = 100 << 20;
}

static void one_cpu(struct tb_snapshot *p)
{
	p->cpus = 1;
}

static const struct {
	const char *id, *path, *text; /* text NULL: the file is gone */
	void (*change)(struct tb_snapshot *snapshot);
	const char *seen, *remedy;
	const char *also; /* an id that comes along */
} cases[] = {
	{ "emulated", "sys/class/dmi/id/bios_vendor", "Bochs", NULL, "class emulated (bochs)",
	  "none here:", NULL },
	{ "tsc-rate", "proc/cpuinfo", "microcode : 0x2\nflags : fpu nonstop_tsc\n\n", NULL,
	  "no flag constant_tsc", "fixed core clock", NULL },
	{ "tsc-unstable", CLOCKS "available_clocksource", "hpet acpi_pm \n", NULL,
	  "current_clocksource: tsc, and tsc is not available", "dmesg", NULL },
	{ "tsc-unstable", "proc/cmdline", "quiet tsc=unstable root=/dev/sda1\n", NULL,
	  "/proc/cmdline: tsc=unstable", "dmesg", NULL },
	{ "damon", "sys/module/damon_reclaim/parameters/enabled", "Y\n", NULL, "enabled: Y",
	  "echo N", NULL },
	{ "damon", "sys/kernel/mm/damon/admin/kdamonds/1/state", "on\n", NULL,
	  "kdamonds/1/state: on", "echo off", NULL },
	{ "damon", "proc/7/comm", "kdamond.0\n", NULL, "kdamond.0 runs (process 7)", "echo off",
	  NULL },
	{ "seccomp", "proc/self/status", "CapEff:\t0\nSeccomp:\t2\n", NULL, "Seccomp: 2",
	  "seccomp=unconfined", NULL },
	{ "no-hz", CPUS "cpu3/cpufreq/", NULL, NULL, "cpu MHz 2100.0", "the hypervisor decides",
	  "vm" },
	{ "cpu-quota", "sys/fs/cgroup/a/cpu.max", "50000 100000", NULL,
	  "/sys/fs/cgroup/a/cpu.max: 50000 100000", "echo max", NULL },
	{ "memory-limit", "sys/fs/cgroup/a/memory.max", "268435456", NULL, "memory.max: 268435456",
	  "sudo tee", NULL },
	{ "pids-limit", "sys/fs/cgroup/a/b/pids.max", "512", NULL, "pids.max: 512", "TasksMax",
	  NULL },
	{ "fixed-layout", "proc/sys/kernel/randomize_va_space", "0", NULL, "randomize_va_space: 0",
	  "sudo sysctl kernel.randomize_va_space=2", NULL },
	{ "fixed-layout", "proc/self/personality", "00040000", NULL, "personality: 00040000",
	  "setarch", NULL },
	{ "cpu-busy", NULL, NULL, busy, "CPU 3 was busy 50 % of 0.5 s", "$1 == 3", NULL },
	{ "cpu-busy-some", NULL, NULL, busy_some, "CPU 3 was busy 10 %", "$1 == 3", NULL },
	{ "others-busy", NULL, NULL, others, "the load of the other CPUs was 1.0", "top", NULL },
	{ "steal", NULL, NULL, steal, "10.0 % of CPU 3 was stolen", "none here:", NULL },
	{ "steal-some", NULL, NULL, steal_some, "2.0 % of CPU 3 was stolen", "none here:", NULL },
	{ "stolen-before", NULL, NULL, stolen_before, "0.49 % of CPU 3 was stolen since",
	  "none here:", NULL },
	{ "smt-sibling", CPUS "cpu3/topology/thread_siblings_list", "1,3", NULL, "CPU 1 is online",
	  "echo 0 | sudo tee /sys/devices/system/cpu/cpu1/online", NULL },
	{ "sibling-busy", CPUS "cpu3/topology/thread_siblings_list", "1,3", sibling_busy,
	  "CPU 1 was busy 40 %", "--cpus", "smt-sibling" },
	{ "governor", CPUS "cpu3/cpufreq/scaling_governor", "powersave", NULL,
	  "/sys/devices/system/cpu/cpu3/cpufreq/scaling_governor: powersave",
	  "echo performance | sudo tee", NULL },
	{ "turbo", CPUS "intel_pstate/no_turbo", "0", NULL, "no_turbo: 0", "echo 1 |", NULL },
	{ "boost", CPUS "cpufreq/boost", "1", NULL, "boost: 1", "echo 0 |", NULL },
	{ "throttled", CPUS "cpu3/thermal_throttle/core_throttle_count", "7", NULL, "count: 7",
	  "improve the cooling", NULL },
	{ "no-realtime", "proc/self/limits", "Max realtime priority     9          9\n", NULL,
	  "Max realtime priority 9", "ulimit -r 10", NULL },
	{ "no-memlock", "proc/self/limits", "Max locked memory         65536      65536 bytes\n",
	  NULL, "Max locked memory 65536", "ulimit -l", NULL },
	{ "interrupts", NULL, NULL, interrupted, "1200 per second on CPU 3", "smp_affinity_list",
	  NULL },
	{ "hypervisor-interrupts", NULL, NULL, hypervised, "30 per second in line HYP of CPU 3",
	  "none here:", NULL },
	{ "rt-throttling", "proc/sys/kernel/sched_rt_runtime_us", "950000", NULL,
	  "sched_rt_runtime_us: 950000", "sudo sysctl", NULL },
	{ "other-run", "proc/net/unix",
	  "Num       RefCount Protocol Flags    Type St Inode Path\n"
	  "0000000000000000: 00000002 00000000 00010000 0001 01 54321 @tollbooth-cpu3-0\n",
	  NULL, "another run of tollbooth measures on CPU 3", "--cpus", NULL },
	{ "irqbalance", "proc/7/comm", "irqbalance\n", NULL, "process 7", "systemctl stop", NULL },
	{ "numa-balancing", "sys/devices/system/node/node1/cpulist", "4-7", NULL,
	  "numa_balancing: 1", "sudo sysctl", NULL },
	{ "one-cpu", NULL, NULL, one_cpu, "only CPU 3", "taskset", NULL },
	{ "no-userfaultfd", "proc/sys/vm/unprivileged_userfaultfd", NULL, NULL, "does not exist",
	  "CONFIG_USERFAULTFD", NULL },
	{ "userfaultfd", "proc/sys/kernel/osrelease", "5.10.0-28-amd64", NULL,
	  "unprivileged_userfaultfd: 0", "sudo sysctl", NULL },
	{ "no-dma-latency", "dev/cpu_dma_latency", NULL, NULL, "does not exist", "setfacl", NULL },
	{ "no-huge-pages", "proc/sys/vm/nr_hugepages", "0", NULL, "nr_hugepages: 0", "sudo sysctl",
	  NULL },
	{ "no-thp", "sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]", NULL,
	  "enabled: never", "echo madvise", NULL },
	{ "no-pmu", "sys/devices/cpu/", NULL, NULL, "/sys/devices/cpu does not exist", "vPMU",
	  NULL },
	{ "perf-paranoid", "proc/sys/kernel/perf_event_paranoid", "3", NULL,
	  "perf_event_paranoid: 3", "sudo sysctl", NULL },
	{ "nmi-watchdog", "proc/sys/kernel/nmi_watchdog", "1", NULL, "nmi_watchdog: 1",
	  "sudo sysctl", NULL },
	{ "no-gnuplot", NULL, NULL, no_path, "gnuplot is not installed; install", "apt-get install",
	  NULL },
	{ "disk", NULL, NULL, full, "/records: 100 MiB free", "free space", NULL },
	{ "vm", "proc/cpuinfo", "microcode : 0x2\n" FLAGS " hypervisor\n\n", NULL,
	  "class vm (unnamed)", "none here:", NULL },
	{ "hypervisor-doubtful", "sys/class/dmi/id/sys_vendor", "VMware, Inc.", NULL,
	  "no flag hypervisor; DMI says VMware, Inc.", "none here:", "vm" },
	{ "topology-doubtful", CPUS "online", "0", NULL, "may use CPU 3, but", "taskset -p", NULL },
	{ "nested", "dev/kvm", "", NULL, "/dev/kvm exists", "none here:", "vm" },
	{ "class-unknown", "proc/cpuinfo", "microcode : 0x2\n\n", NULL, "no flags", "mount /proc",
	  NULL },
	{ "container", ".dockerenv", "", NULL, "container: docker", "docker run", NULL },
	{ "core-kinds", "sys/devices/cpu_core/cpus", "2-3", NULL,
	  "CPU 3 is a core of kind cpu_core; sys/devices/cpu_core/cpus: 2-3", "--cpus LIST", NULL },
	{ "no-cpufreq", CPUS "cpu3/cpufreq/", NULL, NULL, "cpu3/cpufreq does not exist",
	  "acpi-cpufreq", NULL },
	{ "microcode", "proc/cpuinfo", "microcode : 0x1\n" FLAGS "\n\n", NULL, "microcode 0x1",
	  "the hypervisor decides", NULL },
	{ "microcode", "proc/cpuinfo", "processor : 0\n" FLAGS "\n\n", NULL, "is missing",
	  "the hypervisor decides", NULL },
	{ "tsc-stops", "proc/cpuinfo", "microcode : 0x2\nflags : fpu constant_tsc\n\n", NULL,
	  "no flag nonstop_tsc", "idle=shallow", NULL },
	{ "not-isolated", CPUS "isolated", "\n", NULL, "isolated: none", "nohz_full=3", NULL },
	{ "isolated-unused", CPUS "isolated", "1-2", NULL, "1-2, but not CPU 3", "taskset", NULL },
	{ "deep-idle", CPUS "cpu3/cpuidle/state1/latency", "133", NULL, "exit latency 133 us",
	  "idle=shallow", NULL },
	{ "idle-exits", CPUS "cpuidle/current_driver", "haltpoll", NULL, "current_driver: haltpoll",
	  "idle=shallow", NULL },
	{ "load", "proc/loadavg", "0.73 0.20 0.30 1/100 4", NULL, "/proc/loadavg: 0.73", "wait",
	  NULL },
};

static void test_healthy(void **state)
{
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct fakeroot fake;
	size_t n;

	(void)state;
	fakeroot_open(&fake);
	put_healthy(&fake);
	n = visit(&fake, NULL, finding);
	say_all("healthy", finding, n);
	assert_int_equal(n, 0);
	fakeroot_close(&fake);
}

static void check_case(size_t c)
{
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct fakeroot fake;
	char path[256];
	bool found = false, alone = true;
	size_t n;

	fakeroot_open(&fake);
	put_healthy(&fake);
	snprintf(path, sizeof(path), "%s/%s", fake.path, cases[c].path ? cases[c].path : "");
	if (cases[c].path && cases[c].text)
		fakeroot_text(&fake, cases[c].path, cases[c].text);
	else if (cases[c].path)
		fakeroot_need(!nftw(path, fakeroot_remove, 16, FTW_DEPTH | FTW_PHYS), path);
	if (!strcmp(cases[c].id, "nested") || !strcmp(cases[c].id, "no-hz"))
		fakeroot_text(&fake, "proc/cpuinfo",
			      "microcode : 0x2\ncpu MHz : 2100.0\n" FLAGS " hypervisor\n\n");
	n = visit(&fake, cases[c].change, finding);
	for (size_t i = 0; i < n; i++) {
		bool this = !strcmp(finding[i].id, cases[c].id) &&
			    strstr(finding[i].seen, cases[c].seen) &&
			    strstr(finding[i].remedy, cases[c].remedy);

		found = found || this;
		alone = alone && (this || (cases[c].also && !strcmp(finding[i].id, cases[c].also)));
	}
	if (!found || !alone) {
		say_all(cases[c].id, finding, n);
		fail_msg("case %zu: %s was not found alone", c, cases[c].id);
	}
	fakeroot_close(&fake);
}

static void test_each(void **state)
{
	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
		check_case(c);
}

static void test_every_rule_is_tested(void **state)
{
	(void)state;
	for (size_t r = 0; r < tb_rule_count; r++) {
		bool tested = false;

		for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++)
			tested = tested || !strcmp(cases[c].id, tb_rules[r].id);
		if (!tested)
			fail_msg("no case for %s", tb_rules[r].id);
		if (r && tb_rules[r].severity > tb_rules[r - 1].severity)
			fail_msg("%s stands behind a lesser one", tb_rules[r].id);
		for (size_t other = 0; other < r; other++)
			assert_string_not_equal(tb_rules[other].id, tb_rules[r].id);
	}
	assert_true(tb_rule_count <= TB_FINDINGS_MAX);
}

/* Whether there is a family of this name, or a benchmark where it has a slash. */
static bool registered(const char *name, size_t length)
{
	for (size_t i = 0; tb_benches[i]; i++) {
		const char *known = tb_benches[i]->name;
		size_t n = memchr(name, '/', length) ? strlen(known) : strcspn(known, "/");

		if (n == length && !strncmp(known, name, n))
			return true;
	}
	return false;
}

/* The words of a text that are names: of families where all are, else FAMILY/NAME. */
static void check_names(const char *id, const char *text, bool all)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-/";

	for (size_t n; *text; text += n + (text[n] != '\0')) {
		n = strspn(text, letters);
		if (!n ||
		    !(all || (memchr(text, '/', n) &&
			      registered(text, (size_t)((char *)memchr(text, '/', n) - text)))))
			continue;
		if (!registered(text, n))
			fail_msg("%s: there is no benchmark or family %.*s", id, (int)n, text);
	}
}

/* Families and benchmarks that a rule names exist. */
static void test_names_exist(void **state)
{
	(void)state;
	assert_true(registered("apf", 3));
	assert_false(registered("ap", 2));
	assert_false(registered("apf/wake", 8));
	for (size_t i = 0; i < tb_rule_count; i++) {
		if (tb_rules[i].families)
			check_names(tb_rules[i].id, tb_rules[i].families, true);
		check_names(tb_rules[i].id, tb_rules[i].effect, false);
		check_names(tb_rules[i].id, tb_rules[i].remedy, false);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_exist),
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_every_rule_is_tested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
