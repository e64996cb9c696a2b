// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/call by given stamps. */
#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include "benches.h"

/* A sample is one window of 4096 pairs, in core cycles: with the clock at half the TSC's rate half as many. */
static void core_cycles_of_a_pair(void **state)
{
	static const uint64_t window[] = { 5000, 5000 + 3 * 4096, 20000, 20000 + 3 * 4096 };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	given_open(&trial, &thread_call, "depth=16");
	given_stamps(window, 4);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[0] == 3);
	given_chain(2 * TB_CLOCK_CHAIN_CYCLES);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[0] == 1.5);
	assert_int_equal(given_stamps_read(), 4);
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(core_cycles_of_a_pair) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
