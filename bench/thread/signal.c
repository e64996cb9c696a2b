// SPDX-License-Identifier: GPL-2.0-or-later
/* thread/signal: a signal to the thread itself, into its handler and back. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/clock.h"
#include "thread/shadow.h"

enum { ROUND_TRIP, TO_HANDLER };

/* A signal handler gets no argument of ours. */
static volatile uint64_t handled_at, handled, handled_ssp;

static void on_signal(int sig)
{
	(void)sig;
	handled_at = tb_clock_now();
	handled++;
	handled_ssp = thread_ssp();
}

static int signal_setup(struct tb_trial *trial)
{
	struct sigaction action = { .sa_handler = on_signal };

	if (sigaction(SIGUSR1, &action, NULL))
		return tb_trial_fail(trial, -errno, "no handler for SIGUSR1");
	return 0;
}

static int signal_sample(struct tb_trial *trial, double *value)
{
	pid_t pid = getpid(), tid = (pid_t)syscall(SYS_gettid);
	uint64_t begin, end;

	tb_trial_count_begin(trial);
	begin = tb_clock_begin();
	syscall(SYS_tgkill, pid, tid, SIGUSR1);
	end = tb_clock_end();
	tb_trial_count_end(trial, 1);
	value[ROUND_TRIP] = tb_trial_ns(trial, (double)(end - begin));
	value[TO_HANDLER] = tb_trial_ns(trial, (double)(handled_at - begin));
	return 0;
}

static int signal_verify(struct tb_trial *trial)
{
	bool all = handled == tb_trial_samples(trial);

	tb_trial_check(trial, "signals-handled", all, "every one",
		       all ? "every one" : "not every one");
	thread_check_shadow(trial);
	tb_trial_check(trial, "handler-shadowed", (handled_ssp != 0) == thread_shadowed(trial),
		       thread_shadowed(trial) ? "yes" : "no", handled_ssp ? "yes" : "no");
	return 0;
}

static const struct tb_metric signal_metrics[] = {
	[ROUND_TRIP] = { .name = "signal",
			 .unit = TB_NS,
			 .headline = true,
			 .help = "from the call of tgkill to its return, handler and sigreturn included" },
	[TO_HANDLER] = { .name = "to-handler",
			 .unit = TB_NS,
			 .shown = true,
			 .help = "from the call of tgkill to the handler's first instruction" },
	{ 0 }
};

static const struct tb_param signal_params[] = {
	{ .name = "shadow",
	  .values = "off|on",
	  .fallback = "off",
	  .help = "whether the thread has a shadow stack" },
	{ 0 }
};

static const char *const signal_suite[] = { "shadow=off,on", NULL };

static const struct tb_explanation explanation = {
	.question =
		"What does a signal cost, into its handler and back? With shadow stacks, the "
		"kernel also pushes a restore token and the handler's return address, and checks "
		"them at sigreturn.",
	.window = "signal: from the stamp before tgkill() to the thread itself, to the stamp after "
		  "its return. The window holds delivery, handler and sigreturn.\n"
		  "to-handler: from the same first stamp to the handler's first instruction.",
	.values = "shadow=off: no shadow stack.\n" THREAD_SHADOW_ON,
	.proof = "signals-handled: the handler counts its calls; the count must equal the signals "
		 "sent.\n" THREAD_SHADOW_STATUS
		 " handler-shadowed: the same check inside the handler.",
	.controls = "None of its own.",
	.traps = "The handler stores a stamp, a count and its shadow-stack pointer, nothing else. "
		 "The kernel's signal frame holds the whole vector state, so it is larger after "
		 "use of AVX-512 or AMX.",
	.silent = "A signal from another thread or process also wakes or interrupts the receiver. "
		  "That cost is not included.\n"
		  "The figure includes the entry and exit of tgkill.",
	.sources = "Linux kernel/signal.c; arch/x86/kernel/signal_64.c, signal.c, shstk.c; "
		   "tgkill(2), sigreturn(2).\n"
		   "bench/thread/signal.c; docs/method.md.",
};

const struct tb_bench thread_signal = {
	.name = "thread/signal",
	.summary = "signal a thread itself: handler and return",
	.explain = &explanation,
	.realm = TB_REALM_USER,
	.version = 1,
	.cpus = 1,
	.metrics = signal_metrics,
	.params = signal_params,
	.quick = signal_suite,
	.full = signal_suite,
	.rounds = 2048,
	.ungated = true,
	.probe = thread_probe_shadow,
	.enter = thread_enter,
	.setup = signal_setup,
	.sample = signal_sample,
	.verify = signal_verify,
};
