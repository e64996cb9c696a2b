/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random figures for tests and fakes. */
#ifndef TB_TESTS_RANDOM_UNIT_H
#define TB_TESTS_RANDOM_UNIT_H

#include "stats/random.h"

/* Uniform in [0, 1), 53 bits. */
static inline double random_unit(struct tb_random *r)
{
	uint64_t high = tb_random_u32(r);

	return (double)((high << 32 | tb_random_u32(r)) >> 11) * 0x1p-53;
}

#endif
