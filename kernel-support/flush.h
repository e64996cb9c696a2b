/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flush rig of an open file. */
#ifndef TB_FLUSH_H
#define TB_FLUSH_H

#include "tollbooth.h"

static inline u32 l1d_below(void *random, u32 n)
{
	return tb_below(random, n);
}

#include "flush_rig.h"

struct tb_flush {
	struct l1d_rig rig;
	struct rnd_state random;
};

/* Allocates the areas for a checked setup. ERR_PTR: -ENOMEM, or -EINTR after a fatal signal. */
struct tb_flush *tb_flush_create(const struct tb_flush_setup *setup,
				 const struct tb_flush_loop *loop);

#endif
