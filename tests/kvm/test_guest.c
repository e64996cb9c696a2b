// SPDX-License-Identifier: GPL-2.0-or-later
/* A guest on this machine's KVM: exact counts, a stuck guest is ended, nothing is left. */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../unit/entries.h"
#include "../unit/in_range.h"
#include "apf/guest_exchange.h"
#include "apf/guest_round.h"

enum { ROUNDS = 50 };

static const struct vmm_plan async_plan = {
	.vcpus = 1,
	.irqchip = true,
	.halt_poll = true,
	.async = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT,
	.ring = { .kernel = false, .interrupts = true },
};

static void open_guest(struct guest_rounds *l, const struct vmm_plan *plan, unsigned int threads)
{
	struct vmm_plan copy = *plan;
	const char *why = "";

	*l = (struct guest_rounds){ .threads = threads };
	l->handler_cpu = l->vcpu_cpu = sched_getcpu();
	if (guest_rounds_open(l, &copy, UFFD_COPY, 4096, &why))
		fail_msg("%s", why);
}

static void run_rounds(struct guest_rounds *l, int rounds)
{
	const char *why = "";

	for (int i = 0; i < rounds; i++)
		if (guest_rounds_run(l, &why))
			fail_msg("round %d: %s", i, why);
}

static void assert_clean(const struct guest_rounds *l, int rounds)
{
	const struct guest_counts *c = &l->counts;

	assert_int_equal(c->touches, (uint64_t)rounds * l->pages * l->vmm.vcpus);
	assert_int_equal(c->events, c->touches);
	assert_int_equal(c->ready, c->absent);
	assert_int_equal(c->unknown + c->collisions + c->wrong + c->wrong_pages, 0);
	assert_true(c->broadcasts <= l->vmm.vcpus);
}

static void test_told(void **state)
{
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 8);
	run_rounds(&l, ROUNDS);
	assert_clean(&l, ROUNDS);
	assert_int_equal(l.counts.absent, l.counts.touches);
	assert_int_equal(l.counts.own, 0);
	assert_int_equal(l.counts.spurious, 0);
	guest_rounds_close(&l);
}

static void test_halted(void **state)
{
	struct vmm_plan plan = async_plan;
	struct guest_rounds l;

	(void)state;
	plan.async = VMM_ASYNC_ENABLED;
	open_guest(&l, &plan, 1);
	run_rounds(&l, ROUNDS);
	assert_clean(&l, ROUNDS);
	assert_int_equal(l.counts.absent, 0);
	assert_int_equal(l.counts.own, 0);
	guest_rounds_close(&l);
}

static void test_interrupts_off(void **state)
{
	struct vmm_plan plan = async_plan;
	struct guest_rounds l;

	(void)state;
	plan.ring.interrupts = false;
	open_guest(&l, &plan, 1);
	run_rounds(&l, ROUNDS);
	assert_clean(&l, ROUNDS);
	assert_int_equal(l.counts.absent, 0);
	assert_int_equal(l.counts.own, l.counts.touches);
	guest_rounds_close(&l);
}

static void test_no_irqchip(void **state)
{
	struct vmm_plan plan = async_plan;
	struct guest_rounds l;

	(void)state;
	plan.irqchip = false;
	plan.async = 0;
	open_guest(&l, &plan, 1);
	run_rounds(&l, ROUNDS);
	assert_clean(&l, ROUNDS);
	assert_int_equal(l.counts.own, l.counts.touches);
	guest_rounds_close(&l);
}

/* KVM has 64 pages outstanding at most: the next fault is the vCPU's own to wait for. */
static void test_more_threads_than_kvm_takes(void **state)
{
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 128);
	l.delay_ns = 50000000;
	run_rounds(&l, 1);
	assert_clean(&l, 1);
	assert_true(l.counts.own > 0);
	/* The guest parks more: of some the token is on its way through the ring. */
	assert_within(l.counts.parked_max, 64, 128);
	assert_int_equal(l.counts.absent, l.counts.touches - l.counts.own);
	guest_rounds_close(&l);
}

static void test_two_vcpus(void **state)
{
	struct vmm_plan plan = async_plan;
	struct guest_rounds l;

	(void)state;
	plan.vcpus = 2;
	open_guest(&l, &plan, 16);
	run_rounds(&l, ROUNDS);
	assert_clean(&l, ROUNDS);
	assert_int_equal(l.counts.absent, l.counts.touches);
	guest_rounds_close(&l);
}

struct storm {
	struct vmm *vmm;
	atomic_bool over;
};

static void *raise_interrupts(void *arg)
{
	struct storm *s = arg;

	while (!atomic_load(&s->over)) {
		vmm_interrupt(s->vmm, 0);
		usleep(200);
	}
	return NULL;
}

/* Interrupts without a token must not lose the tokens that arrive at the same time. */
static void test_spurious_interrupts(void **state)
{
	struct guest_rounds l;
	struct storm storm;
	pthread_t thread;

	(void)state;
	open_guest(&l, &async_plan, 32);
	storm = (struct storm){ .vmm = &l.vmm };
	assert_int_equal(pthread_create(&thread, NULL, raise_interrupts, &storm), 0);
	run_rounds(&l, ROUNDS);
	atomic_store(&storm.over, true);
	pthread_join(thread, NULL);
	assert_clean(&l, ROUNDS);
	assert_int_equal(l.counts.absent, l.counts.touches);
	assert_true(l.counts.spurious > 0);
	guest_rounds_close(&l);
}

static void test_wrong_contents_are_seen(void **state)
{
	struct guest_rounds l;

	(void)state;
	open_guest(&l, &async_plan, 1);
	*(uint64_t *)(l.uffd.contents + 3 * 4096) = 0;
	run_rounds(&l, 2);
	assert_int_equal(l.counts.wrong, 2);
	guest_rounds_close(&l);
}

/* Of vCPUs and trace rings; the allocator's own for its threads stay. */
static int guest_maps(void)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");
	int n = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		n += strstr(line, "anon_inode") != NULL;
	fclose(maps);
	return n;
}

/* A handler that sleeps for an hour: no progress, and threads in every kind of wait. */
static void end_stuck_guest(const struct vmm_plan *plan)
{
	int files = entries("/proc/self/fd"), threads = entries("/proc/self/task");
	struct guest_rounds l;
	const char *why = "";

	open_guest(&l, plan, 4);
	l.timeout_s = 1;
	l.delay_ns = 3600000000000;
	assert_int_equal(guest_rounds_run(&l, &why), -ETIMEDOUT);
	assert_non_null(strstr(why, "inconclusive"));
	guest_rounds_close(&l);
	assert_int_equal(entries("/proc/self/fd"), files);
	assert_int_equal(entries("/proc/self/task"), threads);
	assert_int_equal(guest_maps(), 0);
}

static void test_stuck_guest_is_ended(void **state)
{
	struct vmm_plan sync = async_plan;

	(void)state;
	sync.ring.interrupts = false;
	end_stuck_guest(&async_plan);
	end_stuck_guest(&sync);
}

static void exchange(struct guest_rounds *l)
{
	const char *why = "";

	if (guest_rounds_exchange(l, &why))
		fail_msg("%s", why);
}

/* As soon as the guest's clock is off by more than the bounds allow, either way. */
static void test_shifted_clock_is_found(void **state)
{
	(void)state;
	for (int sign = -1; sign <= 1; sign += 2) {
		struct guest_rounds l;
		double uncertain;
		int err;

		open_guest(&l, &async_plan, 1);
		run_rounds(&l, ROUNDS);
		assert_true(guest_clock_agrees(&l.vcpu[0].clock));
		print_message("the clocks agree within %.0f cycles by entries and exits\n",
			      guest_clock_uncertainty(&l.vcpu[0].clock));
		exchange(&l);
		assert_true(guest_clock_agrees(&l.vcpu[0].clock));
		uncertain = guest_clock_uncertainty(&l.vcpu[0].clock);
		print_message("and within %.0f by an exchange\n", uncertain);
		err = vmm_set_tsc_offset(
			&l.vmm.vcpu[0],
			sign * (uncertain < 10000 ? 20000 : (int64_t)(2 * uncertain)));
		run_rounds(&l, ROUNDS);
		exchange(&l);
		if (err)
			print_message("this KVM cannot shift a TSC\n");
		else
			assert_false(guest_clock_agrees(&l.vcpu[0].clock));
		assert_clean(&l, 2 * ROUNDS);
		guest_rounds_close(&l);
	}
}

static void test_broken_guest_is_told(void **state)
{
	struct guest_rounds l;
	const char *why = "";

	(void)state;
	open_guest(&l, &async_plan, 1);
	/* Its page tables lose the GiB that faults. */
	memset(l.vmm.vcpu[0].block + GUEST_TABLES + 4096 + 8, 0, 8);
	assert_int_equal(guest_rounds_run(&l, &why), -EPROTO);
	assert_non_null(strstr(why, "did not inject"));
	guest_rounds_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),
		cmocka_unit_test(test_halted),
		cmocka_unit_test(test_interrupts_off),
		cmocka_unit_test(test_no_irqchip),
		cmocka_unit_test(test_more_threads_than_kvm_takes),
		cmocka_unit_test(test_two_vcpus),
		cmocka_unit_test(test_spurious_interrupts),
		cmocka_unit_test(test_wrong_contents_are_seen),
		cmocka_unit_test(test_stuck_guest_is_ended),
		cmocka_unit_test(test_shifted_clock_is_found),
		cmocka_unit_test(test_broken_guest_is_told),
	};
	struct tb_refusal unavailable;
	struct uffd uffd;
	const char *why = "";
	int err;

	if (vmm_probe(true, &unavailable)) {
		printf("skipped: %s; %s\n", unavailable.reason, unavailable.remedy);
		return 77;
	}
	err = uffd_open(&uffd, UFFD_EVERYBODYS, UFFD_COPY, 4096, 1, &why);
	uffd_close(&uffd);
	if (err) {
		printf("skipped: %s\n", why);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
