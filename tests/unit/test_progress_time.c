// SPDX-License-Identifier: GPL-2.0-or-later
/* The remaining time, by a given clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/clock.h"

static uint64_t ns;

#define tb_clock_ns() ns
#include "run/progress.c"

static char shown[512];

/* The progress line after `spent` seconds. stderr is a file meanwhile. */
static const char *show(double budget_s, unsigned int spent, size_t done, size_t total)
{
	struct tb_progress progress;
	int was = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	size_t n;

	dup2(fileno(file), STDERR_FILENO);
	ns = 1000;
	tb_progress_begin(&progress, false, budget_s);
	ns += spent * 1000000000ULL;
	tb_progress_show(&progress, done, total, "size=64K");
	dup2(was, STDERR_FILENO);
	close(was);
	rewind(file);
	n = fread(shown, 1, sizeof(shown) - 1, file);
	shown[n] = '\0';
	fclose(file);
	return shown;
}

/* 30 s for 10 of 40: three times as long again, or as long as the budget has. */
static void time_left(void **state)
{
	(void)state;
	assert_string_equal(show(0, 30, 10, 40),
			    "tollbooth: 25 %  about 90 s left  10 of 40 launches  size=64K\n");
	assert_string_equal(show(200, 30, 10, 40),
			    "tollbooth: 25 %  about 90 s left  10 of 40 launches  size=64K\n");
	assert_string_equal(show(100, 30, 10, 40),
			    "tollbooth: 25 %  about 70 s left  10 of 40 launches  size=64K\n");
	assert_string_equal(show(20, 30, 10, 40),
			    "tollbooth: 25 %  about 0 s left  10 of 40 launches  size=64K\n");
	assert_string_equal(show(0, 30, 0, 40), "tollbooth: 0 %  40 launches to make  size=64K\n");
}

/* Elsewhere than on a terminal a line every ten seconds. */
static void every_ten_seconds(void **state)
{
	(void)state;
	assert_string_equal(show(0, 9, 1, 2), "");
	assert_string_not_equal(show(0, 10, 1, 2), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_left),
		cmocka_unit_test(every_ten_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
