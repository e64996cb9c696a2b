/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timed windows, and the cache fills and fences around them, for program and module.
 * Their results are comparable only because the windows are the same text.
 *
 * This file must not include a libc or kernel header, except the kernel's header for
 * code patching.
 */
#ifndef TB_WINDOW_H
#define TB_WINDOW_H

#ifdef __KERNEL__
#include <asm/alternative.h>
#include <asm/cpufeatures.h>
#endif

#ifdef TB_GIVEN_CLOCK
/* A unit test supplies the stamps: tests/unit/given.h. Never defined in program or module. */
unsigned long tb_given_stamp(void);
unsigned long tb_given_chain(void);
/* Accesses to lines go to the test, too, which may simulate a cache. */
void tb_given_run(void (*run)(void *at, unsigned long bytes), void *at, unsigned long bytes);
void tb_given_fence(void);

static inline unsigned long tb_clock_begin(void)
{
	return tb_given_stamp();
}

static inline unsigned long tb_clock_end(void)
{
	return tb_given_stamp();
}
#else
/*
 * A window is tb_clock_begin() ... tb_clock_end(), in TSC cycles. Intel's SDM, vol. 2B,
 * RDTSC and RDTSCP: the LFENCE before RDTSC excludes earlier work, the one after it
 * keeps the window's work inside. RDTSCP waits for loads, its LFENCE excludes later work.
 */
static inline __attribute__((__always_inline__)) unsigned long tb_clock_begin(void)
{
	unsigned int lo, hi;

	asm volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi)::"memory");
	return (unsigned long)hi << 32 | lo;
}

/*
 * On a CPU without RDTSCP (QEMU's models qemu64, kvm64, Nehalem and Westmere) these bytes are
 * replaced by LFENCE, RDTSC, LFENCE. In the program tb_clock_adapt() does it at start, in the module
 * the kernel's alternatives at load. A flag would add a load to the window, of a line that a flush
 * has just evicted. The NOP after the window makes room.
 */
#ifdef __KERNEL__
#define TB_STAMP_END \
	ALTERNATIVE("lfence\n\trdtsc\n\tlfence", "rdtscp\n\tlfence", X86_FEATURE_RDTSCP)
#else
#define TB_STAMP_END                        \
	"771:\n\trdtscp\n\tlfence"          \
	"\n\txchg %%ax, %%ax\n\t"           \
	".pushsection tb_rdtscp, \"a\"\n\t" \
	".balign 4\n\t.long 771b - .\n\t"   \
	".popsection"
#endif

static inline __attribute__((__always_inline__)) unsigned long tb_clock_end(void)
{
	unsigned int lo, hi;

	asm volatile(TB_STAMP_END : "=a"(lo), "=d"(hi)::"rcx", "memory");
	return (unsigned long)hi << 32 | lo;
}
#endif

/* Core cycles of the chain in tb_clock_core_chain(): dependent IMUL r32, 3 cycles each. */
enum { TB_CLOCK_CHAIN_CYCLES = 3 * 600 };

/*
 * The current TSC cycles of TB_CLOCK_CHAIN_CYCLES core cycles, without APERF/MPERF. It
 * is a long window minus a short one of the same shape, since a null window of another
 * shape has another cost. IMUL r32, r32 has a latency of 3 cycles on Intel's cores since
 * Nehalem, on the Atoms since Silvermont and on AMD's since K8, except Bulldozer and
 * Jaguar (uops.info, Agner Fog's tables). A chain of ADD immediate does not work: Golden
 * Cove folds it at rename.
 */
static inline unsigned long tb_clock_core_chain(void)
{
#ifdef TB_GIVEN_CLOCK
	return tb_given_chain();
#else
	unsigned long shorter = -1UL, longer = -1UL;
	unsigned int x = 3;
	int i;

	/* The minimum of two runs of each window: an interrupt only lengthens a window. */
	for (i = 0; i < 2; i++) {
		unsigned long begin = tb_clock_begin(), took;

		asm volatile(".rept 40\n\timul %0, %0\n\t.endr" : "+r"(x)::"cc");
		took = tb_clock_end() - begin;
		shorter = took < shorter ? took : shorter;
		begin = tb_clock_begin();
		asm volatile(".rept 640\n\timul %0, %0\n\t.endr" : "+r"(x)::"cc");
		took = tb_clock_end() - begin;
		longer = took < longer ? took : longer;
	}
	/* An SMI or a hypervisor's interrupt may have hit both short windows. */
	return longer > shorter ? longer - shorter : 1;
#endif
}

/* Completes earlier loads and stores before any later instruction. */
static inline void tb_sweep_fence(void)
{
#ifdef TB_GIVEN_CLOCK
	tb_given_fence();
#endif
	asm volatile("mfence\n\tlfence" ::: "memory");
}

/* Reads in order at full speed, eight lines an iteration. bytes: a multiple of 512. */
static inline void tb_sweep_read(const char *at, unsigned long bytes)
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

#ifdef TB_GIVEN_CLOCK
static __attribute__((__noinline__, __unused__)) void tb_given_sweep(void *at, unsigned long bytes)
{
	tb_sweep_read(at, bytes);
}
#define tb_sweep_read(at, bytes) tb_given_run(tb_given_sweep, at, bytes)
#endif

#undef TB_STAMP_END

#endif
