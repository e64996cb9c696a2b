// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/contract.h"

/* linux/arch/x86/kvm/x86.c: kvm_can_do_async_pf(), kvm_can_deliver_async_pf(). */
enum contract_outcome contract_promised(const struct contract_cell *cell)
{
	bool deliverable = cell->async != CONTRACT_OFF && (!cell->kernel || cell->send_always);

	if (!cell->interrupts || (cell->hlt_in_guest && !deliverable))
		return CONTRACT_SYNCHRONOUS;
	return deliverable ? CONTRACT_DELIVERED : CONTRACT_HALTED;
}

uint64_t contract_halted(const struct contract_counts *c)
{
	uint64_t unnotified = c->touches - c->own - c->notified;
	/* Sleeps of the guest's own halts and of the thread's own faults prove nothing. */
	uint64_t others = c->own + c->halts, slept = c->waits > others ? c->waits - others : 0;

	return slept < unnotified ? slept : unnotified;
}

/* A fast worker may have the page before the vCPU sleeps, so not every halt has a switch. */
static bool mostly_halted(const struct contract_counts *c)
{
	return 4 * contract_halted(c) >= 3 * c->touches;
}

enum contract_outcome contract_outcome(const struct contract_counts *c)
{
	if (c->own == c->touches)
		return CONTRACT_SYNCHRONOUS;
	if (c->notified == c->touches)
		return CONTRACT_DELIVERED;
	if (c->notified || c->own)
		return CONTRACT_MIXED;
	return mostly_halted(c) ? CONTRACT_HALTED : CONTRACT_UNPROVED;
}

const char *contract_outcome_name(enum contract_outcome outcome)
{
	static const char *const names[] = {
		[CONTRACT_DELIVERED] = "delivered",	[CONTRACT_HALTED] = "halted",
		[CONTRACT_SYNCHRONOUS] = "synchronous", [CONTRACT_MIXED] = "mixed",
		[CONTRACT_UNPROVED] = "unproved",
	};

	return names[outcome];
}
