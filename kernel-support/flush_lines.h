/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The accesses of flush_rig.h to cache lines. A unit test replaces them by a simulated
 * cache: tests/unit/given.h.
 *
 * Nothing here may include a libc or kernel header.
 */
#ifndef TB_FLUSH_LINES_H
#define TB_FLUSH_LINES_H

#include "window.h"

#ifdef TB_GIVEN_CLOCK
enum tb_given_access {
	TB_GIVEN_LOAD,
	TB_GIVEN_STORE,
	TB_GIVEN_CLFLUSH,
	TB_GIVEN_CLFLUSHOPT,
	TB_GIVEN_PREFETCHT1
};
void tb_given_access(enum tb_given_access how, void *at);
void *tb_given_follow(void *line, unsigned int times);

static inline void l1d_run(void (*run)(void *at, unsigned long bytes), void *at,
			   unsigned long bytes)
{
	tb_given_run(run, at, bytes);
}

static inline void l1d_store(void *at, unsigned long value)
{
	tb_given_access(TB_GIVEN_STORE, at);
	*(volatile unsigned long *)at = value;
}

static inline void l1d_touch(void *line)
{
	tb_given_access(TB_GIVEN_LOAD, line);
}

static inline void **l1d_next(void **line)
{
	return tb_given_follow(line, 1);
}

static inline void l1d_clflush(void *at)
{
	tb_given_access(TB_GIVEN_CLFLUSH, at);
}

static inline void l1d_clflushopt(void *at)
{
	tb_given_access(TB_GIVEN_CLFLUSHOPT, at);
}

static inline void l1d_prefetcht1(void *at)
{
	tb_given_access(TB_GIVEN_PREFETCHT1, at);
}

#define L1D_FOLLOW(line, times) ((line) = tb_given_follow(line, times))
#else
static inline void l1d_run(void (*run)(void *at, unsigned long bytes), void *at,
			   unsigned long bytes)
{
	run(at, bytes);
}

static inline void l1d_store(void *at, unsigned long value)
{
	*(volatile unsigned long *)at = value;
}

static inline void l1d_touch(void *line)
{
	(void)*(volatile char *)line;
}

/* Returns the line that word 0 of this line points to. */
static inline void **l1d_next(void **line)
{
	return *line;
}

static inline void l1d_clflush(void *at)
{
	asm volatile("clflush (%0)" ::"r"(at) : "memory");
}

static inline void l1d_clflushopt(void *at)
{
	asm volatile("clflushopt (%0)" ::"r"(at) : "memory");
}

static inline void l1d_prefetcht1(void *at)
{
	asm volatile("prefetcht1 (%0)" ::"r"(at) : "memory");
}

/* A macro, since .rept needs an assembly-time constant. */
#define L1D_FOLLOW(line, times) \
	asm volatile(".rept " #times "\n\tmov (%0), %0\n\t.endr" : "+r"(line)::"memory")
#endif

#endif
