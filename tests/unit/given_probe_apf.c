// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which variants of the apf family run with a played KVM, and which are skipped.
 */
#include "kvm_calls.h"

#include "benches.h"
#include "given_threads.h"
#include "probe_world.h"

/* For the size of a page by its name. */
#define apf_wake_uffd included_wake_uffd
#include "apf/wake_uffd/wake_uffd.c"
#include "uffd_skip.h"
#undef apf_wake_uffd

struct row {
	const struct tb_bench *bench;
	const char *params, *code;
};

static void assert_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tb_variant v;
		const char *code = probe_code(&v, rows[i].bench, rows[i].params);

		tracer.files = 0;
		if (strcmp(code, rows[i].code) != 0)
			fail_msg("%s %s: '%s', not '%s': %s", rows[i].bench->name, rows[i].params,
				 code, rows[i].code, v.reason);
		assert_true(!code[0] || v.reason[0]);
	}
}

static void variants_that_run(void **state)
{
	static const struct row rows[] = {
		{ &apf_wake_futex, "", "" },
		{ &apf_wake_uffd, "way=copy", "" },
		{ &apf_wake_uffd, "way=copy threads=64", "" },
		{ &apf_wake_uffd, "way=zeropage", "" },
		{ &apf_wake_uffd, "way=sigbus", "" },
		{ &apf_wake_kvm, "mode=async threads=64 vcpus=2", "" },
		{ &apf_wake_kvm, "mode=halt", "" },
		{ &apf_wake_kvm, "mode=no-irqchip", "" },
		{ &apf_contract_kvm, "", "" },
		{ &apf_contract_kvm, "cpl=0 send-always=1", "" },
	};

	(void)state;
	assert_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

static void meaningless_variants_are_skipped(void **state)
{
	static const struct row rows[] = {
		{ &apf_wake_uffd, "way=sigbus threads=2", "not-applicable" },
		{ &apf_wake_uffd, "way=zeropage page=2M", "not-applicable" },
		{ &apf_wake_kvm, "mode=sync threads=2", "not-applicable" },
		{ &apf_wake_kvm, "mode=halt threads=2", "not-applicable" },
		{ &apf_wake_kvm, "mode=no-irqchip threads=16", "not-applicable" },
		/* More than the guest's 1 GiB: 8 pages of 2 MiB a thread. */
		{ &apf_wake_kvm, "threads=65 backing=copy-2M", "not-applicable" },
	};

	(void)state;
	assert_rows(rows, sizeof(rows) / sizeof(rows[0]));
}

/* Without async page faults only the modes that use them are missing. */
static void a_kvm_without_async_page_faults(void **state)
{
	static const struct row rows[] = {
		{ &apf_wake_kvm, "mode=async", "no-async-pf" },
		{ &apf_wake_kvm, "mode=halt", "no-async-pf" },
		{ &apf_wake_kvm, "mode=no-irqchip", "" },
		{ &apf_contract_kvm, "cpl=3 interrupts=0", "no-async-pf" },
	};

	(void)state;
	kvm_calls.missing = KVM_CAP_ASYNC_PF_INT + 1;
	assert_rows(rows, sizeof(rows) / sizeof(rows[0]));
	kvm_calls.missing = 0;
}

/* The contract cannot be checked without KVM's own account. */
static void no_tracepoints_no_contract(void **state)
{
	static const struct row rows[] = {
		{ &apf_contract_kvm, "", "no-tracepoints" },
		{ &apf_wake_kvm, "", "" },
	};

	(void)state;
	tracer.unreadable = true;
	assert_rows(rows, sizeof(rows) / sizeof(rows[0]));
	tracer.unreadable = false;
}

static void sizes_of_pages(void **state)
{
	(void)state;
	assert_int_equal(page_of("4K"), 4096);
	assert_int_equal(page_of("2M"), 2 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variants_that_run),
		cmocka_unit_test(meaningless_variants_are_skipped),
		cmocka_unit_test(a_kvm_without_async_page_faults),
		cmocka_unit_test(no_tracepoints_no_contract),
		cmocka_unit_test(sizes_of_pages),
	};

	if (uffd_is_refused(UFFD_EVERYBODYS))
		return 77;
	kvm_play();
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
