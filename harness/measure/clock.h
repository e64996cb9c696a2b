/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time stamps: TSC cycles inside windows, CLOCK_MONOTONIC nanoseconds around them. */
#ifndef TB_CLOCK_H
#define TB_CLOCK_H

#include <stdint.h>

/*
 * A window is tb_clock_begin() ... tb_clock_end(). Intel's SDM, vol. 2B, RDTSC
 * and RDTSCP: LFENCE before keeps earlier work out, LFENCE after keeps the
 * window's work in; RDTSCP waits for loads, LFENCE keeps later work out.
 */
static inline __attribute__((always_inline)) uint64_t tb_clock_begin(void)
{
	uint32_t lo, hi;

	asm volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

static inline __attribute__((always_inline)) uint64_t tb_clock_end(void)
{
	uint32_t lo, hi;

	asm volatile("rdtscp\n\tlfence" : "=a"(lo), "=d"(hi)::"rcx", "memory");
	return (uint64_t)hi << 32 | lo;
}

/* A stamp that orders nothing: for deadlines, never for windows. */
static inline uint64_t tb_clock_now(void)
{
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/* What tb_clock_core_chain() times: so many core cycles of dependent IMUL r32, 3 cycles each. */
enum { TB_CLOCK_CHAIN_CYCLES = 3 * 600 };

/*
 * TSC cycles of TB_CLOCK_CHAIN_CYCLES core cycles, right now: a long window less
 * a short one, since what a window costs by itself is no null window of another shape.
 */
double tb_clock_core_chain(void);
uint64_t tb_clock_ns(void); /* CLOCK_MONOTONIC, nanoseconds */

/* Where a TSC frequency came from, and its value in Hz (0: unknown). */
struct tb_clock_rate {
	double hz;
	const char *source;
};

/* Two readings of TSC and CLOCK_MONOTONIC_RAW; their quotient is the kernel's own rate. */
struct tb_clock_mark {
	uint64_t tsc, ns;
};

struct tb_clock_mark tb_clock_mark(void);
struct tb_clock_rate tb_clock_rate(struct tb_clock_mark from, struct tb_clock_mark to);

#endif
