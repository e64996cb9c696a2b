// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of KVM's async page faults: promised outcomes, and the proof of "halted". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apf/contract.h"

enum { TOUCHES = 32 };

static void assert_outcome(uint64_t own, uint64_t notified, uint64_t halts, uint64_t waits,
			   enum contract_outcome want)
{
	const struct contract_counts counts = {
		.touches = TOUCHES, .own = own, .notified = notified, .halts = halts, .waits = waits
	};

	assert_string_equal(contract_outcome_name(contract_outcome(&counts)),
			    contract_outcome_name(want));
}

static void test_each_outcome(void **state)
{
	(void)state;
	assert_outcome(TOUCHES, 0, 0, TOUCHES, CONTRACT_SYNCHRONOUS);
	assert_outcome(0, TOUCHES, 9, 9, CONTRACT_DELIVERED);
	assert_outcome(0, 0, 0, TOUCHES, CONTRACT_HALTED);
	assert_outcome(4, 0, 0, TOUCHES, CONTRACT_MIXED);
	assert_outcome(0, 4, 0, TOUCHES, CONTRACT_MIXED);
}

static void test_halted_is_not_the_remainder(void **state)
{
	(void)state;
	assert_outcome(0, 0, 0, 0, CONTRACT_UNPROVED);
	assert_outcome(0, 0, 0, TOUCHES / 2, CONTRACT_UNPROVED);
	/* The guest halted itself: its waits are not KVM's. */
	assert_outcome(0, 0, TOUCHES, TOUCHES, CONTRACT_UNPROVED);
	assert_outcome(0, 0, 0, TOUCHES - 2, CONTRACT_HALTED);
}

static void test_share_of_halted(void **state)
{
	const struct contract_counts none = { .touches = TOUCHES, .own = 8, .waits = 8 };
	const struct contract_counts some = { .touches = TOUCHES, .own = 8, .waits = 20 };
	const struct contract_counts many = { .touches = TOUCHES, .notified = 8, .waits = 900 };

	(void)state;
	assert_int_equal(contract_halted(&none), 0);
	assert_int_equal(contract_halted(&some), 12);
	assert_int_equal(contract_halted(&many), TOUCHES - 8);
}

static void assert_promised(const struct contract_cell *cell, enum contract_outcome want)
{
	assert_string_equal(contract_outcome_name(contract_promised(cell)),
			    contract_outcome_name(want));
}

static void test_promises(void **state)
{
	struct contract_cell cell = { .interrupts = true };

	(void)state;
	assert_promised(&cell, CONTRACT_DELIVERED);
	cell.async = CONTRACT_VMEXIT;
	assert_promised(&cell, CONTRACT_DELIVERED);
	cell.async = CONTRACT_OFF;
	assert_promised(&cell, CONTRACT_HALTED);
	cell.hlt_in_guest = true;
	assert_promised(&cell, CONTRACT_SYNCHRONOUS);
	cell.async = CONTRACT_ON;
	assert_promised(&cell, CONTRACT_DELIVERED);
	cell.kernel = true;
	assert_promised(&cell, CONTRACT_SYNCHRONOUS);
	cell.send_always = true;
	assert_promised(&cell, CONTRACT_DELIVERED);
	cell.hlt_in_guest = cell.send_always = false;
	assert_promised(&cell, CONTRACT_HALTED);
	cell.interrupts = false;
	assert_promised(&cell, CONTRACT_SYNCHRONOUS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_outcome),
		cmocka_unit_test(test_halted_is_not_the_remainder),
		cmocka_unit_test(test_share_of_halted),
		cmocka_unit_test(test_promises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
