// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest with one failing request to KVM: the reason is reported, nothing crashes, nothing is left
 * behind. KVM is played: this program's open, ioctl and mmap replace libc's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "apf/guest_round.h"
#include "entries.h"
#include "guest/vmm.h"

enum { RUN_BYTES = 3 * 4096 };

static struct {
	int requests, fail_at; /* counted from 1; 0: none fails */
	unsigned long request; /* this one fails each time */
	int error;
	bool no_shared_page; /* mmap of a vCPU fails */
	int vcpu;	     /* the last one's file */
} kvm;

static int new_file(void)
{
	return (int)syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
}

static int answer(unsigned long request)
{
	switch (request) {
	case KVM_GET_API_VERSION:
		return KVM_API_VERSION;
	case KVM_CREATE_VM:
		return new_file();
	case KVM_CREATE_VCPU:
		return kvm.vcpu = new_file();
	case KVM_GET_VCPU_MMAP_SIZE:
		return RUN_BYTES;
	case KVM_CHECK_EXTENSION:
	case KVM_SET_MSRS:
		return 1;
	default:
		return 0;
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	long word;

	va_start(list, request);
	word = va_arg(list, long);
	va_end(list);
	if (_IOC_TYPE(request) != KVMIO)
		return (int)syscall(SYS_ioctl, fd, request, word);
	if (request == kvm.request || ++kvm.requests == kvm.fail_at) {
		errno = kvm.error;
		return -1;
	}
	return answer(request);
}

int open(const char *path, int flags, ...)
{
	va_list list;
	unsigned int mode = 0;

	va_start(list, flags);
	if (flags & O_CREAT)
		mode = va_arg(list, unsigned int);
	va_end(list);
	if (!strcmp(path, "/dev/kvm"))
		return new_file();
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

void *mmap(void *at, size_t bytes, int rights, int flags, int fd, off_t offset)
{
	if (kvm.vcpu > 0 && fd == kvm.vcpu) {
		if (kvm.no_shared_page) {
			errno = ENOMEM;
			return MAP_FAILED;
		}
		fd = -1;
		flags = MAP_PRIVATE | MAP_ANONYMOUS;
	}
	return (void *)syscall(SYS_mmap, at, bytes, rights, flags, fd, offset);
}

static struct vmm_plan plan_of(unsigned int vcpus)
{
	return (struct vmm_plan){ .vcpus = vcpus,
				  .irqchip = true,
				  .async = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT,
				  .ring = { .interrupts = true } };
}

/* Opens a guest with its threads and closes it again. */
static int try_guest(char *reason, size_t bytes)
{
	struct guest_rounds l = { .threads = 1 };
	struct vmm_plan plan = plan_of(2);
	const char *why = "";
	int err = guest_rounds_open(&l, &plan, UFFD_COPY, 4096, &why);

	strncpy(reason, why, bytes - 1);
	guest_rounds_close(&l);
	return err;
}

static void test_shared_page_cannot_be_mapped(void **state)
{
	int before = entries("/proc/self/fd");
	char why[512] = "";

	(void)state;
	memset(&kvm, 0, sizeof(kvm));
	kvm.no_shared_page = true;
	assert_int_equal(try_guest(why, sizeof(why)), -ENOMEM);
	assert_non_null(strstr(why, "shared page cannot be mapped"));
	assert_int_equal(entries("/proc/self/fd"), before);
}

static void test_size_of_the_shared_page_is_refused(void **state)
{
	int before = entries("/proc/self/fd");
	char why[512] = "";

	(void)state;
	memset(&kvm, 0, sizeof(kvm));
	kvm.request = KVM_GET_VCPU_MMAP_SIZE;
	kvm.error = EINVAL;
	assert_int_equal(try_guest(why, sizeof(why)), -EINVAL);
	assert_non_null(strstr(why, "KVM_GET_VCPU_MMAP_SIZE"));
	assert_int_equal(entries("/proc/self/fd"), before);
}

static void test_each_request_fails_once(void **state)
{
	int before = entries("/proc/self/fd");

	(void)state;
	for (int n = 1;; n++) {
		char why[512] = "";
		int err;

		memset(&kvm, 0, sizeof(kvm));
		kvm.fail_at = n;
		kvm.error = EIO;
		err = try_guest(why, sizeof(why));
		assert_int_equal(entries("/proc/self/fd"), before);
		if (kvm.requests < n)
			break;
		assert_true(err <= 0);
		assert_true(!err || why[0]);
	}
	assert_true(kvm.requests > 10);
}

static void test_each_request_of_the_probe_fails_once(void **state)
{
	int before = entries("/proc/self/fd");

	(void)state;
	for (int n = 1;; n++) {
		struct tb_refusal refusal;
		int err;

		memset(&kvm, 0, sizeof(kvm));
		kvm.fail_at = n;
		kvm.error = EIO;
		err = vmm_probe(true, &refusal);
		assert_int_equal(entries("/proc/self/fd"), before);
		if (kvm.requests < n) {
			assert_int_equal(err, 0);
			break;
		}
		assert_true(err < 0 && refusal.reason[0] && refusal.code[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shared_page_cannot_be_mapped),
		cmocka_unit_test(test_size_of_the_shared_page_is_refused),
		cmocka_unit_test(test_each_request_fails_once),
		cmocka_unit_test(test_each_request_of_the_probe_fails_once),
	};
	struct uffd uffd;
	const char *why = "";
	int err = uffd_open(&uffd, UFFD_EVERYBODYS, UFFD_COPY, 4096, 1, &why);

	uffd_close(&uffd);
	if (err) {
		print_message("skipped: %s\n", why);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
