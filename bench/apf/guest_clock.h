/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a guest's TSC is the host's: an exchange of stamps bounds their offset
 * without trusting either, as a stamp of one lies between two of the other.
 */
#ifndef TB_GUEST_CLOCK_H
#define TB_GUEST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* One entry of a guest and the exit after it, TSC. */
struct guest_exchange {
	uint64_t host_entered, host_left;   /* before KVM_RUN, and after it returned */
	uint64_t guest_entered, guest_left; /* the guest's first instruction, and one of its last */
};

/* The guest's TSC less the host's, cycles: from low to high. */
struct guest_clock {
	int64_t low, high;
};

#define GUEST_CLOCK_UNKNOWN ((struct guest_clock){ INT64_MIN, INT64_MAX })

/* Narrows the bounds by one more exchange. */
void guest_clock_narrow(struct guest_clock *clock, const struct guest_exchange *exchange);
/*
 * Whether an offset of 0 is within the bounds. false also where nothing is known,
 * and where no one offset fits all exchanges.
 */
bool guest_clock_agrees(const struct guest_clock *clock);
/* The largest offset that is not excluded, either way; cycles. */
double guest_clock_uncertainty(const struct guest_clock *clock);

#endif
