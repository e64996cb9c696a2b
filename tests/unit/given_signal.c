// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/signal with another duration for each system call. */
#include "given.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

#include "benches.h"
#include "thread/shadow.h"

enum { SIGNAL, TO_HANDLER };
enum { LOOK_UP = 100000, SEND = 300, RETURN = 500 };

__typeof__(syscall) __wrap_syscall, __real_syscall;
__typeof__(sigaction) __wrap_sigaction, __real_sigaction;

static int refused;

long __wrap_syscall(long number, ...)
{
	long a[3], ret;
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 3; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	given_pass(number == SYS_tgkill ? SEND : LOOK_UP);
	ret = __real_syscall(number, a[0], a[1], a[2]);
	given_pass(RETURN);
	return ret;
}

int __wrap_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	if (refused) {
		errno = EINVAL;
		return -1;
	}
	return __real_sigaction(sig, act, old);
}

/* The handler's count is never reset. */
static uint64_t sent;

static void open_launch(struct tb_trial *trial, const char *params)
{
	double value[TB_METRICS_MAX];

	given_open(trial, &thread_signal, params);
	trial->shm->job.tsc_hz = 2e9;
	trial->taken = sent;
	given_steps(0);
	assert_int_equal(trial->bench->setup(trial), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(given_sample(trial, TB_UNGATED, value), 0);
		assert_true(value[SIGNAL] == (SEND + RETURN) / 2.0);
		assert_true(value[TO_HANDLER] == SEND / 2.0);
		assert_int_equal(given_stamps_read(), 3 * (i + 1));
		assert_int_equal(given_window().stamps, 3);
		assert_true(given_window().operations == 1);
		sent++;
	}
}

static void judge(struct tb_trial *trial, const char *failed)
{
	trial->shm->n_checks = 0;
	assert_int_equal(trial->bench->verify(trial), 0);
	given_judged(trial, "signals-handled shadow-status shadow-pointer handler-shadowed",
		     failed);
}

static void a_signal_and_back(void **state)
{
	struct tb_trial trial;

	(void)state;
	open_launch(&trial, "shadow=off");
	judge(&trial, "");
	trial.taken++;
	judge(&trial, "signals-handled");
	trial.taken -= 2;
	judge(&trial, "signals-handled");
	trial.taken++;
	given_shadow(0x7000, THREAD_SHSTK);
	judge(&trial, "shadow-status shadow-pointer");
	given_close(&trial);
}

/* The handler is looked at when it runs, the thread at last. */
static void the_handlers_shadow_stack(void **state)
{
	struct tb_trial trial;

	(void)state;
	given_shadow(0x7000, THREAD_SHSTK);
	open_launch(&trial, "shadow=on");
	judge(&trial, "");
	given_close(&trial);
	open_launch(&trial, "shadow=on");
	given_shadow(0x7000, THREAD_SHSTK);
	judge(&trial, "handler-shadowed");
	given_close(&trial);
	given_shadow(0x7000, THREAD_SHSTK);
	open_launch(&trial, "shadow=off");
	given_shadow(0, 0);
	judge(&trial, "handler-shadowed");
	given_close(&trial);
}

static void no_handler(void **state)
{
	struct tb_trial trial;

	(void)state;
	given_open(&trial, &thread_signal, "shadow=off");
	refused = 1;
	assert_int_equal(trial.bench->setup(&trial), -EINVAL);
	refused = 0;
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_and_back),
		cmocka_unit_test(the_handlers_shadow_stack),
		cmocka_unit_test(no_handler),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
