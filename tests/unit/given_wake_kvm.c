// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/wake-kvm with a played KVM: the results of given stamps, and the checks that must
 * fail.
 */
#include "wake_kvm_world.h"

#include "skip.h"
#include "uffd_skip.h"

static void figures_of_async_mode(void **state)
{
	double value[TB_METRICS_MAX], span = 15 * PITCH + WHOLE + 15 * 10;
	struct tb_trial trial;
	struct wake_kvm *w;

	(void)state;
	w = begin(&trial, "", sched_getcpu());
	assert_true(w->tracing && w->alone);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		assert_true(value[RATE] == PAGES * 1e9 / (span / 2));
		assert_true(value[LATENCY] == MEDIAN(WHOLE, 10) / 2);
		assert_true(value[TOUCH_TO_ABSENT] == MEDIAN(TO_ABSENT, 1) / 2);
		assert_true(value[ABSENT_TO_READY] == MEDIAN(TO_READY - TO_ABSENT, 2) / 2);
		assert_true(value[READY_TO_RUN] == MEDIAN(WHOLE - TO_READY, 7) / 2);
		assert_true(value[SYNCHRONOUS_SHARE] == 0);
		/* KVM's own account is in nanoseconds. */
		assert_true(value[PART_FAULT] == MEDIAN(TRACED_ABSENT, 1));
		assert_true(value[PART_COMPLETED] == MEDIAN(TRACED_COMPLETED - TRACED_ABSENT, 1));
		assert_true(value[PART_READY] == MEDIAN(TRACED_READY - TRACED_COMPLETED, 2));
		assert_true(value[PART_RESUME] == MEDIAN(WHOLE - TRACED_READY, 6));
		assert_true(value[PARTS] == 2);
	}
	assert_int_equal(w->parted, 2);
	assert_int_equal(world.marks, 4);
	assert_int_equal(apf_wake_kvm.verify(&trial), 0);
	assert_true(given_control(&trial, "parked-max") == 1);
	assert_true(given_control(&trial, "idles") == 4 * PAGES);
	close_guest(&trial);
}

/* Without a CPU beside the vCPU's there is no exchange: entries and exits alone bound the clock. */
static void clocks_are_bounded_by_exchanges(void **state)
{
	double value[TB_METRICS_MAX];
	bool alone = second_cpu() < 0;
	struct tb_trial trial;
	struct wake_kvm *w;

	(void)state;
	w = begin(&trial, "", sched_getcpu());
	assert_true(w->rounds.vcpu[0].clock.high == (alone ? ENTRY : ANSWERED));
	assert_true(w->rounds.vcpu[0].clock.low == -(alone ? EXIT : ASKED));
	if (!alone)
		assert_int_equal(guest_shared_page(kvm.vcpu[0].cpu.block)->ping, EXCHANGED);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_int_equal(apf_wake_kvm.verify(&trial), 0);
	assert_true(given_control(&trial, "clock-uncertainty") == (alone ? EXIT : ANSWERED) / 2);
	close_guest(&trial);
}

/* Two vCPUs: from the first touch of either to the last end; no latency, no parts. */
static void figures_of_two_vcpus(void **state)
{
	double value[TB_METRICS_MAX], span = 31 * PITCH + 200 + WHOLE + 31 * 10;
	struct tb_trial trial;
	struct wake_kvm *w;

	(void)state;
	w = begin(&trial, "vcpus=2 threads=4", sched_getcpu());
	assert_int_equal(w->rounds.pages, 32);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[RATE] == 64 * 1e9 / (span / 2));
	assert_true(isnan(value[LATENCY]) && isnan(value[PARTS]));
	for (unsigned int m = LATENCY; m <= PARTS; m++)
		assert_true(trial.shm->unavailable[m][0]);
	assert_int_equal(w->rounds.counts.touches, 64);
	close_guest(&trial);
}

static void figures_of_other_modes(void **state)
{
	static const struct {
		const char *params;
		uint64_t enabled;
		double own;
		bool irqchip;
	} rows[] = {
		{ "mode=halt", VMM_ASYNC_ENABLED, 0, true },
		{ "mode=sync", VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT, 1, true },
		{ "mode=no-irqchip", 0, 1, false },
		{ "mode=async halt-poll=0", VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT, 0, true },
	};
	double value[TB_METRICS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tb_trial trial;
		struct wake_kvm *w = begin(&trial, rows[i].params, sched_getcpu());

		assert_int_equal(kvm.vcpu[0].enabled & 0xf, rows[i].enabled);
		assert_int_equal(kvm.irqchip, rows[i].irqchip);
		assert_int_equal(kvm.halt_poll_off, i == 3);
		assert_int_equal(w->tracing, rows[i].irqchip);
		for (int k = 0; k < 2; k++) {
			assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
			assert_true(value[SYNCHRONOUS_SHARE] == rows[i].own);
			assert_true(value[LATENCY] == MEDIAN(WHOLE, 10) / 2);
			assert_true(i == 3 || isnan(value[TOUCH_TO_ABSENT]));
		}
		if (i < 3)
			assert_true(trial.shm->unavailable[TOUCH_TO_ABSENT][0] &&
				    trial.shm->unavailable[PARTS][0] &&
				    !trial.shm->unavailable[LATENCY][0]);
		assert_int_equal(apf_wake_kvm.verify(&trial), 0);
		for (uint32_t c = 0; c < trial.shm->n_checks; c++)
			assert_true(trial.shm->check[c].pass);
		close_guest(&trial);
	}
}

/* Microseconds, before each event or each batch. */
static void delays(void **state)
{
	static const struct {
		const char *params;
		uint64_t ns;
		bool each;
	} rows[] = {
		{ "mode=sync delay=1000", 1000000, true },
		{ "mode=sync delay=7 delay-per=batch", 7000, false },
		{ "mode=sync delay=1000000", 1000000000, true },
		{ "mode=sync delay=999999 delay-per=event", 999999000, true },
	};
	double value[TB_METRICS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tb_trial trial;
		struct wake_kvm *w = begin(&trial, rows[i].params, sched_getcpu());

		assert_int_equal(w->rounds.delay_each, rows[i].each);
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		assert_int_equal(kvm_calls.slept_ns, rows[i].ns);
		/* The vCPU waits for each page: a batch is one event. */
		assert_int_equal(kvm_calls.sleeps, PAGES);
		close_guest(&trial);
	}
}

static void threads_are_placed(void **state)
{
	int first = -1, second = second_cpu();
	struct tb_trial trial;

	(void)state;
	if (second < 0)
		skip_because("needs two CPUs");
	begin(&trial, "vcpus=2", second);
	first = trial.shm->job.cpu[0];
	assert_int_not_equal(first, second);
	/* The handler, and the second vCPU. */
	assert_int_equal(threads_on(first), 2);
	assert_int_equal(threads_on(second), 1);
	close_guest(&trial);
}

static void warm_ups_are_traced(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	struct wake_kvm *w;

	(void)state;
	w = begin(&trial, "", sched_getcpu());
	for (int i = 0; i < 6; i++) {
		assert_int_equal(given_sample(&trial, TB_WARM_UP, value), 0);
		assert_true(isnan(value[RATE]));
	}
	assert_int_equal(w->traced.absent, 4 * PAGES);
	assert_int_equal(w->rounds.counts.touches, 4 * PAGES);
	close_guest(&trial);
}

/* Another guest's faults stood between ours: KVM's account has fewer. */
static void a_disturbed_round_has_no_parts(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;
	struct wake_kvm *w;

	(void)state;
	w = begin(&trial, "", sched_getcpu());
	kvm.untraced = 4;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[LATENCY] == MEDIAN(WHOLE, 10) / 2);
	assert_true(isnan(value[PARTS]) && isnan(value[PART_FAULT]));
	assert_int_equal(w->parted, 0);
	assert_int_equal(apf_wake_kvm.verify(&trial), 0);
	assert_true(trial.shm->unavailable[PARTS][0]);
	close_guest(&trial);
}

/* A part that the clocks' uncertainty hides in most samples is taken back. */
static void unclear_parts_are_discarded(void **state)
{
	double value[TB_METRICS_MAX];

	(void)state;
	for (int unclear = 1; unclear <= 3; unclear++) {
		struct tb_trial trial;

		begin(&trial, "", sched_getcpu());
		for (int i = 0; i < 4; i++) {
			world.ready_traced = i < unclear ? WHOLE + 40 : TRACED_READY;
			assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		}
		assert_int_equal(apf_wake_kvm.verify(&trial), 0);
		assert_int_equal(trial.shm->unavailable[PART_RESUME][0] != 0, unclear == 3);
		assert_int_equal(trial.shm->unavailable[PART_FAULT][0] != 0, unclear == 3);
		assert_false(trial.shm->unavailable[PART_READY][0]);
		close_guest(&trial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_of_async_mode),
		cmocka_unit_test(clocks_are_bounded_by_exchanges),
		cmocka_unit_test(figures_of_two_vcpus),
		cmocka_unit_test(figures_of_other_modes),
		cmocka_unit_test(delays),
		cmocka_unit_test(threads_are_placed),
		cmocka_unit_test(warm_ups_are_traced),
		cmocka_unit_test(a_disturbed_round_has_no_parts),
		cmocka_unit_test(unclear_parts_are_discarded),
	};

	if (uffd_is_refused(UFFD_EVERYBODYS))
		return 77;
	kvm_play();
	make_first_thread();
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
