// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/switch_trace.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, RING = 1 << 14 };

/* PERF_RECORD_SWITCH with PERF_SAMPLE_TIME, in the order of perf_event_open(2). */
struct record {
	struct perf_event_header header;
	uint64_t time;
};

int switch_trace_open(struct switch_trace *t, int tid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_DUMMY,
		.sample_type = PERF_SAMPLE_TIME,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
		.sample_id_all = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC_RAW,
		.context_switch = 1,
	};

	*t = (struct switch_trace){ .ring = MAP_FAILED };
	t->fd = (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (t->fd < 0)
		return -errno;
	t->ring = mmap(NULL, PAGE + RING, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	return t->ring == MAP_FAILED ? -errno : 0;
}

void switch_trace_close(struct switch_trace *t)
{
	if (!t->ring) /* never opened */
		return;
	if (t->ring != MAP_FAILED)
		munmap(t->ring, PAGE + RING);
	if (t->fd >= 0)
		close(t->fd);
	*t = (struct switch_trace){ .fd = -1, .ring = NULL };
}

void switch_trace_begin(struct switch_trace *t)
{
	struct perf_event_mmap_page *page = t->ring;

	page->data_tail = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	ioctl(t->fd, PERF_EVENT_IOC_ENABLE, 0);
}

int switch_trace_end(struct switch_trace *t, struct thread_switch *switches, size_t n)
{
	struct perf_event_mmap_page *page = t->ring;
	const char *data = (const char *)t->ring + PAGE;
	uint64_t head, at;
	size_t found = 0;
	int err = 0;

	ioctl(t->fd, PERF_EVENT_IOC_DISABLE, 0);
	head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	for (at = page->data_tail; at < head && !err;) {
		struct record r = { .time = 0 };

		/* Records are whole 8-byte words: a header never wraps, a record may. */
		memcpy(&r.header, data + at % RING, sizeof(r.header));
		for (size_t i = 0; i < sizeof(r) && i < r.header.size; i++)
			((char *)&r)[i] = data[(at + i) % RING];
		at += r.header.size;
		if (r.header.type == PERF_RECORD_LOST || r.header.size < sizeof(r.header) ||
		    found == n)
			err = -EOVERFLOW;
		else if (r.header.type == PERF_RECORD_SWITCH)
			switches[found++] = (struct thread_switch){
				.ns = r.time,
				.out = r.header.misc & PERF_RECORD_MISC_SWITCH_OUT,
			};
	}
	__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
	return err ? err : (int)found;
}
