/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What else happened on a CPU: counters of the kernel, read before and after. */
#ifndef TB_NOISE_H
#define TB_NOISE_H

#include <stdint.h>

struct tb_sysroot;

struct tb_noise_mark {
	int64_t interrupts;  /* all of /proc/interrupts on this CPU; -1: not readable */
	int64_t steal_ticks; /* /proc/stat, USER_HZ; -1: not readable */
	uint64_t involuntary, voluntary, minor_faults, max_rss_kib;
	int cpu; /* that the caller runs on */
};

void tb_noise_mark(const struct tb_sysroot *root, int cpu, struct tb_noise_mark *mark);

/* The sum of column `cpu` of an /proc/interrupts text; -1 if the CPU is not there. */
int64_t tb_noise_interrupts(const char *text, int cpu);
/* The steal field of CPU `cpu` in a /proc/stat text; -1 if absent. */
int64_t tb_noise_steal(const char *text, int cpu);

#endif
