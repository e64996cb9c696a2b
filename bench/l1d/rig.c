// SPDX-License-Identifier: GPL-2.0-or-later
/* Victim, flush buffer and probe: the apparatus of a launch. */
#include "l1d/l1d.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "measure/clock.h"
#include "measure/sweep.h"
#include "stats/random.h"

static void write_lines(char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += L1D_LINE)
		*(volatile uint64_t *)(at + i + sizeof(void *)) = i;
}

void l1d_evict_lines(struct l1d_rig *rig, char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += L1D_LINE) {
		if (rig->flushopt)
			asm volatile("clflushopt (%0)" ::"r"(at + i) : "memory");
		else
			asm volatile("clflush (%0)" ::"r"(at + i) : "memory");
	}
	tb_sweep_fence();
}

void l1d_fetch_to_l2(char *at, size_t bytes)
{
	/* A core may drop prefetches beyond its buffers, and no fence waits for them: a few, a pause, again. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < bytes; i += L1D_LINE) {
			asm volatile("prefetcht1 (%0)" ::"r"(at + i) : "memory");
			for (int k = 0; k < 4; k++)
				asm volatile("pause" ::: "memory");
		}
	tb_sweep_fence();
}

void l1d_link(struct l1d_rig *rig, char *at, size_t lines)
{
	/* Sattolo's shuffle in place: one cycle through all lines, never two short ones. */
	for (size_t i = 0; i < lines; i++)
		*(void **)(at + i * L1D_LINE) = at + i * L1D_LINE;
	for (size_t i = lines - 1; i > 0; i--) {
		void **a = (void **)(at + i * L1D_LINE);
		void **b = (void **)(at + tb_random_below(rig->random, (uint32_t)i) * L1D_LINE);
		void *swap = *a;

		*a = *b;
		*b = swap;
	}
}

void l1d_new_page(struct l1d_rig *rig)
{
	uint32_t pages = (uint32_t)(rig->l1d / L1D_PAGE);

	rig->page = rig->victims + (size_t)tb_random_below(rig->random, pages) * L1D_PAGE;
	l1d_link(rig, rig->page, L1D_PAGE_LINES);
	rig->first = rig->page + (size_t)tb_random_below(rig->random, L1D_PAGE_LINES) * L1D_LINE;
}

static char *flush_buffer(const struct l1d_rig *rig)
{
	return rig->ring + rig->turn * rig->size;
}

static void place_buffer(struct l1d_rig *rig)
{
	/* The seed's own state: whatever the guest did, the buffer was used a moment ago. */
	if (rig->buffer == L1D_IN_L2)
		tb_sweep_read(flush_buffer(rig), rig->size);
	else
		tb_sweep_read(rig->sweep, 3 * rig->l1d);
	if (rig->buffer == L1D_IN_L3)
		rig->turn = (rig->turn + 1) % rig->ring_length;
	if (rig->buffer == L1D_IN_DRAM)
		l1d_evict_lines(rig, flush_buffer(rig), rig->size);
	tb_sweep_fence();
}

void l1d_prepare(struct l1d_rig *rig)
{
	enum { FILLS = 3, TOUCHES = 64 };

	place_buffer(rig);
	switch (rig->victim) {
	case L1D_FULL:
		for (int i = 0; i < FILLS; i++)
			tb_sweep_read(rig->victims, rig->l1d);
		break;
	case L1D_DIRTY:
		for (int i = 0; i < FILLS; i++)
			write_lines(rig->victims, rig->l1d);
		break;
	case L1D_ONE_PAGE:
		tb_sweep_read(rig->page, L1D_PAGE);
		break;
	case L1D_REUSED:
		for (int i = 0; i < TOUCHES; i++)
			tb_sweep_read(rig->page, L1D_PAGE);
		break;
	}
	tb_sweep_fence();
}

/* A loop that acts by address is given the victim and flushes at most that; the others their buffer. */
struct target {
	char *at;
	size_t bytes;
};

static struct target flush_target(const struct l1d_rig *rig)
{
	bool page = rig->victim == L1D_ONE_PAGE || rig->victim == L1D_REUSED;
	size_t victim = page ? (size_t)L1D_PAGE : rig->l1d;

	if (rig->loop->kind != TB_LOOP_BY_ADDRESS)
		return (struct target){ flush_buffer(rig), rig->size };
	return (struct target){ page ? rig->page : rig->victims,
				rig->size < victim ? rig->size : victim };
}

void l1d_flush(struct l1d_rig *rig)
{
	struct target target = flush_target(rig);

	rig->loop->run(target.at, target.bytes);
	tb_sweep_fence();
}

void l1d_flush_all(struct l1d_rig *rig)
{
	/* Lines that CLFLUSHOPT sent to memory would stretch the probe's scale: flush by reading. */
	if (rig->loop->kind == TB_LOOP_BY_ADDRESS)
		tb_flush_unroll8(flush_buffer(rig), rig->size);
	else
		l1d_flush(rig);
	tb_sweep_read(rig->sweep, 3 * rig->l1d);
	tb_sweep_fence();
}

static uint64_t timed(void (*run)(void *, unsigned long), void *at, size_t size)
{
	uint64_t begin = tb_clock_begin();

	run(at, size);
	return tb_clock_end() - begin;
}

uint64_t l1d_flush_timed(struct l1d_rig *rig)
{
	struct target target = flush_target(rig);
	uint64_t tsc = timed(rig->loop->run, target.at, target.bytes);

	tb_sweep_fence();
	return tsc;
}

uint64_t l1d_null_timed(struct l1d_rig *rig)
{
	struct target target = flush_target(rig);

	return timed(tb_flush_nothing, target.at, target.bytes);
}

double l1d_core_cycles(double tsc, double chain)
{
	return tsc * TB_CLOCK_CHAIN_CYCLES / chain;
}

static __attribute__((noinline)) uint64_t chain_timed(void *line)
{
	uint64_t begin;

	/* The page's first line, untimed: it walks the page table and costs no probed line. */
	asm volatile("mov (%0), %0\n\tmfence\n\tlfence" : "+r"(line)::"memory");
	begin = tb_clock_begin();
	asm volatile(".rept 63\n\tmov (%0), %0\n\t.endr" : "+r"(line)::"memory");
	return tb_clock_end() - begin;
}

uint64_t l1d_chain(struct l1d_rig *rig, void *first)
{
	/*
	 * Once over a line that points to itself: without it the first timed load
	 * is a cache latency faster after one pass over the L1D than after two, and
	 * every flush seems to leave one line that its reference does not.
	 */
	chain_timed(rig->still);
	return chain_timed(first);
}

static int map_zero(struct l1d_rig *rig)
{
	/* Not by tb_trial_alloc(): populating it would give it pages of its own. */
	rig->zero =
		mmap(NULL, rig->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (rig->zero == MAP_FAILED) {
		rig->zero = NULL;
		return -errno;
	}
	/* The huge zero page has 2 MiB of distinct lines and would flush. */
	madvise(rig->zero, rig->size, MADV_NOHUGEPAGE);
	return 0;
}

/*
 * Every page different, by addresses in it: the kernel's same-page merging would
 * make equal ones one. Only the chase needs them in every line.
 */
static void fill_ring(struct l1d_rig *rig)
{
	size_t bytes = rig->ring_length * rig->size;

	for (size_t i = 0; i < bytes; i += L1D_PAGE)
		*(void **)(rig->ring + i) = rig->ring + i;
	for (size_t i = 0; i < bytes && rig->loop->run == l1d_loop("chase")->run; i += rig->size)
		l1d_link(rig, rig->ring + i, rig->size / L1D_LINE);
}

int l1d_rig_setup(struct tb_trial *trial, struct l1d_rig *rig)
{
	const char *lacks;
	size_t set_bytes[3];

	rig->random = tb_trial_random(trial);
	rig->l1d = tb_trial_cache(trial, 1);
	rig->size = tb_trial_number(trial, "size");
	rig->loop = l1d_loop(tb_trial_choice(trial, "loop"));
	rig->victim = (enum l1d_victim)tb_trial_choice_index(trial, "victim");
	rig->buffer = (enum l1d_buffer)tb_trial_choice_index(trial, "buffer");
	rig->flushopt = l1d_loop_runs(l1d_loop("clflushopt"), &lacks);
	rig->ring_length = rig->buffer == L1D_IN_L3 ? 2 * tb_trial_cache(trial, 2) / rig->size + 1
						    : 1;
	rig->victim_bytes = rig->size > rig->l1d ? rig->size : rig->l1d;

	rig->victims = tb_trial_alloc(trial, rig->victim_bytes);
	rig->ring = tb_trial_alloc(trial, rig->ring_length * rig->size);
	rig->sweep = tb_trial_alloc(trial, 3 * rig->l1d);
	rig->still = tb_trial_alloc(trial, L1D_PAGE);
	if (!rig->victims || !rig->ring || !rig->sweep || !rig->still)
		return -ENOMEM;
	if (map_zero(rig))
		return tb_trial_fail(trial, -ENOMEM,
				     "no address space for the never-written buffer");

	*(void **)rig->still = rig->still;
	fill_ring(rig);
	for (size_t i = 0; i < rig->victim_bytes / L1D_PAGE; i++)
		l1d_link(rig, rig->victims + i * L1D_PAGE, L1D_PAGE_LINES);

	set_bytes[0] = L1D_PAGE;
	set_bytes[1] = rig->l1d / 2;
	set_bytes[2] = rig->l1d;
	for (int i = 0; i < 3; i++) {
		rig->sets[i] = tb_trial_alloc(trial, set_bytes[i]);
		if (!rig->sets[i])
			return -ENOMEM;
		l1d_link(rig, rig->sets[i], set_bytes[i] / L1D_LINE);
	}
	l1d_new_page(rig);
	return 0;
}

void l1d_rig_teardown(struct l1d_rig *rig)
{
	if (rig->zero)
		munmap(rig->zero, rig->size);
}
