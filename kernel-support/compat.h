/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels from 5.10 on; built and tested on Debian's 6.1 and 6.12.
 *
 * What changed on the way, and why it is no matter here: wrmsrl_safe() became
 * wrmsrq_safe() (6.16), so the pairs wrmsr_safe(), rdmsr_safe() are used, which
 * stayed; rdtsc_ordered() moved (6.16), so timing.h has its own stamps;
 * no_llseek() went (6.12), noop_llseek() is older; class_create() lost an
 * argument (6.4), so this is a misc device; EXTRA_CFLAGS is ignored (6.15), so
 * there are none.
 */
#ifndef TB_COMPAT_H
#define TB_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "tollbooth needs Linux 5.10 or later"
#endif
#ifndef CONFIG_X86_64
#error "tollbooth measures x86-64 only"
#endif

#include <linux/prandom.h>
#include <linux/random.h>

/* Uniform below n but for a bias of n/2^32; n is far below that. */
static inline u32 tb_below(struct rnd_state *state, u32 n)
{
	return (u32)(((u64)prandom_u32_state(state) * n) >> 32);
}

#endif
