// SPDX-License-Identifier: GPL-2.0-or-later
/* The memory of the flush rig: buffers as KVM allocates them, and the areas of flush_rig.h. */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/cpufeature.h>

#include "flush.h"

/* The memory is large and only for a measurement: ENOMEM is better than the OOM killer. */
static const gfp_t tb_gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;

/*
 * As KVM's alloc_pages(order): naturally aligned pages of the direct map, each filled
 * with a different byte. The page after them belongs to the buffer, too, and is never
 * touched: otherwise the next-page prefetcher could fetch the victim.
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
	vfree(rig->chain_entry);
	kfree(flush);
}

/* vmalloc leaves an unmapped page after each area, where prefetchers stop. */
static char *tb_area(unsigned long bytes)
{
	return __vmalloc(bytes, tb_gfp);
}

/* There may be thousands, so other tasks may run in between. */
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
	rig->chain_entry = tb_area(L1D_PAGE);
	rig->zero = tb_one_page(rig->size);
	for (i = 0; i < L1D_WALK_SETS; i++)
		rig->sets[i] = tb_area(l1d_set_bytes(rig, i));
	if (!rig->victims || !rig->sweep || !rig->chain_entry || !rig->zero)
		return -ENOMEM;
	if (!rig->sets[0] || !rig->sets[1] || !rig->sets[2])
		return -ENOMEM;
	l1d_fill_areas(rig);
	cond_resched();
	return 0;
}

struct tb_flush *tb_flush_create(const struct tb_flush_setup *setup,
				 const struct tb_flush_loop *loop)
{
	struct tb_flush *flush = kzalloc(sizeof(*flush), GFP_KERNEL_ACCOUNT);
	struct l1d_rig *rig;
	int err;

	if (!flush)
		return ERR_PTR(-ENOMEM);
	rig = &flush->rig;
	rig->l1d = setup->l1d_bytes;
	rig->size = setup->flush_bytes;
	rig->loop = loop;
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
