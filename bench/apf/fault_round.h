/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A round: every faulting thread touches each of its pages once. The handler (the
 * calling thread) resolves each fault, which wakes the faulting thread.
 */
#ifndef TB_FAULT_ROUND_H
#define TB_FAULT_ROUND_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "apf/uffd.h"
#include "bench.h"

enum {
	FAULT_ROUND_THREADS_MAX = 64,
	FAULT_ROUND_PAGES = 32,
	FAULT_ROUND_BATCH_MAX = 64,
	FAULT_ROUND_YIELDS = 16
};

struct rounds;

struct faulter {
	struct rounds *rounds;
	pthread_t thread;
	atomic_int tid;
	int asleep;
	char *pages; /* FAULT_ROUND_PAGES of them */
	uint64_t before[FAULT_ROUND_PAGES], after[FAULT_ROUND_PAGES];
	uint64_t touches;
};

/* The handler's stamps of a round, per event, TSC. */
struct fault_event {
	uint64_t page, read, entered, returned;
};

struct rounds {
	struct uffd uffd;
	struct faulter faulter[FAULT_ROUND_THREADS_MAX];
	unsigned int threads, batch;
	int cpu;		      /* of the faulting threads */
	atomic_uint round;	      /* raised to begin a round; UINT_MAX: quit */
	atomic_uint done;	      /* threads that ended the round */
	unsigned int touches, yields; /* of each thread in this round */
	struct fault_event event[FAULT_ROUND_THREADS_MAX * FAULT_ROUND_PAGES];
	size_t slot; /* index of the round's next event, with way=sigbus */
	uint64_t expected, events, resolved, wrong_pages; /* counts of all rounds so far */
};

/* Starts the threads; uffd must be open, and threads, batch and cpu set. 0, or -errno after tb_trial_fail(). */
int fault_rounds_start(struct tb_trial *trial, struct rounds *rounds);
void fault_rounds_end(struct rounds *rounds);
/* Waits until every faulting thread sleeps. 0 or -ETIMEDOUT. */
int fault_rounds_rest(struct rounds *rounds);
/* Runs a whole round over absent pages; its stamps are in faulter[] and event[]. 0 or -errno. */
int fault_rounds_run(struct rounds *rounds);

/* The parts of fault_rounds_run(), for other kinds of rounds. */
void fault_rounds_begin(struct rounds *rounds, unsigned int touches, unsigned int yields);
void fault_rounds_wait(struct rounds *rounds);	      /* waits until every thread ended the round */
void fault_rounds_check_pages(struct rounds *rounds); /* counts wrong pages */
/* Resolves an event, which wakes its thread, and stamps it. 0 or -errno. */
int fault_rounds_resolve(struct rounds *rounds, struct fault_event *event);

#endif
