// SPDX-License-Identifier: GPL-2.0-or-later
#include "l1d/aftermath.h"

static double walk_cycles(struct l1d_realm *realm, unsigned int walk, enum l1d_arrange arrange)
{
	struct tb_shot shot = { .look = L1D_LOOK_WALK, .walk = walk, .arrange = arrange };

	l1d_shoot(realm, &shot);
	return l1d_core_cycles((double)shot.probe, (double)shot.chain);
}

double l1d_aftermath(struct l1d_realm *realm, unsigned int walk)
{
	double flushed = walk_cycles(realm, walk, L1D_DO_FLUSH);

	return flushed - walk_cycles(realm, walk, L1D_DO_NOTHING);
}
