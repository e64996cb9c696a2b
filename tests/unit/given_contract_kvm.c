// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/contract-kvm with a played KVM: its shares, its outcome, and the checks that must
 * fail.
 */
#include "kvm_calls.h"

#include "benches.h"
#include "given.h"
#include "given_threads.h"
#include "planted.h"
#include "run/variant.h"

/* The private structure, with which a fault is planted. */
#define apf_contract_kvm included_contract_kvm
#include "apf/contract_kvm.c"
#include "uffd_skip.h"
#undef apf_contract_kvm

enum { PAGES = 32 }; /* of four threads */
enum { ENABLED = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT };

static void forget_faults(void)
{
	kvm.untold = kvm.unready = kvm.synchronous = kvm.untraced = 0;
	kvm.unknown = kvm.twice = kvm.lost_word = kvm.broadcasts = 0;
	kvm.broadcast = kvm.spurious = kvm.early = kvm.late = false;
	kvm.ready_more = 0;
	kvm.at_exit = NULL;
	tracer.files = 0;
	tracer.lost = false;
	kvm_calls.sleeps = 0;
	kvm_calls.slept_ns = 0;
}

static void setup(struct tb_trial *trial)
{
	(void)trial;
	forget_faults();
}

static struct contract *begin(struct tb_trial *trial, const char *params)
{
	forget_faults();
	given_open(trial, &apf_contract_kvm, params);
	if (apf_contract_kvm.setup(trial))
		fail_msg("%s", trial->shm->why);
	return trial->priv;
}

/* Each cell of the table: what the guest asked KVM for, and what became of its faults. */
static void cells(void **state)
{
	static const struct {
		const char *params;
		uint64_t enabled;
		unsigned int metric;
		bool kernel, interrupts, hlt_in_guest;
	} rows[] = {
		{ "cpl=3", ENABLED, DELIVERED, false, true, false },
		{ "cpl=3 send-always=1", ENABLED | VMM_ASYNC_SEND_ALWAYS, DELIVERED, false, true,
		  false },
		{ "cpl=0", ENABLED, HALTED, true, true, false },
		{ "cpl=0 send-always=1", ENABLED | VMM_ASYNC_SEND_ALWAYS, DELIVERED, true, true,
		  false },
		{ "cpl=3 interrupts=0", ENABLED, SYNCHRONOUS, false, false, false },
		{ "cpl=3 async=vmexit", ENABLED | VMM_ASYNC_AS_VMEXIT, DELIVERED, false, true,
		  false },
		{ "cpl=3 async=off send-always=1", 0, HALTED, false, true, false },
		{ "cpl=3 async=off hlt=guest", 0, SYNCHRONOUS, false, true, true },
		{ "cpl=3 async=on hlt=guest", ENABLED, DELIVERED, false, true, true },
	};
	double value[TB_METRICS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tb_trial trial;
		struct contract *k = begin(&trial, rows[i].params);

		assert_int_equal(kvm.vcpu[0].enabled & 0xf, rows[i].enabled);
		assert_int_equal(kvm.hlt_in_guest, rows[i].hlt_in_guest);
		for (int round = 0; round < 2; round++) {
			assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
			for (unsigned int m = DELIVERED; m <= SYNCHRONOUS; m++)
				if (value[m] != (m == rows[i].metric))
					fail_msg("%s: metric %u is %g", rows[i].params, m,
						 value[m]);
		}
		assert_int_equal(kvm.vcpu[0].kernel, rows[i].kernel);
		assert_int_equal(kvm.vcpu[0].interrupts, rows[i].interrupts);
		/* Only where a halt has to be seen the handler is late: a millisecond a page. */
		assert_int_equal(kvm_calls.sleeps, rows[i].metric == HALTED ? 2 * PAGES : 0);
		assert_int_equal(kvm_calls.slept_ns, rows[i].metric == HALTED ? 1000000 : 0);
		assert_int_equal(k->queued, rows[i].metric == SYNCHRONOUS ? 0 : 2 * PAGES);
		assert_int_equal(k->traced, k->queued);
		assert_int_equal(apf_contract_kvm.verify(&trial), 0);
		for (uint32_t c = 0; c < trial.shm->n_checks; c++)
			assert_true(trial.shm->check[c].pass);
		/* Each halt is one sleep, KVM's or the guest's own. */
		assert_int_equal(k->rounds.counts.waits,
				 rows[i].metric == HALTED ? 2 * PAGES : k->rounds.counts.idles);
		assert_true(given_control(&trial, "waits") == (double)k->rounds.counts.waits);
		assert_true(given_control(&trial, "guest-halts") == (double)k->rounds.counts.idles);
		given_close(&trial);
	}
}

/* A round of each: the shares are of the round, not of all rounds so far. */
static void shares_are_of_a_round(void **state)
{
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	begin(&trial, "cpl=3");
	kvm.synchronous = 3;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[SYNCHRONOUS] == 1. / PAGES);
	assert_true(value[DELIVERED] == 31. / PAGES);
	assert_true(value[HALTED] == 0);
	kvm.synchronous = 0;
	kvm.untold = 5;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[SYNCHRONOUS] == 0);
	assert_true(value[DELIVERED] == 31. / PAGES);
	assert_true(value[HALTED] == 1. / PAGES);
	kvm.untold = 0;
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[SYNCHRONOUS] == 0 && value[DELIVERED] == 1 && value[HALTED] == 0);
	given_close(&trial);
}

static void one_is_untold(struct tb_trial *trial)
{
	(void)trial;
	kvm.untold = 3;
}

static void one_is_the_vcpus_own(struct tb_trial *trial)
{
	(void)trial;
	kvm.synchronous = 3;
}

static void one_is_untraced(struct tb_trial *trial)
{
	(void)trial;
	kvm.untraced = 3;
}

static void records_are_lost(struct tb_trial *trial)
{
	(void)trial;
	tracer.lost = true;
}

static void a_word_is_lost(struct tb_trial *trial)
{
	(void)trial;
	kvm.lost_word = 4;
}

static struct guest_counts *counts(struct tb_trial *trial)
{
	return &((struct contract *)trial->priv)->rounds.counts;
}

static void an_event_more(struct tb_trial *trial)
{
	counts(trial)->events++;
}

static void a_ready_fewer(struct tb_trial *trial)
{
	counts(trial)->ready--;
}

/* The cell is another than the one that was opened. */
static void another_is_promised(struct tb_trial *trial)
{
	((struct contract *)trial->priv)->cell.interrupts ^= true;
}

/* KVM ignores what the guest asked for, or does what it did not ask for. */
static void kvm_tells_nothing(struct tb_trial *trial)
{
	(void)trial;
	kvm.vcpu[0].enabled = VMM_ASYNC_ENABLED;
}

static void kvm_tells_all(struct tb_trial *trial)
{
	(void)trial;
	kvm.vcpu[0].enabled |= VMM_ASYNC_SEND_ALWAYS;
}

static void kvm_forgets_its_interrupts(struct tb_trial *trial)
{
	(void)trial;
	kvm.irqchip = false;
}

static void checks_fail(void **state)
{
	static const struct planted table[] = {
		{ .check = NULL },
		{ .check = NULL, .params = "cpl=0" },
		{ .check = NULL, .params = "cpl=3 interrupts=0" },
		{ .check = "outcome", .before = one_is_untold },
		{ .check = "outcome", .before = one_is_the_vcpus_own },
		{ .check = "outcome", .after = another_is_promised },
		{ .check = "outcome", .before = kvm_tells_nothing },
		{ .check = "outcome", .params = "cpl=0", .before = kvm_tells_all },
		{ .check = "outcome", .params = "cpl=0", .before = kvm_forgets_its_interrupts },
		{ .check = "outcome", .params = "cpl=3", .before = kvm_forgets_its_interrupts },
		{ .check = "events", .after = an_event_more },
		{ .check = "ready", .after = a_ready_fewer },
		{ .check = "wrong-words", .before = a_word_is_lost },
		{ .check = "untraced-rounds",
		  .before = records_are_lost,
		  .also = "traced-not-present" },
		{ .check = "traced-not-present", .before = one_is_untraced },
	};

	(void)state;
	plant_each(&apf_contract_kvm, table, sizeof(table) / sizeof(table[0]), 1, setup);
}

static void probe(struct tb_variant *v, const char *cpl, const char *send_always, const char *async)
{
	const struct tb_machine stage = { .cpu = { 0 } };
	const char *const values[] = { cpl, send_always, "1", async, "exit" };

	forget_faults();
	*v = (struct tb_variant){ .bench = &apf_contract_kvm };
	for (int i = 0; i < 5; i++)
		snprintf(v->value[i], TB_VALUE, "%s", values[i]);
	tb_variant_probe(v, &stage);
}

/* A cell that this KVM does not take is no row; one that it takes is. */
static void impossible_cells_are_skipped(void **state)
{
	struct tb_variant v;

	(void)state;
	probe(&v, "3", "0", "on");
	assert_string_equal(v.code, "");
	probe(&v, "0", "1", "vmexit");
	assert_string_equal(v.code, "");
	kvm_calls.refused_msr = MSR_EN;
	probe(&v, "0", "1", "on");
	assert_string_equal(v.code, "not-showable");
	probe(&v, "3", "0", "vmexit");
	assert_string_equal(v.code, "not-showable");
	kvm_calls.refused_msr = 0;
	kvm_calls.missing = KVM_CAP_ASYNC_PF_INT + 1;
	probe(&v, "3", "0", "on");
	assert_string_equal(v.code, "no-async-pf");
	kvm_calls.missing = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells),
		cmocka_unit_test(shares_are_of_a_round),
		cmocka_unit_test(checks_fail),
		cmocka_unit_test(impossible_cells_are_skipped),
	};

	if (uffd_is_refused(UFFD_EVERYBODYS))
		return 77;
	kvm_play();
	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
