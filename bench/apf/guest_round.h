/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A round of a guest: the virtual threads of every vCPU touch their absent pages
 * once, and a handler thread in the host supplies each.
 *
 * The handler has the caller's scheduling class; vCPU threads are always SCHED_OTHER.
 * KVM's workers, which fetch the pages, are SCHED_OTHER too. A vCPU of higher priority
 * that polls for the end of its halt would keep them off its CPU.
 */
#ifndef TB_GUEST_ROUND_H
#define TB_GUEST_ROUND_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apf/guest_clock.h"
#include "apf/uffd.h"
#include "bench.h"
#include "guest/vmm.h"

enum {
	GUEST_ROUND_BATCH = 16, /* events that one read() may return */
	GUEST_ROUND_PAGES = 8,	/* per virtual thread and round */
	GUEST_ROUND_PAGES_MIN = 16,
	GUEST_ROUND_TIMEOUT = 10, /* seconds without progress until a guest counts as stuck */
};

struct guest_rounds;

struct guest_vcpu {
	struct guest_rounds *rounds;
	unsigned int id;
	pthread_t thread;
	atomic_int tid;
	int cpu;
	int err; /* -errno of its last round, with why */
	const char *why;
	uint64_t entered, left;	  /* TSC of its last round */
	struct guest_clock clock; /* bounds by all rounds */
	long waits;		  /* voluntary switches of its thread in its last round */
};

/* Counts of all rounds so far. KVM notifies the guest, halts it, or waits in the vCPU's thread. */
struct guest_counts {
	uint64_t touches, absent, ready; /* the guest's own */
	uint64_t broadcasts, spurious, unknown, collisions, wrong, idles, parked_max;
	uint64_t events, own; /* of userfaultfd; those of a vCPU's own thread */
	uint64_t wrong_pages; /* seen by the host */
	uint64_t waits;	      /* voluntary switches of the vCPUs' threads inside KVM_RUN */
};

struct guest_rounds {
	/* Set by the caller. */
	unsigned int threads; /* virtual threads per vCPU */
	uint64_t delay_ns;    /* sleep of the handler */
	bool delay_each;      /* sleeps before each event, otherwise before each batch */
	int timeout_s;	      /* seconds; 0: GUEST_ROUND_TIMEOUT */
	int handler_cpu, vcpu_cpu;

	struct uffd uffd;
	struct vmm vmm;
	size_t pages; /* per vCPU and round */
	struct guest_vcpu vcpu[VMM_VCPUS_MAX];
	unsigned int started; /* vCPU threads */
	pthread_t handler;
	bool handling, kicking;
	struct sigaction unkicked; /* the former action of SIGUSR1 */
	atomic_int handler_err;
	atomic_uint round, done; /* raised to begin a round; vCPUs that ended it */
	atomic_bool quit;
	atomic_ullong events, own; /* raised by the handler before it resolves */
	struct guest_counts counts;
	/* *why: the reason of a failed start, or the state of a stuck guest. */
	char state[TB_REASON + TB_REMEDY];
};

/*
 * Whether this machine can run a guest with so much memory of this kind, with or without
 * async page faults. 0, or -errno after tb_probe_unavailable().
 */
int guest_rounds_probe(struct tb_probe *probe, bool async, enum uffd_way way, size_t page,
		       size_t pages);
/*
 * Sets up the memory, a machine by this plan (whose data is filled in) and the threads.
 * The fields above must be set. 0, or -errno with a constant *why. Call
 * guest_rounds_close() in both cases.
 */
int guest_rounds_open(struct guest_rounds *rounds, struct vmm_plan *plan, enum uffd_way way,
		      size_t page, const char **why);
void guest_rounds_close(struct guest_rounds *rounds);
size_t guest_round_pages(unsigned int threads);

/*
 * Runs one round; its touches are in the vCPUs' logs. 0, or -errno with *why, valid as
 * long as rounds. -ETIMEDOUT: no progress for timeout_s; no further round can run.
 */
int guest_rounds_run(struct guest_rounds *rounds, const char **why);
/* Enters every vCPU once and waits until each left; keeps the shared pages. Returns as guest_rounds_run(). */
int guest_rounds_enter(struct guest_rounds *rounds, const char **why);

#endif
