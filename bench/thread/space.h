/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The contents of an address space, from /proc. */
#ifndef TB_SPACE_H
#define TB_SPACE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* A VMA of /proc/PID/smaps. */
struct thread_vma {
	uint64_t from, to;
	uint64_t anonymous, huge; /* resident bytes, and those of them in huge pages */
	bool accountable;	  /* flag ac: its size is charged to Committed_AS */
	bool shadow;		  /* flag ss */
};

/* Reads the next VMA; false at the end. */
bool thread_vma_next(FILE *smaps, struct thread_vma *vma);
/* Finds this process's VMA with the address; false: none. */
bool thread_vma_at(uint64_t address, struct thread_vma *vma);

/* Resources that threads use, in the order of thread/footprint's metrics. */
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

/* Exact sums of this process, over its VMAs. 0 or -errno; -ENODATA: smaps has no VmFlags. */
int thread_space(struct thread_space *space);

#endif
