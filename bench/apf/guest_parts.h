/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Evaluates the stamps of a guest's round, alone and together with KVM's trace. */
#ifndef TB_GUEST_PARTS_H
#define TB_GUEST_PARTS_H

#include <stdbool.h>

#include "apf/guest_round.h"
#include "apf/kvm_trace.h"
#include "measure/clock.h"

enum guest_part { GUEST_WHOLE, GUEST_TO_ABSENT, GUEST_TO_READY, GUEST_TO_RUN };

/* TSC cycles from the round's first touch to its last. */
double guest_span(const struct guest_rounds *rounds);
/*
 * Whether all rounds so far allow every vCPU's clock to be the host's. *uncertain: the largest
 * offset that they allow, TSC cycles.
 */
bool guest_clocks_agree(const struct guest_rounds *rounds, double *uncertain);
/* The round's median of one part over the touches, TSC cycles. One thread of one vCPU only. */
double guest_median(const struct guest_rounds *rounds, enum guest_part part);
/*
 * Combines the guest's touches with as many faults traced by KVM; marks of both clocks
 * enclose the round. The parts are medians in ns: before the touch to absent, to
 * completed, to ready, to after the touch. Returns their sum.
 */
double guest_parts(const struct guest_rounds *rounds, const struct kvm_traced *traced,
		   const struct tb_clock_mark mark[2], double median[4]);

#endif
