/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A region of memory whose faults a handler in user space resolves, in one of several ways. */
#ifndef TB_UFFD_H
#define TB_UFFD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/refusal.h"

/* A page's first word is this plus its offset in the region, where contents are copied or continued. */
#define UFFD_CONTENTS 0x746f6c6c00000000u

/*
 * Whose faults: those of threads in user mode, which anybody may handle; or the
 * kernel's own as well, which KVM's are.
 */
enum uffd_whose { UFFD_USERS, UFFD_EVERYBODYS };

enum uffd_way { UFFD_COPY, UFFD_ZEROPAGE, UFFD_CONTINUE, UFFD_WP, UFFD_SIGBUS };
/* Its name; NULL after the last. */
const char *uffd_way_name(unsigned int way);

struct uffd {
	int fd;
	enum uffd_way way;
	char *region; /* faults */
	char *contents; /* what UFFDIO_COPY copies, page by page; the file's pages for UFFDIO_CONTINUE */
	size_t bytes, page; /* of the region; of one fault: 4 KiB, or a huge page of hugetlbfs */
	struct tb_refusal refusal; /* why uffd_open() failed; reason empty: it did not */
};

/*
 * Opens and registers a region of so many pages. 0, or -errno with *why, a text that lives as
 * long as *u, and u->refusal.
 */
int uffd_open(struct uffd *u, enum uffd_whose whose, enum uffd_way way, size_t page, size_t pages,
	      const char **why);

/* Ends the handling: who waits in a fault goes on. */
void uffd_let_go(struct uffd *u);
void uffd_close(struct uffd *u);
/* Every page faults again. 0 or -errno. */
int uffd_reset(struct uffd *u);
/* Resolves the fault at an address and wakes who waits for it. 0 or -errno. */
int uffd_resolve(struct uffd *u, uint64_t address);
/* The page is there, by whomever: who waits for it goes on. 0 or -errno. */
int uffd_wake(struct uffd *u, uint64_t address);
/* What a faulting thread does at a page: a read, or with wp a write. */
void uffd_touch(const struct uffd *u, char *page);
/* Whether the page holds what its way promises. */
bool uffd_page_right(const struct uffd *u, size_t page);

#endif
