/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests on a played KVM, with the stamps of this machine. */
#ifndef TB_TEST_GUEST_WORLD_H
#define TB_TEST_GUEST_WORLD_H

#include "kvm_calls.h"

#include <sched.h>

#include "apf/guest_exchange.h"
#include "apf/guest_round.h"
#include "given_threads.h"

enum { ROUNDS = 2 };

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

static inline void open_guest(struct guest_rounds *l, const struct vmm_plan *plan,
			      unsigned int threads)
{
	struct vmm_plan copy = *plan;
	const char *why = "";

	forget_faults();
	*l = (struct guest_rounds){ .threads = threads };
	l->handler_cpu = l->vcpu_cpu = sched_getcpu();
	if (guest_rounds_open(l, &copy, UFFD_COPY, 4096, &why))
		fail_msg("%s", why);
}

static inline void run_round(struct guest_rounds *l)
{
	const char *why = "";

	if (guest_rounds_run(l, &why))
		fail_msg("%s", why);
}

static inline void run_rounds(struct guest_rounds *l, int rounds)
{
	for (int i = 0; i < rounds; i++)
		run_round(l);
}

static inline void assert_clean(const struct guest_rounds *l, int rounds)
{
	const struct guest_counts *c = &l->counts;

	assert_int_equal(c->touches, (uint64_t)rounds * l->pages * l->vmm.vcpus);
	assert_int_equal(c->events, c->touches);
	assert_int_equal(c->ready, c->absent);
	assert_int_equal(c->unknown + c->collisions + c->wrong + c->wrong_pages, 0);
}

#endif
