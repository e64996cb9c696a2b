/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rig of the l1d benchmarks: a victim in the first-level data cache, a flush
 * buffer, and a probe that counts the victim's lines left in the cache. Program and
 * module compile the same text, so that their results are comparable. The method and
 * its traps: docs/method.md.
 *
 * The includer must define l1d_below(random, n) before: uniform in [0, n). This file
 * must not include a libc or kernel header except linux/types.h.
 */
#ifndef TB_FLUSH_RIG_H
#define TB_FLUSH_RIG_H

#include "flush_lines.h"
#include "flush_loops.h"
#include "uapi/tollbooth.h"
#include "window.h"

enum {
	L1D_LINE = 64, /* of every x86-64 so far */
	L1D_PAGE =
		4096, /* one line of each set: the index of a VIPT cache lies inside the offset */
	L1D_PAGE_LINES = L1D_PAGE / L1D_LINE,
	L1D_PROBED = L1D_PAGE_LINES - 1, /* one line of the page warms its DTLB entry */
};

struct l1d_rig {
	unsigned long l1d; /* bytes, from topology */
	const struct tb_flush_loop *loop;
	enum l1d_victim victim;
	enum l1d_buffer buffer;
	unsigned long size; /* of a flush, bytes */

	char *victims; /* max(l1d, size) bytes */
	unsigned long victim_bytes;
	char *page;  /* page of the victim to probe next */
	void *first; /* first line of its chain */
	char **ring; /* flush buffers, used in turn */

	/* 1, or enough that L2 has evicted a buffer before its next use. */
	unsigned long ring_length;
	unsigned long turn;
	char *sweep;	   /* other memory, 3 times the L1D, that the reference reads */
	char *zero;	   /* `size` bytes, every address maps the same page */
	char *chain_entry; /* one line that points to itself */

	/* Working sets of the refill: a page, half the L1D, the L1D. */
	char *sets[L1D_WALK_SETS];
	_Bool flushopt; /* CLFLUSHOPT exists; otherwise CLFLUSH */
	void *random;
};

/* Called right before and after the flush's window: reads counters. */
struct l1d_window {
	void (*begin)(void *arg);
	void (*end)(void *arg);
	void *arg;
};

/* Number of buffers in the ring of a flush from L3. */
static inline unsigned long l1d_ring_length(enum l1d_buffer buffer, unsigned long l2,
					    unsigned long size)
{
	return buffer == L1D_IN_L3 ? 2 * l2 / size + 1 : 1;
}

static inline unsigned long l1d_set_bytes(const struct l1d_rig *rig, unsigned int set)
{
	return set == 0 ? (unsigned long)L1D_PAGE : set == 1 ? rig->l1d / 2 : rig->l1d;
}

static inline void l1d_write_lines(char *at, unsigned long bytes)
{
	unsigned long i;

	for (i = 0; i < bytes; i += L1D_LINE)
		l1d_store(at + i + sizeof(void *), i);
}

/* Evicts the lines from all caches. */
static inline void l1d_evict_lines(const struct l1d_rig *rig, char *at, unsigned long bytes)
{
	unsigned long i;

	for (i = 0; i < bytes; i += L1D_LINE) {
		if (rig->flushopt)
			l1d_clflushopt(at + i);
		else
			l1d_clflush(at + i);
	}
	tb_sweep_fence();
}

/* Fetches the lines to L2 but not to the L1D, and waits for their arrival. */
static inline void l1d_fetch_to_l2(char *at, unsigned long bytes)
{
	unsigned long i;
	int pass, k;

	/* A core may drop prefetches beyond its buffers, and no fence waits for them, so run twice. */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < bytes; i += L1D_LINE) {
			l1d_prefetcht1(at + i);
			for (k = 0; k < 4; k++)
				asm volatile("pause" ::: "memory");
		}
	tb_sweep_fence();
}

/* Links the lines' word 0 to a random cycle. */
static inline void l1d_link(struct l1d_rig *rig, char *at, unsigned long lines)
{
	unsigned long i;

	/* Sattolo's shuffle in place: one cycle through all lines, never two short ones. */
	for (i = 0; i < lines; i++)
		*(void **)(at + i * L1D_LINE) = at + i * L1D_LINE;
	for (i = lines - 1; i > 0; i--) {
		void **a = (void **)(at + i * L1D_LINE);
		void **b = (void **)(at + l1d_below(rig->random, (unsigned int)i) * L1D_LINE);
		void *swap = *a;

		*a = *b;
		*b = swap;
	}
}

static inline void l1d_new_page(struct l1d_rig *rig)
{
	unsigned int pages = (unsigned int)(rig->l1d / L1D_PAGE);

	rig->page = rig->victims + (unsigned long)l1d_below(rig->random, pages) * L1D_PAGE;
	l1d_link(rig, rig->page, L1D_PAGE_LINES);
	rig->first = rig->page + (unsigned long)l1d_below(rig->random, L1D_PAGE_LINES) * L1D_LINE;
}

/*
 * The initial contents of a flush buffer. Addresses make every page different, since
 * same-page merging would merge equal pages. Only the chase needs an address in every
 * line.
 */
static inline void l1d_fill_buffer(struct l1d_rig *rig, unsigned long i)
{
	unsigned long at;

	for (at = 0; at < rig->size; at += L1D_PAGE)
		*(void **)(rig->ring[i] + at) = rig->ring[i] + at;
	if (rig->loop->kind == TB_LOOP_FOLLOWS)
		l1d_link(rig, rig->ring[i], rig->size / L1D_LINE);
}

/* The initial contents of the other areas. */
static inline void l1d_fill_areas(struct l1d_rig *rig)
{
	unsigned long i, at;

	*(void **)rig->chain_entry = rig->chain_entry;
	for (at = 0; at < rig->victim_bytes; at += L1D_PAGE)
		l1d_link(rig, rig->victims + at, L1D_PAGE_LINES);
	for (i = 0; i < L1D_WALK_SETS; i++)
		l1d_link(rig, rig->sets[i], l1d_set_bytes(rig, i) / L1D_LINE);
	l1d_new_page(rig);
}

static inline void l1d_place_buffer(struct l1d_rig *rig)
{
	/* L1D_IN_L2 is KVM's usual state: it used the buffer a moment ago. */
	if (rig->buffer == L1D_IN_L2)
		tb_sweep_read(rig->ring[rig->turn], rig->size);
	else
		tb_sweep_read(rig->sweep, 3 * rig->l1d);
	if (rig->buffer == L1D_IN_L3)
		rig->turn = (rig->turn + 1) % rig->ring_length;
	if (rig->buffer == L1D_IN_DRAM)
		l1d_evict_lines(rig, rig->ring[rig->turn], rig->size);
	tb_sweep_fence();
}

/* Brings victim and buffer into their states; ends with a fence. */
static inline void l1d_prepare(struct l1d_rig *rig)
{
	enum { FILLS = 3, TOUCHES = 64 };
	int i;

	l1d_place_buffer(rig);
	switch (rig->victim) {
	case L1D_FULL:
		for (i = 0; i < FILLS; i++)
			tb_sweep_read(rig->victims, rig->l1d);
		break;
	case L1D_DIRTY:
		for (i = 0; i < FILLS; i++)
			l1d_write_lines(rig->victims, rig->l1d);
		break;
	case L1D_ONE_PAGE:
		tb_sweep_read(rig->page, L1D_PAGE);
		break;
	case L1D_REUSED:
		for (i = 0; i < TOUCHES; i++)
			tb_sweep_read(rig->page, L1D_PAGE);
		break;
	case L1D_VICTIM_KINDS:
		break;
	}
	tb_sweep_fence();
}

/* A loop that acts by address gets the victim, and flushes at most that. Others get a buffer. */
struct l1d_target {
	char *at;
	unsigned long bytes;
};

static inline struct l1d_target l1d_flush_target(const struct l1d_rig *rig)
{
	_Bool page = rig->victim == L1D_ONE_PAGE || rig->victim == L1D_REUSED;
	unsigned long victim = page ? (unsigned long)L1D_PAGE : rig->l1d;

	if (rig->loop->kind != TB_LOOP_BY_ADDRESS)
		return (struct l1d_target){ rig->ring[rig->turn], rig->size };
	return (struct l1d_target){ page ? rig->page : rig->victims,
				    rig->size < victim ? rig->size : victim };
}

/* The variant's own flush, untimed. */
static inline void l1d_flush(struct l1d_rig *rig)
{
	struct l1d_target target = l1d_flush_target(rig);

	l1d_run(rig->loop->run, target.at, target.bytes);
	tb_sweep_fence();
}

/* The reference: the flush and a pass over other memory. */
static inline void l1d_flush_all(struct l1d_rig *rig)
{
	/* Lines written to memory would change the probe's scale, so flush by reading. */
	if (rig->loop->kind == TB_LOOP_BY_ADDRESS || rig->loop->kind == TB_LOOP_TO_MEMORY)
		l1d_run(tb_flush_unroll8, rig->ring[rig->turn], rig->size);
	else
		l1d_flush(rig);
	tb_sweep_read(rig->sweep, 3 * rig->l1d);
	tb_sweep_fence();
}

/* Not inlined, so that the window's code is the same with any content. */
static __attribute__((__noinline__, __unused__)) unsigned long long
l1d_timed(void (*run)(void *, unsigned long), void *at, unsigned long size)
{
	unsigned long long begin = tb_clock_begin();

	l1d_run(run, at, size);
	return tb_clock_end() - begin;
}

static inline void l1d_flush_timed(struct l1d_rig *rig, struct tb_flush_sample *sample,
				   const struct l1d_window *window)
{
	struct l1d_target target = l1d_flush_target(rig);

	sample->null = l1d_timed(tb_flush_nothing, target.at, target.bytes);
	if (window)
		window->begin(window->arg);
	sample->latency = l1d_timed(rig->loop->run, target.at, target.bytes);
	if (window)
		window->end(window->arg);
	tb_sweep_fence();
}

static __attribute__((__noinline__, __unused__)) unsigned long long l1d_chain_timed(void *line)
{
	unsigned long long begin;

	/* Reads the page's first line untimed: it walks the page table and is not a probed line. */
	L1D_FOLLOW(line, 1);
	tb_sweep_fence();
	begin = tb_clock_begin();
	L1D_FOLLOW(line, 63);
	return tb_clock_end() - begin;
}

/* A window over L1D_PROBED dependent loads of the page, TSC cycles. */
static inline unsigned long long l1d_chain(struct l1d_rig *rig)
{
	/*
	 * First a pass over a line that points to itself. Without it the first timed load is
	 * one cache latency faster after one pass over the L1D than after two, and every flush
	 * seems to leave a line that its reference does not.
	 */
	l1d_chain_timed(rig->chain_entry);
	return l1d_chain_timed(rig->first);
}

/* Touches `hot` of the timed lines, anywhere in the chain. */
static inline void l1d_touch_some(struct l1d_rig *rig, unsigned int hot)
{
	void *lines[L1D_PROBED] = { 0 };
	void **line = (void **)rig->first;
	unsigned int i;

	for (i = 0; i < L1D_PROBED; i++) {
		line = l1d_next(line);
		lines[i] = line;
	}
	/* Shuffled before the flush; afterwards the shuffle would fetch lines again. */
	for (i = L1D_PROBED - 1; i > 0; i--) {
		unsigned int other = (unsigned int)l1d_below(rig->random, i + 1);
		void *swap = lines[i];

		lines[i] = lines[other];
		lines[other] = swap;
	}
	l1d_flush_all(rig); /* the walk of the chain made all of them hot */
	for (i = 0; i < hot; i++)
		l1d_touch(lines[i]);
	tb_sweep_fence();
}

static inline void l1d_setups(struct l1d_rig *rig, struct tb_flush_sample *sample,
			      const struct l1d_window *window)
{
	l1d_prepare(rig);
	switch ((enum l1d_setup)sample->setup) {
	case L1D_DO_NOTHING:
	case L1D_SETUPS:
		break;
	case L1D_DO_FLUSH:
		l1d_flush_timed(rig, sample, window);
		break;
	case L1D_DO_REFERENCE:
		l1d_flush_all(rig);
		break;
	case L1D_DO_BY_ADDRESS:
		l1d_evict_lines(rig, rig->page, L1D_PAGE);
		l1d_fetch_to_l2(rig->page, L1D_PAGE);
		break;
	case L1D_DO_ZERO_PAGE:
		l1d_run(tb_flush_unroll8, rig->zero, rig->size);
		tb_sweep_fence();
		break;
	case L1D_DO_HOT:
		l1d_touch_some(rig, sample->hot);
		break;
	}
}

/* The walk of a warm working set, with or without a flush before it. */
static inline unsigned long long l1d_walked(struct l1d_rig *rig,
					    const struct tb_flush_sample *sample)
{
	unsigned int set = sample->walk % L1D_WALK_SETS;
	unsigned long bytes = l1d_set_bytes(rig, set);
	_Bool chained = sample->walk < L1D_WALK_SETS, flush = sample->setup == L1D_DO_FLUSH;
	void (*walk)(void *, unsigned long) = chained ? tb_flush_chase : tb_flush_unroll8;
	int i;

	l1d_prepare(rig);
	for (i = 0; i < 2; i++)
		l1d_run(walk, rig->sets[set], bytes);
	tb_sweep_fence();
	if (flush && rig->loop->kind == TB_LOOP_BY_ADDRESS)
		l1d_run(rig->loop->run, rig->sets[set], rig->size < bytes ? rig->size : bytes);
	else if (flush)
		l1d_flush(rig);
	tb_sweep_fence();
	return l1d_timed(walk, rig->sets[set], bytes);
}

/* Takes one sample: reads its request and fills in its times. window may be NULL. */
static inline void l1d_take(struct l1d_rig *rig, struct tb_flush_sample *sample,
			    const struct l1d_window *window)
{
	if (sample->flags & TB_SAMPLE_NEW_PAGE)
		l1d_new_page(rig);
	if (sample->probe_kind == L1D_PROBE_WALK) {
		sample->probe = l1d_walked(rig, sample);
	} else {
		l1d_setups(rig, sample, window);
		sample->probe = l1d_chain(rig);
	}
	sample->chain = (unsigned long long)tb_clock_core_chain();
}

#endif
