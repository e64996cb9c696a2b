/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks that a guest's TSC is the host's. In an exchange, a stamp of one lies between
 * two stamps of the other, which bounds the offset without trust in either clock.
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

/* Bounds of the guest's TSC minus the host's, cycles. */
struct guest_clock {
	int64_t low, high;
};

#define GUEST_CLOCK_UNKNOWN ((struct guest_clock){ INT64_MIN, INT64_MAX })

/* Narrows the bounds by one more exchange. */
void guest_clock_narrow(struct guest_clock *clock, const struct guest_exchange *exchange);
/*
 * Whether an offset of 0 is within the bounds. Also false without an exchange, and if
 * no single offset fits all exchanges.
 */
bool guest_clock_agrees(const struct guest_clock *clock);
/* The largest offset that the bounds allow, in either direction, cycles. */
double guest_clock_uncertainty(const struct guest_clock *clock);

#endif
