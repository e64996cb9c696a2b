// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The checks of apf/wake-kvm: each with a fault of KVM, guest or host that it must
 * report.
 */
#include "wake_kvm_world.h"

#include "planted.h"
#include "uffd_skip.h"

static struct guest_counts *counts(struct tb_trial *trial)
{
	return &((struct wake_kvm *)trial->priv)->rounds.counts;
}

static void one_broadcast(struct tb_trial *trial)
{
	(void)trial;
	kvm.broadcast = true;
	kvm.broadcasts = 1;
}

static void two_broadcasts(struct tb_trial *trial)
{
	one_broadcast(trial);
	kvm.broadcasts = 2;
}

static void one_fault_is_untold(struct tb_trial *trial)
{
	(void)trial;
	kvm.untold = 3;
}

static void the_vcpu_resolves_one(struct tb_trial *trial)
{
	(void)trial;
	kvm.synchronous = 3;
}

static void one_fault_is_untraced(struct tb_trial *trial)
{
	(void)trial;
	kvm.untraced = 3;
}

static void one_ready_more_is_traced(struct tb_trial *trial)
{
	(void)trial;
	kvm.ready_more = 1;
}

static void two_readies_more_are_traced(struct tb_trial *trial)
{
	(void)trial;
	kvm.ready_more = 2;
}

static void one_ready_fewer_is_traced(struct tb_trial *trial)
{
	(void)trial;
	kvm.ready_more = -1;
}

static void a_word_is_lost(struct tb_trial *trial)
{
	(void)trial;
	kvm.lost_word = 5;
}

/* Not the page's first word: the guest compares that one. */
static void a_page_is_wrong(struct tb_trial *trial)
{
	(void)trial;
	world.wrong_page = true;
}

static void a_token_comes_twice(struct tb_trial *trial)
{
	(void)trial;
	kvm.twice = 3;
}

static void two_threads_have_a_token(struct tb_trial *trial)
{
	uint64_t *sleepers = (uint64_t *)(kvm.vcpu[0].cpu.block + GUEST_SLEEPERS);

	(void)trial;
	sleepers[4] = (uintptr_t)kvm.vcpu[0].cpu.block + GUEST_THREADS;
}

static void an_interrupt_is_spurious(struct tb_trial *trial)
{
	(void)trial;
	kvm.spurious = true;
}

static void the_clock_is_ahead(struct tb_trial *trial)
{
	(void)trial;
	world.shift = 20000;
}

static void the_clock_is_behind(struct tb_trial *trial)
{
	(void)trial;
	world.shift = -20000;
}

static void the_first_clock_is_ahead(struct tb_trial *trial)
{
	the_clock_is_ahead(trial);
	world.vcpu_of_shift = 0;
}

static void the_second_clock_is_ahead(struct tb_trial *trial)
{
	the_clock_is_ahead(trial);
	world.vcpu_of_shift = 1;
}

/* Two events of one page: the second waiter continues, too. */
static void a_page_is_asked_for_twice(struct tb_trial *trial)
{
	kvm_calls.both_then = ((struct wake_kvm *)trial->priv)->rounds.uffd.fd;
	kvm.refetched = 2;
}

static void an_event_more(struct tb_trial *trial)
{
	counts(trial)->events++;
}

static void a_ready_fewer(struct tb_trial *trial)
{
	counts(trial)->ready--;
}

static void no_fault_of_its_own(struct tb_trial *trial)
{
	counts(trial)->own--;
}

static void checks_fail(void **state)
{
	static const struct planted table[] = {
		{ .check = NULL },
		{ .check = NULL, .before = one_broadcast },
		{ .check = NULL, .before = one_ready_more_is_traced },
		{ .check = NULL, .params = "threads=4" },
		{ .check = NULL, .params = "mode=halt" },
		{ .check = NULL, .params = "mode=sync" },
		{ .check = NULL, .params = "mode=no-irqchip" },
		{ .check = NULL, .params = "vcpus=2" },
		{ .check = "events", .after = an_event_more },
		{ .check = "events",
		  .params = "mode=halt delay=1",
		  .before = a_page_is_asked_for_twice },
		{ .check = "not-present", .before = one_fault_is_untold, .also = "ready" },
		{ .check = "ready", .after = a_ready_fewer },
		{ .check = "wrong-words", .before = a_word_is_lost },
		{ .check = "wrong-pages", .before = a_page_is_wrong },
		{ .check = "wrong-pages", .params = "vcpus=2", .before = a_page_is_wrong },
		{ .check = "unknown-tokens", .before = a_token_comes_twice },
		{ .check = "unknown-tokens", .before = two_threads_have_a_token },
		{ .check = "spurious-ready", .before = an_interrupt_is_spurious },
		{ .check = "broadcasts", .before = two_broadcasts },
		{ .check = "guest-clock", .before = the_clock_is_ahead },
		{ .check = "guest-clock", .before = the_clock_is_behind },
		{ .check = "guest-clock", .params = "vcpus=2", .before = the_first_clock_is_ahead },
		{ .check = "guest-clock",
		  .params = "vcpus=2",
		  .before = the_second_clock_is_ahead },
		{ .check = "faults-of-the-vcpu", .before = the_vcpu_resolves_one },
		{ .check = "faults-of-the-vcpu",
		  .params = "mode=halt",
		  .before = the_vcpu_resolves_one },
		{ .check = "faults-of-the-vcpu",
		  .params = "mode=sync",
		  .after = no_fault_of_its_own },
		{ .check = "traced-not-present", .before = one_fault_is_untraced },
		{ .check = "traced-ready", .before = two_readies_more_are_traced },
		{ .check = "traced-ready", .before = one_ready_fewer_is_traced },
	};

	(void)state;
	plant_each(&apf_wake_kvm, table, sizeof(table) / sizeof(table[0]), 1, setup);
}

/* The most threads that were parked in any round, not in the last. */
static void parked_most_of_all_rounds(void **state)
{
	struct guest_rounds *l;
	const char *why = "";
	struct tb_trial trial;

	(void)state;
	begin(&trial, "threads=4", sched_getcpu());
	l = &((struct wake_kvm *)trial.priv)->rounds;
	assert_int_equal(guest_rounds_run(l, &why), 0);
	l->counts.parked_max = 4;
	l->threads = 1;
	assert_int_equal(guest_rounds_run(l, &why), 0);
	assert_int_equal(l->counts.parked_max, 4);
	close_guest(&trial);
}

/* A failed run is not a round, whatever the guest counted. */
static int fail_run(struct kvm_vcpu *v)
{
	(void)v;
	errno = EFAULT;
	return -1;
}

static void a_run_that_fails_is_no_round(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	begin(&trial, "", sched_getcpu());
	kvm_calls.run = fail_run;
	given_stamps_by(NULL);
	assert_int_equal(given_sample(&trial, TB_GATED, value), -EFAULT);
	assert_non_null(strstr(trial.shm->why, "the guest's memory"));
	kvm_calls.run = NULL;
	close_guest(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checks_fail),
		cmocka_unit_test(parked_most_of_all_rounds),
		cmocka_unit_test(a_run_that_fails_is_no_round),
	};

	if (uffd_is_refused(UFFD_EVERYBODYS))
		return 77;
	kvm_play();
	make_first_thread();
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
