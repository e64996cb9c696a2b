// SPDX-License-Identifier: GPL-2.0-or-later
#include "l1d/refill.h"

static double walk_cycles(struct l1d_realm *realm, unsigned int walk, enum l1d_setup setup)
{
	struct tb_flush_sample sample = { .probe_kind = L1D_PROBE_WALK,
					  .walk = walk,
					  .setup = setup };

	l1d_sample(realm, &sample);
	return l1d_core_cycles((double)sample.probe, (double)sample.chain);
}

double l1d_refill(struct l1d_realm *realm, unsigned int walk)
{
	double flushed = walk_cycles(realm, walk, L1D_DO_FLUSH);

	return flushed - walk_cycles(realm, walk, L1D_DO_NOTHING);
}
