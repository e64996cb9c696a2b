// SPDX-License-Identifier: GPL-2.0-or-later
/* The units of the metrics of thread/. */
#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "benches.h"

struct metric {
	const struct tb_bench *bench;
	const char *name;
	enum tb_unit unit;
	unsigned int trials;
	bool headline;
};

/* In the order in which the benchmarks set them; each begins with its own. */
static const struct metric metrics[] = {
	{ &thread_call, "call-ret", TB_CORE_CYCLES, 0, true },
	{ &thread_create, "create-return", TB_NS, 0, false },
	{ &thread_create, "child-start", TB_NS, 0, false },
	{ &thread_create, "full-cycle", TB_NS, 0, true },
	{ &thread_create, "off-cycle", TB_NS, 0, false },
	{ &thread_create, "map-cycle", TB_NS, 0, false },
	{ &thread_create, "parts-over-whole", TB_RATIO, 0, false },
	{ &thread_create, "model-cycle", TB_NS, 0, false },
	{ &thread_footprint, "vmas", TB_COUNT, 0, false },
	{ &thread_footprint, "committed", TB_BYTES, 0, false },
	{ &thread_footprint, "resident", TB_BYTES, 0, true },
	{ &thread_footprint, "page-tables", TB_BYTES, 0, false },
	{ &thread_footprint, "mapped", TB_BYTES, 0, false },
	{ &thread_footprint, "huge", TB_BYTES, 0, false },
	{ &thread_shadow_map, "latency", TB_NS, 0, true },
	{ &thread_shadow_map, "core-cycles", TB_CORE_CYCLES, 0, false },
	{ &thread_shadow_map, "map", TB_NS, 0, false },
	{ &thread_shadow_map, "unmap", TB_NS, 0, false },
	{ &thread_sibling_fault, "fault", TB_NS, 0, true },
	{ &thread_sibling_fault, "fault-p99", TB_NS, 256, false },
	{ &thread_signal, "signal", TB_NS, 0, true },
	{ &thread_signal, "to-handler", TB_NS, 0, false },
	{ &thread_switch, "switch", TB_NS, 0, true },
};

enum { METRICS = sizeof(metrics) / sizeof(metrics[0]) };

static void assert_metric(const struct metric *want, const struct tb_metric *got)
{
	if (!got->name || strcmp(got->name, want->name))
		fail_msg("%s: %s instead of %s", want->bench->name, got->name ? got->name : "none",
			 want->name);
	if (got->unit != want->unit || got->trials != want->trials ||
	    got->headline != want->headline || got->better != TB_LOWER ||
	    got->within != TB_MEDIAN || got->reference)
		fail_msg("%s: %s is in %s, a figure over %u trials%s", want->bench->name, got->name,
			 tb_unit_name(got->unit), got->trials,
			 got->headline ? ", the headline" : "");
}

static void units(void **state)
{
	unsigned int at = 0;

	(void)state;
	for (int i = 0; i < METRICS; i++) {
		const struct metric *want = &metrics[i];
		bool last = i + 1 == METRICS || metrics[i + 1].bench != want->bench;

		assert_metric(want, &want->bench->metrics[at++]);
		if (!last)
			continue;
		assert_null(want->bench->metrics[at].name);
		at = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(units) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
