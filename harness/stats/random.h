/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers from a recorded seed: PCG32 (O'Neill 2014, XSH-RR). */
#ifndef TB_STATS_RANDOM_H
#define TB_STATS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct tb_random {
	uint64_t state, increment;
};

/* Generators of one seed and different streams (below 2^63) are independent. */
void tb_random_seed(struct tb_random *r, uint64_t seed, uint64_t stream);

uint32_t tb_random_u32(struct tb_random *r);

/* Uniform in [0, n), without the bias of a plain remainder; 0 for n = 0. */
uint64_t tb_random_below(struct tb_random *r, uint64_t n);

/* Fisher-Yates: every order of index[0..n-1] is equally likely. */
void tb_random_shuffle(struct tb_random *r, size_t *index, size_t n);

#endif
