/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stamps, fences and sweeps, as harness/measure/clock.h and sweep.h have them
 * for user space: this folder is built without the rest of the tree.
 */
#ifndef TB_TIMING_H
#define TB_TIMING_H

#include <linux/types.h>

static __always_inline u64 tb_clock_begin(void)
{
	u32 lo, hi;

	asm volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi)::"memory");
	return (u64)hi << 32 | lo;
}

static __always_inline u64 tb_clock_end(void)
{
	u32 lo, hi;

	asm volatile("rdtscp\n\tlfence" : "=a"(lo), "=d"(hi)::"rcx", "memory");
	return (u64)hi << 32 | lo;
}

/* 1800 core cycles of dependent IMUL, in TSC cycles; see tb_clock_core_chain() of user space. */
static inline u64 tb_clock_core_chain(void)
{
	u64 shorter = U64_MAX, longer = U64_MAX, begin;
	u32 x = 3;
	int i;

	for (i = 0; i < 2; i++) {
		begin = tb_clock_begin();
		asm volatile(".rept 40\n\timul %0, %0\n\t.endr" : "+r"(x)::"cc");
		shorter = min(shorter, tb_clock_end() - begin);
		begin = tb_clock_begin();
		asm volatile(".rept 640\n\timul %0, %0\n\t.endr" : "+r"(x)::"cc");
		longer = min(longer, tb_clock_end() - begin);
	}
	/* An interrupt of the machine below us, an SMI, may have met both short windows. */
	return longer > shorter ? longer - shorter : 1;
}

static inline void tb_sweep_fence(void)
{
	asm volatile("mfence\n\tlfence" ::: "memory");
}

static inline void tb_sweep_read(const char *at, size_t bytes)
{
	const char *end = at + bytes;

	for (; at < end; at += 512)
		asm volatile("mov (%0), %%rax\n\t"
			     "mov 64(%0), %%rax\n\t"
			     "mov 128(%0), %%rax\n\t"
			     "mov 192(%0), %%rax\n\t"
			     "mov 256(%0), %%rax\n\t"
			     "mov 320(%0), %%rax\n\t"
			     "mov 384(%0), %%rax\n\t"
			     "mov 448(%0), %%rax"
			     :
			     : "r"(at)
			     : "rax", "memory");
}

#endif
