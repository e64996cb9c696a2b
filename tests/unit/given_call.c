// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/call by given stamps, and the instructions of its loop. */
#include "given.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <ucontext.h>
#include <cmocka.h>

#include "benches.h"
#include "thread/shadow.h"

enum { PAIRS = 4096 };

__typeof__(thread_child_signal) __wrap_thread_child_signal, __real_thread_child_signal;

/* How each act ends; -1: by itself. */
static struct {
	int unpushed, store;
} signals = { -1, -1 };

int __wrap_thread_child_signal(void (*act)(void))
{
	int child_signal = act == thread_return_to_unpushed_address ? signals.unpushed
								    : signals.store;

	return child_signal == -1 ? __real_thread_child_signal(act) : child_signal;
}

/* A sample is one window of 4096 pairs, in core cycles: with the clock at half the TSC's rate half as many. */
static void core_cycles_of_a_pair(void **state)
{
	static const uint64_t window[] = { 5000, 5000 + 3 * PAIRS, 20000, 20000 + 3 * PAIRS };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	given_open(&trial, &thread_call, "depth=16");
	given_stamps(window, 4);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[0] == 3);
	given_chain(2 * TB_CLOCK_CHAIN_CYCLES);
	assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
	assert_true(value[0] == 1.5);
	assert_int_equal(given_stamps_read(), 4);
	given_close(&trial);
}

/* Of a depth that does not divide 4096 there are as many repetitions as fit. */
static void counts_are_of_pairs(void **state)
{
	static const struct {
		const char *params;
		double pairs;
	} depths[] = { { "depth=1", PAIRS }, { "depth=3", 4095 }, { "depth=4096", PAIRS } };
	double value[TB_METRICS_MAX];
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 3; i++) {
		given_open(&trial, &thread_call, depths[i].params);
		given_steps(8190);
		assert_int_equal(given_sample(&trial, TB_GATED, value), 0);
		assert_true(value[0] == 8190 / depths[i].pairs);
		assert_true(given_window().operations == depths[i].pairs);
		assert_int_equal(given_window().stamps, 2);
		assert_int_equal(given_window().begins, 1);
		given_close(&trial);
	}
}

static struct tb_trial stepped;

static void take_sample(void)
{
	double value[TB_METRICS_MAX];

	given_sample(&stepped, TB_GATED, value);
}

/* Direct calls and returns, since the trap flag was set. */
static volatile long calls, returns;

static void on_step(int sig, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;
	unsigned char opcode = *(const unsigned char *)at->uc_mcontext.gregs[REG_RIP];

	(void)sig, (void)info;
	calls += opcode == 0xe8;
	returns += opcode == 0xc3;
}

/* Runs act() with a trap after each instruction: EFLAGS.TF, bit 8. */
static void step_through(void (*act)(void))
{
	struct sigaction step = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO }, before;

	calls = returns = 0;
	sigaction(SIGTRAP, &step, &before);
	asm volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\torq $256, (%%rsp)\n\tpopfq\n\t"
		     "lea 128(%%rsp), %%rsp" ::
			     : "memory", "cc");
	act();
	asm volatile("lea -128(%%rsp), %%rsp\n\tpushfq\n\tandq $-257, (%%rsp)\n\tpopfq\n\t"
		     "lea 128(%%rsp), %%rsp" ::
			     : "memory", "cc");
	sigaction(SIGTRAP, &before, NULL);
}

static void calls_are_nested(void **state)
{
	enum { OTHERS = 600 }; /* the sample's own, and a sanitizer's */

	(void)state;
	given_open(&stepped, &thread_call, "depth=1024");
	step_through(take_sample);
	given_close(&stepped);
	assert_in_range(calls, PAIRS, PAIRS + OTHERS);
	assert_in_range(returns, PAIRS, PAIRS + OTHERS);
}

static void return_normally(void)
{
}

/* It returns once more than it was called. */
static void unpushed_return_adds_one_return(void **state)
{
	long more;

	(void)state;
	step_through(return_normally);
	more = returns - calls;
	step_through(thread_return_to_unpushed_address);
	assert_int_equal(returns - calls, more + 1);
}

static void judge(const char *params, int unpushed, int store, const char *failed)
{
	struct tb_trial trial;

	signals.unpushed = unpushed;
	signals.store = store;
	given_open(&trial, &thread_call, params);
	assert_int_equal(trial.bench->verify(&trial), 0);
	given_judged(&trial,
		     "shadow-status shadow-pointer stray-return-segv-code stray-store-segv-code",
		     failed);
	given_close(&trial);
	signals.unpushed = signals.store = -1;
}

/* Each outcome that is not the one of the variant is reported. */
static void wrong_outcomes_fail_their_check(void **state)
{
	enum { NONE, MAPERR = SEGV_MAPERR, ACCERR = SEGV_ACCERR, CPERR = THREAD_SEGV_CPERR };

	(void)state;
	judge("shadow=off", -1, -1, "");
	judge("shadow=off", CPERR, NONE, "stray-return-segv-code");
	judge("shadow=off", NONE, ACCERR, "stray-store-segv-code");
	judge("shadow=on", CPERR, ACCERR, "shadow-status shadow-pointer");
	given_shadow(0x7000, THREAD_SHSTK);
	judge("shadow=on", CPERR, ACCERR, "");
	given_shadow(0x7000, THREAD_SHSTK);
	judge("shadow=on", NONE, MAPERR, "stray-return-segv-code stray-store-segv-code");
	given_shadow(0x7000, THREAD_SHSTK);
	judge("shadow=off", NONE, NONE, "shadow-status shadow-pointer");
}

/* Where no process can be made for an act, its outcome is no 0. */
static void acts_without_a_process(void **state)
{
	struct tb_trial trial;

	(void)state;
	for (int i = 0; i < 2; i++) {
		signals.unpushed = i ? 0 : -EAGAIN;
		signals.store = i ? -EAGAIN : 0;
		given_open(&trial, &thread_call, "shadow=off");
		assert_int_equal(trial.bench->verify(&trial), -EAGAIN);
		assert_string_not_equal(trial.shm->why, "");
		given_close(&trial);
	}
	signals.unpushed = signals.store = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(core_cycles_of_a_pair),
		cmocka_unit_test(counts_are_of_pairs),
		cmocka_unit_test(calls_are_nested),
		cmocka_unit_test(unpushed_return_adds_one_return),
		cmocka_unit_test(wrong_outcomes_fail_their_check),
		cmocka_unit_test(acts_without_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
