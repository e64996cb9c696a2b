// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the doctor looks at, the worst first: a rule a finding. The ids are
 * identities in scripts, never renamed. @ is a CPU: of the path the one that is
 * measured on, of the command the one that was seen.
 */
#include "doctor/check.h"

#define CPUS		   "sys/devices/system/cpu/"
#define ALL		   NULL /* families */
#define NOTHING_HYPERVISOR "nothing, it is the hypervisor's"

const struct rule tb_rules[] = {
	/* Figures or intervals cannot be trusted. */
	{ "emulated", TB_SPOILS, ALL, check_class, NULL, "emulated",
	  "an emulator's times are its own and no CPU's: nothing that is measured here is a result",
	  "nothing: run on hardware, or in a virtual machine on hardware" },
	{ "tsc-rate", TB_SPOILS, ALL, check_tsc, NULL, "constant_tsc",
	  "the TSC runs at another rate whenever the clock changes: ns and tsc figures are wrong",
	  "nothing: the CPU (or its hypervisor) has no better; fix the clock in the firmware" },
	{ "tsc-unstable", TB_SPOILS, ALL, check_tsc_unstable,
	  "sys/devices/system/clocksource/clocksource0", "hpet acpi_pm jiffies refined-jiffies",
	  "the kernel treats the TSC as unstable: stamps of two CPUs may not be compared",
	  "boot without tsc=unstable if it is on the kernel's command line; else see dmesg | grep -i tsc, "
	  "and update the firmware" },
	{ "cpu-quota", TB_SPOILS, ALL, check_quota, NULL, NULL,
	  "when the group's quota is used up the kernel takes the CPU away in the middle of a launch",
	  "start the container without a CPU limit, or: echo max | sudo tee that file (-1 in version 1)" },
	{ "fixed-layout", TB_SPOILS, ALL, check_layout, "proc/sys/kernel/randomize_va_space", "0",
	  "every launch gets the same addresses: figures are of one layout, and the interval hides it",
	  "sudo sysctl kernel.randomize_va_space=2, and no setarch -R" },
	{ "other-run", TB_SPOILS, ALL, check_other_run, "proc/net/unix", NULL,
	  "two runs on one CPU disturb each other: fewer quiet samples, more launches made again",
	  "wait until it has ended, or choose other CPUs: --cpus LIST" },
	{ "cpu-busy", TB_SPOILS, ALL, check_busy, NULL, "25 100",
	  "launches share their core: figures are the neighbour's too, and rows end noisy",
	  "stop what runs there (ps -eLo psr,pcpu,comm | awk '$1 == @'), or choose: --cpus LIST" },
	{ "sibling-busy", TB_SPOILS, "l1d", check_sibling_busy, NULL, "25 100",
	  "the sibling thread reads and evicts lines in the same L1D: rows end noisy",
	  "stop what runs on the sibling, or choose other CPUs: --cpus LIST" },
	{ "steal", TB_SPOILS, ALL, check_steal, NULL, "5 100",
	  "the hypervisor ran somebody else on this CPU: samples hold time that is not theirs",
	  NOTHING_HYPERVISOR "; another hour, another instance type, a dedicated host" },

	/* More noise. */
	{ "steal-some", TB_WIDENS, ALL, check_steal, NULL, "0 5",
	  "the hypervisor ran somebody else on this CPU now and then: more outliers",
	  NOTHING_HYPERVISOR "; another hour, or a dedicated host" },
	{ "cpu-busy-some", TB_WIDENS, ALL, check_busy, NULL, "5 25",
	  "something else runs on the CPU now and then: fewer quiet samples, more outliers",
	  "stop what runs there (ps -eLo psr,pcpu,comm | awk '$1 == @'), or choose: --cpus LIST" },
	{ "others-busy", TB_WIDENS, ALL, check_others_busy, NULL, "50 1e9",
	  "other CPUs work: they take L3, memory and clock from this one",
	  "stop what else runs: top" },
	{ "smt-sibling", TB_WIDENS, ALL, check_sibling, NULL, NULL,
	  "what runs on the sibling thread shares the L1D and the core's width; the gate waits for it "
	  "to be quiet. Only placement=smt-sibling wants it",
	  "echo 0 | sudo tee /" CPUS "cpu@/online" },
	{ "governor", TB_WIDENS, ALL, check_is_not, CPUS "cpu@/cpufreq/scaling_governor",
	  "performance",
	  "the clock rises while a launch warms up: ns and tsc figures spread, core-cycles do not",
	  "echo performance | sudo tee /" CPUS "cpu*/cpufreq/scaling_governor" },
	{ "turbo", TB_WIDENS, ALL, check_is, CPUS "intel_pstate/no_turbo", "0",
	  "the clock depends on heat and neighbours: ns and tsc figures drift, core-cycles do not",
	  "echo 1 | sudo tee /" CPUS "intel_pstate/no_turbo" },
	{ "boost", TB_WIDENS, ALL, check_is, CPUS "cpufreq/boost", "1",
	  "the clock depends on heat and neighbours: ns and tsc figures drift, core-cycles do not",
	  "echo 0 | sudo tee /" CPUS "cpufreq/boost" },
	{ "throttled", TB_WIDENS, ALL, check_above,
	  CPUS "cpu@/thermal_throttle/core_throttle_count", "0",
	  "the core was too hot since it booted: its clock may fall again in a long run",
	  "cool it, or switch turbo off" },
	{ "no-realtime", TB_WIDENS, ALL, check_realtime, NULL, NULL,
	  "launches run without SCHED_FIFO: others preempt them, a sched_yield() may come back, and a "
	  "woken thread may preempt its waker, so that apf/wake-uffd has no parts",
	  "ulimit -r 10 (as root before, or rtprio in /etc/security/limits.conf)" },
	{ "no-memlock", TB_WIDENS, "l1d", check_memlock, NULL, NULL,
	  "buffers are not locked: the kernel may move or swap their pages in a launch",
	  "ulimit -l unlimited (as root before, or memlock in /etc/security/limits.conf)" },
	{ "interrupts", TB_WIDENS, ALL, check_interrupts, NULL, "1000",
	  "each interrupt takes microseconds and cache lines out of a sample",
	  "watch -d cat /proc/interrupts, then echo OTHER_CPU | sudo tee "
	  "/proc/irq/N/smp_affinity_list" },
	{ "hypervisor-interrupts", TB_WIDENS, ALL, check_hypervisor, NULL, "0",
	  "the hypervisor interrupts this CPU; a KVM host does so when it has a page ready that it had "
	  "swapped out. noise.cpus counts them in each launch",
	  NOTHING_HYPERVISOR "; a host that does not swap its guests" },
	{ "irqbalance", TB_WIDENS, ALL, check_process, NULL, "irqbalance",
	  "it may move a device's interrupts to the CPU that is measured on",
	  "sudo systemctl stop irqbalance" },
	{ "damon", TB_WIDENS, "l1d thread", check_damon,
	  "sys/module/damon_reclaim/parameters/enabled", "kdamond.",
	  "a DAMON thread looks at which pages are used and may reclaim those that are not: page "
	  "faults in the middle of samples",
	  "echo N | sudo tee /sys/module/damon_reclaim/parameters/enabled, or echo off | sudo tee "
	  "/sys/kernel/mm/damon/admin/kdamonds/*/state" },
	{ "numa-balancing", TB_WIDENS, "l1d thread", check_nodes, "proc/sys/kernel/numa_balancing",
	  "0", "the kernel unmaps pages to see who uses them: page faults in the middle of samples",
	  "sudo sysctl kernel.numa_balancing=0" },

	/* Something cannot be measured. */
	{ "one-cpu", TB_LIMITS, ALL, check_one_cpu, NULL, NULL,
	  "placements other than same-cpu are skipped, and tollbooth itself runs where it measures",
	  "taskset -pc 0-$(($(nproc --all) - 1)) $$, or a larger cpuset or --cpus" },
	/* 512 MiB is a choice: how little memory the suites need was not measured. */
	{ "memory-limit", TB_LIMITS, ALL, check_group_memory, NULL, "536870912",
	  "large buffers and many threads do not fit into the group's memory: the kernel kills the launch",
	  "start the container with more memory, or: echo max | sudo tee that file (-1 in version 1)" },
	/* The full suite has 1024 live threads; the rest is a choice, for other tasks of the group. */
	{ "pids-limit", TB_LIMITS, "thread", check_group_pids, NULL, "2000",
	  "rows with a thousand live threads fail: the group may not have so many tasks",
	  "docker run --pids-limit -1, or systemd-run -p TasksMax=infinity, or: echo max | sudo tee "
	  "that file" },
	{ "no-userfaultfd", TB_LIMITS, "apf", check_absent, "proc/sys/vm/unprivileged_userfaultfd",
	  NULL, "the kernel has no userfaultfd: apf/wake-uffd is skipped",
	  "a kernel with CONFIG_USERFAULTFD" },
	{ "userfaultfd", TB_LIMITS, "apf", check_userfaultfd,
	  "proc/sys/vm/unprivileged_userfaultfd", "0",
	  "before Linux 5.11 only root may take faults so: apf/wake-uffd is skipped",
	  "sudo sysctl vm.unprivileged_userfaultfd=1, or run as root" },
	{ "no-dma-latency", TB_LIMITS, "apf", check_not_writable, "dev/cpu_dma_latency", NULL,
	  "idle=shallow is skipped: wakes between CPUs hold whatever idle state the CPU was in",
	  "sudo setfacl -m u:$USER:rw /dev/cpu_dma_latency, or run as root" },
	{ "no-huge-pages", TB_LIMITS, "apf", check_is, "proc/sys/vm/nr_hugepages", "0",
	  "page=2M of apf/wake-uffd is skipped: hugetlbfs has no pages",
	  "sudo sysctl vm.nr_hugepages=64" },
	{ "no-thp", TB_LIMITS, "thread", check_is, "sys/kernel/mm/transparent_hugepage/enabled",
	  "never", "thp=huge of thread/create gets small pages: its rows are those of thp=none",
	  "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled" },
	{ "no-pmu", TB_LIMITS, ALL, check_no_pmu, NULL, NULL,
	  "--events counts no hardware event: they are null with this reason, never 0",
	  "in a virtual machine the hypervisor's: ask for a vPMU; else dmesg | grep -i perf" },
	{ "perf-paranoid", TB_LIMITS, ALL, check_paranoid, "proc/sys/kernel/perf_event_paranoid",
	  "1", "--events counts without the kernel's share (:u); above 2 it may count nothing",
	  "sudo sysctl kernel.perf_event_paranoid=1" },
	{ "nmi-watchdog", TB_LIMITS, ALL, check_watchdog, "proc/sys/kernel/nmi_watchdog", "1",
	  "it holds one of the PMU's counters: one event fewer in --events, and an NMI now and then",
	  "sudo sysctl kernel.nmi_watchdog=0" },
	{ "no-gnuplot", TB_LIMITS, ALL, check_gnuplot, NULL, NULL,
	  "reports with plots cannot be made; runs and records are not affected",
	  "sudo apt-get install gnuplot-nox" },
	{ "disk", TB_LIMITS, ALL, check_disk, NULL, NULL,
	  "the journal of a long run holds all samples: it may end for want of room (exit 74)",
	  "make room, or choose another folder: tollbooth run -o FOLDER/" },

	/* To know when reading. */
	{ "vm", TB_NOTE, ALL, check_class, NULL, "vm",
	  "what leaves the machine (CPUID, halting, some faults) costs what the hypervisor takes; L1D "
	  "and topology are what it shows. Records of class vm are compared with their like only",
	  NOTHING_HYPERVISOR "; compare with metal" },
	{ "class-unknown", TB_NOTE, ALL, check_no_class, NULL, NULL,
	  "whether this is metal, a virtual machine or an emulator is not known: compare refuses "
	  "unknown classes",
	  "mount /proc" },
	{ "hypervisor-doubtful", TB_NOTE, ALL, check_contradiction, NULL, NULL,
	  "the machine hides its hypervisor or shows another one's name: the record keeps what is shown "
	  "and names a hypervisor only if all facts agree",
	  NOTHING_HYPERVISOR "; ask who runs the host" },
	{ "topology-doubtful", TB_NOTE, ALL, check_topology, NULL, NULL,
	  "the sources of the topology disagree: threads share a core where they share an L1D; the record "
	  "keeps the contradictions",
	  "compare lscpu -C -e, lstopo and taskset -p $$; in a container ask who configures LXCFS" },
	{ "nested", TB_NOTE, "apf", check_nested, "dev/kvm", NULL,
	  "guests that are started here run on two hypervisors: their class is nested",
	  "nothing: measure KVM on metal" },
	{ "container", TB_NOTE, ALL, check_container, NULL, NULL,
	  "its rules may refuse userfaultfd, perf_event_open or SCHED_FIFO: tollbooth list tells",
	  "docker run --security-opt seccomp=unconfined --cap-add SYS_NICE --cap-add PERFMON" },
	{ "core-kinds", TB_NOTE, ALL, check_kinds, NULL, NULL,
	  "the machine has cores of several kinds, and the figures are of this kind alone",
	  "choose: --cpus LIST; cat /sys/devices/cpu_*/cpus lists the kinds" },
	{ "seccomp", TB_NOTE, ALL, check_seccomp, NULL, NULL,
	  "the filter may refuse system calls that benchmarks need: those rows are skipped, and their "
	  "reason names the filter",
	  "run it with --security-opt seccomp=unconfined" },
	{ "no-hz", TB_NOTE, ALL, check_no_hz, CPUS "cpu@/cpufreq", NULL,
	  "the core's frequency cannot be read here, and may differ from the TSC's: compare "
	  "core-cycles with other machines, not ns",
	  "in a virtual machine " NOTHING_HYPERVISOR },
	{ "no-cpufreq", TB_NOTE, ALL, check_no_cpufreq, CPUS "cpu@/cpufreq", NULL,
	  "whether the clock changes cannot be seen; core-cycles do not mind, ns and tsc do",
	  "load the CPU's cpufreq driver (modprobe acpi-cpufreq), or enable it in the firmware" },
	{ "microcode", TB_NOTE, ALL, check_microcode, NULL, NULL,
	  "the record cannot tell which microcode ran: two machines with other figures may differ in "
	  "that alone",
	  "in a virtual machine " NOTHING_HYPERVISOR },
	{ "tsc-stops", TB_NOTE, "apf", check_tsc, NULL, "nonstop_tsc",
	  "the TSC may stop in deep idle: stamps around a sleep would be too short",
	  "compare with idle=shallow" },
	{ "not-isolated", TB_NOTE, ALL, check_not_isolated, CPUS "isolated", NULL,
	  "the scheduler may put anything on the CPU that is measured on",
	  "boot with isolcpus=managed_irq,domain,@ nohz_full=@ and start by taskset -c @" },
	{ "isolated-unused", TB_NOTE, ALL, check_isolated_elsewhere, CPUS "isolated", NULL,
	  "there are isolated CPUs, and this is none of them", "taskset -c THESE tollbooth run" },
	{ "deep-idle", TB_NOTE, "apf thread", check_deep_idle, CPUS "cpu@/cpuidle", NULL,
	  "rows with idle=default between CPUs are wakes out of whatever state the governor picked",
	  "compare with idle=shallow, which needs no setting" },
	{ "idle-exits", TB_NOTE, "apf thread", check_is, CPUS "cpuidle/current_driver", "haltpoll",
	  "an idle CPU halts into the hypervisor: wakes between CPUs are exits, tens of microseconds "
	  "long, and of two modes",
	  "compare with idle=shallow" },
	{ "stolen-before", TB_NOTE, ALL, check_steal_before, NULL, "0.1 100",
	  "neighbours on the host take this CPU now and then", NOTHING_HYPERVISOR },
	{ "rt-throttling", TB_NOTE, ALL, check_is_not, "proc/sys/kernel/sched_rt_runtime_us", "-1",
	  "a launch that runs for most of a second at SCHED_FIFO is stopped for the rest of it; "
	  "noise.wait_ms is the time for which a launch waited",
	  "sudo sysctl kernel.sched_rt_runtime_us=-1" },
	{ "load", TB_NOTE, ALL, check_load, "proc/loadavg", "0.5",
	  "something ran here in the last minute, if not now", "wait, or stop it: top" },
};

const size_t tb_rule_count = sizeof(tb_rules) / sizeof(tb_rules[0]);
