// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest's payload, instruction by instruction, on a played CPU: its counts and its
 * stamps.
 */
#include "guest_world.h"
#include "uffd_skip.h"

/* Each touch of the last round has its stamps in their order, inside of the round. */
static void assert_stamps(const struct guest_rounds *l, unsigned int vcpu, bool told)
{
	const struct guest_touch *log = guest_log(l->vmm.vcpu[vcpu].block);
	const struct guest_shared_page *shared = guest_shared_page(l->vmm.vcpu[vcpu].block);

	assert_int_equal(kvm.misplaced, 0);
	assert_true(shared->entered && shared->entered < shared->left);
	for (size_t i = 0; i < l->pages; i++) {
		assert_true(log[i].before > shared->entered && log[i].after < shared->left);
		assert_true(log[i].before < log[i].after);
		assert_true(!told == !log[i].absent && !told == !log[i].ready);
		if (told)
			assert_true(log[i].before < log[i].absent && log[i].absent < log[i].ready &&
				    log[i].ready < log[i].after);
	}
	for (size_t i = 1; i < l->pages && l->threads == 1; i++)
		assert_true(log[i].before > log[i - 1].after);
}

static void events_by_interrupt(void **state)
{
	static const unsigned int threads[] = { 1, 4, 8 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct guest_rounds l;

		open_guest(&l, &async_plan, threads[i]);
		run_rounds(&l, ROUNDS);
		assert_clean(&l, ROUNDS);
		assert_int_equal(l.counts.absent, l.counts.touches);
		assert_int_equal(l.counts.own + l.counts.spurious + l.counts.broadcasts, 0);
		assert_int_equal(kvm.vcpu[0].acks, l.counts.ready);
		assert_int_equal(kvm.vcpu[0].eois, l.counts.ready);
		/* With one thread it idles once a fault, and with more as seldom as it likes. */
		assert_true(l.counts.idles > 0 && l.counts.idles <= l.counts.touches);
		if (threads[i] == 1)
			assert_int_equal(l.counts.idles, l.counts.touches);
		assert_true(threads[i] == 1
				    ? l.counts.parked_max == 1
				    : l.counts.parked_max > 1 && l.counts.parked_max <= threads[i]);
		assert_stamps(&l, 0, true);
		guest_rounds_close(&l);
	}
}

/* KVM tells nothing: the vCPU sleeps in the fault, or waits for the page itself. */
static void events_without_interrupt(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct vmm_plan plan = async_plan;
		struct guest_rounds l;

		plan.async = i == 0 ? VMM_ASYNC_ENABLED : plan.async;
		plan.ring.interrupts = i != 1;
		plan.irqchip = i != 2;
		open_guest(&l, &plan, 1);
		run_rounds(&l, ROUNDS);
		assert_clean(&l, ROUNDS);
		assert_int_equal(l.counts.absent + l.counts.idles, 0);
		assert_int_equal(l.counts.own, i == 0 ? 0 : l.counts.touches);
		assert_stamps(&l, 0, false);
		guest_rounds_close(&l);
	}
}

static void two_vcpus(void **state)
{
	struct vmm_plan plan = async_plan;
	struct guest_rounds l;

	(void)state;
	plan.vcpus = 2;
	open_guest(&l, &plan, 4);
	run_rounds(&l, ROUNDS);
	assert_clean(&l, ROUNDS);
	assert_int_equal(l.counts.absent, l.counts.touches);
	assert_stamps(&l, 0, true);
	assert_stamps(&l, 1, true);
	/* Each its own pages. */
	assert_int_equal(guest_shared_page(l.vmm.vcpu[0].block)->first, GUEST_DATA);
	assert_int_equal(guest_shared_page(l.vmm.vcpu[1].block)->first,
			 GUEST_DATA + l.pages * 4096);
	guest_rounds_close(&l);
}

/* It comes back at the HLT itself, which must not be run: nothing would end it. */
static void interrupt_in_front_of_the_halt(void **state)
{
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.early = true;
	run_rounds(&l, 2);
	assert_clean(&l, 2);
	assert_int_equal(l.counts.absent, l.counts.touches);
	guest_rounds_close(&l);
}

/* It comes when the guest has looked for a token and is about to sleep: it must look once more. */
static void interrupt_in_front_of_the_call(void **state)
{
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.late = true;
	kvm.bound_ms = 500;
	run_rounds(&l, 2);
	kvm.bound_ms = 0;
	assert_clean(&l, 2);
	assert_int_equal(l.counts.absent, l.counts.touches);
	guest_rounds_close(&l);
}

/* Fewer at a time than before are not the most. */
static void most_threads_that_were_parked(void **state)
{
	struct guest_shared_page *shared;
	const char *why = "";
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 2);
	run_round(&l);
	shared = guest_shared_page(l.vmm.vcpu[0].block);
	assert_int_equal(shared->parked_max, 2);
	*shared = (struct guest_shared_page){ .limit = 16,
					      .threads = 2,
					      .live = 2,
					      .parked_max = 5,
					      .first = GUEST_DATA,
					      .stride = 4096,
					      .contents = UFFD_CONTENTS - GUEST_DATA };
	assert_int_equal(uffd_reset(&l.uffd), 0);
	assert_int_equal(guest_rounds_enter(&l, &why), 0);
	assert_int_equal(shared->absent, 16);
	assert_int_equal(shared->parked_max, 5);
	guest_rounds_close(&l);
}

static void tokens_of_all_kinds(void **state)
{
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 2);
	kvm.broadcast = true;
	kvm.broadcasts = 1;
	run_round(&l);
	assert_clean(&l, 1);
	assert_int_equal(l.counts.broadcasts, 1);
	kvm.spurious = true;
	run_round(&l);
	assert_clean(&l, 2);
	assert_int_equal(l.counts.spurious, 1);
	kvm.unknown = 5;
	run_round(&l);
	assert_int_equal(l.counts.unknown, 1);
	assert_int_equal(l.counts.ready, l.counts.absent);
	kvm.twice = 3;
	run_round(&l);
	assert_int_equal(l.counts.unknown, 2);
	assert_int_equal(l.counts.ready, l.counts.absent);
	assert_int_equal(l.counts.wrong + l.counts.wrong_pages + l.counts.collisions, 0);
	guest_rounds_close(&l);
}

/* Two threads wait for one token: the first of them is lost, and the guest says so. */
static void a_token_of_two(void **state)
{
	uint64_t *sleepers;
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 1);
	sleepers = (uint64_t *)(l.vmm.vcpu[0].block + GUEST_SLEEPERS);
	sleepers[4] = (uintptr_t)l.vmm.vcpu[0].block + GUEST_THREADS;
	run_round(&l);
	assert_int_equal(l.counts.collisions, 1);
	guest_rounds_close(&l);
}

static void a_wrong_word(void **state)
{
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.lost_word = 5;
	run_round(&l);
	assert_int_equal(l.counts.wrong, 1);
	assert_int_equal(l.counts.wrong_pages, 0);
	*(uint64_t *)(l.uffd.contents + 3 * 4096) = 0;
	run_rounds(&l, 2);
	assert_int_equal(l.counts.wrong, 3);
	guest_rounds_close(&l);
}

/* A page fault that KVM did not announce ends the round as an error, and is told. */
static void a_fault_of_its_own(void **state)
{
	struct guest_rounds l;
	const char *why = "";
	static const uint64_t error = 4;

	(void)state;
	open_guest(&l, &async_plan, 1);
	run_round(&l);
	kvm.vcpu[0].cr2 = 0x1234;
	guest_cpu_raise(&kvm.vcpu[0].cpu, 14, false, &error);
	assert_int_equal(guest_rounds_run(&l, &why), -EPROTO);
	assert_non_null(strstr(why, "did not inject"));
	assert_int_equal(guest_shared_page(l.vmm.vcpu[0].block)->fault, 0x1234);
	guest_rounds_close(&l);
}

static void an_exception_that_is_not_expected(void **state)
{
	struct guest_rounds l;
	const char *why = "";

	(void)state;
	open_guest(&l, &async_plan, 1);
	run_round(&l);
	guest_cpu_raise(&kvm.vcpu[0].cpu, 13, false, NULL);
	assert_int_equal(guest_rounds_run(&l, &why), -EPROTO);
	assert_non_null(strstr(why, "exception"));
	guest_rounds_close(&l);
}

/* A page of which nobody is told: the guest halts for ever, and its round ends all the same. */
static void a_stuck_guest_is_ended(void **state)
{
	struct guest_rounds l;
	const char *why = "";
	int before = threads_besides();

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.unready = 3;
	l.timeout_s = 2;
	kvm_calls.hurry = true;
	assert_int_equal(guest_rounds_run(&l, &why), -ETIMEDOUT);
	assert_non_null(strstr(why, "inconclusive"));
	assert_non_null(strstr(why, "touches 2 of 16, absent 3, ready 2"));
	guest_rounds_close(&l);
	join_workers(&kvm.vcpu[0]);
	assert_int_equal(threads_besides(), before);
	kvm_calls.hurry = false;
}

static void a_halt_for_ever_shuts_down(void **state)
{
	struct guest_rounds l;
	const char *why = "";

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.unready = 3;
	kvm.bound_ms = 50;
	assert_int_equal(guest_rounds_run(&l, &why), -EPROTO);
	assert_non_null(strstr(why, "shut down"));
	kvm.bound_ms = 0;
	guest_rounds_close(&l);
	join_workers(&kvm.vcpu[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_by_interrupt),
		cmocka_unit_test(events_without_interrupt),
		cmocka_unit_test(two_vcpus),
		cmocka_unit_test(interrupt_in_front_of_the_halt),
		cmocka_unit_test(interrupt_in_front_of_the_call),
		cmocka_unit_test(most_threads_that_were_parked),
		cmocka_unit_test(tokens_of_all_kinds),
		cmocka_unit_test(a_token_of_two),
		cmocka_unit_test(a_wrong_word),
		cmocka_unit_test(a_fault_of_its_own),
		cmocka_unit_test(an_exception_that_is_not_expected),
		cmocka_unit_test(a_stuck_guest_is_ended),
		cmocka_unit_test(a_halt_for_ever_shuts_down),
	};

	if (uffd_is_refused(UFFD_EVERYBODYS))
		return 77;
	kvm_play();
	make_first_thread();
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
