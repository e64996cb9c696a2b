/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lap of a guest: the virtual threads of every vCPU touch their absent pages
 * once, and a handler thread in the host supplies each.
 *
 * The handler is of the caller's scheduling class; vCPUs are ordinary threads,
 * whatever that is: KVM's workers, which fetch the pages, are ordinary, too, and a
 * vCPU above them that polls for the end of its halt would keep them from its CPU.
 */
#ifndef TB_GUEST_LAP_H
#define TB_GUEST_LAP_H

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
	GUEST_LAP_BATCH = 16, /* events that one read() may return */
	GUEST_LAP_PAGES = 8,  /* a virtual thread's, in a lap */
	GUEST_LAP_PAGES_MIN = 16,
	GUEST_LAP_PATIENCE = 10, /* seconds without progress until a guest counts as stuck */
};

struct guest_laps;

struct guest_vcpu {
	struct guest_laps *laps;
	unsigned int id;
	pthread_t thread;
	atomic_int tid;
	int cpu;
	int err; /* of its last lap, with why */
	const char *why;
	uint64_t entered, left;	  /* TSC of its last lap */
	struct guest_clock clock; /* by all laps */
	long waits;		  /* voluntary switches of its thread in its last lap */
};

/* Counts of all laps so far. A fault is told to the guest, or halts it, or is resolved by the vCPU itself. */
struct guest_counts {
	uint64_t touches, absent, ready; /* the guest's own */
	uint64_t broadcasts, spurious, unknown, collisions, wrong, idles, parked_max;
	uint64_t events, own; /* of userfaultfd; those whose faulting thread is a vCPU's */
	uint64_t wrong_pages; /* seen by the host */
	uint64_t waits;	      /* voluntary switches of the vCPUs' threads inside KVM_RUN */
};

struct guest_laps {
	/* Set by the caller. */
	unsigned int threads; /* virtual, of a vCPU */
	uint64_t delay_ns;    /* of the handler */
	bool delay_each;      /* before each event, else before each batch */
	int patience;	      /* seconds; 0: GUEST_LAP_PATIENCE */
	int handler_cpu, vcpu_cpu;

	struct uffd uffd;
	struct vmm vmm;
	size_t pages; /* of a vCPU, in a lap */
	struct guest_vcpu vcpu[VMM_VCPUS_MAX];
	unsigned int started; /* vCPU threads */
	pthread_t handler;
	bool handling, kicking;
	struct sigaction unkicked; /* what SIGUSR1 did before */
	atomic_int handler_err;
	atomic_uint lap, done; /* raised to begin one; vCPUs that ended theirs */
	atomic_bool quit;
	atomic_ullong events, own; /* raised by the handler before it resolves */
	struct guest_counts counts;
	/* *why: the reason that it did not start, or what a guest that is stuck was doing. */
	char state[TB_REASON + TB_REMEDY];
};

/*
 * Whether a guest with so much memory of this kind, async page faults or not, can
 * be had here. 0, or -errno after tb_probe_lack().
 */
int guest_laps_probe(struct tb_probe *probe, bool async, enum uffd_way way, size_t page,
		     size_t pages);
/*
 * With the fields above set: memory of these pages, a machine by this plan (whose
 * data is filled in), and the threads. 0, or -errno with *why a constant;
 * guest_laps_close() either way.
 */
int guest_laps_open(struct guest_laps *laps, struct vmm_plan *plan, enum uffd_way way, size_t page,
		    const char **why);
void guest_laps_close(struct guest_laps *laps);
size_t guest_lap_pages(unsigned int threads);

/*
 * One lap; its touches stand in the vCPUs' logs. 0 or -errno with *why, which lives
 * as long as laps. -ETIMEDOUT: no progress for so long; nothing more can be run.
 */
int guest_laps_run(struct guest_laps *laps, const char **why);
/* One entry of every vCPU until each left, with the desks as they are. As guest_laps_run(). */
int guest_laps_enter(struct guest_laps *laps, const char **why);

#endif
