/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A round of a guest: the virtual threads of every vCPU touch their absent pages
 * once, and a handler thread in the host supplies each.
 *
 * The handler is of the caller's scheduling class; vCPUs are ordinary threads,
 * whatever that is: KVM's workers, which fetch the pages, are ordinary, too, and a
 * vCPU above them that polls for the end of its halt would keep them from its CPU.
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
	GUEST_ROUND_PAGES = 8,	/* a virtual thread's, in a round */
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
	int err; /* of its last round, with why */
	const char *why;
	uint64_t entered, left;	  /* TSC of its last round */
	struct guest_clock clock; /* by all rounds */
	long waits;		  /* voluntary switches of its thread in its last round */
};

/* Counts of all rounds so far. A fault is told to the guest, or halts it, or is resolved by the vCPU itself. */
struct guest_counts {
	uint64_t touches, absent, ready; /* the guest's own */
	uint64_t broadcasts, spurious, unknown, collisions, wrong, idles, parked_max;
	uint64_t events, own; /* of userfaultfd; those whose faulting thread is a vCPU's */
	uint64_t wrong_pages; /* seen by the host */
	uint64_t waits;	      /* voluntary switches of the vCPUs' threads inside KVM_RUN */
};

struct guest_rounds {
	/* Set by the caller. */
	unsigned int threads; /* virtual, of a vCPU */
	uint64_t delay_ns;    /* of the handler */
	bool delay_each;      /* before each event, else before each batch */
	int timeout_s;	      /* seconds; 0: GUEST_ROUND_TIMEOUT */
	int handler_cpu, vcpu_cpu;

	struct uffd uffd;
	struct vmm vmm;
	size_t pages; /* of a vCPU, in a round */
	struct guest_vcpu vcpu[VMM_VCPUS_MAX];
	unsigned int started; /* vCPU threads */
	pthread_t handler;
	bool handling, kicking;
	struct sigaction unkicked; /* what SIGUSR1 did before */
	atomic_int handler_err;
	atomic_uint round, done; /* raised to begin one; vCPUs that ended theirs */
	atomic_bool quit;
	atomic_ullong events, own; /* raised by the handler before it resolves */
	struct guest_counts counts;
	/* *why: the reason that it did not start, or what a guest that is stuck was doing. */
	char state[TB_REASON + TB_REMEDY];
};

/*
 * Whether a guest with so much memory of this kind, async page faults or not, can
 * be had here. 0, or -errno after tb_probe_unavailable().
 */
int guest_rounds_probe(struct tb_probe *probe, bool async, enum uffd_way way, size_t page,
		       size_t pages);
/*
 * With the fields above set: memory of these pages, a machine by this plan (whose
 * data is filled in), and the threads. 0, or -errno with *why a constant;
 * guest_rounds_close() either way.
 */
int guest_rounds_open(struct guest_rounds *rounds, struct vmm_plan *plan, enum uffd_way way,
		      size_t page, const char **why);
void guest_rounds_close(struct guest_rounds *rounds);
size_t guest_round_pages(unsigned int threads);

/*
 * One round; its touches stand in the vCPUs' logs. 0 or -errno with *why, which lives
 * as long as rounds. -ETIMEDOUT: no progress for so long; nothing more can be run.
 */
int guest_rounds_run(struct guest_rounds *rounds, const char **why);
/* One entry of every vCPU until each left, with the shared pages as they are. As guest_rounds_run(). */
int guest_rounds_enter(struct guest_rounds *rounds, const char **why);

#endif
