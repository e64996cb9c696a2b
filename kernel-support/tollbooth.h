/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Declarations shared by the parts of the module. */
#ifndef TB_TOLLBOOTH_H
#define TB_TOLLBOOTH_H

#include <linux/mutex.h>
#include <linux/perf_event.h>

#include "compat.h"
#include "uapi/tollbooth.h"

struct tb_flush;
struct tb_apf;

/* Faults that tests inject: module parameters in the test build, constant 0 in all others. */
struct tb_knobs {
	unsigned int widen_us; /* delays inside the hand-off between waiter and waker */
	bool unfenced;	       /* a waiter leaves without the lock, see apf.c */

	/* 1: CPUID reports IA32_FLUSH_CMD; 2: its write also raises #GP. */
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
	int err; /* -errno of the last window */
};

/* The state of an open file; freed with it. */
struct tb_open {
	struct mutex lock; /* protects flush and pmu: one sample at a time */
	struct tb_flush *flush;
	struct tb_pmu pmu;
	struct tb_apf *apf; /* has locks of its own, since its users sleep in it */
};

/* Operations on the kernel's copy of the structure, reserved fields checked. 0 or -errno. */
int tb_flush_setup(struct tb_open *open, void *arg);
int tb_flush_take_sample(struct tb_open *open, void *arg);
int tb_pmu_setup(struct tb_open *open, void *arg);
int tb_apf_wait(struct tb_open *open, void *arg);
int tb_apf_wake(struct tb_open *open, void *arg);
int tb_apf_stat(struct tb_open *open, void *arg);

u32 tb_flush_loops_here(void); /* a bit for each enum tb_loop_id that can run; runs none */
bool tb_confidential_guest(void);
bool tb_flush_smi_count(u32 *count);
void tb_flush_free(struct tb_flush *flush);

struct tb_apf *tb_apf_create(void); /* NULL: no memory, or PREEMPT_RT */
void tb_apf_free(struct tb_apf *apf);

bool tb_pmu_readable(void);
void tb_pmu_close(struct tb_pmu *pmu);
/* Reads all counters in a window, interrupts off. Sets pmu->err if one is not on the PMU. */
void tb_pmu_begin(void *pmu);
void tb_pmu_end(void *pmu);
void tb_pmu_counts(const struct tb_pmu *pmu, __u64 *count);

#endif
