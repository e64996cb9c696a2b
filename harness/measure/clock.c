// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/clock.h"

#include <time.h>

/*
 * Core cycles where APERF/MPERF cannot be read. IMUL r32, r32 has had a latency
 * of 3 cycles on Intel's cores since Nehalem, on the Atoms since Silvermont and
 * on AMD's since K8, Bulldozer and Jaguar apart (uops.info, Agner Fog's tables).
 * Never a chain of ADD immediate: Golden Cove folds it at rename.
 */
double tb_clock_core_chain(void)
{
	uint64_t shorter = UINT64_MAX, longer = UINT64_MAX;
	uint32_t x = 3;

	/* Of two pairs the least of each: an interrupt only lengthens, in either window. */
	for (int i = 0; i < 2; i++) {
		uint64_t begin = tb_clock_begin(), window;

		asm volatile(".rept 40\n\timul %0, %0\n\t.endr" : "+r"(x)::"cc");
		window = tb_clock_end() - begin;
		shorter = window < shorter ? window : shorter;
		begin = tb_clock_begin();
		asm volatile(".rept 640\n\timul %0, %0\n\t.endr" : "+r"(x)::"cc");
		window = tb_clock_end() - begin;
		longer = window < longer ? window : longer;
	}
	return (double)longer - (double)shorter;
}

static uint64_t clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t tb_clock_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

struct tb_clock_mark tb_clock_mark(void)
{
	struct tb_clock_mark best = { 0 };
	uint64_t narrowest = UINT64_MAX;

	/* The narrowest of a few brackets: one interrupt between the two reads would shift the mark. */
	for (int i = 0; i < 16; i++) {
		uint64_t before = tb_clock_now();
		uint64_t ns = clock_read(CLOCK_MONOTONIC_RAW);
		uint64_t after = tb_clock_now();

		if (after - before < narrowest) {
			narrowest = after - before;
			best = (struct tb_clock_mark){ before + (after - before) / 2, ns };
		}
	}
	return best;
}

struct tb_clock_rate tb_clock_rate(struct tb_clock_mark from, struct tb_clock_mark to)
{
	if (to.ns <= from.ns || to.tsc <= from.tsc)
		return (struct tb_clock_rate){ 0, "unknown" };
	return (struct tb_clock_rate){
		(double)(to.tsc - from.tsc) * 1e9 / (double)(to.ns - from.ns), "clock_monotonic_raw"
	};
}
