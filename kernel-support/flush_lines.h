/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the apparatus of flush_rig.h touches lines. A unit test has a simulated cache in
 * place of them: tests/unit/given.h.
 *
 * Nothing here may include a libc or kernel header.
 */
#ifndef TB_FLUSH_LINES_H
#define TB_FLUSH_LINES_H

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

#define L1D_RUN(run, at, bytes) tb_given_run(run, at, bytes)
#define L1D_STORE(at, value) \
	(tb_given_access(TB_GIVEN_STORE, at), *(volatile unsigned long *)(at) = (value))
#define L1D_TOUCH(line)		tb_given_access(TB_GIVEN_LOAD, line)
#define L1D_NEXT(line)		((void **)tb_given_follow(line, 1))
#define L1D_FOLLOW(line, times) ((line) = tb_given_follow(line, times))
#define L1D_CLFLUSH(at)		tb_given_access(TB_GIVEN_CLFLUSH, at)
#define L1D_CLFLUSHOPT(at)	tb_given_access(TB_GIVEN_CLFLUSHOPT, at)
#define L1D_PREFETCHT1(at)	tb_given_access(TB_GIVEN_PREFETCHT1, at)
#else
#define L1D_RUN(run, at, bytes) ((run)(at, bytes))
#define L1D_STORE(at, value)	(*(volatile unsigned long *)(at) = (value))
#define L1D_TOUCH(line)		((void)*(volatile char *)(line))
#define L1D_NEXT(line)		((void **)*(line))
#define L1D_FOLLOW(line, times) \
	asm volatile(".rept " #times "\n\tmov (%0), %0\n\t.endr" : "+r"(line)::"memory")
#define L1D_CLFLUSH(at)	   asm volatile("clflush (%0)" ::"r"(at) : "memory")
#define L1D_CLFLUSHOPT(at) asm volatile("clflushopt (%0)" ::"r"(at) : "memory")
#define L1D_PREFETCHT1(at) asm volatile("prefetcht1 (%0)" ::"r"(at) : "memory")
#endif

#endif
