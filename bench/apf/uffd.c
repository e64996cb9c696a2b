// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/uffd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/folders.h"
#include "machine/rights.h"

/* Linux 5.11 and 5.13: newer than the headers of some distributions that can run us. */
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef USERFAULTFD_IOC_NEW /* 6.1 */
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif

enum { SMALL_PAGE = 4096 };

static const struct {
	const char *name;
	uint64_t feature, huge, mode;
	const char *missing;
} ways[] = {
	[UFFD_COPY] = { "copy", 0, UFFD_FEATURE_MISSING_HUGETLBFS, UFFDIO_REGISTER_MODE_MISSING,
			"kernel does not support UFFD_FEATURE_MISSING_HUGETLBFS (Linux 4.11)" },
	[UFFD_ZEROPAGE] = { "zeropage", 0, 0, UFFDIO_REGISTER_MODE_MISSING, "" },
	[UFFD_CONTINUE] = { "continue", UFFD_FEATURE_MINOR_SHMEM, UFFD_FEATURE_MINOR_HUGETLBFS,
			    UFFDIO_REGISTER_MODE_MINOR,
			    "kernel does not support the minor faults of userfaultfd (Linux 5.14; 5.13 for huge pages)" },
	[UFFD_WP] = { "wp", UFFD_FEATURE_PAGEFAULT_FLAG_WP, UFFD_FEATURE_WP_HUGETLBFS_SHMEM,
		      UFFDIO_REGISTER_MODE_WP,
		      "kernel does not support the write protection of userfaultfd (Linux 5.7; 5.19 for huge pages)" },
	[UFFD_SIGBUS] = { "sigbus", UFFD_FEATURE_SIGBUS, UFFD_FEATURE_MISSING_HUGETLBFS,
			  UFFDIO_REGISTER_MODE_MISSING,
			  "kernel does not support UFFD_FEATURE_SIGBUS (Linux 4.14)" },
};

const char *uffd_way_name(unsigned int way)
{
	return way < sizeof(ways) / sizeof(ways[0]) ? ways[way].name : NULL;
}

/* The device's files also handle kernel faults; its mode decides who may open it. */
static int new_by_device(void)
{
	int device = open("/dev/userfaultfd", O_RDWR | O_CLOEXEC), fd;

	if (device < 0)
		return -1;
	fd = ioctl(device, USERFAULTFD_IOC_NEW, O_CLOEXEC);
	close(device);
	return fd;
}

/*
 * Tries the system call, then the device. -errno of the call. Any user may handle user-mode faults
 * (vm.unprivileged_userfaultfd=0). KVM's faults must not fall back to user mode only: KVM would be
 * refused the page, report it ready to its guest, and fault on it again, for ever.
 */
static int new_fd(enum uffd_whose whose)
{
	int flags = O_CLOEXEC | (whose == UFFD_USERS ? UFFD_USER_MODE_ONLY : 0);
	int fd = (int)syscall(SYS_userfaultfd, flags), err;

	if (fd < 0 && errno == EINVAL)
		fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (fd >= 0)
		return fd;
	err = errno;
	fd = new_by_device();
	return fd < 0 ? -err : fd;
}

static int refuse(struct uffd *u, int err, const char *code, const char *reason, const char *remedy)
{
	return tb_refusal_set(&u->refusal, err, code, reason, remedy);
}

static int explain_fd(struct uffd *u, enum uffd_whose whose, int err)
{
	const char device[] =
		"give access to /dev/userfaultfd, or set vm.unprivileged_userfaultfd=1";
	struct tb_rights rights;
	char remedy[TB_REMEDY];

	if (tb_refusal_of(NULL, "userfaultfd", err, &u->refusal) || err != -EPERM)
		return err;
	tb_rights_read(NULL, &rights);
	snprintf(remedy, sizeof(remedy), "%s, or %s",
		 rights.root ? "start the container with --cap-add SYS_PTRACE" : "run it as root",
		 device);
	return refuse(
		u, err, "no-userfaultfd",
		whose == UFFD_EVERYBODYS
			? "userfaultfd is permitted for faults in user mode only, and KVM's are the kernel's"
			: "userfaultfd is not permitted (vm.unprivileged_userfaultfd is 0, and the kernel is older than Linux 5.11)",
		remedy);
}

static int open_fd(struct uffd *u, enum uffd_whose whose)
{
	struct uffdio_api api = { .api = UFFD_API, .features = ways[u->way].feature };

	int err;

	if (u->page != SMALL_PAGE)
		api.features |= ways[u->way].huge;
	if (whose == UFFD_EVERYBODYS)
		api.features |= UFFD_FEATURE_THREAD_ID;
	u->fd = new_fd(whose);
	if (u->fd < 0)
		return explain_fd(u, whose, u->fd);
	if (!ioctl(u->fd, UFFDIO_API, &api))
		return 0;
	err = -errno;
	if (err == -EINVAL)
		return refuse(u, -EOPNOTSUPP, "no-userfaultfd", ways[u->way].missing,
			      "use a newer kernel");
	tb_refusal_of(NULL, "ioctl UFFDIO_API", err, &u->refusal);
	return err;
}

static int refuse_memory(struct uffd *u)
{
	if (u->page == SMALL_PAGE)
		return refuse(u, -ENOMEM, "no-memory", "no memory for the region",
			      "see ulimit -v and vm.overcommit_memory");
	return refuse(u, -ENOMEM, "no-huge-pages",
		      "not enough free huge pages (see vm.nr_hugepages)",
		      "sysctl vm.nr_hugepages=64");
}

/* Each page has its own bytes, so that a misplaced page is detected. */
static void fill(struct uffd *u)
{
	for (size_t i = 0; i < u->bytes; i += sizeof(uint64_t))
		*(uint64_t *)(u->contents + i) = UFFD_CONTENTS + i;
}

/* A memfd for two mappings to share, or -errno. */
static int open_file(struct uffd *u)
{
	int file = u->page == SMALL_PAGE
			   ? tb_memory_file("tollbooth-uffd")
			   : memfd_create("tollbooth-uffd", MFD_CLOEXEC | MFD_HUGETLB);
	int err = u->page == SMALL_PAGE ? file : -errno;

	if (file < 0) {
		tb_refusal_of(NULL, "memfd_create", err, &u->refusal);
		return err;
	}
	if (ftruncate(file, (off_t)u->bytes)) {
		close(file);
		return refuse_memory(u);
	}
	return file;
}

static int map_region(struct uffd *u)
{
	const int rw = PROT_READ | PROT_WRITE;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (u->page == SMALL_PAGE ? 0 : MAP_HUGETLB);
	int file = -1;

	/* A minor fault is on a page that exists in the file but is not mapped here. */
	if (u->way == UFFD_CONTINUE) {
		file = open_file(u);
		if (file < 0)
			return file;
		flags = MAP_SHARED;
	}
	/* The source of a copy may have small pages, with any size of the target. */
	u->contents = mmap(NULL, u->bytes, rw,
			   u->way == UFFD_CONTINUE ? flags : MAP_PRIVATE | MAP_ANONYMOUS, file, 0);
	u->region = mmap(NULL, u->bytes, rw, flags, file, 0);
	if (file >= 0)
		close(file);
	if (u->contents == MAP_FAILED || u->region == MAP_FAILED)
		return refuse_memory(u);
	if (u->page == SMALL_PAGE)
		madvise(u->region, u->bytes, MADV_NOHUGEPAGE);
	fill(u);
	return 0;
}

static int protect(struct uffd *u, uint64_t address, uint64_t bytes, bool on)
{
	struct uffdio_writeprotect wp = { .range = { address, bytes },
					  .mode = on ? UFFDIO_WRITEPROTECT_MODE_WP : 0 };

	return ioctl(u->fd, UFFDIO_WRITEPROTECT, &wp) ? -errno : 0;
}

static int open_region(struct uffd *u, enum uffd_whose whose)
{
	struct uffdio_register reg = { .mode = ways[u->way].mode };
	int err = open_fd(u, whose);

	if (!err)
		err = map_region(u);
	if (err)
		return err;
	reg.range.start = (uintptr_t)u->region;
	reg.range.len = u->bytes;
	if (ioctl(u->fd, UFFDIO_REGISTER, &reg))
		return refuse(u, -errno, "no-userfaultfd",
			      "the region can't be registered for these faults",
			      "use a newer kernel");
	if (u->way == UFFD_WP) /* only present pages can be protected */
		memset(u->region, 1, u->bytes);
	err = uffd_reset(u);
	return err ? refuse(u, err, "no-userfaultfd",
			    "the region cannot be prepared for these faults", "use a newer kernel")
		   : 0;
}

int uffd_open(struct uffd *u, enum uffd_whose whose, enum uffd_way way, size_t page, size_t pages,
	      const char **why)
{
	int err;

	*u = (struct uffd){ .fd = -1, .way = way, .page = page, .bytes = pages * page };
	err = open_region(u, whose);
	if (err)
		*why = u->refusal.reason;
	return err;
}

void uffd_let_go(struct uffd *u)
{
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
}

void uffd_close(struct uffd *u)
{
	if (u->region && u->region != MAP_FAILED)
		munmap(u->region, u->bytes);
	if (u->contents && u->contents != MAP_FAILED)
		munmap(u->contents, u->bytes);
	uffd_let_go(u);
}

int uffd_reset(struct uffd *u)
{
	if (u->way == UFFD_WP)
		return protect(u, (uintptr_t)u->region, u->bytes, true);
	return madvise(u->region, u->bytes, MADV_DONTNEED) ? -errno : 0;
}

int uffd_resolve(struct uffd *u, uint64_t address)
{
	uint64_t page = address & ~(uint64_t)(u->page - 1);
	uint64_t offset = page - (uintptr_t)u->region;

	switch (u->way) {
	case UFFD_COPY:
	case UFFD_SIGBUS: {
		struct uffdio_copy copy = { .dst = page,
					    .src = (uintptr_t)u->contents + offset,
					    .len = u->page };

		return ioctl(u->fd, UFFDIO_COPY, &copy) ? -errno : 0;
	}
	case UFFD_ZEROPAGE: {
		struct uffdio_zeropage zero = { .range = { page, u->page } };

		return ioctl(u->fd, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
	}
	case UFFD_CONTINUE: {
		struct uffdio_continue cont = { .range = { page, u->page } };

		return ioctl(u->fd, UFFDIO_CONTINUE, &cont) ? -errno : 0;
	}
	case UFFD_WP:
		return protect(u, page, u->page, false);
	}
	return -EINVAL;
}

int uffd_wake(struct uffd *u, uint64_t address)
{
	struct uffdio_range range = { address & ~(uint64_t)(u->page - 1), u->page };

	return ioctl(u->fd, UFFDIO_WAKE, &range) ? -errno : 0;
}

void uffd_touch(const struct uffd *u, char *page)
{
	if (u->way == UFFD_WP)
		*(volatile uint64_t *)page = (uintptr_t)page;
	else
		(void)*(volatile uint64_t *)page;
}

static bool all_zero(const char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += sizeof(uint64_t))
		if (*(const uint64_t *)(at + i))
			return false;
	return true;
}

bool uffd_page_right(const struct uffd *u, size_t page)
{
	const char *at = u->region + page * u->page;

	if (u->way == UFFD_ZEROPAGE)
		return all_zero(at, u->page);
	if (u->way == UFFD_WP)
		return *(const uint64_t *)at == (uintptr_t)at;
	return !memcmp(at, u->contents + page * u->page, u->page);
}
