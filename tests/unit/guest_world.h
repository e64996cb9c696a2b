/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests on a KVM that is played, with the stamps of this machine. */
#ifndef TB_TEST_GUEST_WORLD_H
#define TB_TEST_GUEST_WORLD_H

#include "kvm_calls.h"

#include <sched.h>

#include "apf/guest_exchange.h"
#include "apf/guest_lap.h"
#include "given_threads.h"

enum { LAPS = 2 };

static const struct vmm_plan async_plan = {
	.vcpus = 1,
	.irqchip = true,
	.halt_poll = true,
	.async = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT,
	.ring = { .kernel = false, .interrupts = true },
};

static inline void forget_faults(void)
{
	kvm.untold = kvm.unready = kvm.synchronous = kvm.untraced = 0;
	kvm.unknown = kvm.twice = kvm.lost_word = kvm.broadcasts = 0;
	kvm.broadcast = kvm.spurious = kvm.early = kvm.late = false;
	kvm.misplaced = 0;
}

static inline void open_guest(struct guest_laps *l, const struct vmm_plan *plan,
			      unsigned int threads)
{
	struct vmm_plan copy = *plan;
	const char *why = "";

	forget_faults();
	*l = (struct guest_laps){ .threads = threads };
	l->handler_cpu = l->vcpu_cpu = sched_getcpu();
	if (guest_laps_open(l, &copy, UFFD_COPY, 4096, &why))
		fail_msg("%s", why);
}

static inline void run_lap(struct guest_laps *l)
{
	const char *why = "";

	if (guest_laps_run(l, &why))
		fail_msg("%s", why);
}

static inline void run_laps(struct guest_laps *l, int laps)
{
	for (int i = 0; i < laps; i++)
		run_lap(l);
}

static inline void assert_clean(const struct guest_laps *l, int laps)
{
	const struct guest_counts *c = &l->counts;

	assert_int_equal(c->touches, (uint64_t)laps * l->pages * l->vmm.vcpus);
	assert_int_equal(c->events, c->touches);
	assert_int_equal(c->ready, c->absent);
	assert_int_equal(c->unknown + c->collisions + c->wrong + c->wrong_pages, 0);
}

#endif
