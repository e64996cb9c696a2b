/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading memory line by line, as fast as a core does: what fills and empties caches. */
#ifndef TB_SWEEP_H
#define TB_SWEEP_H

#include <stddef.h>

/* In order, eight lines a turn. bytes: a multiple of 512. */
static inline void tb_sweep_read(const char *at, size_t bytes)
{
	for (const char *end = at + bytes; at < end; at += 512)
		asm volatile("mov (%0), %%rax\n\t"
			     "mov 64(%0), %%rax\n\t"
			     "mov 128(%0), %%rax\n\t"
			     "mov 192(%0), %%rax\n\t"
			     "mov 256(%0), %%rax\n\t"
			     "mov 320(%0), %%rax\n\t"
			     "mov 384(%0), %%rax\n\t"
			     "mov 448(%0), %%rax"
			     :
			     : "r"(at)
			     : "rax", "memory");
}

/* Earlier loads and stores are done before anything later begins. */
static inline void tb_sweep_fence(void)
{
	asm volatile("mfence\n\tlfence" ::: "memory");
}

#endif
