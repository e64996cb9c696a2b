// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters inside a window.
 *
 * The events are kernel events pinned to a CPU, as in resctrl's pseudo_lock.c. With
 * interrupts off and the event active, its index cannot change before the RDPMC.
 * Neither CR4.PCE nor perf_event_paranoid matters.
 */
#include <linux/cpu.h>
#include <linux/perf_event.h>
#include <linux/smp.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/processor.h>

#include "tollbooth.h"

/* Returns 0, or -EFAULT if there is no such counter. */
static __always_inline int tb_rdpmc(u32 counter, u64 *value)
{
	u32 lo = 0, hi = 0;
	int err = -EFAULT;

	/* Without a PMU this raises #UD or #GP, and err keeps its value. */
	asm volatile("1:\trdpmc\n\t"
		     "xor %[err], %[err]\n"
		     "2:\n" _ASM_EXTABLE(1b, 2b)
		     : [err] "+r"(err), "+a"(lo), "+d"(hi)
		     : "c"(counter)
		     : "cc");
	*value = (u64)hi << 32 | lo;
	return err;
}

bool tb_pmu_readable(void)
{
	u64 value;

	return !tb_rdpmc(0, &value);
}

/*
 * The kernel's indices from 48 on are no counters but Intel's topdown metrics (shares of
 * one register), BTS, and the LBRs of a guest. Below are 32 general and 16 fixed
 * counters: see INTEL_PMC_IDX_METRIC_BASE in asm/perf_event.h.
 */
enum { TB_PMC_NO_COUNTER = 48 };

/* Counters wrap at their width. */
static u64 tb_counter_mask(void)
{
	u32 width = 0;

	if (boot_cpu_data.x86_vendor == X86_VENDOR_INTEL && boot_cpu_data.cpuid_level >= 10)
		width = (cpuid_eax(10) >> 16) & 0xff;
	/* AMD's have 48 bits; so have Intel's if a hypervisor leaves the leaf empty. */
	if (!width)
		width = 48;
	return width < 64 ? (1ull << width) - 1 : U64_MAX;
}

void tb_pmu_close(struct tb_pmu *pmu)
{
	while (pmu->n)
		perf_event_release_kernel(pmu->event[--pmu->n]);
}

static int tb_pmu_add(struct tb_pmu *pmu, unsigned int cpu, const struct tb_pmu_event *want)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = want->type,
		.config = want->config,
		.config1 = want->config1,
		.config2 = want->config2,
		.pinned = 1,
		.exclude_user = !!(want->exclude & TB_PMU_NOT_USER),
		.exclude_kernel = !!(want->exclude & TB_PMU_NOT_KERNEL),
		.exclude_hv = !!(want->exclude & TB_PMU_NOT_HYPERVISOR),
	};
	struct perf_event *event;

	event = perf_event_create_kernel_counter(&attr, cpu, NULL, NULL, NULL);
	/* ENODEV: the CPU is offline. */
	if (IS_ERR(event))
		return PTR_ERR(event) == -ENODEV ? -ENXIO : PTR_ERR(event);
	pmu->event[pmu->n++] = event;
	return 0;
}

static bool tb_pmu_event_fits(const struct tb_pmu_event *event)
{
	const u32 all = TB_PMU_NOT_USER | TB_PMU_NOT_KERNEL | TB_PMU_NOT_HYPERVISOR;

	/* The core's PMU only: software events, tracepoints and uncore PMUs have no RDPMC. */
	return (event->type == PERF_TYPE_HARDWARE || event->type == PERF_TYPE_HW_CACHE ||
		event->type == PERF_TYPE_RAW) &&
	       !(event->exclude & ~all);
}

static void tb_pmu_read(struct tb_pmu *pmu, u64 *value)
{
	unsigned int i;

	for (i = 0; i < pmu->n; i++) {
		struct perf_event *event = pmu->event[i];

		/* A pinned event without a free counter is in an error state and stays there. */
		if (event->hw.idx >= TB_PMC_NO_COUNTER)
			pmu->err = -EDOM;
		else if (event->state != PERF_EVENT_STATE_ACTIVE || event->hw.idx < 0 ||
			 event->oncpu != smp_processor_id() ||
			 tb_rdpmc(event->hw.event_base_rdpmc, &value[i]))
			pmu->err = -EBUSY;
	}
}

void tb_pmu_begin(void *arg)
{
	struct tb_pmu *pmu = arg;

	pmu->err = 0;
	tb_pmu_read(pmu, pmu->begin);
}

void tb_pmu_end(void *arg)
{
	struct tb_pmu *pmu = arg;

	tb_pmu_read(pmu, pmu->end);
}

void tb_pmu_counts(const struct tb_pmu *pmu, __u64 *count)
{
	u64 mask = tb_counter_mask();
	unsigned int i;

	for (i = 0; i < pmu->n; i++)
		count[i] = (pmu->end[i] - pmu->begin[i]) & mask;
}

/* On the counters' CPU, interrupts off. The first run brings the code into the cache. */
static void tb_pmu_count_nothing(void *pmu)
{
	int i;

	for (i = 0; i < 2; i++) {
		tb_pmu_begin(pmu);
		tb_pmu_end(pmu);
	}
}

/* 0, or -EBUSY, -EDOM or -ENXIO if a window cannot be counted. */
static int tb_pmu_try(struct tb_pmu *pmu, unsigned int cpu)
{
	int err = pmu->n ? smp_call_function_single(cpu, tb_pmu_count_nothing, pmu, 1) : 0;

	return pmu->n && !err ? pmu->err : err;
}

int tb_pmu_setup(struct tb_open *open, void *arg)
{
	struct tb_pmu_setup *setup = arg;
	unsigned int i;
	int err = 0;

	if (setup->n > TB_PMU_EVENTS)
		return -EINVAL;
	for (i = 0; i < setup->n; i++)
		if (!tb_pmu_event_fits(&setup->event[i]))
			return -EINVAL;
	if (setup->cpu >= nr_cpu_ids)
		return -ENXIO;
	if (mutex_lock_killable(&open->lock))
		return -EINTR;
	tb_pmu_close(&open->pmu);
	for (i = 0; i < setup->n && !err; i++)
		err = tb_pmu_add(&open->pmu, setup->cpu, &setup->event[i]);
	if (!err)
		err = tb_pmu_try(&open->pmu, setup->cpu);
	if (err)
		tb_pmu_close(&open->pmu);
	tb_pmu_counts(&open->pmu, setup->null);
	mutex_unlock(&open->lock);
	return err;
}
