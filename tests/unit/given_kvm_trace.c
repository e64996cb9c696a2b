// SPDX-License-Identifier: GPL-2.0-or-later
/* KVM's tracepoints: the results of the records in perf's ring. */
#include "kvm_trace_world.h"

#include <errno.h>

#include "apf/kvm_trace.h"
#include "given_threads.h"

enum { TID = 4711, WORKER = 99, OTHER = 5, CPU = 3 };

int open(const char *path, int flags, ...)
{
	int fd = trace_tracefs(path);
	long word[6];

	PLAYED_WORDS(word, flags, 1);
	return fd ? fd : (int)real_call(SYS_openat, AT_FDCWD, (long)path, flags, word[0], 0, 0);
}

int openat(int at, const char *path, int flags, ...)
{
	int fd = trace_number_file(path);
	long word[6];

	PLAYED_WORDS(word, flags, 1);
	return fd ? fd : (int)real_call(SYS_openat, at, (long)path, flags, word[0], 0, 0);
}

int faccessat(int at, const char *path, int mode, int flags)
{
	(void)flags;
	return strcmp(path, "events/kvm")
		       ? (int)real_call(SYS_faccessat, at, (long)path, mode, 0, 0, 0)
		       : 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	long word[6];
	int answer;

	PLAYED_WORDS(word, request, 1);
	answer = trace_ioctl(fd, request, word[0]);
	return answer < 1 ? answer : (int)real_call(SYS_ioctl, fd, (long)request, word[0], 0, 0, 0);
}

static struct perf_event_attr asked;

long syscall(long number, ...)
{
	long word[6];

	PLAYED_WORDS(word, number, PLAYED_ARGUMENTS(number));
	if (number != SYS_perf_event_open)
		return real_call(number, word[0], word[1], word[2], word[3], word[4], word[5]);
	asked = *(const struct perf_event_attr *)word[0];
	return trace_open(&asked, (int)word[2]);
}

/* Not by trace_point(): a record's numbers are chosen here. */
static void record(int point, uint32_t tid, uint64_t time)
{
	for (int i = 0; i < TRACE_POINTS; i++)
		if (tracer.number[i] == TRACE_NUMBER + point)
			trace_record(TRACE_ID + (uint64_t)i, tid, time);
}

static void fault(uint32_t tid, uint64_t at)
{
	record(TRACE_ABSENT, tid, at);
	record(TRACE_COMPLETED, WORKER, at + 30);
	record(TRACE_READY, tid, at + 70);
}

static void begin(struct kvm_trace *t)
{
	const char *why = "";

	tracer.files = 0;
	if (kvm_trace_open(t, CPU, &why))
		fail_msg("%s", why);
	assert_int_equal(tracer.cpu, CPU);
	assert_int_equal(asked.clockid, 4); /* CLOCK_MONOTONIC_RAW, as the marks' */
	assert_true(asked.use_clockid);
	kvm_trace_begin(t);
	assert_int_equal(tracer.enabled, TRACE_POINTS);
}

static int end(struct kvm_trace *t, struct kvm_traced *traced)
{
	int err = kvm_trace_end(t, TID, traced);

	assert_int_equal(tracer.enabled, 0);
	kvm_trace_close(t);
	return err;
}

static void faults_one_after_the_other(void **state)
{
	struct kvm_traced traced;
	struct kvm_trace t;

	(void)state;
	begin(&t);
	for (uint64_t i = 0; i < 3; i++)
		fault(TID, 1000 * (i + 1));
	assert_int_equal(end(&t, &traced), 0);
	assert_int_equal(traced.absent, 3);
	assert_int_equal(traced.ready, 3);
	assert_int_equal(traced.faults, 3);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(traced.fault[i].at[KVM_TRACE_ABSENT], 1000 * (i + 1));
		assert_int_equal(traced.fault[i].at[KVM_TRACE_COMPLETED], 1000 * (i + 1) + 30);
		assert_int_equal(traced.fault[i].at[KVM_TRACE_READY], 1000 * (i + 1) + 70);
	}
}

/* Another guest on this CPU: its events are ignored, but its worker cannot be recognised. */
static void faults_of_other_threads(void **state)
{
	struct kvm_traced traced;
	struct kvm_trace t;

	(void)state;
	begin(&t);
	record(TRACE_ABSENT, OTHER, 10);
	record(TRACE_READY, OTHER, 20);
	fault(TID, 1000);
	record(TRACE_ABSENT, OTHER, 1200);
	trace_record(TRACE_ID + 77, TID, 1300); /* of no point of ours */
	assert_int_equal(end(&t, &traced), 0);
	assert_int_equal(traced.absent, 1);
	assert_int_equal(traced.ready, 1);
	assert_int_equal(traced.faults, 1);
	begin(&t);
	record(TRACE_ABSENT, TID, 1000);
	record(TRACE_COMPLETED, WORKER, 1010); /* of whom? */
	record(TRACE_COMPLETED, WORKER, 1020);
	record(TRACE_READY, TID, 1030);
	fault(TID, 2000);
	assert_int_equal(end(&t, &traced), 0);
	assert_int_equal(traced.absent, 2);
	assert_int_equal(traced.faults, 0);
}

static void a_broadcast_is_no_fault(void **state)
{
	struct kvm_traced traced;
	struct kvm_trace t;

	(void)state;
	begin(&t);
	record(TRACE_READY, TID, 500);
	fault(TID, 1000);
	record(TRACE_READY, TID, 1500); /* nothing of the fault before it is left */
	assert_int_equal(end(&t, &traced), 0);
	assert_int_equal(traced.absent, 1);
	assert_int_equal(traced.ready, 3);
	assert_int_equal(traced.faults, 1);
	assert_int_equal(traced.fault[0].at[KVM_TRACE_READY], 1070);
}

/* If records exceed the room, no record is used. */
static void too_many_faults(void **state)
{
	struct kvm_traced traced;
	struct kvm_trace t;

	(void)state;
	for (int more = 0; more < 2; more++) {
		begin(&t);
		for (uint64_t i = 0; i < KVM_TRACE_FAULTS + (uint64_t)more; i++)
			fault(TID, 1000 * (i + 1));
		assert_int_equal(end(&t, &traced), 0);
		assert_int_equal(traced.absent, KVM_TRACE_FAULTS + more);
		assert_int_equal(traced.faults, more ? 0 : KVM_TRACE_FAULTS);
	}
}

static void lost_records_are_an_error(void **state)
{
	const struct perf_event_header lost = { PERF_RECORD_LOST, 0, 24 };
	const uint64_t rest[2] = { 1, 1 };
	struct kvm_traced traced;
	struct kvm_trace t;

	(void)state;
	begin(&t);
	fault(TID, 1000);
	trace_write(&lost, sizeof(lost));
	trace_write(rest, sizeof(rest));
	fault(TID, 2000);
	assert_int_equal(end(&t, &traced), -EOVERFLOW);
}

/* The ring's whole length, and a record across its end: each round reads its own. */
static void the_ring_goes_round(void **state)
{
	struct kvm_traced traced;
	struct kvm_trace t;

	(void)state;
	begin(&t);
	/* 40 bytes a record, the last but one of which crosses the end. */
	for (uint64_t i = 0; i * 2 * 40 < 3 * (uint64_t)TRACE_RING; i += 60) {
		kvm_trace_begin(&t);
		for (uint64_t k = 0; k < 60; k++)
			fault(TID, 1000 * (i + k + 1));
		assert_int_equal(kvm_trace_end(&t, TID, &traced), 0);
		assert_int_equal(traced.absent, 60);
		assert_int_equal(traced.faults, 60);
		assert_int_equal(traced.fault[59].at[KVM_TRACE_COMPLETED], 1000 * (i + 60) + 30);
		fault(TID, 7); /* between two rounds: it is not read */
	}
	kvm_trace_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_one_after_the_other),
		cmocka_unit_test(faults_of_other_threads),
		cmocka_unit_test(a_broadcast_is_no_fault),
		cmocka_unit_test(too_many_faults),
		cmocka_unit_test(lost_records_are_an_error),
		cmocka_unit_test(the_ring_goes_round),
	};

	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
