// SPDX-License-Identifier: GPL-2.0-or-later
/* The reason of an errno: a filter, a limit, or a kernel without the call. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "guest/vmm.h"
#include "measure/counters.h"
#include "machine/refusal.h"
#include "machine/rights.h"
#include "skip.h"

#define FILTER "Uid:\t0\t0\t0\t0\nCapEff:\t0000000000000000\nSeccomp:\t2\n"
#define OPEN   "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n"
#define USER   "Uid:\t1000\t1000\t1000\t1000\nThreads:\t3\nCapEff:\t0000000000000000\nSeccomp:\t0\n"

static const char named[] = "refused by a seccomp filter (/proc/self/status: Seccomp: 2), as a "
			    "container runtime installs";

static void put(const struct fakeroot *fake, const char *status)
{
	fakeroot_text(fake, "proc/self/status", status);
	fakeroot_text(fake, "proc/sys/kernel/osrelease", "6.12.3");
	fakeroot_text(fake, "proc/sys/kernel/perf_event_paranoid", "2");
	fakeroot_text(fake, "proc/sys/vm/unprivileged_userfaultfd", "0");
}

static void filters_are_named(void **state)
{
	static const char *const calls[] = { "perf_event_open",
					     "userfaultfd",
					     "clone3",
					     "clone",
					     "vfork",
					     "pthread_create",
					     "sched_setscheduler",
					     "memfd_create",
					     "sched_setaffinity",
					     "map_shadow_stack",
					     "arch_prctl",
					     "mlock",
					     "ioctl KVM_CREATE_VM on /dev/kvm" };
	static const int errors[] = { EPERM, EACCES, ENOSYS, -EPERM };
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++)
		for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
			put(&fake, FILTER);
			assert_true(tb_refusal_of(&fake.root, calls[c], errors[e], &r));
			assert_string_equal(r.code, "seccomp");
			assert_non_null(strstr(r.reason, named));
			assert_string_equal(r.remedy,
					    "run it with --security-opt seccomp=unconfined");
			put(&fake, OPEN);
			tb_refusal_of(&fake.root, calls[c], errors[e], &r);
			assert_null(strstr(r.reason, "seccomp"));
		}
	fakeroot_close(&fake);
}

/* A kernel without the call is recognised under a filter, too. */
static void kernels_without_the_call(void **state)
{
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	fakeroot_text(&fake, "proc/self/status", FILTER);
	fakeroot_text(&fake, "proc/sys/kernel/osrelease", "5.2.0-1-amd64");
	assert_true(tb_refusal_of(&fake.root, "clone3", ENOSYS, &r));
	assert_string_equal(r.reason, "this kernel has no clone3");
	assert_string_equal(r.remedy, "use Linux 5.3 or later");
	assert_true(tb_refusal_of(&fake.root, "userfaultfd", ENOSYS, &r));
	assert_string_equal(r.code, "no-kernel-feature");
	fakeroot_text(&fake, "proc/sys/kernel/osrelease", "5.3.0");
	assert_true(tb_refusal_of(&fake.root, "clone3", ENOSYS, &r));
	assert_string_equal(r.code, "seccomp");
	fakeroot_close(&fake);
}

/* A filter is no proof where the call was never tried: the file may be another user's. */
static void untried_calls_are_not_blamed_on_filters(void **state)
{
	static const char *const calls[] = { "open /dev/cpu_dma_latency", "open", "mmap" };
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put(&fake, FILTER);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		assert_false(tb_refusal_of(&fake.root, calls[i], EACCES, &r));
		assert_string_equal(r.code, "error");
		assert_null(strstr(r.reason, "seccomp"));
	}
	fakeroot_close(&fake);
}

/* Before Linux 5.11 EPERM is the kernel's own answer unless the sysctl allows the call. */
static void userfaultfd_of_old_kernels(void **state)
{
	static const struct {
		const char *release, *allowed, *status;
		int err;
		bool filter;
	} cases[] = {
		{ "5.10.0-28-amd64", "0", FILTER, EPERM, false },
		{ "5.10.0-28-amd64", "1", FILTER, EPERM, true },
		{ "5.10.0-28-amd64", "0", FILTER, ENOSYS, true },
		{ "5.10.0-28-amd64", "0", "Uid:\t0\t0\nCapEff:\t0000000000080000\nSeccomp:\t2\n",
		  EPERM, true },
		{ "5.11.0", "0", FILTER, EPERM, true },
	};
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(&fake, cases[i].status);
		fakeroot_text(&fake, "proc/sys/kernel/osrelease", cases[i].release);
		fakeroot_text(&fake, "proc/sys/vm/unprivileged_userfaultfd", cases[i].allowed);
		if (tb_refusal_of(&fake.root, "userfaultfd", cases[i].err, &r) != cases[i].filter)
			fail_msg("case %zu: %s", i, r.reason);
	}
	fakeroot_close(&fake);
}

static void other_errors(void **state)
{
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put(&fake, OPEN);
	assert_false(tb_refusal_of(&fake.root, "memfd_create", EIO, &r));
	assert_string_equal(r.reason, "memfd_create failed: Input/output error");
	assert_string_equal(r.remedy, "");
	assert_true(tb_refusal_of(&fake.root, "open", EMFILE, &r));
	assert_non_null(strstr(r.remedy, "ulimit -n"));
	assert_true(tb_refusal_of(&fake.root, "clone3", ENOMEM, &r));
	assert_non_null(strstr(r.remedy, "vm.overcommit_memory"));
	fakeroot_close(&fake);
}

/* The paranoid level gives EACCES, and only to processes without the capability. */
static void counters_are_explained(void **state)
{
	struct tb_event event = { .name = "x" };
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put(&fake, FILTER);
	tb_counters_explain_on(&fake.root, &event, -EPERM);
	assert_non_null(strstr(event.why, named));
	tb_counters_explain_on(&fake.root, &event, -ENOSYS);
	assert_non_null(strstr(event.why, named));
	tb_counters_explain_on(&fake.root, &event, -EACCES);
	assert_non_null(
		strstr(event.why, "perf_event_paranoid is 2; root has no CAP_PERFMON here"));
	put(&fake, USER);
	tb_counters_explain_on(&fake.root, &event, -EACCES);
	assert_non_null(strstr(event.why, "perf_event_paranoid is 2; run it as root"));
	tb_counters_explain_on(&fake.root, &event, -EMFILE);
	assert_non_null(strstr(event.why, "ulimit -n"));
	fakeroot_close(&fake);
}

/* The message does not tell root to become root. */
static void remedies_fit_the_user(void **state)
{
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put(&fake, USER);
	fakeroot_text(&fake, "proc/self/limits", "Max locked memory         8192  8192 bytes\n");
	tb_explain_realtime(&fake.root, -EPERM, &r);
	assert_non_null(strstr(r.remedy, "run it as root"));
	tb_explain_locking(&fake.root, -ENOMEM, &r);
	assert_non_null(strstr(r.remedy, "run it as root"));
	tb_explain_idle(&fake.root, EACCES, &r);
	assert_non_null(strstr(r.remedy, "run it as root"));
	put(&fake, "Uid:\t0\t0\t0\t0\nCapEff:\t0\nSeccomp:\t0\n");
	tb_explain_realtime(&fake.root, -EPERM, &r);
	assert_non_null(strstr(r.remedy, "root has no CAP_SYS_NICE"));
	assert_non_null(strstr(r.remedy, "--cap-add SYS_NICE"));
	tb_explain_locking(&fake.root, -ENOMEM, &r);
	assert_non_null(strstr(r.remedy, "--cap-add IPC_LOCK"));
	tb_explain_idle(&fake.root, EACCES, &r);
	assert_null(strstr(r.remedy, "as root"));
	/* If a process may lock memory and fails, a filter is the reason. */
	put(&fake, FILTER);
	tb_explain_locking(&fake.root, -EPERM, &r);
	assert_non_null(strstr(r.reason, named));
	tb_explain_realtime(&fake.root, -ENOSYS, &r);
	assert_non_null(strstr(r.reason, named));
	fakeroot_close(&fake);
}

/* mlock() answers ENOMEM for the limit and for memory, and EAGAIN for memory only. */
static void locking_without_a_limit(void **state)
{
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put(&fake, OPEN);
	tb_explain_locking(&fake.root, -ENOMEM, &r);
	assert_string_equal(r.code, "no-memory");
	assert_non_null(strstr(r.reason, "not enough memory to lock"));
	put(&fake, USER);
	fakeroot_text(&fake, "proc/self/limits", "Max locked memory   unlimited unlimited bytes\n");
	tb_explain_locking(&fake.root, -ENOMEM, &r);
	assert_string_equal(r.code, "no-memory");
	fakeroot_text(&fake, "proc/self/limits", "Max locked memory   8192 8192 bytes\n");
	tb_explain_locking(&fake.root, -EAGAIN, &r);
	assert_string_equal(r.code, "no-memory");
	tb_explain_locking(&fake.root, -ENOMEM, &r);
	assert_string_equal(r.code, "no-permission");
	fakeroot_close(&fake);
}

/* A number that is missing is not 0, which would be root. */
static void unreadable_rights(void **state)
{
	static const char *const without[] = { "",
					       "Name:\tUid:\nCapEff:\t0\n",
					       "Uid:\t1000\nGid:\t0\n",
					       "Uid:\nGid:\t0 0\n",
					       "Uid:\t1000\n0\n",
					       "Uid:\t1000 a 0\n" };
	struct tb_rights rights;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		put(&fake, without[i]);
		tb_rights_read(&fake.root, &rights);
		if (rights.root)
			fail_msg("%zu is root", i);
	}
	put(&fake, FILTER);
	tb_rights_read(&fake.root, &rights);
	assert_true(rights.root && rights.filtered);
	fakeroot_close(&fake);
}

static void soft_limits(void **state)
{
	struct fakeroot fake;
	uint64_t soft = 7;

	(void)state;
	fakeroot_open(&fake);
	assert_int_equal(tb_rights_limit(&fake.root, "Max processes", &soft), -ENOENT);
	fakeroot_text(&fake, "proc/self/limits",
		      "Max processes             300   400  processes\n"
		      "Max open files            unlimited unlimited files\n"
		      "Max locked memory         ? ? bytes\n");
	assert_int_equal(tb_rights_limit(&fake.root, "Max file size", &soft), -ENOENT);
	assert_int_equal(tb_rights_limit(&fake.root, "Max locked memory", &soft), -EINVAL);
	assert_int_equal(soft, 7);
	assert_int_equal(tb_rights_limit(&fake.root, "Max processes", &soft), 0);
	assert_int_equal(soft, 300);
	assert_int_equal(tb_rights_limit(&fake.root, "Max open files", &soft), 0);
	assert_true(soft == UINT64_MAX);
	fakeroot_close(&fake);
}

static void kvm_is_explained(void **state)
{
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put(&fake, FILTER);
	assert_int_equal(vmm_explain_ioctl(&fake.root, "KVM_CREATE_VM", -EBUSY, &r), -EBUSY);
	assert_string_equal(r.code, "kvm-busy");
	assert_non_null(strstr(r.reason, "another hypervisor (VirtualBox, VMware)"));
	vmm_explain_ioctl(&fake.root, "KVM_GET_API_VERSION", -EPERM, &r);
	assert_non_null(
		strstr(r.reason, "ioctl KVM_GET_API_VERSION on /dev/kvm is refused by a seccomp"));
	vmm_explain_ioctl(&fake.root, "KVM_CREATE_VM", -ENOSYS, &r);
	assert_string_equal(r.code, "seccomp");
	/* Filters see no paths: opening is the device's rules, and the file's mode. */
	vmm_explain_open(&fake.root, -EPERM, &r);
	assert_non_null(strstr(r.remedy, "--device /dev/kvm"));
	vmm_explain_open(&fake.root, -EACCES, &r);
	assert_null(strstr(r.remedy, "as root"));
	put(&fake, USER);
	vmm_explain_open(&fake.root, -EACCES, &r);
	assert_non_null(strstr(r.remedy, "group kvm"));
	vmm_explain_open(&fake.root, -ENOENT, &r);
	assert_string_equal(r.code, "no-kvm");
	fakeroot_close(&fake);
}

/* Where nothing is refused the calls that are tried are answered. */
static void this_machine(void **state)
{
	struct tb_rights rights;

	(void)state;
	tb_rights_read(NULL, &rights);
	if (rights.filtered)
		skip_because("a seccomp filter is active");
	assert_int_equal(tb_call_try("clone"), 0);
	assert_int_equal(tb_call_try("memfd_create"), 0);
	assert_int_equal(tb_call_try("sched_setscheduler"), 0);
	assert_int_equal(tb_call_try("sched_setaffinity"), 0);
	assert_int_equal(tb_call_try("ioctl"), 0);
	assert_int_equal(tb_call_try("mlock"), 0);
	assert_int_equal(tb_call_try("no such call"), 0);
	assert_int_equal(tb_thread_try(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_are_named),
		cmocka_unit_test(kernels_without_the_call),
		cmocka_unit_test(untried_calls_are_not_blamed_on_filters),
		cmocka_unit_test(userfaultfd_of_old_kernels),
		cmocka_unit_test(other_errors),
		cmocka_unit_test(counters_are_explained),
		cmocka_unit_test(remedies_fit_the_user),
		cmocka_unit_test(locking_without_a_limit),
		cmocka_unit_test(unreadable_rights),
		cmocka_unit_test(soft_limits),
		cmocka_unit_test(kvm_is_explained),
		cmocka_unit_test(this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
