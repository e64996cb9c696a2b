/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka 2 deprecates assert_in_range, and cmocka 1 has nothing else. */
#ifndef TB_TESTS_IN_RANGE_H
#define TB_TESTS_IN_RANGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* Fails the test unless value is min..max. */
static inline void assert_within(long long value, long long min, long long max)
{
	if (value < min || value > max)
		fail_msg("%lld is not in %lld..%lld", value, min, max);
}

#endif
