/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time stamps: TSC cycles inside windows, CLOCK_MONOTONIC nanoseconds around them. */
#ifndef TB_CLOCK_H
#define TB_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "window.h"

/* A stamp that orders nothing: for deadlines, never for windows. */
static inline uint64_t tb_clock_now(void)
{
#ifdef TB_GIVEN_CLOCK
	return tb_given_stamp();
#else
	uint32_t lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
#endif
}

/*
 * Whether tb_clock_end() can be used: 0, or -errno where this CPU does not support RDTSCP and the program's
 * code could not be changed to do without it.
 */
int tb_clock_usable(void);
/* The ends of windows in this program: how many, and the first; each is relative to its own place. */
size_t tb_clock_ends(const int32_t **first);
/* Makes every tb_clock_end() of this program use LFENCE, RDTSC, LFENCE. 0 or -errno. */
int tb_clock_adapt(void);

/* TSC cycles as core cycles, by the clock of right now. */
double tb_clock_core_cycles(double tsc);
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

/* The step of the TSC: the greatest common divisor of the differences between readings; 0: it does not advance. */
uint64_t tb_clock_step(void);
/* The arithmetic of it. */
uint64_t tb_clock_step_of(const uint64_t *readings, size_t n);

#ifdef TB_GIVEN_CLOCK /* see window.h */
double tb_given_core_cycles(double tsc);
uint64_t tb_given_ns(void);
struct tb_clock_mark tb_given_mark(void);
uint64_t tb_given_step(void);
/* What else a benchmark asks of the core. 0: no such leaf. */
int tb_given_cpuid(unsigned int leaf, unsigned int *a, unsigned int *b, unsigned int *c,
		   unsigned int *d);
unsigned int tb_given_xcr0(void);

#define tb_clock_core_cycles(tsc) tb_given_core_cycles(tsc)
#define tb_clock_ns()		  tb_given_ns()
#define tb_clock_mark()		  tb_given_mark()
#define tb_clock_step()		  tb_given_step()
#endif

#endif
