/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of a machine without findings of the doctor. */
#ifndef TB_TEST_DOCTOR_HELP_H
#define TB_TEST_DOCTOR_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "doctor/check.h"
#include "doctor/doctor.h"
#include "fakeroot.h"

#define CPUS   "sys/devices/system/cpu/"
#define CLOCKS "sys/devices/system/clocksource/clocksource0/"
#define FLAGS  "flags\t\t: fpu constant_tsc nonstop_tsc lm"

static const char limits[] = "Max locked memory         unlimited            unlimited  bytes\n"
			     "Max realtime priority     10                   99\n";

static const struct {
	const char *path, *text;
} healthy[] = {
	{ "proc/cpuinfo", "processor\t: 0\nmicrocode\t: 0x2b000\n" FLAGS "\n\n" },
	{ "proc/self/status", "Name:\tx\nCapEff:\t0000000000000000\nCpus_allowed_list:\t0-3\n" },
	{ "proc/self/limits", limits },
	{ "proc/self/personality", "00000000" },
	{ "proc/self/cgroup", "1:cpuset:/\n0::/a/b\n" },
	{ "proc/loadavg", "0.10 0.20 0.30 1/100 4" },
	{ "proc/7/comm", "bash\n" },
	{ "proc/sys/kernel/randomize_va_space", "2" },
	{ "proc/sys/kernel/numa_balancing", "1" },
	{ "proc/sys/kernel/perf_event_paranoid", "1" },
	{ "proc/sys/kernel/nmi_watchdog", "0" },
	{ "proc/sys/kernel/osrelease", "6.1.0" },
	{ "proc/sys/vm/unprivileged_userfaultfd", "0" },
	{ "proc/sys/vm/nr_hugepages", "64" },
	{ "sys/fs/cgroup/a/b/cpu.max", "max 100000" },
	{ "sys/devices/cpu/type", "4" },
	{ "sys/devices/cpu_atom/cpus", "0-1" },
	{ CLOCKS "current_clocksource", "tsc" },
	{ CLOCKS "available_clocksource", "tsc hpet acpi_pm" },
	{ "proc/cmdline", "quiet root=/dev/sda1" },
	{ "sys/module/damon_reclaim/parameters/enabled", "N" },
	{ "sys/kernel/mm/damon/admin/kdamonds/nr_kdamonds", "2" },
	{ "sys/kernel/mm/damon/admin/kdamonds/0/state", "off" },
	{ "sys/devices/system/node/node0/cpulist", "0-3" },
	{ CPUS "isolated", "2-3" },
	{ CPUS "intel_pstate/no_turbo", "1" },
	{ CPUS "cpufreq/boost", "0" },
	{ CPUS "cpu3/cpufreq/scaling_governor", "performance" },
	{ CPUS "cpu3/thermal_throttle/core_throttle_count", "0" },
	{ CPUS "cpu3/topology/thread_siblings_list", "3" },
	{ CPUS "cpu3/cpuidle/state0/latency", "0" },
	{ CPUS "cpu3/cpuidle/state1/latency", "2" },
	{ CPUS "cpu3/cpuidle/state1/disable", "0" },
	{ CPUS "cpuidle/current_driver", "intel_idle" },
	{ "sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never" },
	{ "dev/cpu_dma_latency", "" },
	{ "usr/bin/gnuplot", "" },
};

#define STAT_ALL(busy, idle, three) \
	"cpu  " busy " 0 0 " idle " 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\ncpu3 " three "\n"
#define INTERRUPTS(n) "           CPU1       CPU3\n  1:   5   " n "   x\n"

static const struct tb_snapshot fit = {
	.cpu = 3,
	.cpus = 2,
	.seconds = 0.5,
	.stat = { STAT_ALL("100", "0", "100 0 0 10000 0 0 0 0 0 0"),
		  STAT_ALL("110", "190", "101 0 0 10100 0 0 0 0 0 0") },
	.interrupts = { INTERRUPTS("1000"), INTERRUPTS("1100") },
	.path = "/bin:/usr/bin",
	.folder = "/records",
	.free_bytes = 1e12,
};

static inline void put_healthy(const struct fakeroot *fake)
{
	for (size_t i = 0; i < sizeof(healthy) / sizeof(healthy[0]); i++)
		fakeroot_text(fake, healthy[i].path, healthy[i].text);
	assert_int_equal(fchmodat(fake->root.fd, "usr/bin/gnuplot", 0755, 0), 0);
}

static inline size_t visit(const struct fakeroot *fake,
			   void (*change)(struct tb_snapshot *snapshot), struct tb_finding *finding)
{
	struct tb_snapshot snapshot = fit;

	snapshot.root = &fake->root;
	if (change)
		change(&snapshot);
	return tb_doctor(&snapshot, finding, NULL);
}

static inline void say_all(const char *id, const struct tb_finding *finding, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_error("%s: %s: %s -> %s\n", id, finding[i].id, finding[i].seen,
			    finding[i].remedy);
}

#endif
