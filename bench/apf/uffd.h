/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A memory region whose faults a handler in user space resolves, in one of several ways. */
#ifndef TB_UFFD_H
#define TB_UFFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/refusal.h"

/* With copy and continue, a page's first word is this plus its offset in the region. */
#define UFFD_CONTENTS 0x746f6c6c00000000u

/*
 * Whose faults: those of threads in user mode, which any user may handle, or also those
 * of the kernel, such as KVM's.
 */
enum uffd_whose { UFFD_USERS, UFFD_EVERYBODYS };

enum uffd_way { UFFD_COPY, UFFD_ZEROPAGE, UFFD_CONTINUE, UFFD_WP, UFFD_SIGBUS };
/* The name of a way; NULL after the last. */
const char *uffd_way_name(unsigned int way);

struct uffd {
	int fd;
	enum uffd_way way;
	char *region;	    /* faults */
	char *contents;	    /* source pages of UFFDIO_COPY; the file's pages for UFFDIO_CONTINUE */
	size_t bytes, page; /* of the region; of one fault: 4 KiB, or a huge page of hugetlbfs */
	struct tb_refusal refusal; /* why uffd_open() failed; empty reason: no failure */
};

/*
 * Opens and registers a region of so many pages. 0, or -errno with u->refusal and *why, which is
 * valid as long as *u.
 */
int uffd_open(struct uffd *u, enum uffd_whose whose, enum uffd_way way, size_t page, size_t pages,
	      const char **why);

/* Closes the userfaultfd; threads that wait in a fault go on. */
void uffd_let_go(struct uffd *u);
void uffd_close(struct uffd *u);
/* Makes every page fault again. 0 or -errno. */
int uffd_reset(struct uffd *u);
/* Resolves the fault at an address and wakes its waiters. 0 or -errno. */
int uffd_resolve(struct uffd *u, uint64_t address);
/* The page is present already: wakes its waiters. 0 or -errno. */
int uffd_wake(struct uffd *u, uint64_t address);
/* The access of a faulting thread: a read, or with wp a write. */
void uffd_touch(const struct uffd *u, char *page);
/* Whether the page has the content that its way promises. */
bool uffd_page_right(const struct uffd *u, size_t page);

#endif
