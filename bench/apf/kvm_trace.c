// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/kvm_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, RING = 1 << 18 };

/* PERF_SAMPLE_IDENTIFIER | TID | TIME, in the order of perf_event_open(2). */
struct record {
	struct perf_event_header header;
	uint64_t id;
	uint32_t pid, tid;
	uint64_t time;
};

/* A detached mount of tracefs, which ends with its file descriptor. */
static int open_tracefs(void)
{
	int mounted, fs = open("/sys/kernel/tracing", O_PATH | O_CLOEXEC);

	if (fs >= 0 && !faccessat(fs, "events/kvm", F_OK, 0))
		return fs;
	if (fs >= 0)
		close(fs);
	fs = fsopen("tracefs", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -errno;
	mounted = fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0)
			  ? -1
			  : fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	mounted = mounted < 0 ? -errno : mounted;
	close(fs);
	return mounted;
}

static long point_number(int tracefs, const char *name)
{
	char path[96], text[24] = "";
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "events/kvm/%s/id", name);
	fd = openat(tracefs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	return n > 0 ? strtol(text, NULL, 10) : -EIO;
}

static int open_point(struct kvm_trace *t, enum kvm_trace_point point, long number, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = (uint64_t)number,
		.sample_period = 1,
		.sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_TID | PERF_SAMPLE_TIME,
		.disabled = 1,
		.use_clockid = 1,
		.clockid = CLOCK_MONOTONIC_RAW,
	};

	t->fd[point] = (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (t->fd[point] < 0)
		return -errno;
	if (ioctl(t->fd[point], PERF_EVENT_IOC_ID, &t->id[point]))
		return -errno;
	/* All events go to the ring of the first, which must be open, in the order of their time. */
	if (point)
		return ioctl(t->fd[point], PERF_EVENT_IOC_SET_OUTPUT, t->fd[0]) ? -errno : 0;
	t->ring = mmap(NULL, PAGE + RING, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd[0], 0);
	return t->ring == MAP_FAILED ? -errno : 0;
}

static int open_points(struct kvm_trace *t, int tracefs, int cpu, const char **why)
{
	static const char *const names[] = {
		[KVM_TRACE_ABSENT] = "kvm_async_pf_not_present",
		[KVM_TRACE_COMPLETED] = "kvm_async_pf_completed",
		[KVM_TRACE_READY] = "kvm_async_pf_ready",
	};
	int err = 0;

	for (int p = 0; p < KVM_TRACE_POINTS && !err; p++) {
		long number = point_number(tracefs, names[p]);

		*why = number < 0 ? "KVM's tracepoints are not readable"
				  : "perf events of a whole CPU are not permitted (CAP_PERFMON)";
		err = number < 0 ? (int)number
				 : open_point(t, (enum kvm_trace_point)p, number, cpu);
	}
	return err;
}

void kvm_trace_close(struct kvm_trace *t)
{
	if (!t->ring) /* never opened */
		return;
	if (t->ring != MAP_FAILED)
		munmap(t->ring, PAGE + RING);
	t->ring = MAP_FAILED;
	for (int p = 0; p < KVM_TRACE_POINTS; p++) {
		if (t->fd[p] >= 0)
			close(t->fd[p]);
		t->fd[p] = -1;
	}
}

int kvm_trace_open(struct kvm_trace *t, int cpu, const char **why)
{
	int err, tracefs = open_tracefs();

	*t = (struct kvm_trace){ .fd = { -1, -1, -1 }, .ring = MAP_FAILED };
	*why = "tracefs can't be read: root can";
	if (tracefs < 0)
		return tracefs;
	err = open_points(t, tracefs, cpu, why);
	close(tracefs);
	if (err)
		kvm_trace_close(t);
	return err;
}

static void all(struct kvm_trace *t, unsigned long what)
{
	for (int p = 0; p < KVM_TRACE_POINTS; p++)
		ioctl(t->fd[p], what, 0);
}

void kvm_trace_begin(struct kvm_trace *t)
{
	struct perf_event_mmap_page *page = t->ring;

	page->data_tail = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	all(t, PERF_EVENT_IOC_ENABLE);
}

/* The fault in progress. */
struct under_way {
	uint64_t at[KVM_TRACE_POINTS]; /* 0: not yet */
	bool overlapped;	       /* a record of another fault came in between */
};

static void follow(struct under_way *u, enum kvm_trace_point point, uint64_t time,
		   struct kvm_traced *traced)
{
	bool whole = u->at[KVM_TRACE_ABSENT] && u->at[KVM_TRACE_COMPLETED];

	u->overlapped |= point == KVM_TRACE_READY ? traced->faults == KVM_TRACE_FAULTS
						  : u->at[point] != 0;
	u->at[point] = time;
	if (point != KVM_TRACE_READY)
		return;
	/* A broadcast is a ready without an absent before. */
	if (whole && !u->overlapped)
		memcpy(traced->fault[traced->faults++].at, u->at, sizeof(u->at));
	memset(u->at, 0, sizeof(u->at));
}

static void take(const struct kvm_trace *t, const struct record *r, uint32_t tid,
		 struct kvm_traced *traced, struct under_way *u)
{
	enum kvm_trace_point point = KVM_TRACE_ABSENT;

	while (point < KVM_TRACE_POINTS && t->id[point] != r->id)
		point++;
	if (point == KVM_TRACE_POINTS || (point != KVM_TRACE_COMPLETED && r->tid != tid))
		return;
	traced->absent += point == KVM_TRACE_ABSENT;
	traced->ready += point == KVM_TRACE_READY;
	follow(u, point, r->time, traced);
}

int kvm_trace_end(struct kvm_trace *t, int tid, struct kvm_traced *traced)
{
	struct perf_event_mmap_page *page = t->ring;
	const char *data = (const char *)t->ring + PAGE;
	struct under_way u = { .overlapped = false };
	uint64_t head, at;
	int err = 0;

	all(t, PERF_EVENT_IOC_DISABLE);
	*traced = (struct kvm_traced){ 0 };
	head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	for (at = page->data_tail; at < head && !err;) {
		struct record r = { .id = 0 };

		/* Records are whole 8-byte words: a header never wraps, a record may. */
		memcpy(&r.header, data + at % RING, sizeof(r.header));
		for (size_t i = 0; i < sizeof(r) && i < r.header.size; i++)
			((char *)&r)[i] = data[(at + i) % RING];
		if (r.header.type == PERF_RECORD_LOST || r.header.size < sizeof(r.header))
			err = -EOVERFLOW;
		else if (r.header.type == PERF_RECORD_SAMPLE)
			take(t, &r, (uint32_t)tid, traced, &u);
		at += r.header.size;
	}
	__atomic_store_n(&page->data_tail, head, __ATOMIC_RELEASE);
	if (u.overlapped)
		traced->faults = 0;
	return err;
}
