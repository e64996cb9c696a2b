// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * L1D flushes in ring 0: the shared rig of flush_rig.h with buffers as KVM allocates
 * them. Interrupts are off for one sample at a time.
 */
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/smp.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/msr.h>
#include <asm/special_insns.h>
#include <asm/tsc.h>

#include "flush.h"

static bool wbinvd_allowed;
module_param_named(wbinvd, wbinvd_allowed, bool, 0400);
MODULE_PARM_DESC(wbinvd, "allow loop wbinvd, which empties the caches of all CPUs (default: no)");

/* A loop cannot return an error, and runs with interrupts off. */
static DEFINE_PER_CPU(bool, tb_flush_refused);

/* Has the signature of the other loops; the size has no meaning here. */
static noinline void tb_flush_msr(void *buffer, unsigned long size)
{
	/* IA32_PKRS: its upper half is reserved, so a write to it raises #GP. */
	enum { PKRS = 0x6e1 };
	bool raises = tb_knobs.flush_cmd == 2;
	u32 msr = raises ? PKRS : MSR_IA32_FLUSH_CMD;
	u32 refused = 1;

	/* A hypervisor may set the bit in CPUID and refuse the write. A fault skips the XOR. */
	asm volatile("1:\twrmsr\n\t"
		     "xor %[refused], %[refused]\n"
		     "2:\n" _ASM_EXTABLE(1b, 2b)
		     : [refused] "+r"(refused)
		     : "c"(msr), "a"(L1D_FLUSH), "d"(raises)
		     : "cc", "memory");
	if (unlikely(refused))
		this_cpu_write(tb_flush_refused, true);
}

static noinline void tb_flush_wbinvd(void *buffer, unsigned long size)
{
	wbinvd();
}

static const struct tb_flush_loop tb_ring0_loops[] = {
	{ "msr", tb_flush_msr, TB_NEED_FLUSH_CMD, TB_LOOP_READS },
	{ "wbinvd", tb_flush_wbinvd, TB_NEED_WBINVD, TB_LOOP_TO_MEMORY },
};

/* NULL: no such loop. */
static const struct tb_flush_loop *tb_loop(u32 id)
{
	BUILD_BUG_ON(ARRAY_SIZE(tb_flush_loops) > TB_LOOP_MSR);
	BUILD_BUG_ON(ARRAY_SIZE(tb_ring0_loops) != TB_LOOP_IDS - TB_LOOP_MSR);
	if (id < ARRAY_SIZE(tb_flush_loops))
		return &tb_flush_loops[array_index_nospec(id, ARRAY_SIZE(tb_flush_loops))];
	id -= TB_LOOP_MSR; /* below it: wraps */
	if (id >= ARRAY_SIZE(tb_ring0_loops))
		return NULL;
	return &tb_ring0_loops[array_index_nospec(id, ARRAY_SIZE(tb_ring0_loops))];
}

bool tb_confidential_guest(void)
{
	return tb_knobs.confidential || tb_memory_encrypted();
}

/* Uses CPUID and parameters only: this query must not flush. */
static bool tb_loop_runs(const struct tb_flush_loop *loop)
{
	switch (loop->need) {
	case TB_NEED_NOTHING:
		return true;
	case TB_NEED_SERIALIZE:
		return boot_cpu_has(X86_FEATURE_SERIALIZE);
	case TB_NEED_AVX512F:
		/* The kernel may not save its registers: clearcpuid, or a hypervisor. */
		return boot_cpu_has(X86_FEATURE_AVX512F) &&
		       cpu_has_xfeatures(XFEATURE_MASK_AVX512, NULL);
	case TB_NEED_CLFLUSHOPT:
		return boot_cpu_has(X86_FEATURE_CLFLUSHOPT);
	case TB_NEED_FLUSH_CMD:
		return boot_cpu_has(X86_FEATURE_FLUSH_L1D) || tb_knobs.flush_cmd;
	case TB_NEED_WBINVD:
		/*
		 * WBINVD raises a #VE in a TDX guest, which the kernel does not handle. On PREEMPT_RT
		 * it would stop every CPU for milliseconds.
		 */
		return wbinvd_allowed && !tb_confidential_guest() && !IS_ENABLED(CONFIG_PREEMPT_RT);
	}
	return false;
}

u32 tb_flush_loops_here(void)
{
	u32 id, loops = 0;

	for (id = 0; id < TB_LOOP_IDS; id++)
		if (tb_loop(id) && tb_loop_runs(tb_loop(id)))
			loops |= 1u << id;
	return loops;
}

bool tb_flush_smi_count(u32 *count)
{
	u32 high;

	return boot_cpu_data.x86_vendor == X86_VENDOR_INTEL &&
	       !rdmsr_safe(MSR_SMI_COUNT, count, &high);
}

static bool tb_pages_up_to(u32 bytes, u32 most)
{
	return bytes && bytes <= most && !(bytes % L1D_PAGE);
}

static void tb_flush_drop(struct tb_open *open)
{
	tb_flush_free(open->flush);
	open->flush = NULL;
}

/* One untimed write, so that a refusal is reported before the first sample. */
static int tb_flush_try(struct tb_open *open)
{
	bool refused;

	preempt_disable();
	this_cpu_write(tb_flush_refused, false);
	tb_flush_msr(NULL, 0);
	refused = this_cpu_read(tb_flush_refused);
	preempt_enable();
	if (!refused)
		return 0;
	tb_flush_drop(open);
	return -EIO;
}

int tb_flush_setup(struct tb_open *open, void *arg)
{
	const struct tb_flush_setup *setup = arg;
	const struct tb_flush_loop *loop = tb_loop(setup->loop);
	struct tb_flush *flush;
	int err = 0;

	if (!loop || setup->victim >= L1D_VICTIM_KINDS || setup->buffer >= L1D_BUFFER_KINDS ||
	    setup->l2_bytes > TB_L2_MAX || !tb_pages_up_to(setup->l1d_bytes, TB_L1D_MAX) ||
	    setup->l1d_bytes < 2 * L1D_PAGE || !tb_pages_up_to(setup->flush_bytes, TB_FLUSH_MAX))
		return -EINVAL;
	if (!tb_loop_runs(loop))
		return -EOPNOTSUPP;
	if (mutex_lock_killable(&open->lock))
		return -EINTR;
	/* Frees the old one first; otherwise two of the largest would be charged for a moment. */
	tb_flush_drop(open);
	flush = tb_flush_create(setup, loop);
	if (IS_ERR(flush))
		err = PTR_ERR(flush);
	else
		open->flush = flush;
	if (!err && flush->rig.loop->need == TB_NEED_FLUSH_CMD)
		err = tb_flush_try(open);
	mutex_unlock(&open->lock);
	return err;
}

/* Interrupts are off. 0, -ENXIO or -EIO. */
static int tb_flush_take(struct tb_open *open, struct tb_flush_sample *sample)
{
	const struct l1d_window window = { tb_pmu_begin, tb_pmu_end, &open->pmu };
	bool count = sample->flags & TB_SAMPLE_COUNT;
	u32 before = 0, after = 0;
	bool known;

	if (smp_processor_id() != sample->cpu)
		return -ENXIO;
	known = tb_flush_smi_count(&before);
	this_cpu_write(tb_flush_refused, false);
	l1d_take(&open->flush->rig, sample, count ? &window : NULL);
	known = known && tb_flush_smi_count(&after);
	sample->smis = known ? after - before : TB_SMI_UNKNOWN;
	return this_cpu_read(tb_flush_refused) ? -EIO : 0;
}

/* Checks how long interrupts were off. Sizes bound it usually; this limit covers the rest. */
static int tb_flush_judge_time(struct tb_open *open, u64 cycles)
{
	u64 most_us = tb_knobs.irqs_off_max_us ?: TB_IRQS_OFF_MAX_US;

	if (cycles <= most_us * tsc_khz / 1000)
		return 0;
	tb_flush_drop(open);
	return -ETIME;
}

static int tb_flush_sample_locked(struct tb_open *open, struct tb_flush_sample *sample)
{
	bool count = sample->flags & TB_SAMPLE_COUNT;
	unsigned long flags;
	u64 begin;
	bool fpu;
	int err;

	if (!open->flush || (count && !open->pmu.n))
		return -ENODATA;
	/* One loop uses zmm0: the user's registers are saved before the window. */
	fpu = open->flush->rig.loop->need == TB_NEED_AVX512F;
	if (fpu)
		kernel_fpu_begin();
	local_irq_save(flags);
	begin = tb_clock_begin();
	err = tb_flush_take(open, sample);
	sample->irqs_off = tb_clock_end() - begin;
	local_irq_restore(flags);
	if (fpu)
		kernel_fpu_end();
	if (!err)
		err = tb_flush_judge_time(open, sample->irqs_off);
	if (count && !err) {
		err = open->pmu.err;
		tb_pmu_counts(&open->pmu, sample->count);
	}
	return err;
}

int tb_flush_take_sample(struct tb_open *open, void *arg)
{
	struct tb_flush_sample *sample = arg;
	bool flushes = sample->probe_kind == L1D_PROBE_PAGE && sample->setup == L1D_DO_FLUSH;
	int err;

	if (sample->reserved || sample->setup >= L1D_SETUPS ||
	    sample->probe_kind >= L1D_PROBE_KINDS || sample->hot > L1D_PROBED ||
	    sample->walk >= L1D_WALKS || (sample->flags & ~(TB_SAMPLE_NEW_PAGE | TB_SAMPLE_COUNT)))
		return -EINVAL;
	/* A walk has two setups; counters belong to a flush. */
	if (sample->probe_kind == L1D_PROBE_WALK && sample->setup > L1D_DO_FLUSH)
		return -EINVAL;
	if ((sample->flags & TB_SAMPLE_COUNT) && !flushes)
		return -EINVAL;
	if (mutex_lock_killable(&open->lock))
		return -EINTR;
	err = tb_flush_sample_locked(open, sample);
	mutex_unlock(&open->lock);
	return err;
}
