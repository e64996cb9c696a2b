/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The refill that a program pays after a flush: a walk over its working set. */
#ifndef TB_L1D_REFILL_H
#define TB_L1D_REFILL_H

#include "l1d/l1d.h"

/*
 * Extra core cycles of one walk after the flush, compared with a second walk of
 * the same, equally warm set right afterwards without a flush.
 */
double l1d_refill(struct l1d_realm *realm, unsigned int walk);

#endif
