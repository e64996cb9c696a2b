/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the stamps of a guest's round say: by the guest alone, and around KVM's own account. */
#ifndef TB_GUEST_PARTS_H
#define TB_GUEST_PARTS_H

#include <stdbool.h>

#include "apf/guest_round.h"
#include "apf/kvm_trace.h"
#include "measure/clock.h"

enum guest_part { GUEST_WHOLE, GUEST_TO_ABSENT, GUEST_TO_READY, GUEST_TO_RUN };

/* TSC from the round's first touch to its last. */
double guest_span(const struct guest_rounds *rounds);
/*
 * Whether the clock of every vCPU may be the host's, by all rounds so far; *uncertain: the largest
 * offset that is not excluded, TSC.
 */
bool guest_clocks_agree(const struct guest_rounds *rounds, double *uncertain);
/* The round's median of one part over the touches, TSC; one thread of one vCPU. */
double guest_median(const struct guest_rounds *rounds, enum guest_part part);
/*
 * The touches of that guest around the faults that KVM traced, as many; the marks
 * of both clocks stand around the round. Medians in ns of: before the touch to
 * absent, to completed, to ready, to after the touch. Returns their sum.
 */
double guest_parts(const struct guest_rounds *rounds, const struct kvm_traced *traced,
		   const struct tb_clock_mark mark[2], double median[4]);

#endif
