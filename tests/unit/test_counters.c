// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts with a known value: breakpoints on the test's variable, page faults of the test. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "measure/breakpoint.h"
#include "measure/counters.h"
#include "skip.h"

enum { PAGE = 4096 };

static volatile long watched;

static struct tb_event breakpoint(void)
{
	struct tb_event event = { .name = "stores" };

	event.attr = tb_breakpoint_attr(&watched);
	return event;
}

static struct tb_event software(uint64_t config)
{
	struct tb_event event = { .name = "software" };

	event.attr.type = PERF_TYPE_SOFTWARE;
	event.attr.size = sizeof(event.attr);
	event.attr.config = config;
	return event;
}

static uint64_t counted(const struct tb_counters *c, unsigned int i)
{
	return c->at[i].end - c->at[i].begin;
}

static void store(long times)
{
	for (long i = 0; i < times; i++)
		watched = i;
}

/* A sanitizer's shadow of the pages would fault, too. */
__attribute__((no_sanitize("address", "thread"))) static void touch(char *pages, int n)
{
	for (int i = 0; i < n; i++)
		*(volatile char *)(pages + (size_t)i * PAGE) = 1;
}

static void stores_are_exact(void **state)
{
	static const long times[] = { 0, 1, 7, 1000, 12345 };
	struct tb_events events = { .n = 1, .at = { breakpoint() } };
	struct tb_counters c;

	(void)state;
	tb_counters_probe(&events);
	if (events.at[0].why[0])
		skip_because(events.at[0].why);
	assert_int_equal(tb_counters_open(&c, &events), 0);
	for (size_t k = 0; k < sizeof(times) / sizeof(times[0]); k++) {
		store(3); /* off: these do not count */
		tb_counters_on(&c);
		store(5); /* nor do these, outside the window */
		tb_counters_begin(&c);
		store(times[k]);
		tb_counters_end(&c);
		store(11);
		assert_true(tb_counters_off(&c));
		assert_int_equal(counted(&c, 0), times[k]);
	}
	tb_counters_close(&c);
}

/* A group: both over the same window, whichever comes first. */
static void groups_are_exact(void **state)
{
	struct tb_events events = {
		.n = 3,
		.at = { software(PERF_COUNT_SW_PAGE_FAULTS_MIN), breakpoint(),
			software(PERF_COUNT_SW_PAGE_FAULTS) },
	};
	struct tb_counters c;

	(void)state;
	tb_counters_probe(&events);
	for (int i = 0; i < 3; i++)
		if (events.at[i].why[0])
			skip_because(events.at[i].why);
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_false(c.rdpmc);
	for (int n = 1; n <= 256; n *= 16) {
		char *pages = mmap(NULL, (size_t)n * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		assert_ptr_not_equal(pages, MAP_FAILED);
		madvise(pages, (size_t)n * PAGE, MADV_NOHUGEPAGE);
		tb_counters_on(&c);
		tb_counters_begin(&c);
		touch(pages, n);
		store(2L * n);
		tb_counters_end(&c);
		assert_true(tb_counters_off(&c));
		assert_int_equal(counted(&c, 0), n);
		assert_int_equal(counted(&c, 1), 2 * n);
		assert_int_equal(counted(&c, 2), n);
		munmap(pages, (size_t)n * PAGE);
	}
	tb_counters_close(&c);
}

/* The same without a breakpoint, which some hypervisors do not deliver. */
static void faults_are_exact(void **state)
{
	struct tb_events events = {
		.n = 2,
		.at = { software(PERF_COUNT_SW_PAGE_FAULTS_MIN),
			software(PERF_COUNT_SW_PAGE_FAULTS) },
	};
	struct tb_counters c;
	char *pages;

	(void)state;
	tb_counters_probe(&events);
	for (int i = 0; i < 2; i++)
		if (events.at[i].why[0])
			skip_because(events.at[i].why);
	assert_int_equal(tb_counters_open(&c, &events), 0);
	pages = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	madvise(pages, 16 * PAGE, MADV_NOHUGEPAGE);
	tb_counters_on(&c);
	tb_counters_begin(&c);
	touch(pages, 16);
	tb_counters_end(&c);
	assert_true(tb_counters_off(&c));
	assert_int_equal(counted(&c, 0), 16);
	assert_int_equal(counted(&c, 1), 16);
	munmap(pages, 16 * PAGE);
	tb_counters_close(&c);
}

/* An event that would stay at 0 is refused with the reason. */
static void breakpoints_that_do_not_fire_are_refused(void **state)
{
	struct tb_events events = { .n = 1, .at = { breakpoint() } };

	(void)state;
	if (tb_breakpoint_fires())
		skip_because("breakpoints fire on this machine");
	tb_counters_probe(&events);
	assert_non_null(strstr(events.at[0].why, "do not fire"));
}

/* x86 has four breakpoints: a fifth is told of by itself, the others count. */
static void too_many_events_are_rejected(void **state)
{
	struct tb_events events = { .n = 5 };
	struct tb_counters c;

	(void)state;
	for (unsigned int i = 0; i < events.n; i++)
		events.at[i] = breakpoint();
	tb_counters_probe(&events);
	if (events.at[0].why[0])
		skip_because(events.at[0].why);
	assert_string_equal(events.at[3].why, "");
	assert_non_null(strstr(events.at[4].why, "no counter is left"));
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_int_equal(c.n, 4);
	tb_counters_close(&c);
}

static void unavailable_events_have_a_reason(void **state)
{
	struct tb_events events = { .n = 2,
				    .at = { software(9999), software(PERF_COUNT_SW_CPU_CLOCK) } };
	struct tb_counters c;

	(void)state;
	tb_counters_probe(&events);
	assert_true(events.at[0].why[0]);
	if (events.at[1].why[0])
		skip_because(events.at[1].why);
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.at[0].event, 1);
	tb_counters_on(&c);
	tb_counters_begin(&c);
	tb_counters_end(&c);
	assert_true(tb_counters_off(&c));
	tb_counters_close(&c);
}

static void without_events(void **state)
{
	struct tb_events none = { 0 };
	struct tb_counters c;

	(void)state;
	tb_counters_probe(&none);
	assert_int_equal(tb_counters_open(&c, &none), 0);
	tb_counters_on(&c);
	tb_counters_begin(&c);
	tb_counters_end(&c);
	assert_false(tb_counters_off(&c));
	tb_counters_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stores_are_exact),
		cmocka_unit_test(groups_are_exact),
		cmocka_unit_test(faults_are_exact),
		cmocka_unit_test(breakpoints_that_do_not_fire_are_refused),
		cmocka_unit_test(too_many_events_are_rejected),
		cmocka_unit_test(unavailable_events_have_a_reason),
		cmocka_unit_test(without_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
