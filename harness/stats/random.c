// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/random.h"

#include <stdbool.h>

void tb_random_seed(struct tb_random *r, uint64_t seed, uint64_t stream)
{
	r->state = 0;
	r->increment = stream << 1 | 1;
	tb_random_u32(r);
	r->state += seed;
	tb_random_u32(r);
}

uint32_t tb_random_u32(struct tb_random *r)
{
	uint64_t old = r->state;
	uint32_t mixed = (uint32_t)((old >> 18 ^ old) >> 27);
	unsigned int turn = old >> 59;

	r->state = old * 6364136223846793005ULL + r->increment;
	return mixed >> turn | mixed << (-turn & 31);
}

static uint64_t random_u64(struct tb_random *r)
{
	uint64_t high = tb_random_u32(r);

	return high << 32 | tb_random_u32(r);
}

uint64_t tb_random_below(struct tb_random *r, uint64_t n)
{
	bool narrow = n <= UINT32_MAX;
	uint64_t excess, value;

	if (n < 2)
		return 0;
	/* Discard 2^32 (or 2^64) mod n values, so that the rest divides evenly. */
	excess = ((narrow ? UINT32_MAX : UINT64_MAX) - n + 1) % n;
	do
		value = narrow ? tb_random_u32(r) : random_u64(r);
	while (value < excess);
	return value % n;
}

void tb_random_shuffle(struct tb_random *r, size_t *index, size_t n)
{
	for (size_t left = n; left > 1; left--) {
		size_t pick = tb_random_below(r, left);
		size_t held = index[pick];

		index[pick] = index[left - 1];
		index[left - 1] = held;
	}
}
