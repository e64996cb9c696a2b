/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the flushed program pays afterwards: walking its working set again. */
#ifndef TB_L1D_REFILL_H
#define TB_L1D_REFILL_H

#include "l1d/l1d.h"

/*
 * Extra core cycles of one walk after the flush, against the same walk of the
 * same set, equally warm, with no flush before it, a moment later.
 */
double l1d_refill(struct l1d_realm *realm, unsigned int walk);

#endif
