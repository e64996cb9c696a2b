// SPDX-License-Identifier: GPL-2.0-or-later
/* A virtual machine on a played KVM: requests to KVM, and results of KVM_RUN. */
#include "kvm_calls.h"

#include <sched.h>

#include "apf/guest_round.h"
#include "given_threads.h"

static struct {
	uint32_t exit_reason;
	uint16_t port;
	int error, times; /* KVM_RUN fails so often, then it answers */
	bool kick;
	unsigned int runs;
} answer;

static int run(struct kvm_vcpu *v)
{
	if (++answer.runs > 5000) /* without end: it is found, and not waited for */
		return 0;
	v->run->exit_reason = answer.exit_reason;
	v->run->io.port = answer.port;
	if (answer.kick)
		v->run->immediate_exit = 1;
	if (answer.times && answer.times--) {
		errno = answer.error;
		return -1;
	}
	return 0;
}

static void open_machine(struct vmm *vmm, unsigned int vcpus, unsigned int async)
{
	static char data[4096] __attribute__((aligned(4096)));
	const struct vmm_plan plan = { .vcpus = vcpus,
				       .irqchip = true,
				       .halt_poll = true,
				       .async = async,
				       .ring = { .interrupts = true },
				       .data = data,
				       .data_bytes = sizeof(data) };
	const char *why = "";

	if (vmm_open(vmm, &plan, &why))
		fail_msg("%s", why);
}

static void assert_run(struct vmm *vmm, int want, const char *says)
{
	const char *why = "";

	answer.runs = 0;
	assert_int_equal(vmm_run(&vmm->vcpu[0], &why), want);
	if (!strstr(why, says))
		fail_msg("no '%s' in: %s", says, why);
	vmm->vcpu[0].run->immediate_exit = 0;
}

static void results_of_kvm_run(void **state)
{
	static const struct {
		uint32_t exit_reason;
		uint16_t port;
		int error, times;
		bool kick;
		int want;
		const char *says;
	} rows[] = {
		{ KVM_EXIT_IO, GUEST_PORT_DONE, 0, 0, false, 0, "" },
		{ KVM_EXIT_IO, GUEST_PORT_FAULT, 0, 0, false, -EPROTO, "did not inject" },
		{ KVM_EXIT_IO, GUEST_PORT_BAD, 0, 0, false, -EPROTO, "exception" },
		{ KVM_EXIT_IO, 0x99, 0, 0, false, -EPROTO, "unexpected exit" },
		{ KVM_EXIT_SHUTDOWN, GUEST_PORT_DONE, 0, 0, false, -EPROTO, "shut down" },
		{ KVM_EXIT_INTERNAL_ERROR, GUEST_PORT_DONE, 0, 0, false, -EPROTO, "emulate" },
		{ KVM_EXIT_HLT, GUEST_PORT_DONE, 0, 0, false, -EPROTO, "unexpected exit" },
		{ KVM_EXIT_IO, GUEST_PORT_DONE, EINTR, 1, true, -EINTR, "" },
		{ KVM_EXIT_IO, GUEST_PORT_DONE, EINTR, 3, false, 0, "" },
		{ KVM_EXIT_IO, GUEST_PORT_DONE, EAGAIN, 1000, false, 0, "" },
		{ KVM_EXIT_IO, GUEST_PORT_DONE, EAGAIN, 4000, false, -EAGAIN, "1000 times" },
		{ KVM_EXIT_IO, GUEST_PORT_DONE, EFAULT, 1, false, -EFAULT, "memory" },
		{ KVM_EXIT_IO, GUEST_PORT_DONE, EINVAL, 1, false, -EINVAL, "failed" },
	};
	struct vmm vmm;

	(void)state;
	kvm_calls.run = run;
	open_machine(&vmm, 1, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		answer.exit_reason = rows[i].exit_reason;
		answer.port = rows[i].port;
		answer.error = rows[i].error;
		answer.times = rows[i].times;
		answer.kick = rows[i].kick;
		assert_run(&vmm, rows[i].want, rows[i].says);
	}
	vmm_close(&vmm);
	kvm_calls.run = NULL;
}

/* A kick ends the run in progress, and the next one. */
static void a_kick(void **state)
{
	struct vmm vmm;

	(void)state;
	open_machine(&vmm, 1, 0);
	vmm_kick(&vmm.vcpu[0]);
	assert_int_equal(vmm.vcpu[0].run->immediate_exit, 1);
	vmm_close(&vmm);
	vmm_kick(&(struct vmm_vcpu){ .fd = -1 });
}

/* Each vCPU has its number, its own block, the host's TSC, and async page faults by interrupt. */
static void state_of_each_vcpu(void **state)
{
	struct vmm vmm;

	(void)state;
	kvm_calls.tsc_offset = 77;
	open_machine(&vmm, 3, VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT);
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t at = (i + 1ull) * GUEST_BLOCK;

		assert_int_equal(kvm_calls.apic_id[i] >> 24, i);
		assert_int_equal(kvm_calls.apic_id[i] & 0xffffff, 0x123456);
		assert_int_equal(kvm_calls.x2apic_id[i], i);
		assert_ptr_equal(vmm.vcpu[i].block, vmm.blocks + (size_t)i * GUEST_BLOCK);
		assert_int_equal(kvm.vcpu[i].vector, GUEST_VECTOR);
		assert_int_equal(kvm.vcpu[i].enabled, (at + GUEST_AREA) | 9);
	}
	assert_int_equal(kvm_calls.tsc_offset, 0);
	assert_ptr_equal(kvm.blocks, vmm.blocks);
	vmm_close(&vmm);
}

/* KVM answers how many MSRs it took. */
static void rejected_msr_is_reported(void **state)
{
	static const unsigned int msrs[] = { MSR_EN, MSR_INT };
	static char data[4096] __attribute__((aligned(4096)));
	const struct vmm_plan plan = {
		.vcpus = 1, .async = VMM_ASYNC_ENABLED, .data = data, .data_bytes = sizeof(data)
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct vmm vmm;
		const char *why = "";

		kvm_calls.refused_msr = msrs[i];
		assert_int_equal(vmm_open(&vmm, &plan, &why), -EOPNOTSUPP);
		assert_non_null(strstr(why, "async page faults"));
		vmm_close(&vmm);
	}
	kvm_calls.refused_msr = 0;
}

static void each_capability_is_needed(void **state)
{
	static const struct {
		unsigned long capability;
		bool sync; /* needed without async page faults, too */
		const char *code;
	} rows[] = {
		{ KVM_CAP_IRQCHIP, true, "old-kvm" },
		{ KVM_CAP_IMMEDIATE_EXIT, true, "old-kvm" },
		{ KVM_CAP_ASYNC_PF, false, "no-async-pf" },
		{ KVM_CAP_ASYNC_PF_INT, false, "no-async-pf" },
	};
	struct tb_refusal refusal;

	(void)state;
	assert_int_equal(vmm_probe(true, &refusal), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		kvm_calls.missing = rows[i].capability + 1;
		assert_int_equal(vmm_probe(true, &refusal), -EOPNOTSUPP);
		assert_string_equal(refusal.code, rows[i].code);
		assert_int_equal(vmm_probe(false, &refusal), rows[i].sync ? -EOPNOTSUPP : 0);
	}
	kvm_calls.missing = 0;
	kvm_calls.version = 11;
	assert_int_equal(vmm_probe(true, &refusal), -ENODEV);
	assert_string_equal(refusal.code, "no-kvm");
	kvm_calls.version = KVM_API_VERSION;
	kvm_calls.fails = KVM_CREATE_VM;
	kvm_calls.error = EBUSY;
	assert_int_equal(vmm_probe(true, &refusal), -EBUSY);
	assert_string_equal(refusal.code, "kvm-busy");
	kvm_calls.fails = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_of_kvm_run),
		cmocka_unit_test(a_kick),
		cmocka_unit_test(state_of_each_vcpu),
		cmocka_unit_test(rejected_msr_is_reported),
		cmocka_unit_test(each_capability_is_needed),
	};

	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
