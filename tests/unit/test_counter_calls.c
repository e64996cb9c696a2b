// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters on a played kernel: groups, windows, and invalid counts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "in_range.h"
#include "measure/counters.h"

enum { FIRST_FD = 1000, EVENTS = 3 };

static struct {
	struct perf_event_attr attr[16]; /* of each call */
	int leader[16];
	unsigned int calls, open, mapped;
	int err[16];	 /* of the n-th call; 0: it works */
	uint64_t now[8]; /* counts, and how far each reading moves them */
	uint64_t step, enabled, running;
	int read_bytes; /* 0: the group is in error */
	struct perf_event_mmap_page page[8];
	char did[256];
} given;

static void did(char what)
{
	given.did[strlen(given.did)] = what;
}

static long given_open(const struct perf_event_attr *attr, int leader)
{
	unsigned int call = given.calls++;

	given.attr[call] = *attr;
	given.leader[call] = leader;
	if (given.err[call]) {
		errno = given.err[call];
		return -1;
	}
	return FIRST_FD + (int)given.open++;
}

static int given_ioctl(int fd, unsigned long request, int arg)
{
	assert_int_equal(fd, FIRST_FD); /* the leader */
	assert_int_equal(arg, PERF_IOC_FLAG_GROUP);
	did(request == PERF_EVENT_IOC_RESET ? '0' : request == PERF_EVENT_IOC_ENABLE ? '(' : ')');
	return 0;
}

/* n, enabled, running, and a count each. */
static ssize_t given_read(int fd, uint64_t *out, size_t bytes)
{
	assert_int_equal(fd, FIRST_FD);
	assert_true(bytes >= (3 + EVENTS) * sizeof(*out));
	did('r');
	/* Also where nothing is read: what lies there might look like a count. */
	out[0] = EVENTS;
	out[1] = given.enabled;
	out[2] = given.running;
	for (int i = 0; i < EVENTS; i++) {
		given.now[i] += given.step * (uint64_t)(i + 1);
		out[3 + i] = given.now[i];
	}
	return given.read_bytes;
}

static void *given_map(int fd)
{
	given.mapped++;
	return &given.page[fd - FIRST_FD];
}

static int given_close(int fd)
{
	assert_within(fd, FIRST_FD, FIRST_FD + 8);
	given.open--;
	return 0;
}

#define syscall(nr, attr, pid, cpu, leader, flags) given_open(attr, leader)
#define ioctl(fd, request, arg)			   given_ioctl(fd, request, arg)
#define read(fd, out, bytes)			   given_read(fd, (uint64_t *)(out), bytes)
#define mmap(at, bytes, prot, flags, fd, offset)   given_map(fd)
#define munmap(at, bytes)			   ((void)(at), given.mapped--)
#define close(fd)				   given_close(fd)
#include "measure/counters.c"

static struct tb_events events_of(unsigned int n)
{
	struct tb_events events = { .n = n };

	for (unsigned int i = 0; i < n; i++) {
		events.at[i].attr.type = PERF_TYPE_HARDWARE;
		events.at[i].attr.config = 100 + i;
	}
	return events;
}

static int reset(void **state)
{
	(void)state;
	memset(&given, 0, sizeof(given));
	given.enabled = given.running = 77;
	given.read_bytes = 48;
	given.step = 10;
	return 0;
}

/* One group that is on the PMU always or in error, and counts from when it is told to. */
static void one_group(void **state)
{
	struct tb_events events = events_of(EVENTS);
	struct tb_counters c;

	(void)state;
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_int_equal(c.n, EVENTS);
	for (unsigned int i = 0; i < EVENTS; i++) {
		assert_int_equal(given.attr[i].config, 100 + i);
		assert_int_equal(given.attr[i].size, sizeof(struct perf_event_attr));
		assert_int_equal(given.attr[i].pinned, i == 0);
		assert_int_equal(given.attr[i].disabled, i == 0);
		assert_int_equal(given.leader[i], i ? FIRST_FD : -1);
		assert_int_equal(given.attr[i].read_format, PERF_FORMAT_GROUP |
								    PERF_FORMAT_TOTAL_TIME_ENABLED |
								    PERF_FORMAT_TOTAL_TIME_RUNNING);
		assert_int_equal(c.at[i].event, i);
	}
	tb_counters_close(&c);
	assert_int_equal(given.open, 0);
	assert_int_equal(given.mapped, 0);
}

/* Set back, on, read, read, off; the counts are the differences, each event's its own. */
static void windows(void **state)
{
	struct tb_events events = events_of(EVENTS);
	struct tb_counters c;

	(void)state;
	assert_int_equal(tb_counters_open(&c, &events), 0);
	memset(given.did, 0, sizeof(given.did));
	tb_counters_on(&c);
	tb_counters_begin(&c);
	for (int i = 0; i < EVENTS; i++)
		assert_int_equal(c.at[i].end, c.at[i].begin);
	tb_counters_end(&c);
	assert_true(tb_counters_off(&c));
	assert_string_equal(given.did, "0(rr)r");
	for (int i = 0; i < EVENTS; i++)
		assert_int_equal(c.at[i].end - c.at[i].begin, 10 * (i + 1));
	/* Repeated: the last window counts. */
	given.step = 7;
	tb_counters_begin(&c);
	tb_counters_end(&c);
	for (int i = 0; i < EVENTS; i++)
		assert_int_equal(c.at[i].end - c.at[i].begin, 7 * (i + 1));
	tb_counters_close(&c);
}

static void no_counts(void **state)
{
	struct tb_events events = events_of(EVENTS);
	struct tb_counters c;

	(void)state;
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_true(tb_counters_off(&c));
	given.running = 76; /* it shared the PMU */
	assert_false(tb_counters_off(&c));
	given.running = 77;
	given.read_bytes = 0; /* it lost the PMU */
	assert_false(tb_counters_off(&c));
	given.read_bytes = -1;
	assert_false(tb_counters_off(&c));
	tb_counters_close(&c);
}

/* Where the second of three cannot be counted the third keeps its place. */
static void places(void **state)
{
	struct tb_events events = events_of(EVENTS);
	struct tb_counters c;

	(void)state;
	snprintf(events.at[1].why, sizeof(events.at[1].why), "not here");
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.at[0].event, 0);
	assert_int_equal(c.at[1].event, 2);
	assert_int_equal(given.attr[1].config, 102);
	tb_counters_close(&c);
}

static void opening_fails(void **state)
{
	struct tb_events events = events_of(EVENTS);
	struct tb_counters c;

	(void)state;
	given.err[2] = EBUSY;
	assert_int_equal(tb_counters_open(&c, &events), -EBUSY);
	assert_int_equal(given.open, 0);
	assert_int_equal(given.mapped, 0);
	assert_int_equal(c.n, 0);
}

static void set_pages(unsigned int usable)
{
	for (unsigned int i = 0; i < EVENTS; i++) {
		given.page[i].cap_user_rdpmc = i < usable;
		given.page[i].index = 1;
	}
}

/* RDPMC of all or of none, and only while the kernel says where each event counts. */
static void rdpmc_of_all(void **state)
{
	struct tb_events events = events_of(EVENTS);
	struct tb_counters c;

	(void)state;
	set_pages(EVENTS);
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_true(c.rdpmc);
	/* The index stands in the page while the group is on. */
	assert_string_equal(given.did, "0()r");
	tb_counters_close(&c);
	set_pages(EVENTS - 1);
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_false(c.rdpmc);
	tb_counters_close(&c);
	set_pages(EVENTS);
	given.page[1].index = 0;
	assert_int_equal(tb_counters_open(&c, &events), 0);
	assert_false(c.rdpmc);
	tb_counters_close(&c);
}

/* An event that is off the PMU has its count in the page, and no system call reads it. */
static void counts_of_a_page(void **state)
{
	struct tb_events events = events_of(EVENTS);
	struct tb_counters c;

	(void)state;
	set_pages(EVENTS);
	assert_int_equal(tb_counters_open(&c, &events), 0);
	memset(given.did, 0, sizeof(given.did));
	for (int i = 0; i < EVENTS; i++) {
		given.page[i].index = 0;
		given.page[i].offset = 1000 * i;
	}
	tb_counters_begin(&c);
	for (int i = 0; i < EVENTS; i++)
		given.page[i].offset += 5 + i;
	tb_counters_end(&c);
	assert_string_equal(given.did, "");
	for (int i = 0; i < EVENTS; i++) {
		assert_int_equal(c.at[i].begin, 1000 * i);
		assert_int_equal(c.at[i].end, 5 + 1001 * i);
	}
	tb_counters_close(&c);
}

/* Counters in another thread's window: nothing here opens, reads or closes them. */
static void elsewhere(void **state)
{
	struct tb_counters c = { .n = 2, .elsewhere = true };

	(void)state;
	c.at[1].end = 5;
	tb_counters_on(&c);
	tb_counters_begin(&c);
	tb_counters_end(&c);
	assert_true(tb_counters_off(&c));
	assert_int_equal(c.at[1].end, 5);
	tb_counters_close(&c);
	assert_string_equal(given.did, "");
	assert_int_equal(c.n, 0);
}

/* Where the kernel's share is refused the user's is counted, and the name says so. */
static void user_share_of_counts(void **state)
{
	struct tb_events events = events_of(2);

	(void)state;
	snprintf(events.at[0].name, TB_EVENT_NAME, "cycles");
	snprintf(events.at[1].name, TB_EVENT_NAME, "context-switches");
	events.at[1].attr.type = PERF_TYPE_SOFTWARE;
	events.at[1].attr.config = PERF_COUNT_SW_CONTEXT_SWITCHES;
	given.err[0] = EACCES;
	given.err[2] = EACCES;
	tb_counters_probe(&events);
	assert_int_equal(given.calls, 3);
	assert_int_equal(given.attr[0].exclude_kernel, 0);
	assert_int_equal(given.attr[1].exclude_kernel, 1);
	assert_string_equal(events.at[0].name, "cycles:u");
	assert_string_equal(events.at[0].why, "");
	/* A switch has no user's share. */
	assert_string_equal(events.at[1].name, "context-switches");
	assert_true(events.at[1].why[0]);
	assert_int_equal(given.open, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_group, reset),
		cmocka_unit_test_setup(windows, reset),
		cmocka_unit_test_setup(no_counts, reset),
		cmocka_unit_test_setup(places, reset),
		cmocka_unit_test_setup(opening_fails, reset),
		cmocka_unit_test_setup(rdpmc_of_all, reset),
		cmocka_unit_test_setup(counts_of_a_page, reset),
		cmocka_unit_test_setup(elsewhere, reset),
		cmocka_unit_test_setup(user_share_of_counts, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
