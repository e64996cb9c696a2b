/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Noise on a launch's CPUs: counters of the kernel, read before and after. */
#ifndef TB_NOISE_H
#define TB_NOISE_H

#include <stdint.h>

#include "bench.h"

struct tb_sysroot;

/* Counts of one CPU since it was started; -1: not readable. */
struct tb_cpu_noise {
	int32_t cpu;
	int64_t interrupts;  /* all of /proc/interrupts */
	int64_t hypervisor;  /* its line HYP: among them a host's own asynchronous page faults */
	int64_t steal_ticks; /* /proc/stat, USER_HZ */
	int64_t run_ns;	     /* of all tasks: /proc/schedstat */
};

struct tb_noise_mark {
	struct tb_cpu_noise cpu[TB_CPUS_MAX]; /* each of the launch's CPUs once */
	unsigned int cpus;
	int64_t smi;	 /* MSR_SMI_COUNT of the first; -1: not readable */
	int64_t stalls;	 /* direct reclaims, compactions, pages swapped: /proc/vmstat; -1 */
	int64_t own_ns;	 /* CPU time of this process and of the children that it waited for */
	int64_t wait_ns; /* this thread was ready to run, and did not: schedstat; -1 */
	uint64_t ns;	 /* CLOCK_MONOTONIC */
	uint64_t involuntary, voluntary, minor_faults, max_rss_kib;
	int on_cpu; /* that the caller runs on */
};

/* Each of cpu[0..n-1] once, with nothing known of it yet. Returns how many they are. */
unsigned int tb_noise_cpus(const int32_t *cpu, unsigned int n,
			   struct tb_cpu_noise out[TB_CPUS_MAX]);
/*
 * cpu[0..n-1]: the CPUs of the launch's roles; duplicates are allowed. Sleeps briefly: the kernel
 * adds a task's running time to /proc/schedstat when the task leaves its CPU.
 */
void tb_noise_mark(const struct tb_sysroot *root, const int32_t *cpu, unsigned int n,
		   struct tb_noise_mark *mark);

/* The sum of column `cpu` of an /proc/interrupts text; -1 if the CPU is not there. */
int64_t tb_noise_interrupts(const char *text, int cpu);
/* The same of the line with this label ("HYP") alone; -1 if there is none. */
int64_t tb_noise_interrupt(const char *text, int cpu, const char *label);
/* The steal field of CPU `cpu` in a /proc/stat text; -1 if absent. */
int64_t tb_noise_steal(const char *text, int cpu);
/* Nanoseconds that tasks ran on the CPU, of a /proc/schedstat text (versions 10 to 17); -1 if absent. */
int64_t tb_noise_run_ns(const char *text, int cpu);
/* Direct reclaims and compactions, and pages swapped, of a /proc/vmstat text; -1 if it has none of them. */
int64_t tb_noise_stalls(const char *text);

#endif
