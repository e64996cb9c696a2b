// SPDX-License-Identifier: GPL-2.0-or-later
/* What the guest runs, instruction by instruction, on a CPU that is played: its counts and its stamps. */
#include "kvm_calls.h"

#include <sched.h>

#include "apf/guest_exchange.h"
#include "apf/guest_lap.h"
#include "given_threads.h"

enum { LAPS = 2 };

static const struct vmm_plan async_plan = {
	.vcpus = 1,
	.irqchip = true,
	.halt_poll = true,
	.async = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT,
	.ring = { .kernel = false, .interrupts = true },
};

static void forget_faults(void)
{
	kvm.untold = kvm.unready = kvm.synchronous = kvm.untraced = 0;
	kvm.unknown = kvm.twice = kvm.lost_word = kvm.broadcasts = 0;
	kvm.broadcast = kvm.spurious = kvm.early = false;
}

static void open_guest(struct guest_laps *l, const struct vmm_plan *plan, unsigned int threads)
{
	struct vmm_plan copy = *plan;
	const char *why = "";

	forget_faults();
	*l = (struct guest_laps){ .threads = threads, .patience = 1 };
	l->handler_cpu = l->vcpu_cpu = sched_getcpu();
	if (guest_laps_open(l, &copy, UFFD_COPY, 4096, &why))
		fail_msg("%s", why);
}

static void run_lap(struct guest_laps *l)
{
	const char *why = "";

	if (guest_laps_run(l, &why))
		fail_msg("%s", why);
}

static void run_laps(struct guest_laps *l, int laps)
{
	for (int i = 0; i < laps; i++)
		run_lap(l);
}

static void assert_clean(const struct guest_laps *l, int laps)
{
	const struct guest_counts *c = &l->counts;

	assert_int_equal(c->touches, (uint64_t)laps * l->pages * l->vmm.vcpus);
	assert_int_equal(c->events, c->touches);
	assert_int_equal(c->ready, c->absent);
	assert_int_equal(c->unknown + c->collisions + c->wrong + c->wrong_pages, 0);
}

/* Each touch of the last lap has its stamps in their order, inside of the lap. */
static void assert_stamps(const struct guest_laps *l, unsigned int vcpu, bool told)
{
	const struct guest_touch *log = guest_log(l->vmm.vcpu[vcpu].block);
	const struct guest_desk *desk = guest_desk(l->vmm.vcpu[vcpu].block);

	assert_true(desk->entered && desk->entered < desk->left);
	for (size_t i = 0; i < l->pages; i++) {
		assert_true(log[i].before > desk->entered && log[i].after < desk->left);
		assert_true(log[i].before < log[i].after);
		assert_true(!told == !log[i].absent && !told == !log[i].ready);
		if (told)
			assert_true(log[i].before < log[i].absent && log[i].absent < log[i].ready &&
				    log[i].ready < log[i].after);
	}
	for (size_t i = 1; i < l->pages && l->threads == 1; i++)
		assert_true(log[i].before > log[i - 1].after);
}

static void told(void **state)
{
	static const unsigned int threads[] = { 1, 4, 8 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct guest_laps l;

		open_guest(&l, &async_plan, threads[i]);
		run_laps(&l, LAPS);
		assert_clean(&l, LAPS);
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
		guest_laps_close(&l);
	}
}

/* KVM tells nothing: the vCPU sleeps in the fault, or waits for the page itself. */
static void untold(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct vmm_plan plan = async_plan;
		struct guest_laps l;

		plan.async = i == 0 ? VMM_ASYNC_ENABLED : plan.async;
		plan.ring.interrupts = i != 1;
		plan.irqchip = i != 2;
		open_guest(&l, &plan, 1);
		run_laps(&l, LAPS);
		assert_clean(&l, LAPS);
		assert_int_equal(l.counts.absent + l.counts.idles, 0);
		assert_int_equal(l.counts.own, i == 0 ? 0 : l.counts.touches);
		assert_stamps(&l, 0, false);
		guest_laps_close(&l);
	}
}

static void two_vcpus(void **state)
{
	struct vmm_plan plan = async_plan;
	struct guest_laps l;

	(void)state;
	plan.vcpus = 2;
	open_guest(&l, &plan, 4);
	run_laps(&l, LAPS);
	assert_clean(&l, LAPS);
	assert_int_equal(l.counts.absent, l.counts.touches);
	assert_stamps(&l, 0, true);
	assert_stamps(&l, 1, true);
	/* Each its own pages. */
	assert_int_equal(guest_desk(l.vmm.vcpu[0].block)->first, GUEST_DATA);
	assert_int_equal(guest_desk(l.vmm.vcpu[1].block)->first, GUEST_DATA + l.pages * 4096);
	guest_laps_close(&l);
}

/* It comes back at the HLT itself, which must not be run: nothing would end it. */
static void interrupt_in_front_of_the_halt(void **state)
{
	struct guest_laps l;

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.early = true;
	run_laps(&l, 2);
	assert_clean(&l, 2);
	assert_int_equal(l.counts.absent, l.counts.touches);
	guest_laps_close(&l);
}

static void tokens_of_all_kinds(void **state)
{
	struct guest_laps l;

	(void)state;
	open_guest(&l, &async_plan, 2);
	kvm.broadcast = true;
	kvm.broadcasts = 1;
	run_lap(&l);
	assert_clean(&l, 1);
	assert_int_equal(l.counts.broadcasts, 1);
	kvm.spurious = true;
	run_lap(&l);
	assert_clean(&l, 2);
	assert_int_equal(l.counts.spurious, 1);
	kvm.unknown = 5;
	run_lap(&l);
	assert_int_equal(l.counts.unknown, 1);
	assert_int_equal(l.counts.ready, l.counts.absent);
	kvm.twice = 3;
	run_lap(&l);
	assert_int_equal(l.counts.unknown, 2);
	assert_int_equal(l.counts.ready, l.counts.absent);
	assert_int_equal(l.counts.wrong + l.counts.wrong_pages + l.counts.collisions, 0);
	guest_laps_close(&l);
}

/* Two threads wait for one token: the first of them is lost, and the guest says so. */
static void a_token_of_two(void **state)
{
	uint64_t *sleepers;
	struct guest_laps l;

	(void)state;
	open_guest(&l, &async_plan, 1);
	sleepers = (uint64_t *)(l.vmm.vcpu[0].block + GUEST_SLEEPERS);
	sleepers[4] = (uintptr_t)l.vmm.vcpu[0].block + GUEST_THREADS;
	run_lap(&l);
	assert_int_equal(l.counts.collisions, 1);
	guest_laps_close(&l);
}

static void a_wrong_word(void **state)
{
	struct guest_laps l;

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.lost_word = 5;
	run_lap(&l);
	assert_int_equal(l.counts.wrong, 1);
	assert_int_equal(l.counts.wrong_pages, 0);
	*(uint64_t *)(l.uffd.contents + 3 * 4096) = 0;
	run_laps(&l, 2);
	assert_int_equal(l.counts.wrong, 3);
	guest_laps_close(&l);
}

/* A page fault that KVM did not announce ends the lap as an error, and is told. */
static void a_fault_of_its_own(void **state)
{
	struct guest_laps l;
	const char *why = "";
	static const uint64_t error = 4;

	(void)state;
	open_guest(&l, &async_plan, 1);
	run_lap(&l);
	kvm.vcpu[0].cr2 = 0x1234;
	guest_cpu_raise(&kvm.vcpu[0].cpu, 14, false, &error);
	assert_int_equal(guest_laps_run(&l, &why), -EPROTO);
	assert_non_null(strstr(why, "not KVM's"));
	assert_int_equal(guest_desk(l.vmm.vcpu[0].block)->fault, 0x1234);
	guest_laps_close(&l);
}

static void an_exception_that_is_not_expected(void **state)
{
	struct guest_laps l;
	const char *why = "";

	(void)state;
	open_guest(&l, &async_plan, 1);
	run_lap(&l);
	guest_cpu_raise(&kvm.vcpu[0].cpu, 13, false, NULL);
	assert_int_equal(guest_laps_run(&l, &why), -EPROTO);
	assert_non_null(strstr(why, "exception"));
	guest_laps_close(&l);
}

/* A page of which nobody is told: the guest halts for ever, and its lap ends all the same. */
static void a_stuck_guest_is_ended(void **state)
{
	struct guest_laps l;
	const char *why = "";

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.unready = 3;
	kvm_calls.hurry = true;
	assert_int_equal(guest_laps_run(&l, &why), -ETIMEDOUT);
	assert_non_null(strstr(why, "inconclusive"));
	assert_non_null(strstr(why, "touches 2 of 16, absent 3, ready 2"));
	guest_laps_close(&l);
	assert_int_equal(threads_besides(), 0);
	kvm_calls.hurry = false;
}

static void a_halt_for_ever_shuts_down(void **state)
{
	struct guest_laps l;
	const char *why = "";

	(void)state;
	open_guest(&l, &async_plan, 1);
	kvm.unready = 3;
	kvm.bound_ms = 50;
	assert_int_equal(guest_laps_run(&l, &why), -EPROTO);
	assert_non_null(strstr(why, "shut down"));
	kvm.bound_ms = 0;
	guest_laps_close(&l);
}

/* A thread of the host's answers; the guest's two stamps stand around it. */
static void exchange(void **state)
{
	struct guest_laps l;
	const char *why = "";
	const struct guest_touch *log;
	const struct guest_desk *desk;

	(void)state;
	open_guest(&l, &async_plan, 1);
	assert_int_equal(guest_laps_exchange(&l, &why), 0);
	desk = guest_desk(l.vmm.vcpu[0].block);
	log = guest_log(l.vmm.vcpu[0].block);
	assert_int_equal(desk->ping, desk->pong);
	for (unsigned int i = 0; i < desk->ping; i++) {
		assert_true(log[i].before < log[i].after);
		assert_true(!i || log[i].before > log[i - 1].after);
	}
	run_lap(&l);
	assert_clean(&l, 1);
	guest_laps_close(&l);
}

static uint64_t word_at(const char *block, size_t offset)
{
	uint64_t word;

	memcpy(&word, block + offset, sizeof(word));
	return word;
}

static uint64_t gate_of(const char *block, unsigned int vector)
{
	uint64_t low = word_at(block, GUEST_IDT + vector * 16);

	assert_int_equal(low >> 32 & 0xff00, 0x8e00); /* present, CPL 0 only, an interrupt gate */
	assert_int_equal(low >> 16 & 0xffff, GUEST_CODE0);
	return (low & 0xffff) | (low >> 48) << 16 |
	       word_at(block, GUEST_IDT + vector * 16 + 8) << 32;
}

extern const char guest_on_fault[], guest_on_call[], guest_on_ready[], guest_on_other[];

/* The image in the four states that a payload runs in. */
static void image(void **state)
{
	static char block[GUEST_BLOCK];
	const uint64_t at = 3ull * GUEST_BLOCK;

	(void)state;
	for (int i = 0; i < 4; i++) {
		const struct guest_ring ring = { .kernel = i & 1, .interrupts = i & 2 };
		uint64_t *frame = (uint64_t *)(block + GUEST_FRAME);

		memset(block, 0, sizeof(block));
		guest_build(block, at, &ring);
		assert_memory_equal(block, guest_begin, (size_t)(guest_end - guest_begin));
		assert_int_equal(frame[0], at + (uint64_t)(guest_payload - guest_begin));
		assert_int_equal(frame[1], ring.kernel ? GUEST_CODE0 : GUEST_CODE3);
		assert_int_equal(frame[2], ring.interrupts ? 0x202 : 2);
		assert_int_equal(frame[3], at + GUEST_STACK);
		assert_int_equal(frame[4], ring.kernel ? GUEST_DATA0 : GUEST_DATA3);
		assert_int_equal(word_at(block, GUEST_TSS + 4), at + GUEST_KSTACK);
		assert_int_equal(gate_of(block, 14), at + (uint64_t)(guest_on_fault - guest_begin));
		assert_int_equal(gate_of(block, 6), at + (uint64_t)(guest_on_call - guest_begin));
		assert_int_equal(gate_of(block, GUEST_VECTOR),
				 at + (uint64_t)(guest_on_ready - guest_begin));
		assert_int_equal(gate_of(block, 13), at + (uint64_t)(guest_on_other - guest_begin));
		/* One to one: the first and the last 2 MiB of both GiB. */
		for (uint64_t page = 0; page < 1024; page += page % 512 ? 1 : 511)
			assert_int_equal(word_at(block, GUEST_TABLES + 2 * 4096 + page * 8) &
						 ~0xfffull,
					 page << 21);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(told),
		cmocka_unit_test(untold),
		cmocka_unit_test(two_vcpus),
		cmocka_unit_test(interrupt_in_front_of_the_halt),
		cmocka_unit_test(tokens_of_all_kinds),
		cmocka_unit_test(a_token_of_two),
		cmocka_unit_test(a_wrong_word),
		cmocka_unit_test(a_fault_of_its_own),
		cmocka_unit_test(an_exception_that_is_not_expected),
		cmocka_unit_test(a_stuck_guest_is_ended),
		cmocka_unit_test(a_halt_for_ever_shuts_down),
		cmocka_unit_test(exchange),
		cmocka_unit_test(image),
	};
	const char *why = "";
	struct uffd u;
	int err = uffd_open(&u, UFFD_EVERYBODYS, UFFD_COPY, 4096, 1, &why);

	uffd_close(&u);
	if (err) {
		print_message("skipped: %s\n", why);
		return 77;
	}
	kvm_play();
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
