// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules of the doctor, the worst first. Scripts use the ids, which are never renamed. @ is the
 * measured CPU in a path, and the CPU of the finding in a remedy.
 */
#include "doctor/check.h"

#define CPUS		   "sys/devices/system/cpu/"
#define ALL		   NULL /* families */
#define NOTHING_HYPERVISOR "none here: the hypervisor decides it"

const struct rule tb_rules[] = {
	/* Values or intervals are not valid. */
	{ "emulated", TB_SPOILS, ALL, check_class, NULL, "emulated",
	  "times in an emulator are not those of a CPU: no measurement here is valid",
	  "none here: run on hardware, or in a virtual machine on hardware" },
	{ "tsc-rate", TB_SPOILS, ALL, check_tsc, NULL, "constant_tsc",
	  "the rate of the TSC follows the core clock: values in ns and tsc are wrong",
	  "set a fixed core clock in the firmware: the CPU or its hypervisor has no constant TSC" },
	{ "tsc-unstable", TB_SPOILS, ALL, check_tsc_unstable,
	  "sys/devices/system/clocksource/clocksource0", "hpet acpi_pm jiffies refined-jiffies",
	  "the kernel marked the TSC unstable: time stamps of two CPUs are not comparable",
	  "boot without tsc=unstable if it is on the kernel's command line; else see dmesg | grep -i tsc, "
	  "and update the firmware" },
	{ "cpu-quota", TB_SPOILS, ALL, check_quota, NULL, NULL,
	  "the kernel stops a launch when the group has used up its CPU quota",
	  "start the container without a CPU limit, or: echo max | sudo tee that file (-1 in version 1)" },
	{ "fixed-layout", TB_SPOILS, ALL, check_layout, "proc/sys/kernel/randomize_va_space", "0",
	  "each launch gets the same addresses: values hold for one layout, and the interval does not "
	  "show that",
	  "sudo sysctl kernel.randomize_va_space=2, and do not use setarch -R" },
	{ "other-run", TB_SPOILS, ALL, check_other_run, "proc/net/unix", NULL,
	  "two runs on one CPU disturb each other: fewer quiet samples, more repeated launches",
	  "wait until it has ended, or choose other CPUs: --cpus LIST" },
	{ "cpu-busy", TB_SPOILS, ALL, check_busy, NULL, "25 100",
	  "launches share their CPU with other tasks: values include them, and rows become noisy",
	  "stop these tasks (ps -eLo psr,pcpu,comm | awk '$1 == @'), or choose other CPUs: --cpus LIST" },
	{ "sibling-busy", TB_SPOILS, "l1d", check_sibling_busy, NULL, "25 100",
	  "the sibling thread reads and evicts lines of the same L1D: rows become noisy",
	  "stop the tasks on the sibling, or choose other CPUs: --cpus LIST" },
	{ "steal", TB_SPOILS, ALL, check_steal, NULL, "5 100",
	  "the hypervisor ran other guests on this CPU: samples include their time",
	  NOTHING_HYPERVISOR "; try another time, another instance type or a dedicated host" },

	/* More noise. */
	{ "steal-some", TB_WIDENS, ALL, check_steal, NULL, "0 5",
	  "the hypervisor sometimes ran other guests on this CPU: more outliers",
	  NOTHING_HYPERVISOR "; try another time or a dedicated host" },
	{ "cpu-busy-some", TB_WIDENS, ALL, check_busy, NULL, "5 25",
	  "other tasks sometimes run on the CPU: fewer quiet samples, more outliers",
	  "stop these tasks (ps -eLo psr,pcpu,comm | awk '$1 == @'), or choose other CPUs: --cpus LIST" },
	{ "others-busy", TB_WIDENS, ALL, check_others_busy, NULL, "50 1e9",
	  "other CPUs are busy: they compete for L3, memory bandwidth and turbo clock",
	  "stop other tasks; top lists them" },
	{ "smt-sibling", TB_WIDENS, ALL, check_sibling, NULL, NULL,
	  "tasks on the sibling thread share the L1D and the execution units; the gate waits until the "
	  "sibling is quiet. Only placement=smt-sibling needs the sibling",
	  "echo 0 | sudo tee /" CPUS "cpu@/online" },
	{ "governor", TB_WIDENS, ALL, check_is_not, CPUS "cpu@/cpufreq/scaling_governor",
	  "performance",
	  "the clock rises during the warm-up of a launch: values in ns and tsc spread, core-cycles do not",
	  "echo performance | sudo tee /" CPUS "cpu*/cpufreq/scaling_governor" },
	{ "turbo", TB_WIDENS, ALL, check_is, CPUS "intel_pstate/no_turbo", "0",
	  "the clock depends on temperature and on other cores: values in ns and tsc drift, core-cycles "
	  "do not",
	  "echo 1 | sudo tee /" CPUS "intel_pstate/no_turbo" },
	{ "boost", TB_WIDENS, ALL, check_is, CPUS "cpufreq/boost", "1",
	  "the clock depends on temperature and on other cores: values in ns and tsc drift, core-cycles "
	  "do not",
	  "echo 0 | sudo tee /" CPUS "cpufreq/boost" },
	{ "throttled", TB_WIDENS, ALL, check_above,
	  CPUS "cpu@/thermal_throttle/core_throttle_count", "0",
	  "the core was throttled by heat since boot: its clock may fall again in a long run",
	  "improve the cooling, or disable turbo" },
	{ "no-realtime", TB_WIDENS, ALL, check_realtime, NULL, NULL,
	  "launches run without SCHED_FIFO: other tasks preempt them, sched_yield() may return at once, "
	  "and a woken thread may preempt its waker, so that apf/wake-uffd has no parts",
	  "ulimit -r 10 (root must raise the limit first, or set rtprio in /etc/security/limits.conf)" },
	{ "no-memlock", TB_WIDENS, "l1d", check_memlock, NULL, NULL,
	  "buffers are not locked: the kernel may move or swap their pages during a launch",
	  "ulimit -l unlimited (root must raise the limit first, or set memlock in "
	  "/etc/security/limits.conf)" },
	{ "interrupts", TB_WIDENS, ALL, check_interrupts, NULL, "1000",
	  "each interrupt in a sample adds microseconds and evicts cache lines",
	  "watch -d cat /proc/interrupts, then echo OTHER_CPU | sudo tee "
	  "/proc/irq/N/smp_affinity_list" },
	{ "hypervisor-interrupts", TB_WIDENS, ALL, check_hypervisor, NULL, "0",
	  "the hypervisor interrupts this CPU; a KVM host does so when a swapped page is ready again. "
	  "noise.cpus counts these interrupts in each launch",
	  NOTHING_HYPERVISOR "; use a host that does not swap its guests" },
	{ "irqbalance", TB_WIDENS, ALL, check_process, NULL, "irqbalance",
	  "irqbalance may move interrupts of a device to the measured CPU",
	  "sudo systemctl stop irqbalance" },
	{ "damon", TB_WIDENS, "l1d thread", check_damon,
	  "sys/module/damon_reclaim/parameters/enabled", "kdamond.",
	  "a DAMON thread may reclaim pages that it finds unused: page faults during samples",
	  "echo N | sudo tee /sys/module/damon_reclaim/parameters/enabled, or echo off | sudo tee "
	  "/sys/kernel/mm/damon/admin/kdamonds/*/state" },
	{ "numa-balancing", TB_WIDENS, "l1d thread", check_nodes, "proc/sys/kernel/numa_balancing",
	  "0",
	  "the kernel unmaps pages to find the node that uses them: page faults during samples",
	  "sudo sysctl kernel.numa_balancing=0" },

	/* Something cannot be measured. */
	{ "one-cpu", TB_LIMITS, ALL, check_one_cpu, NULL, NULL,
	  "placements other than same-cpu are skipped, and tollbooth itself runs on the measured CPU",
	  "taskset -pc 0-$(($(nproc --all) - 1)) $$, or use a larger cpuset or --cpus" },
	/* 512 MiB is a choice: the smallest memory that the suites need was not measured. */
	{ "memory-limit", TB_LIMITS, ALL, check_group_memory, NULL, "536870912",
	  "large buffers and many threads may exceed the group's memory: the kernel kills the launch",
	  "start the container with more memory, or: echo max | sudo tee that file (-1 in version 1)" },
	/* The full suite has 1024 live threads; other tasks of the group need a margin. */
	{ "pids-limit", TB_LIMITS, "thread", check_group_pids, NULL, "2000",
	  "rows with a thousand live threads fail: the group's limit on tasks is too low",
	  "docker run --pids-limit -1, or systemd-run -p TasksMax=infinity, or: echo max | sudo tee "
	  "that file" },
	{ "no-userfaultfd", TB_LIMITS, "apf", check_absent, "proc/sys/vm/unprivileged_userfaultfd",
	  NULL, "the kernel has no userfaultfd: apf/wake-uffd is skipped",
	  "use a kernel with CONFIG_USERFAULTFD" },
	{ "userfaultfd", TB_LIMITS, "apf", check_userfaultfd,
	  "proc/sys/vm/unprivileged_userfaultfd", "0",
	  "before Linux 5.11 only root may use userfaultfd: apf/wake-uffd is skipped",
	  "sudo sysctl vm.unprivileged_userfaultfd=1, or run as root" },
	{ "no-dma-latency", TB_LIMITS, "apf", check_not_writable, "dev/cpu_dma_latency", NULL,
	  "idle=shallow is skipped: wakes between CPUs include the exit from any idle state",
	  "sudo setfacl -m u:$USER:rw /dev/cpu_dma_latency, or run as root" },
	{ "no-huge-pages", TB_LIMITS, "apf", check_is, "proc/sys/vm/nr_hugepages", "0",
	  "page=2M of apf/wake-uffd is skipped: hugetlbfs has no pages",
	  "sudo sysctl vm.nr_hugepages=64" },
	{ "no-thp", TB_LIMITS, "thread", check_is, "sys/kernel/mm/transparent_hugepage/enabled",
	  "never",
	  "thp=huge of thread/create gets small pages: its rows are equal to those of thp=none",
	  "echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled" },
	{ "no-pmu", TB_LIMITS, ALL, check_no_pmu, NULL, NULL,
	  "--events counts no hardware event: they are null with this reason, never 0",
	  "in a virtual machine, enable a vPMU in the hypervisor; else see dmesg | grep -i perf" },
	{ "perf-paranoid", TB_LIMITS, ALL, check_paranoid, "proc/sys/kernel/perf_event_paranoid",
	  "1", "--events counts user mode only (:u); at a level above 2 it may count nothing",
	  "sudo sysctl kernel.perf_event_paranoid=1" },
	{ "nmi-watchdog", TB_LIMITS, ALL, check_watchdog, "proc/sys/kernel/nmi_watchdog", "1",
	  "the watchdog uses a counter of the PMU: one event fewer in --events, and occasional NMIs",
	  "sudo sysctl kernel.nmi_watchdog=0" },
	{ "no-gnuplot", TB_LIMITS, ALL, check_gnuplot, NULL, NULL,
	  "reports with plots cannot be made; runs and records are not affected",
	  "sudo apt-get install gnuplot-nox" },
	{ "disk", TB_LIMITS, ALL, check_disk, NULL, NULL,
	  "the journal of a long run holds all samples: the run may stop on a full disk (exit 74)",
	  "free space, or choose another folder: tollbooth run -o FOLDER/" },

	/* Helps to interpret the results. */
	{ "vm", TB_NOTE, ALL, check_class, NULL, "vm",
	  "operations that exit to the hypervisor (CPUID, halting, some faults) include its time, and it "
	  "defines the reported L1D and topology. Records of class vm are compared only with class vm",
	  NOTHING_HYPERVISOR "; compare with metal" },
	{ "class-unknown", TB_NOTE, ALL, check_no_class, NULL, NULL,
	  "it is unknown whether this is metal, a virtual machine or an emulator: compare rejects "
	  "unknown classes",
	  "mount /proc" },
	{ "hypervisor-doubtful", TB_NOTE, ALL, check_contradiction, NULL, NULL,
	  "the machine hides its hypervisor or reports another one: the record keeps the reported facts "
	  "and names a hypervisor only if all of them agree",
	  NOTHING_HYPERVISOR "; ask the operator of the host" },
	{ "topology-doubtful", TB_NOTE, ALL, check_topology, NULL, NULL,
	  "the sources of the topology disagree: threads that share an L1D count as one core; the record "
	  "keeps the contradictions",
	  "compare lscpu -C -e, lstopo and taskset -p $$; in a container ask the operator of LXCFS" },
	{ "nested", TB_NOTE, "apf", check_nested, "dev/kvm", NULL,
	  "guests that are started here run on two hypervisors: their class is nested",
	  "none here: measure KVM on metal" },
	{ "container", TB_NOTE, ALL, check_container, NULL, NULL,
	  "the container may refuse userfaultfd, perf_event_open or SCHED_FIFO: tollbooth list shows it",
	  "docker run --security-opt seccomp=unconfined --cap-add SYS_NICE --cap-add PERFMON" },
	{ "core-kinds", TB_NOTE, ALL, check_kinds, NULL, NULL,
	  "the machine has cores of several kinds, and the values are valid for this kind only",
	  "choose CPUs with --cpus LIST; cat /sys/devices/cpu_*/cpus lists the kinds" },
	{ "seccomp", TB_NOTE, ALL, check_seccomp, NULL, NULL,
	  "the filter may refuse system calls that benchmarks need: those rows are skipped, and their "
	  "reason names the filter",
	  "run it with --security-opt seccomp=unconfined" },
	{ "no-hz", TB_NOTE, ALL, check_no_hz, CPUS "cpu@/cpufreq", NULL,
	  "the core's frequency is unknown here and may differ from the TSC's: compare core-cycles "
	  "with other machines, not ns",
	  "in a virtual machine " NOTHING_HYPERVISOR },
	{ "no-cpufreq", TB_NOTE, ALL, check_no_cpufreq, CPUS "cpu@/cpufreq", NULL,
	  "changes of the clock are not visible: they affect values in ns and tsc, not core-cycles",
	  "load the CPU's cpufreq driver (modprobe acpi-cpufreq), or enable it in the firmware" },
	{ "microcode", TB_NOTE, ALL, check_microcode, NULL, NULL,
	  "the record does not name the microcode: two machines with different values may differ only "
	  "in it",
	  "in a virtual machine " NOTHING_HYPERVISOR },
	{ "tsc-stops", TB_NOTE, "apf", check_tsc, NULL, "nonstop_tsc",
	  "the TSC may stop in deep idle states: times across a sleep would be too short",
	  "compare with idle=shallow" },
	{ "not-isolated", TB_NOTE, ALL, check_not_isolated, CPUS "isolated", NULL,
	  "the scheduler may run other tasks on the measured CPU",
	  "boot with isolcpus=managed_irq,domain,@ nohz_full=@ and start tollbooth with taskset -c @" },
	{ "isolated-unused", TB_NOTE, ALL, check_isolated_elsewhere, CPUS "isolated", NULL,
	  "isolated CPUs exist, but the measured CPU is not one of them",
	  "taskset -c ISOLATED_CPUS tollbooth run" },
	{ "deep-idle", TB_NOTE, "apf thread", check_deep_idle, CPUS "cpu@/cpuidle", NULL,
	  "in rows with idle=default, wakes between CPUs include the exit from the idle state that the "
	  "governor chose",
	  "compare with idle=shallow, which needs no setting" },
	{ "idle-exits", TB_NOTE, "apf thread", check_is, CPUS "cpuidle/current_driver", "haltpoll",
	  "an idle CPU halts with an exit to the hypervisor: wakes between CPUs take tens of "
	  "microseconds and have two modes",
	  "compare with idle=shallow" },
	{ "stolen-before", TB_NOTE, ALL, check_steal_before, NULL, "0.1 100",
	  "other guests on the host sometimes use this CPU", NOTHING_HYPERVISOR },
	{ "rt-throttling", TB_NOTE, ALL, check_is_not, "proc/sys/kernel/sched_rt_runtime_us", "-1",
	  "the kernel stops a SCHED_FIFO launch that runs for most of a second until the second ends; "
	  "noise.wait_ms is the time for which a launch waited",
	  "sudo sysctl kernel.sched_rt_runtime_us=-1" },
	{ "load", TB_NOTE, ALL, check_load, "proc/loadavg", "0.5",
	  "other tasks ran here in the last minute", "wait, or stop them; top lists them" },
};

const size_t tb_rule_count = sizeof(tb_rules) / sizeof(tb_rules[0]);
