// SPDX-License-Identifier: GPL-2.0-or-later
/* The primitives of flush_lines.h and the sweep of window.h: their accesses to cache lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flush_lines.h"
#include "loop_trace.h"
#include "skip.h"
#include "window.h"

enum { LINE = 64, BYTES = 8 << 10 };

static char buffer[BYTES] __attribute__((aligned(4096)));
static struct loop_trace trace;

static void clflush(void *at, unsigned long bytes)
{
	(void)bytes;
	l1d_clflush((char *)at + LINE);
}

static void clflushopt(void *at, unsigned long bytes)
{
	(void)bytes;
	l1d_clflushopt((char *)at + LINE);
}

static void prefetch(void *at, unsigned long bytes)
{
	(void)bytes;
	l1d_prefetcht1((char *)at + LINE);
}

static void touch(void *at, unsigned long bytes)
{
	(void)bytes;
	l1d_touch((char *)at + LINE);
}

static void store(void *at, unsigned long bytes)
{
	(void)bytes;
	l1d_store((char *)at + LINE, 77);
}

static void fence(void *at, unsigned long bytes)
{
	(void)at;
	(void)bytes;
	tb_sweep_fence();
}

static void follow(void *at, unsigned long bytes)
{
	void *line = at;

	(void)bytes;
	L1D_FOLLOW(line, 63);
	if (line != (char *)at + 63 * (long)LINE)
		fail_msg("63 steps end at %p from %p", line, at);
}

static void sweep(void *at, unsigned long bytes)
{
	tb_sweep_read(at, bytes);
}

/* The trace has only steps of this kind, in this order. */
static void steps(unsigned int n, enum loop_access how, long first, long step)
{
	assert_int_equal(trace.n, n);
	for (unsigned int i = 0; i < n; i++) {
		assert_int_equal(trace.step[i].how, how);
		assert_int_equal(trace.step[i].offset, first + i * step);
	}
}

static void one_line(void **state)
{
	(void)state;
	loop_trace(&trace, clflush, buffer, BYTES);
	steps(1, LOOP_CLFLUSH, LINE, 0);
	loop_trace(&trace, prefetch, buffer, BYTES);
	steps(1, LOOP_PREFETCHT1, LINE, 0);
	loop_trace(&trace, store, buffer, BYTES);
	steps(1, LOOP_STORE, LINE, 0);
	assert_int_equal(*(long *)(buffer + LINE), 77);
	loop_trace(&trace, touch, buffer, BYTES);
	steps(1, LOOP_LOAD, LINE, 0);
}

static void optimised_flush(void **state)
{
	(void)state;
	__builtin_cpu_init();
	/* No CPU has AVX-512 without CLFLUSHOPT, for which gcc 12 has no name. */
	if (!__builtin_cpu_supports("avx512f"))
		skip_because("CLFLUSHOPT may be missing on this CPU");
	loop_trace(&trace, clflushopt, buffer, BYTES);
	steps(1, LOOP_CLFLUSHOPT, LINE, 0);
}

static void many_lines(void **state)
{
	(void)state;
	for (long i = 0; i < 64; i++)
		*(void **)(buffer + i * LINE) = buffer + (i + 1) % 64 * LINE;
	loop_trace(&trace, follow, buffer, BYTES);
	steps(63, LOOP_FOLLOW, 0, LINE);
	loop_trace(&trace, sweep, buffer, BYTES);
	steps(BYTES / LINE, LOOP_LOAD, 0, LINE);
}

/* MFENCE for the stores, LFENCE for the loads. */
static void fences(void **state)
{
	(void)state;
	loop_trace(&trace, fence, buffer, BYTES);
	assert_int_equal(trace.n, 2);
	assert_int_equal(trace.step[0].how, LOOP_MFENCE);
	assert_int_equal(trace.step[1].how, LOOP_LFENCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line),
		cmocka_unit_test(optimised_flush),
		cmocka_unit_test(many_lines),
		cmocka_unit_test(fences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
