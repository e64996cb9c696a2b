// SPDX-License-Identifier: GPL-2.0-or-later
/* The gate: how long one reading of the witness must last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "measure/gate.h"

static void reads(void **state)
{
	(void)state;
	/* A fine TSC: one read, as long as it takes 250 steps. */
	assert_int_equal(tb_gate_reads(2, 1200), 1);
	assert_int_equal(tb_gate_reads(2, 500), 1);
	assert_int_equal(tb_gate_reads(2, 499), 2);
	/* Zen 5 as a guest: steps of 21, a read of 64 KiB takes 860. */
	assert_int_equal(tb_gate_reads(21, 860), 7);
	assert_int_equal(tb_gate_reads(1000, 860), 15);
	/* Unknown is no reason to read more, or for ever. */
	assert_int_equal(tb_gate_reads(0, 860), 1);
	assert_int_equal(tb_gate_reads(0, 0), 1);
	assert_int_equal(tb_gate_reads(21, 0), 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
