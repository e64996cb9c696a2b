/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the module know of each other. */
#ifndef TB_TOLLBOOTH_H
#define TB_TOLLBOOTH_H

#include <linux/mutex.h>
#include <linux/perf_event.h>

#include "compat.h"
#include "uapi/tollbooth.h"

struct tb_flush;
struct tb_apf;

/* Faults that the tests plant: parameters of the test build, constants of zero in any other. */
struct tb_knobs {
	unsigned int widen_us; /* delays inside the hand-off between waiter and waker */
	bool unfenced;	       /* a waiter leaves as in the literal code, see apf.c */

	/* 1: CPUID shows IA32_FLUSH_CMD, 2: and its write raises #GP. */
	unsigned int flush_cmd;
	bool confidential;
	unsigned int irqs_off_max_us; /* instead of TB_IRQS_OFF_MAX_US */
};

#ifdef TB_TEST
extern struct tb_knobs tb_knobs;
#else
static const struct tb_knobs tb_knobs __maybe_unused;
#endif

struct tb_pmu {
	struct perf_event *event[TB_PMU_EVENTS];
	u64 begin[TB_PMU_EVENTS], end[TB_PMU_EVENTS];
	unsigned int n;
	int err; /* of the last window */
};

/* All that an open file holds; freed with it. */
struct tb_open {
	struct mutex lock; /* of flush and pmu: one sample at a time */
	struct tb_flush *flush;
	struct tb_pmu pmu;
	struct tb_apf *apf; /* has locks of its own: its users sleep in it */
};

/* Operations: the structure is the kernel's copy, reserved fields are checked. 0 or -errno. */
int tb_flush_setup(struct tb_open *open, void *arg);
int tb_flush_take_sample(struct tb_open *open, void *arg);
int tb_pmu_setup(struct tb_open *open, void *arg);
int tb_apf_wait(struct tb_open *open, void *arg);
int tb_apf_wake(struct tb_open *open, void *arg);
int tb_apf_stat(struct tb_open *open, void *arg);

u32 tb_flush_loops_here(void); /* a bit for each enum tb_loop_id that can run; tries none */
bool tb_confidential_guest(void);
bool tb_flush_smi_count(u32 *count);
void tb_flush_free(struct tb_flush *flush);

struct tb_apf *tb_apf_create(void); /* NULL: no memory, or PREEMPT_RT */
void tb_apf_free(struct tb_apf *apf);

bool tb_pmu_readable(void);
void tb_pmu_close(struct tb_pmu *pmu);
/* In a window, interrupts off: reads all counters. pmu->err tells when one is not on the PMU. */
void tb_pmu_begin(void *pmu);
void tb_pmu_end(void *pmu);
void tb_pmu_counts(const struct tb_pmu *pmu, __u64 *count);

#endif
