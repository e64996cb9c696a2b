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

#include "tollbooth.h"

static inline u32 l1d_below(void *random, u32 n)
{
	return tb_below(random, n);
}

#include "flush_rig.h"

static bool wbinvd_allowed;
module_param_named(wbinvd, wbinvd_allowed, bool, 0400);
MODULE_PARM_DESC(
	wbinvd,
	"allow loop wbinvd: it empties the caches of all CPUs, for milliseconds (default: no)");

struct tb_flush {
	struct l1d_rig rig;
	struct rnd_state random;
};

/* The same call and loop frame as the others; size says nothing to it. */
static noinline void tb_flush_msr(void *buffer, unsigned long size)
{
	/* A hypervisor may show the bit and refuse the write: that is tried before, see below. */
	asm volatile("1:\twrmsr\n2:\n" _ASM_EXTABLE(1b, 2b)
		     :
		     : "c"(MSR_IA32_FLUSH_CMD), "a"(L1D_FLUSH), "d"(0)
		     : "memory");
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

static bool tb_loop_runs(const struct tb_flush_loop *loop)
{
	switch (loop->need) {
	case TB_NEED_NOTHING:
		return true;
	case TB_NEED_SERIALIZE:
		return boot_cpu_has(X86_FEATURE_SERIALIZE);
	case TB_NEED_AVX512F:
		return boot_cpu_has(X86_FEATURE_AVX512F);
	case TB_NEED_CLFLUSHOPT:
		return boot_cpu_has(X86_FEATURE_CLFLUSHOPT);
	case TB_NEED_FLUSH_CMD:
		return boot_cpu_has(X86_FEATURE_FLUSH_L1D) &&
		       !tb_wrmsr_safe(MSR_IA32_FLUSH_CMD, L1D_FLUSH);
	case TB_NEED_WBINVD:
		return wbinvd_allowed;
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

/*
 * As KVM's alloc_pages(order): naturally aligned pages of the direct map, each
 * filled with another byte. The page behind is ours, too, and never touched: what
 * the next-page prefetcher would fetch there could be the victim.
 */
static char *tb_flush_buffer(unsigned long size)
{
	const gfp_t gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN;
	char *buffer = alloc_pages_exact(size + PAGE_SIZE, gfp);
	unsigned long at;

	for (at = 0; buffer && at < size; at += PAGE_SIZE)
		memset(buffer + at, (at >> PAGE_SHIFT) + 1, PAGE_SIZE);
	return buffer;
}

/* One page behind every address. */
static char *tb_one_page(unsigned long size)
{
	unsigned long i, n = size >> PAGE_SHIFT;
	struct page **pages = kvcalloc(n, sizeof(*pages), GFP_KERNEL);
	struct page *page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
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
	for (i = 0; rig->ring && i < rig->ring_length; i++)
		if (rig->ring[i])
			free_pages_exact(rig->ring[i], rig->size + PAGE_SIZE);
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
	return __vmalloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
}

static int tb_flush_areas(struct l1d_rig *rig)
{
	unsigned long i;

	rig->ring = kvcalloc(rig->ring_length, sizeof(*rig->ring), GFP_KERNEL_ACCOUNT);
	for (i = 0; rig->ring && i < rig->ring_length; i++) {
		rig->ring[i] = tb_flush_buffer(rig->size);
		if (!rig->ring[i] || fatal_signal_pending(current))
			return -ENOMEM;
	}
	rig->victims = tb_area(rig->victim_bytes);
	rig->sweep = tb_area(3 * rig->l1d);
	rig->still = tb_area(L1D_PAGE);
	rig->zero = tb_one_page(rig->size);
	for (i = 0; i < L1D_WALK_SETS; i++)
		rig->sets[i] = tb_area(l1d_set_bytes(rig, i));
	if (!rig->ring || !rig->victims || !rig->sweep || !rig->still || !rig->zero)
		return -ENOMEM;
	return rig->sets[0] && rig->sets[1] && rig->sets[2] ? 0 : -ENOMEM;
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
	err = tb_flush_areas(rig);
	if (err) {
		tb_flush_free(flush);
		return ERR_PTR(err);
	}
	l1d_fill(rig);
	return flush;
}

static bool tb_pages_up_to(u32 bytes, u32 most)
{
	return bytes && bytes <= most && !(bytes % L1D_PAGE);
}

int tb_flush_setup(struct tb_open *open, void *arg)
{
	const struct tb_flush_setup *setup = arg;
	struct tb_flush *flush;

	if (setup->reserved || setup->loop >= TB_LOOP_IDS || setup->victim >= L1D_VICTIM_KINDS ||
	    setup->buffer >= L1D_BUFFER_KINDS || setup->l2_bytes > TB_L2_MAX ||
	    !tb_pages_up_to(setup->l1d_bytes, TB_L1D_MAX) || setup->l1d_bytes < 2 * L1D_PAGE ||
	    !tb_pages_up_to(setup->flush_bytes, TB_FLUSH_MAX))
		return -EINVAL;
	if (!tb_loop_runs(tb_loop(setup->loop)))
		return -EOPNOTSUPP;
	if (mutex_lock_killable(&open->lock))
		return -EINTR;
	/* The old one first: two of the largest would be charged for a moment. */
	tb_flush_free(open->flush);
	open->flush = NULL;
	flush = tb_flush_create(setup);
	if (!IS_ERR(flush))
		open->flush = flush;
	mutex_unlock(&open->lock);
	return PTR_ERR_OR_ZERO(flush);
}

/* Interrupts are off. */
static void tb_flush_take(struct tb_open *open, struct tb_shot *shot)
{
	const struct l1d_window window = { tb_pmu_begin, tb_pmu_end, &open->pmu };
	bool count = shot->flags & TB_SHOT_COUNT;
	u32 before = 0, after = 0;
	bool known = tb_flush_smi_count(&before);

	l1d_take(&open->flush->rig, shot, count ? &window : NULL);
	known = known && tb_flush_smi_count(&after);
	shot->smis = known ? after - before : TB_SMI_UNKNOWN;
}

static int tb_flush_shot_locked(struct tb_open *open, struct tb_shot *shot)
{
	bool count = shot->flags & TB_SHOT_COUNT;
	unsigned long flags;
	bool fpu;
	int err = 0;

	if (!open->flush || (count && !open->pmu.n))
		return -ENODATA;
	/* Only zmm0 is used, by one loop; the user's registers are saved before anything is timed. */
	fpu = open->flush->rig.loop->need == TB_NEED_AVX512F;
	if (fpu)
		kernel_fpu_begin();
	local_irq_save(flags);
	if (smp_processor_id() == shot->cpu)
		tb_flush_take(open, shot);
	else
		err = -ENXIO;
	local_irq_restore(flags);
	if (fpu)
		kernel_fpu_end();
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
