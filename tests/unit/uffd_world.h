/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apf/wake-uffd in a world with known answers: faults are real, stamps are given. Each
 * stamp is of a page and a moment; one that is read at another moment than the one that it is
 * for is counted as misplaced.
 */
#ifndef TB_TEST_UFFD_WORLD_H
#define TB_TEST_UFFD_WORLD_H

#include "given.h"

#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "benches.h"
#include "given_threads.h"
#include "played.h"

/* The private structure of the benchmark, with which a fault is planted. */
#define apf_wake_uffd included_wake_uffd
#include "apf/wake_uffd/wake_uffd.c"
#undef apf_wake_uffd

/* TSC cycles, of a fault: each step grows from page to page, so that a median tells pages apart. */
enum { FIRST = 1000000, PITCH = 10000 };
enum { LATENCY_CYCLES = 900, READ_AFTER = 300, OWN_CYCLES = 40, IOCTL_CYCLES = 200 };
enum { LATENCY_GROWS = 10, READ_GROWS = 2, OWN_GROWS = 1, IOCTL_GROWS = 4 };
/* The median over pages 0 to 31 of a step. */
#define MEDIAN(step, grows) ((step) + 15.5 * (grows))

static struct {
	bool sigbus, alike; /* alike: several threads, whose events come in any order */
	atomic_uint threads, misplaced;
	atomic_uint resolved; /* in this round */
	/* The handler's stamps of a batch: read, then entered and returned of each event. */
	unsigned int events, event, step, reads, most;
	size_t read_bytes;
	/*
	 * Faults of the kernel: the ioctl that fails, and the one that supplies the page after it;
	 * from 1.
	 */
	unsigned int fails_at, wrong_at, ioctls;
	bool unreset;	  /* the pages of the last round stay */
	bool seen_awake;  /* a thread did not sleep when the round began */
	atomic_bool slow; /* threads but the first spin on their way into futex(2) */
	int first;	  /* the first thread */
} world;

static inline uint64_t before_page(unsigned int page)
{
	return FIRST + (uint64_t)page * PITCH;
}

static inline void expect(bool right)
{
	if (!right)
		atomic_fetch_add(&world.misplaced, 1);
}

/* The stamps of a thread, two a touch; of one that handles its own faults five. */
static inline uint64_t stamp_of_faulter(void)
{
	static _Thread_local unsigned int n, id;
	unsigned int each = world.sigbus ? 5 : 2, page, step;

	if (!id)
		id = atomic_fetch_add(&world.threads, 1) + 1;
	page = n / each % FAULT_ROUND_PAGES;
	step = n++ % each;
	if (world.alike)
		return before_page(page) + 5 * (id - 1) + (step ? LATENCY_CYCLES : 0);
	expect(atomic_load(&world.resolved) == (step == each - 1 || step == 3 ? page + 1 : page));
	if (step == 0)
		return before_page(page);
	if (step == each - 1)
		return before_page(page) + LATENCY_CYCLES + page * LATENCY_GROWS;
	return before_page(page) + READ_AFTER + page * READ_GROWS +
	       (step > 1 ? OWN_CYCLES + page * OWN_GROWS : 0) +
	       (step > 2 ? IOCTL_CYCLES + page * IOCTL_GROWS : 0);
}

static inline uint64_t stamp_of_handler(void)
{
	unsigned int page = world.event;
	uint64_t read_at;

	if (world.alike) /* every event like the first of its batch */
		page = 0;
	read_at = before_page(page) + READ_AFTER + page * READ_GROWS;
	if (!world.step) {
		expect(world.events > 0);
		world.step = 1;
		return read_at;
	}
	expect(atomic_load(&world.resolved) == world.event + (world.step == 2));
	if (world.step == 1) {
		world.step = 2;
		return read_at + OWN_CYCLES + page * OWN_GROWS;
	}
	world.event++;
	world.step = --world.events ? 1 : 0;
	return read_at + OWN_CYCLES + page * OWN_GROWS + IOCTL_CYCLES + page * IOCTL_GROWS;
}

static inline uint64_t stamp_of_round(void)
{
	return in_main_thread() ? stamp_of_handler() : stamp_of_faulter();
}

static inline int each_state(char *states, size_t n)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int found = 0;

	while ((entry = readdir(dir)) && (size_t)found < n) {
		int tid = atoi(entry->d_name);

		if (tid && tid != getpid())
			states[found++] = state_of_thread(tid);
	}
	closedir(dir);
	return found;
}

/* A round begins: the pages are dropped. */
int madvise(void *at, size_t bytes, int advice)
{
	char states[FAULT_ROUND_THREADS_MAX];

	if (advice != MADV_DONTNEED || !in_main_thread())
		return (int)real_call(SYS_madvise, (long)at, (long)bytes, advice, 0, 0, 0);
	for (int i = each_state(states, sizeof(states)) - 1; i >= 0; i--)
		world.seen_awake |= states[i] != 'S';
	atomic_store(&world.resolved, 0);
	world.events = world.event = world.step = world.reads = world.most = 0;
	if (world.unreset)
		return 0;
	return (int)real_call(SYS_madvise, (long)at, (long)bytes, advice, 0, 0, 0);
}

/* How many events a read of the handler's returned, and how many it had room for. */
static inline ssize_t note_read(size_t bytes, ssize_t n)
{
	if (n < (ssize_t)sizeof(struct uffd_msg))
		return n;
	world.events = (unsigned int)((size_t)n / sizeof(struct uffd_msg));
	world.most = world.events > world.most ? world.events : world.most;
	if (!world.reads++)
		world.read_bytes = bytes;
	return n;
}

static inline int supply(int fd, struct uffdio_copy *copy)
{
	int err;

	world.ioctls++;
	if (world.ioctls == world.fails_at) {
		errno = EIO;
		return -1;
	}
	if (world.ioctls == world.wrong_at)
		copy->src += 4096;
	/* Counted before: the touch goes on inside of it. */
	atomic_fetch_add(&world.resolved, 1);
	err = (int)real_call(SYS_ioctl, fd, (long)UFFDIO_COPY, (long)copy, 0, 0, 0);
	return err;
}

/* Awake for some milliseconds, and no hindrance to the others. */
static inline void spin(void)
{
	struct timespec begin, now;

	if (!atomic_load(&world.slow) || real_call(SYS_gettid, 0, 0, 0, 0, 0, 0) == world.first)
		return;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		real_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < 4000000);
}

static inline void *open_world(struct tb_trial *trial, const char *params, int cpu)
{
	memset(&world, 0, sizeof(world));
	given_open(trial, &apf_wake_uffd, params);
	trial->shm->job.tsc_hz = 2e9; /* a cycle is half a nanosecond */
	trial->shm->job.cpu[1] = cpu;
	if (strstr(params, "sigbus"))
		world.sigbus = true;
	world.alike = strstr(params, "threads=") != NULL;
	given_stamps_by(stamp_of_round);
	if (apf_wake_uffd.setup(trial))
		fail_msg("%s", trial->shm->why);
	return trial->priv;
}

#endif
