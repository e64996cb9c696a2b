// SPDX-License-Identifier: GPL-2.0-or-later
/* An offset between guest and host clock is detected once it exceeds the uncertainty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apf/guest_clock.h"
#include "in_range.h"

/* TSC cycles: an entry and an exit of some microseconds, around a round of some milliseconds. */
enum { ENTRY = 6000, EXIT = 9000, ROUND = 8000000, ROUNDS = 5 };

/* The guest's TSC is off by so much, and gains so much a round. */
static struct guest_clock exchange(int64_t offset, int64_t drift)
{
	struct guest_clock clock = GUEST_CLOCK_UNKNOWN;
	uint64_t at = 1ull << 40;

	for (int i = 0; i < ROUNDS; i++) {
		struct guest_exchange e = { .host_entered = at };

		at += ENTRY + (uint64_t)i * 100;
		e.guest_entered = at + (uint64_t)offset;
		at += ROUND;
		offset += drift;
		e.guest_left = at + (uint64_t)offset;
		at += EXIT - (uint64_t)i * 100;
		e.host_left = at;
		guest_clock_narrow(&clock, &e);
	}
	return clock;
}

static void test_same_clock(void **state)
{
	struct guest_clock clock = exchange(0, 0);

	(void)state;
	assert_true(guest_clock_agrees(&clock));
	/* The narrowest entry and the narrowest exit. */
	assert_int_equal(clock.high, ENTRY);
	assert_int_equal(clock.low, -(EXIT - (ROUNDS - 1) * 100));
	assert_within((long long)guest_clock_uncertainty(&clock), -clock.low, -clock.low);
}

static void test_shifted_clock(void **state)
{
	static const int64_t shifts[] = { 20000, 50000, -20000, -50000 };

	(void)state;
	for (size_t i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
		struct guest_clock clock = exchange(shifts[i], 0);

		assert_false(guest_clock_agrees(&clock));
		assert_true(guest_clock_uncertainty(&clock) >= 20000);
	}
}

static void test_shift_below_the_uncertainty(void **state)
{
	struct guest_clock clock = exchange(ENTRY / 2, 0);

	(void)state;
	assert_true(guest_clock_agrees(&clock));
	assert_true(guest_clock_uncertainty(&clock) >= ENTRY / 2);
}

static void test_drifting_clock(void **state)
{
	struct guest_clock clock = exchange(0, 5000);

	(void)state;
	assert_false(guest_clock_agrees(&clock));
}

static void test_nothing_known(void **state)
{
	struct guest_clock clock = GUEST_CLOCK_UNKNOWN;

	(void)state;
	assert_false(guest_clock_agrees(&clock));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_clock),
		cmocka_unit_test(test_shifted_clock),
		cmocka_unit_test(test_shift_below_the_uncertainty),
		cmocka_unit_test(test_drifting_clock),
		cmocka_unit_test(test_nothing_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
