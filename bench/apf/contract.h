/* SPDX-License-Identifier: GPL-2.0-or-later */
/* KVM's contract for a fault on an absent page, and the outcome that the counts show. */
#ifndef TB_CONTRACT_H
#define TB_CONTRACT_H

#include <stdbool.h>
#include <stdint.h>

enum contract_outcome {
	CONTRACT_DELIVERED,   /* the guest was notified by a #PF */
	CONTRACT_HALTED,      /* the vCPU slept in KVM, and the guest was not notified */
	CONTRACT_SYNCHRONOUS, /* the vCPU's own thread waited for the page */
	CONTRACT_MIXED,
	CONTRACT_UNPROVED, /* fetched by a worker, guest not notified, vCPU not seen asleep */
};

enum contract_async { CONTRACT_ON, CONTRACT_VMEXIT, CONTRACT_OFF };

/* The state of the guest at its fault. */
struct contract_cell {
	bool kernel, send_always, interrupts;
	bool hlt_in_guest; /* HLT does not exit, so KVM may not halt the vCPU either */
	enum contract_async async;
};

struct contract_counts {
	uint64_t touches;
	uint64_t own;	   /* faults for which the vCPU's own thread waited */
	uint64_t notified; /* notifications, by the guest's count */
	uint64_t halts;	   /* HLTs of the guest itself */
	uint64_t waits;	   /* voluntary switches of the vCPU's thread inside KVM_RUN */
};

enum contract_outcome contract_promised(const struct contract_cell *cell);
enum contract_outcome contract_outcome(const struct contract_counts *counts);
/* Faults during which the vCPU was halted, as proved by its thread's sleeps. */
uint64_t contract_halted(const struct contract_counts *counts);
const char *contract_outcome_name(enum contract_outcome outcome);

#endif
