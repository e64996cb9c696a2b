/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Played tracepoints of KVM: their numbers in tracefs, perf's files, and a ring whose records the
 * test writes.
 */
#ifndef TB_TEST_KVM_TRACE_WORLD_H
#define TB_TEST_KVM_TRACE_WORLD_H

#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "played.h"

enum { TRACE_ABSENT, TRACE_COMPLETED, TRACE_READY, TRACE_POINTS };
enum { TRACE_RING = 1 << 18, TRACE_NUMBER = 300, TRACE_ID = 9000 };

static struct {
	pthread_mutex_t lock; /* a vCPU and its workers write, the harness begins and ends */
	bool unreadable;      /* the points' numbers are */
	int fd[TRACE_POINTS], files;
	char *ring;		  /* of the first file, mapped here, too */
	int number[TRACE_POINTS]; /* of the point that the n-th file counts */
	int cpu, enabled;
	bool lost; /* the next record is not written, and counted as lost */
	uint64_t (*ns)(int point, unsigned int fault);
} tracer = { .lock = PTHREAD_MUTEX_INITIALIZER };

static inline uint64_t trace_default_ns(int point, unsigned int fault)
{
	return fault * 10000ull + (uint64_t)point * 1000;
}

struct trace_record {
	struct perf_event_header header;
	uint64_t id;
	uint32_t pid, tid;
	uint64_t time;
};

/* Appends so many bytes; where the ring ends it goes on at its begin. */
static inline void trace_write(const void *record, size_t bytes)
{
	struct perf_event_mmap_page *page = (struct perf_event_mmap_page *)tracer.ring;
	uint64_t head = page->data_head;

	for (size_t i = 0; i < bytes; i++)
		tracer.ring[4096 + (head + i) % TRACE_RING] = ((const char *)record)[i];
	__atomic_store_n(&page->data_head, head + bytes, __ATOMIC_RELEASE);
}

static inline void trace_record(uint64_t id, uint32_t tid, uint64_t time)
{
	const struct trace_record r = {
		.header = { PERF_RECORD_SAMPLE, 0, sizeof(r) }, .id = id, .tid = tid, .time = time
	};

	trace_write(&r, sizeof(r));
}

static inline void trace_each(int point, uint32_t tid, uint64_t ns)
{
	const struct perf_event_header lost = { PERF_RECORD_LOST, 0, sizeof(lost) };

	for (int i = 0; i < tracer.files; i++)
		if (tracer.number[i] == TRACE_NUMBER + point)
			trace_record(TRACE_ID + (uint64_t)i, tid, ns);
	if (tracer.lost)
		trace_write(&lost, sizeof(lost));
	tracer.lost = false;
}

static inline bool trace_is_on(void)
{
	bool on;

	pthread_mutex_lock(&tracer.lock);
	on = tracer.enabled == TRACE_POINTS;
	pthread_mutex_unlock(&tracer.lock);
	return on;
}

/* What KVM does at a point: nothing where nobody listens. */
static inline void trace_point(int point, uint32_t tid, unsigned int fault)
{
	pthread_mutex_lock(&tracer.lock);
	if (tracer.enabled == TRACE_POINTS)
		trace_each(point, tid, (tracer.ns ? tracer.ns : trace_default_ns)(point, fault));
	pthread_mutex_unlock(&tracer.lock);
}

static inline void trace_enable(bool on)
{
	pthread_mutex_lock(&tracer.lock);
	tracer.enabled = on ? tracer.enabled + 1 : 0;
	pthread_mutex_unlock(&tracer.lock);
}

static inline int trace_tracefs(const char *path)
{
	if (strncmp(path, "/sys/kernel/tracing", 19) != 0)
		return 0;
	return (int)real_call(SYS_openat, AT_FDCWD, (long)"/", O_RDONLY | O_CLOEXEC, 0, 0, 0);
}

/* The file that holds a point's number, or 0. */
static inline int trace_number_file(const char *path)
{
	static const char *const names[] = { "events/kvm/kvm_async_pf_not_present/id",
					     "events/kvm/kvm_async_pf_completed/id",
					     "events/kvm/kvm_async_pf_ready/id" };

	for (int p = 0; p < TRACE_POINTS; p++) {
		int fd;

		if (strcmp(path, names[p]) != 0)
			continue;
		if (tracer.unreadable) {
			errno = EACCES;
			return -1;
		}
		fd = memfd_create("id", MFD_CLOEXEC);
		dprintf(fd, "%d\n", TRACE_NUMBER + p);
		lseek(fd, 0, SEEK_SET);
		return fd;
	}
	return 0;
}

static inline long trace_open(const struct perf_event_attr *attr, int cpu)
{
	int i = tracer.files++ % TRACE_POINTS;

	tracer.files = i + 1;
	tracer.enabled = 0;
	tracer.cpu = cpu;
	tracer.number[i] = (int)attr->config;
	tracer.fd[i] = memfd_create("trace", MFD_CLOEXEC);
	assert_int_equal(ftruncate(tracer.fd[i], 4096 + TRACE_RING), 0);
	if (!i && tracer.ring)
		munmap(tracer.ring, 4096 + TRACE_RING);
	if (!i)
		tracer.ring = (char *)real_call(SYS_mmap, 0, 4096 + TRACE_RING,
						PROT_READ | PROT_WRITE, MAP_SHARED, tracer.fd[0],
						0);
	return tracer.fd[i];
}

/* 1: it is no request of perf's. */
static inline int trace_ioctl(int fd, unsigned long request, long word)
{
	switch (request) {
	case PERF_EVENT_IOC_ID:
		for (int i = 0; i < tracer.files; i++)
			if (tracer.fd[i] == fd)
				*(uint64_t *)word = TRACE_ID + (uint64_t)i;
		return 0;
	case PERF_EVENT_IOC_SET_OUTPUT:
		return 0;
	case PERF_EVENT_IOC_ENABLE:
		trace_enable(true);
		return 0;
	case PERF_EVENT_IOC_DISABLE:
		trace_enable(false);
		return 0;
	}
	return 1;
}

#endif
