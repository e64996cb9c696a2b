/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an address space holds, as /proc tells it. */
#ifndef TB_SPACE_H
#define TB_SPACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A VMA of /proc/PID/smaps. */
struct thread_vma {
	uint64_t from, to;
	uint64_t anonymous, huge; /* bytes in memory, and those in huge pages */
	bool accountable;	  /* VmFlags ac: its size is charged to Committed_AS */
	bool shadow;		  /* VmFlags ss */
};

/* The next one; false at the end. */
bool thread_vma_next(FILE *smaps, struct thread_vma *vma);
/* The one of this process that holds the address; false: none does. */
bool thread_vma_at(uint64_t address, struct thread_vma *vma);

/* What threads use of it, in the order of thread/footprint's metrics. */
enum thread_resource {
	THREAD_VMAS,
	THREAD_COMMITTED,
	THREAD_RESIDENT,
	THREAD_PAGE_TABLES,
	THREAD_MAPPED,
	THREAD_HUGE,
	THREAD_RESOURCES
};

struct thread_space {
	uint64_t of[THREAD_RESOURCES];
	uint64_t shadow_vmas, shadow_bytes;
};

/* Of this process, exactly: VMA by VMA. 0 or -errno; -ENODATA: smaps has no VmFlags. */
int thread_space(struct thread_space *space);

#endif
