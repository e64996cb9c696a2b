/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of a shadow stack: the mapping that the kernel makes for a thread (alloc_shstk() in
 * arch/x86/kernel/shstk.c), without the flag VM_SHADOW_STACK. It takes one mmap and one munmap, and
 * its size is charged to Committed_AS.
 */
#ifndef TB_SHADOW_MODEL_H
#define TB_SHADOW_MODEL_H

#include <stddef.h>

#include "bench.h"

/*
 * Maps `bytes` at the address `wanted`, which must be free; NULL: the kernel chooses. Returns NULL
 * with errno. The caller unmaps.
 */
char *thread_model_map(void *wanted, size_t bytes);
/*
 * Disables huge pages in this process, in any mode of the system. A madvise() of each mapping would
 * be one more call than the kernel makes. 0, or -errno after tb_trial_fail().
 */
int thread_model_small_pages(struct tb_trial *trial);

#endif
