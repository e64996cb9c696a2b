/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The VMM's view of the guest: one block of memory for each vCPU, ready to be entered. */
#ifndef TB_GUEST_IMAGE_H
#define TB_GUEST_IMAGE_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/layout.h"

/* Counters cover one round: the VMM clears the shared page before each. */
struct guest_shared_page {
	uint32_t next, limit;	      /* page to touch next; number of pages */
	uint32_t started, threads;    /* virtual threads */
	uint32_t live;		      /* threads that have not ended */
	uint32_t parked, parked_max;  /* threads parked on an absent page */
	uint8_t head, tail, pad[2];   /* of the ring */
	uint64_t first, stride;	      /* address of page 0; bytes from page to page */
	uint64_t contents;	      /* a page's first word minus its address */
	uint64_t absent, ready;	      /* KVM's page faults, and the ends that it reported */
	uint64_t broadcasts;	      /* tokens that wake all */
	uint64_t spurious;	      /* interrupts without a token */
	uint64_t unknown, collisions; /* tokens without a thread; tokens of two threads at once */
	uint64_t idles, touches, wrong;
	uint64_t fault; /* address of a page fault that KVM did not inject */
	uint64_t entered,
		left; /* TSC of the round's first instruction; before the OUT that ends it */
	uint32_t exchanges,
		ping; /* of stamps, before the first touch; the number of the one begun */
	uint8_t pad2[SHARED_PONG - SHARED_PING - 4];
	uint32_t pong; /* the number of the one answered */
	uint8_t pad3[SHARED_RING - SHARED_PONG - 4];
	uint32_t ring[GUEST_MODE];
};

/* TSC of one page's touch; absent and ready are 0 without a notification of the guest. */
struct guest_touch {
	uint64_t before, absent, ready, after;
};

/* The begin of struct kvm_vcpu_pv_apf_data. */
struct guest_area {
	uint32_t flags, token;
};

/* The mode of a payload. */
struct guest_mode {
	bool kernel;	 /* at CPL 0, otherwise at 3 */
	bool interrupts; /* RFLAGS.IF during the touch */
};

/* Fills a zeroed block of GUEST_BLOCK bytes, which the guest has at address `at`. */
void guest_build(char *block, uint64_t at, const struct guest_mode *ring);
/* Sets the registers of a vCPU that enters the block; sregs comes from KVM_GET_SREGS. */
void guest_enter(uint64_t at, bool irqchip, struct kvm_sregs *sregs, struct kvm_regs *regs);

static inline struct guest_shared_page *guest_shared_page(char *block)
{
	return (struct guest_shared_page *)(block + GUEST_SHARED_PAGE);
}

static inline struct guest_area *guest_area(char *block)
{
	return (struct guest_area *)(block + GUEST_AREA);
}

static inline struct guest_touch *guest_log(char *block)
{
	return (struct guest_touch *)(block + GUEST_LOG);
}

#endif
