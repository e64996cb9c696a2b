// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flushing the L1D from ring 0: the shared apparatus of flush_rig.h with buffers
 * as KVM makes them, interrupts off for one sample at a time.
 */
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#include <asm/asm.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/msr.h>
#include <asm/special_insns.h>
#include <asm/tsc.h>

#include "tollbooth.h"

static inline u32 l1d_below(void *random, u32 n)
{
	return tb_below(random, n);
}

#include "flush_rig.h"

static bool wbinvd_allowed;
module_param_named(wbinvd, wbinvd_allowed, bool, 0400);
MODULE_PARM_DESC(wbinvd, "allow loop wbinvd, which empties the caches of all CPUs (default: no)");

struct tb_flush {
	struct l1d_rig rig;
	struct rnd_state random;
};

/* A loop has no way to return an error, and runs with interrupts off. */
static DEFINE_PER_CPU(bool, tb_flush_refused);

/* The same call frame as the other loops; the size is meaningless to it. */
static noinline void tb_flush_msr(void *buffer, unsigned long size)
{
	/* IA32_PKRS: its upper half is reserved, and a write of it raises #GP. */
	enum { PKRS = 0x6e1 };
	bool raises = tb_knobs.flush_cmd == 2;
	u32 msr = raises ? PKRS : MSR_IA32_FLUSH_CMD;
	u32 refused = 1;

	/* A hypervisor may show the bit in CPUID and refuse the write: a fault skips the XOR. */
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

static const struct tb_flush_loop *tb_loop(u32 id)
{
	BUILD_BUG_ON(ARRAY_SIZE(tb_flush_loops) != TB_LOOP_MSR);
	BUILD_BUG_ON(ARRAY_SIZE(tb_ring0_loops) != TB_LOOP_IDS - TB_LOOP_MSR);
	id = array_index_nospec(id, TB_LOOP_IDS);
	return id < TB_LOOP_MSR ? &tb_flush_loops[id] : &tb_ring0_loops[id - TB_LOOP_MSR];
}

bool tb_confidential_guest(void)
{
	return tb_knobs.confidential || tb_memory_encrypted();
}

/* By CPUID and parameters alone: a question must not flush. */
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
		 * A TDX guest gets a #VE that the kernel does not handle. On PREEMPT_RT it would
		 * stop every CPU for milliseconds.
		 */
		return wbinvd_allowed && !tb_confidential_guest() && !IS_ENABLED(CONFIG_PREEMPT_RT);
	}
	return false;
}

u32 tb_flush_loops_here(void)
{
	u32 id, loops = 0;

	for (id = 0; id < TB_LOOP_IDS; id++)
		if (tb_loop_runs(tb_loop(id)))
			loops |= 1u << id;
	return loops;
}

bool tb_flush_smi_count(u32 *count)
{
	u32 high;

	return boot_cpu_data.x86_vendor == X86_VENDOR_INTEL &&
	       !rdmsr_safe(MSR_SMI_COUNT, count, &high);
}

/* The memory is large and for a measurement: the caller gets ENOMEM before anybody is killed. */
static const gfp_t tb_gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;

/*
 * As KVM's alloc_pages(order): naturally aligned pages of the direct map, each
 * filled with another byte. The page behind is ours, too, and never touched: what
 * the next-page prefetcher would fetch there could be the victim.
 */
static char *tb_flush_buffer(unsigned long size)
{
	char *buffer = alloc_pages_exact(size + PAGE_SIZE, tb_gfp);
	unsigned long at;

	for (at = 0; buffer && at < size; at += PAGE_SIZE)
		memset(buffer + at, (at >> PAGE_SHIFT) + 1, PAGE_SIZE);
	return buffer;
}

/* One page behind every address. */
static char *tb_one_page(unsigned long size)
{
	unsigned long i, n = size >> PAGE_SHIFT;
	struct page **pages = kvcalloc(n, sizeof(*pages), GFP_KERNEL_ACCOUNT);
	struct page *page = alloc_page(tb_gfp);
	char *at = NULL;

	if (pages && page) {
		for (i = 0; i < n; i++)
			pages[i] = page;
		at = vmap(pages, n, VM_MAP, PAGE_KERNEL);
	}
	if (page && !at)
		__free_page(page);
	kvfree(pages);
	return at;
}

static void tb_one_page_free(char *at)
{
	struct page *page = at ? vmalloc_to_page(at) : NULL;

	vunmap(at);
	if (page)
		__free_page(page);
}

void tb_flush_free(struct tb_flush *flush)
{
	struct l1d_rig *rig;
	unsigned long i;

	if (!flush)
		return;
	rig = &flush->rig;
	for (i = 0; rig->ring && i < rig->ring_length; i++) {
		if (rig->ring[i])
			free_pages_exact(rig->ring[i], rig->size + PAGE_SIZE);
		cond_resched();
	}
	kvfree(rig->ring);
	for (i = 0; i < L1D_WALK_SETS; i++)
		vfree(rig->sets[i]);
	tb_one_page_free(rig->zero);
	vfree(rig->victims);
	vfree(rig->sweep);
	vfree(rig->still);
	kfree(flush);
}

/* vmalloc leaves a page unmapped behind each area: prefetchers stop there. */
static char *tb_area(unsigned long bytes)
{
	return __vmalloc(bytes, tb_gfp);
}

/* There may be thousands: one after the other, and others may run in between. */
static int tb_flush_ring(struct l1d_rig *rig)
{
	unsigned long i;

	rig->ring = kvcalloc(rig->ring_length, sizeof(*rig->ring), GFP_KERNEL_ACCOUNT);
	if (!rig->ring)
		return -ENOMEM;
	for (i = 0; i < rig->ring_length; i++) {
		rig->ring[i] = tb_flush_buffer(rig->size);
		if (!rig->ring[i])
			return -ENOMEM;
		if (fatal_signal_pending(current))
			return -EINTR;
		l1d_fill_buffer(rig, i);
		cond_resched();
	}
	return 0;
}

static int tb_flush_areas(struct l1d_rig *rig)
{
	unsigned long i;

	rig->victims = tb_area(rig->victim_bytes);
	rig->sweep = tb_area(3 * rig->l1d);
	rig->still = tb_area(L1D_PAGE);
	rig->zero = tb_one_page(rig->size);
	for (i = 0; i < L1D_WALK_SETS; i++)
		rig->sets[i] = tb_area(l1d_set_bytes(rig, i));
	if (!rig->victims || !rig->sweep || !rig->still || !rig->zero)
		return -ENOMEM;
	if (!rig->sets[0] || !rig->sets[1] || !rig->sets[2])
		return -ENOMEM;
	l1d_fill_areas(rig);
	cond_resched();
	return 0;
}

static struct tb_flush *tb_flush_create(const struct tb_flush_setup *setup)
{
	struct tb_flush *flush = kzalloc(sizeof(*flush), GFP_KERNEL_ACCOUNT);
	struct l1d_rig *rig;
	int err;

	if (!flush)
		return ERR_PTR(-ENOMEM);
	rig = &flush->rig;
	rig->l1d = setup->l1d_bytes;
	rig->size = setup->flush_bytes;
	rig->loop = tb_loop(setup->loop);
	rig->victim = setup->victim;
	rig->buffer = setup->buffer;
	rig->victim_bytes = max(rig->size, rig->l1d);
	rig->ring_length = l1d_ring_length(rig->buffer, setup->l2_bytes, rig->size);
	rig->flushopt = boot_cpu_has(X86_FEATURE_CLFLUSHOPT);
	rig->random = &flush->random;
	prandom_seed_state(&flush->random, setup->seed);
	err = tb_flush_ring(rig);
	if (!err)
		err = tb_flush_areas(rig);
	if (err) {
		tb_flush_free(flush);
		return ERR_PTR(err);
	}
	return flush;
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

/* One write, untimed: the caller learns before its first sample that it is refused. */
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
	struct tb_flush *flush;
	int err = 0;

	if (setup->loop >= TB_LOOP_IDS || setup->victim >= L1D_VICTIM_KINDS ||
	    setup->buffer >= L1D_BUFFER_KINDS || setup->l2_bytes > TB_L2_MAX ||
	    !tb_pages_up_to(setup->l1d_bytes, TB_L1D_MAX) || setup->l1d_bytes < 2 * L1D_PAGE ||
	    !tb_pages_up_to(setup->flush_bytes, TB_FLUSH_MAX))
		return -EINVAL;
	if (!tb_loop_runs(tb_loop(setup->loop)))
		return -EOPNOTSUPP;
	if (mutex_lock_killable(&open->lock))
		return -EINTR;
	/* The old one first: two of the largest would be charged for a moment. */
	tb_flush_drop(open);
	flush = tb_flush_create(setup);
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
static int tb_flush_take(struct tb_open *open, struct tb_shot *shot)
{
	const struct l1d_window window = { tb_pmu_begin, tb_pmu_end, &open->pmu };
	bool count = shot->flags & TB_SHOT_COUNT;
	u32 before = 0, after = 0;
	bool known;

	if (smp_processor_id() != shot->cpu)
		return -ENXIO;
	known = tb_flush_smi_count(&before);
	this_cpu_write(tb_flush_refused, false);
	l1d_take(&open->flush->rig, shot, count ? &window : NULL);
	known = known && tb_flush_smi_count(&after);
	shot->smis = known ? after - before : TB_SMI_UNKNOWN;
	return this_cpu_read(tb_flush_refused) ? -EIO : 0;
}

/* Interrupts were off for so long: bounded by sizes, and by time where those do not tell. */
static int tb_flush_judge_time(struct tb_open *open, u64 cycles)
{
	u64 most_us = tb_knobs.irqs_off_max_us ?: TB_IRQS_OFF_MAX_US;

	if (cycles <= most_us * tsc_khz / 1000)
		return 0;
	tb_flush_drop(open);
	return -ETIME;
}

static int tb_flush_shot_locked(struct tb_open *open, struct tb_shot *shot)
{
	bool count = shot->flags & TB_SHOT_COUNT;
	unsigned long flags;
	u64 begin;
	bool fpu;
	int err;

	if (!open->flush || (count && !open->pmu.n))
		return -ENODATA;
	/* One loop uses zmm0: the user's registers are saved before anything is timed. */
	fpu = open->flush->rig.loop->need == TB_NEED_AVX512F;
	if (fpu)
		kernel_fpu_begin();
	local_irq_save(flags);
	begin = tb_clock_begin();
	err = tb_flush_take(open, shot);
	shot->irqs_off = tb_clock_end() - begin;
	local_irq_restore(flags);
	if (fpu)
		kernel_fpu_end();
	if (!err)
		err = tb_flush_judge_time(open, shot->irqs_off);
	if (count && !err) {
		err = open->pmu.err;
		tb_pmu_counts(&open->pmu, shot->count);
	}
	return err;
}

int tb_flush_shot(struct tb_open *open, void *arg)
{
	struct tb_shot *shot = arg;
	bool flushes = shot->look == L1D_LOOK_PAGE && shot->arrange == L1D_DO_FLUSH;
	int err;

	if (shot->reserved || shot->arrange >= L1D_ARRANGEMENTS || shot->look >= L1D_LOOKS ||
	    shot->hot > L1D_PROBED || shot->walk >= L1D_WALKS ||
	    (shot->flags & ~(TB_SHOT_NEW_PAGE | TB_SHOT_COUNT)))
		return -EINVAL;
	/* A walk knows two arrangements; counts are of a flush. */
	if (shot->look == L1D_LOOK_WALK && shot->arrange > L1D_DO_FLUSH)
		return -EINVAL;
	if ((shot->flags & TB_SHOT_COUNT) && !flushes)
		return -EINVAL;
	if (mutex_lock_killable(&open->lock))
		return -EINTR;
	err = tb_flush_shot_locked(open, shot);
	mutex_unlock(&open->lock);
	return err;
}
