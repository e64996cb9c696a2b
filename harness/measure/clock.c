// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/clock.h"

#include <time.h>

double tb_clock_core_cycles(double tsc)
{
	return tsc * TB_CLOCK_CHAIN_CYCLES / (double)tb_clock_core_chain();
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

uint64_t tb_clock_step_of(const uint64_t *readings, size_t n)
{
	uint64_t step = 0;

	for (size_t i = 1; i < n; i++) {
		uint64_t a = readings[i] - readings[i - 1], b = step;

		while (b) {
			uint64_t rest = a % b;

			a = b;
			b = rest;
		}
		step = a;
	}
	return step;
}

uint64_t tb_clock_step(void)
{
	uint64_t readings[1001];

	for (size_t i = 0; i < sizeof(readings) / sizeof(*readings); i++)
		readings[i] = tb_clock_now();
	return tb_clock_step_of(readings, sizeof(readings) / sizeof(*readings));
}
