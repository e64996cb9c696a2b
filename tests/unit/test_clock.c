// SPDX-License-Identifier: GPL-2.0-or-later
/* The end of a window on a CPU without RDTSCP. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): memmem
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "measure/clock.h"

enum { LOOK = 64 };

static const char rdtscp[] = "\x0f\x01\xf9";

/* How many windows of this program, those of the library among them, end with these bytes. */
static size_t ends_with(const char *bytes, size_t length)
{
	const int32_t *site;
	size_t sites = tb_clock_ends(&site), n = 0;

	for (size_t i = 0; i < sites; i++)
		n += !memcmp((const char *)&site[i] + site[i], bytes, length);
	return n;
}

/* Not inlined: its code is searched. */
static __attribute__((noinline)) uint64_t window(void)
{
	uint64_t begin = tb_clock_begin();

	return tb_clock_end() - begin;
}

static bool finds_rdtscp(uint64_t (*function)(void))
{
	char code[LOOK];

	memcpy(code, (const void *)(uintptr_t)function, sizeof(code));
	return memmem(code, sizeof(code), rdtscp, sizeof(rdtscp) - 1);
}

static void without_rdtscp(void **state)
{
	static const char without[] = "\x0f\xae\xe8\x0f\x31\x0f\xae\xe8";
	const int32_t *first;
	size_t sites = tb_clock_ends(&first);

	(void)state;
	assert_int_equal(tb_clock_usable(), 0);
	assert_true(sites > 2);
	if (ends_with(without, sizeof(without) - 1) == 0) {
		assert_int_equal(ends_with(rdtscp, sizeof(rdtscp) - 1), sites);
		assert_true(finds_rdtscp(window));
	}
	assert_int_equal(tb_clock_adapt(), 0);
	assert_int_equal(ends_with(without, sizeof(without) - 1), sites);
	assert_false(finds_rdtscp(window));
	for (int i = 0; i < 1000; i++) {
		uint64_t took = window();

		assert_true(took > 0 && took < 1ull << 40);
	}
	assert_true(tb_clock_core_chain() > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(without_rdtscp) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
