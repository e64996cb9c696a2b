// SPDX-License-Identifier: GPL-2.0-or-later
#include "thread/shadow_model.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/*
 * MAP_GROWSDOWN models the effect of VM_SHADOW_STACK on an address space. The mapping counts as a
 * stack and keeps a gap below it, so it never merges with a neighbour. Without the flag, mmap and
 * munmap would often only move the end of an existing VMA.
 */
char *thread_model_map(void *wanted, size_t bytes)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN;
	char *map = mmap(wanted, bytes, PROT_READ | PROT_WRITE,
			 flags | (wanted ? MAP_FIXED_NOREPLACE : 0), -1, 0);

	return map == MAP_FAILED ? NULL : map;
}

int thread_model_small_pages(struct tb_trial *trial)
{
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
		return tb_trial_refused(trial, -errno, "prctl",
					"huge pages could not be switched off for the launch");
	return 0;
}
