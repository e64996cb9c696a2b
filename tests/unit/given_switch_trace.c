// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When the kernel switched away from a thread and back: the result of perf's records, and of
 * the real ones.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "apf/switch_trace.h"
#include "given_threads.h"
#include "played.h"
#include "skip.h"

enum { RING_SIZE = 1 << 14, RECORD = 16 };

static struct {
	bool real;
	struct perf_event_attr attr;
	int tid, fd;
	bool enabled;
} perf;

long syscall(long number, ...)
{
	long word[6];

	PLAYED_WORDS(word, number, PLAYED_ARGUMENTS(number));
	if (number != SYS_perf_event_open || perf.real)
		return real_call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
	perf.attr = *(const struct perf_event_attr *)word[0];
	perf.tid = (int)word[1];
	perf.fd = memfd_create("ring", MFD_CLOEXEC);
	assert_int_equal(ftruncate(perf.fd, 4096 + RING_SIZE), 0);
	return perf.fd;
}

int ioctl(int fd, unsigned long request, ...)
{
	long word[6];

	PLAYED_WORDS(word, request, 1);
	if (perf.real)
		return (int)real_call(SYS_ioctl, fd, (long)request, word[0], 0, 0, 0);
	perf.enabled = request == PERF_EVENT_IOC_ENABLE;
	return 0;
}

static void write_record(uint32_t type, uint16_t misc, uint64_t time)
{
	char *ring = mmap(NULL, 4096 + RING_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, perf.fd, 0);
	struct perf_event_mmap_page *page = (struct perf_event_mmap_page *)ring;
	const struct {
		struct perf_event_header header;
		uint64_t time;
	} record = { { type, misc, RECORD }, time };

	for (uint64_t i = 0; i < RECORD; i++)
		ring[4096 + (page->data_head + i) % RING_SIZE] = ((const char *)&record)[i];
	page->data_head += RECORD;
	munmap(ring, 4096 + RING_SIZE);
}

static void write_switch(bool out, uint64_t time)
{
	write_record(PERF_RECORD_SWITCH, out ? PERF_RECORD_MISC_SWITCH_OUT : 0, time);
}

static void begin(struct switch_trace *t)
{
	memset(&perf, 0, sizeof(perf));
	assert_int_equal(switch_trace_open(t, 4711), 0);
	assert_int_equal(perf.tid, 4711);
	assert_int_equal(perf.attr.clockid, CLOCK_MONOTONIC_RAW);
	assert_true(perf.attr.use_clockid && perf.attr.context_switch && perf.attr.disabled);
	switch_trace_begin(t);
	assert_true(perf.enabled);
}

static void switches_in_their_order(void **state)
{
	struct thread_switch sw[4];
	struct switch_trace t;

	(void)state;
	begin(&t);
	write_switch(true, 1000);
	write_record(PERF_RECORD_THROTTLE, 0, 1001); /* another kind */
	write_switch(false, 1500);
	write_switch(true, 2000);
	assert_int_equal(switch_trace_end(&t, sw, 4), 3);
	assert_false(perf.enabled);
	assert_true(sw[0].out && !sw[1].out && sw[2].out);
	assert_int_equal(sw[0].ns, 1000);
	assert_int_equal(sw[1].ns, 1500);
	assert_int_equal(sw[2].ns, 2000);
	/* Those of before the next begin are gone. */
	write_switch(false, 2500);
	switch_trace_begin(&t);
	write_switch(true, 3000);
	assert_int_equal(switch_trace_end(&t, sw, 4), 1);
	assert_int_equal(sw[0].ns, 3000);
	switch_trace_close(&t);
	switch_trace_close(&t);
}

static void more_than_there_is_room_for(void **state)
{
	struct thread_switch sw[4];
	struct switch_trace t;

	(void)state;
	for (size_t n = 3; n <= 4; n++) {
		begin(&t);
		sw[3].ns = 77;
		for (size_t i = 0; i < n; i++)
			write_switch(i % 2, i);
		assert_int_equal(switch_trace_end(&t, sw, 3), n == 3 ? 3 : -EOVERFLOW);
		assert_int_equal(sw[3].ns, 77);
		switch_trace_close(&t);
	}
}

static void lost_records_are_an_error(void **state)
{
	struct thread_switch sw[4];
	struct switch_trace t;

	(void)state;
	begin(&t);
	write_switch(true, 1);
	write_record(PERF_RECORD_LOST, 0, 2);
	write_switch(false, 3);
	assert_int_equal(switch_trace_end(&t, sw, 4), -EOVERFLOW);
	switch_trace_close(&t);
}

/* A record whose time field is at the begin of the ring. */
static void the_ring_goes_round(void **state)
{
	struct perf_event_mmap_page *page;
	struct thread_switch sw[8];
	struct switch_trace t;

	(void)state;
	begin(&t);
	page = t.ring;
	page->data_head = page->data_tail = 3 * RING_SIZE - RECORD - 8;
	for (uint64_t i = 0; i < 6; i++)
		write_switch(i % 2, 100 + i);
	assert_int_equal(switch_trace_end(&t, sw, 8), 6);
	for (uint64_t i = 0; i < 6; i++) {
		assert_int_equal(sw[i].ns, 100 + i);
		assert_int_equal(sw[i].out, i % 2);
	}
	switch_trace_close(&t);
}

struct sleeper {
	pthread_t thread;
	atomic_int tid;
	atomic_bool over;
	int pipe[2], back[2];
};

static void *sleep_in_turn(void *arg)
{
	struct sleeper *s = arg;
	char byte;

	atomic_store(&s->tid, (int)real_call(SYS_gettid, 0, 0, 0, 0, 0, 0));
	while (read(s->pipe[0], &byte, 1) == 1)
		assert_int_equal(write(s->back[1], &byte, 1), 1);
	return NULL;
}

/* A thread that sleeps in between is switched away and back, in turn, within the time. */
static void a_thread_that_sleeps(void **state)
{
	struct thread_switch sw[64];
	struct sleeper s = { .tid = 0 };
	struct switch_trace t;
	struct timespec from, to;
	char byte = 1;
	int n;

	(void)state;
	perf.real = true;
	assert_int_equal(pipe(s.pipe) | pipe(s.back), 0);
	assert_int_equal(pthread_create(&s.thread, NULL, sleep_in_turn, &s), 0);
	while (!atomic_load(&s.tid))
		sched_yield();
	n = switch_trace_open(&t, atomic_load(&s.tid));
	if (!n) {
		clock_gettime(CLOCK_MONOTONIC_RAW, &from);
		switch_trace_begin(&t);
		for (int i = 0; i < 5; i++) {
			usleep(1000);
			assert_int_equal(write(s.pipe[1], &byte, 1), 1);
			assert_int_equal(read(s.back[0], &byte, 1), 1);
		}
		n = switch_trace_end(&t, sw, 64);
		clock_gettime(CLOCK_MONOTONIC_RAW, &to);
	}
	switch_trace_close(&t);
	close(s.pipe[1]);
	pthread_join(s.thread, NULL);
	close(s.pipe[0]);
	close(s.back[0]);
	close(s.back[1]);
	perf.real = false;
	if (n < 0)
		skip_because("perf_event_open is refused here");
	assert_true(n >= 5);
	for (int i = 0; i < n; i++) {
		uint64_t begin_ns = (uint64_t)from.tv_sec * 1000000000 + (uint64_t)from.tv_nsec;
		uint64_t end_ns = (uint64_t)to.tv_sec * 1000000000 + (uint64_t)to.tv_nsec;

		assert_true(sw[i].ns >= begin_ns && sw[i].ns <= end_ns);
		assert_true(!i || (sw[i].out != sw[i - 1].out && sw[i].ns >= sw[i - 1].ns));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switches_in_their_order),
		cmocka_unit_test(more_than_there_is_room_for),
		cmocka_unit_test(lost_records_are_an_error),
		cmocka_unit_test(the_ring_goes_round),
		cmocka_unit_test(a_thread_that_sleeps),
	};

	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
