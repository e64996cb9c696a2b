/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux 5.10 to 7.2. tests/vm/builds.sh builds it for Debian's 5.10, 6.1, 6.12 and 7.2
 * and their PREEMPT_RT flavours; tests/vm/run.sh boots all of these but 5.10.
 *
 * Changes in between that do not matter here: rdtsc_ordered() moved (6.16), but
 * window.h has its own stamps; no_llseek() was removed (6.12), but noop_llseek() is
 * older; class_create() lost an argument (6.4), but this is a misc device;
 * EXTRA_CFLAGS is ignored (6.15), but is not used.
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

#include <asm/msr.h>
/* A header of its own since 6.16. asm/processor.h included it before, and stops doing so in 7.3. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#include <asm/cpuid/api.h>
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#include <linux/cc_platform.h>
#else
#include <linux/mem_encrypt.h>
#endif
#include <linux/prandom.h>
#include <linux/random.h>

/* Whether this is a guest with encrypted memory; before 5.16 only SEV can be one. */
static inline bool tb_memory_encrypted(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
	return cc_platform_has(CC_ATTR_GUEST_MEM_ENCRYPT);
#else
	return sev_active();
#endif
}

/* Uniform in [0, n) except for a bias of n/2^32, which is negligible for small n. */
static inline u32 tb_below(struct rnd_state *state, u32 n)
{
	return (u32)(((u64)prandom_u32_state(state) * n) >> 32);
}

#endif
