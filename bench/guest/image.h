/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest as its VMM sees it: a block of memory for each vCPU, ready to be entered. */
#ifndef TB_GUEST_IMAGE_H
#define TB_GUEST_IMAGE_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "guest/layout.h"

/* Counters are of the round: the VMM clears the shared before each. */
struct guest_shared_page {
	uint32_t next, limit;	      /* page that is touched next; how many there are */
	uint32_t started, threads;    /* virtual threads */
	uint32_t live;		      /* not ended */
	uint32_t parked, parked_max;  /* on a page that is not present */
	uint8_t head, tail, pad[2];   /* of the ring */
	uint64_t first, stride;	      /* address of page 0; bytes from page to page */
	uint64_t contents;	      /* a page's first word less its address */
	uint64_t absent, ready;	      /* page faults of KVM's, and their ends */
	uint64_t broadcasts;	      /* tokens that mean all */
	uint64_t spurious;	      /* interrupts without a token */
	uint64_t unknown, collisions; /* tokens of nobody; of two at once */
	uint64_t idles, touches, wrong;
	uint64_t fault; /* address of a page fault that was not KVM's */
	uint64_t entered,
		left; /* TSC of the round's first instruction; before the OUT that ends it */
	uint32_t exchanges,
		ping; /* of stamps, before the first touch; the number of the one begun */
	uint8_t pad2[SHARED_PONG - SHARED_PING - 4];
	uint32_t pong; /* the number of the one answered */
	uint8_t pad3[SHARED_RING - SHARED_PONG - 4];
	uint32_t ring[GUEST_MODE];
};

/* TSC of one page's touch; absent and ready are 0 where KVM told the guest nothing. */
struct guest_touch {
	uint64_t before, absent, ready, after;
};

/* struct kvm_vcpu_pv_apf_data's begin. */
struct guest_area {
	uint32_t flags, token;
};

/* How a payload runs. */
struct guest_mode {
	bool kernel;	 /* at CPL 0, else 3 */
	bool interrupts; /* RFLAGS.IF while it touches */
};

/* Fills a zeroed block of GUEST_BLOCK bytes that the guest will see at `at`. */
void guest_build(char *block, uint64_t at, const struct guest_mode *ring);
/* Registers of a vCPU that enters it; sregs holds what KVM_GET_SREGS said. */
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
