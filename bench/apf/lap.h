/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lap: every faulting thread touches its pages once, one after the other, and
 * the handler (the calling thread) resolves each fault and so wakes its thread.
 */
#ifndef TB_LAP_H
#define TB_LAP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "apf/uffd.h"
#include "bench.h"

enum { LAP_THREADS_MAX = 64, LAP_PAGES = 32, LAP_BATCH_MAX = 64, LAP_YIELDS = 16 };

struct laps;

struct lap_faulter {
	struct laps *laps;
	pthread_t thread;
	atomic_int tid;
	int asleep;
	char *pages; /* LAP_PAGES of them */
	uint64_t before[LAP_PAGES], after[LAP_PAGES];
	uint64_t touches;
};

/* What the handler saw of a lap, event by event: TSC. */
struct lap_event {
	uint64_t page, read, entered, returned;
};

struct laps {
	struct uffd uffd;
	struct lap_faulter faulter[LAP_THREADS_MAX];
	unsigned int threads, batch;
	int cpu;		      /* of the faulting threads */
	atomic_uint lap;	      /* raised to begin one; UINT_MAX: quit */
	atomic_uint done;	      /* threads that ended theirs */
	unsigned int touches, yields; /* of each thread in this lap */
	struct lap_event event[LAP_THREADS_MAX * LAP_PAGES];
	size_t slot; /* of the lap's next event, with way=sigbus */
	uint64_t expected, events, resolved,
		wrong_pages; /* faults since the begin, and what became of them */
};

/* With uffd open, threads, batch and cpu set: starts the threads. 0 or -errno, said. */
int laps_start(struct tb_trial *trial, struct laps *laps);
void laps_end(struct laps *laps);
/* Waits until every faulting thread sleeps. 0 or -ETIMEDOUT. */
int laps_rest(struct laps *laps);
/* A whole lap over absent pages; its stamps stand in faulter[] and event[]. 0 or -errno. */
int laps_run(struct laps *laps);

/* The parts of laps_run(), for laps that go otherwise. */
void laps_begin(struct laps *laps, unsigned int touches, unsigned int yields);
void laps_wait(struct laps *laps);	  /* until every thread ended the lap */
void laps_check_pages(struct laps *laps); /* counts wrong pages */
/* Resolves an event and so wakes its thread; stamps it. 0 or -errno. */
int laps_resolve(struct laps *laps, struct lap_event *event);

#endif
