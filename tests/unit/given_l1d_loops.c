// SPDX-License-Identifier: GPL-2.0-or-later
/* The flush loops' machine code, instruction by instruction: each touches its lines in its order, and ends. */
#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "l1d/l1d.h"
#include "loop_trace.h"

static char buffer[32 << 10] __attribute__((aligned(4096)));
static struct loop_trace trace;
static struct loop_step expected[LOOP_ACCESSES];
static unsigned int n_expected;

static void expect(long offset, enum loop_access how)
{
	expected[n_expected++] = (struct loop_step){ offset, how };
}

static void expect_lines(long bytes, long step, enum loop_access how)
{
	for (long at = 0; at < bytes; at += step)
		expect(at, how);
}

/* What each loop does, in its order. */
static void expect_loop(const char *name, long bytes)
{
	static const struct {
		const char *name;
		enum loop_access how, ends[2];
	} plain[] = {
		{ "unroll8", LOOP_LOAD, { LOOP_LFENCE } },
		{ "avx512", LOOP_LOAD_VECTOR, { LOOP_LFENCE, LOOP_VZEROUPPER } },
		{ "prefetcht0", LOOP_PREFETCHT0, { LOOP_LFENCE } },
		{ "store", LOOP_STORE, { LOOP_MFENCE } },
		{ "clflushopt", LOOP_CLFLUSHOPT, { LOOP_MFENCE } },
	};

	n_expected = 0;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (strcmp(name, plain[i].name) != 0)
			continue;
		for (long at = 0; at < bytes; at += L1D_LINE)
			expect(at + (plain[i].how == LOOP_STORE ? 8 : 0), plain[i].how);
		expect(0, plain[i].ends[0]);
		if (plain[i].ends[1])
			expect(0, plain[i].ends[1]);
		return;
	}
	if (!strncmp(name, "kvm", 3)) {
		expect_lines(bytes, 4096, LOOP_LOAD);
		expect(0, !strcmp(name, "kvm")		? LOOP_CPUID
			  : !strcmp(name, "kvm-lfence") ? LOOP_LFENCE
							: LOOP_SERIALIZE);
		expect_lines(bytes, L1D_LINE, LOOP_LOAD);
	} else if (!strcmp(name, "page-interleaved")) {
		for (long line = 0; line < 4096; line += L1D_LINE)
			for (long page = 0; page < bytes; page += 4096)
				expect(page + line, LOOP_LOAD);
	} else if (!strcmp(name, "chase")) {
		/* The test links the lines from the last to the first. */
		for (long i = 0; i < bytes / L1D_LINE; i++)
			expect(i ? bytes - i * L1D_LINE : 0, LOOP_FOLLOW);
	} else {
		fail_msg("what %s touches is not known here", name);
	}
	expect(0, LOOP_LFENCE);
}

static void same_steps(const char *name, long bytes)
{
	for (unsigned int i = 0; i < trace.n && i < n_expected; i++)
		if (trace.step[i].offset != expected[i].offset ||
		    trace.step[i].how != expected[i].how)
			fail_msg("%s over %ld bytes, step %u: %d at %ld, not %d at %ld", name,
				 bytes, i, trace.step[i].how, trace.step[i].offset, expected[i].how,
				 expected[i].offset);
	if (trace.n != n_expected)
		fail_msg("%s over %ld bytes: %u steps, not %u", name, bytes, trace.n, n_expected);
}

static void loops(void **state)
{
	static const long sizes[] = { 4 << 10, 8 << 10, 12 << 10 };
	const char *missing;

	(void)state;
	for (long i = 0; i < (long)sizeof(buffer); i += L1D_LINE)
		*(void **)(buffer + i) =
			buffer + (i ? i - L1D_LINE : (long)sizeof(buffer) - L1D_LINE);
	for (size_t i = 0; i < sizeof(tb_flush_loops) / sizeof(tb_flush_loops[0]); i++) {
		const struct tb_flush_loop *loop = &tb_flush_loops[i];

		if (loop->need != TB_NEED_SERIALIZE && !l1d_loop_runs(loop, &missing)) {
			print_message("%s: this CPU does not support %s\n", loop->name, missing);
			continue;
		}
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			*(void **)buffer = buffer + sizes[k] - L1D_LINE;
			expect_loop(loop->name, sizes[k]);
			loop_trace(&trace, loop->run, buffer, (unsigned long)sizes[k]);
			same_steps(loop->name, sizes[k]);
		}
	}
}

static void sweep_and_nothing(void **state)
{
	(void)state;
	n_expected = 0;
	expect_lines(8 << 10, L1D_LINE, LOOP_LOAD);
	loop_trace(&trace, tb_given_sweep, buffer, 8 << 10);
	same_steps("sweep", 8 << 10);
	n_expected = 0;
	loop_trace(&trace, tb_flush_nothing, buffer, 8 << 10);
	same_steps("nothing", 8 << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops),
		cmocka_unit_test(sweep_and_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
