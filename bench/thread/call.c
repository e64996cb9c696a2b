// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/call: a CALL and its RET at each depth of nesting. With shadow=on each call
 * also pushes to the shadow stack, and each return checks it.
 */
#include "bench.h"

#include <signal.h>

#include "measure/clock.h"
#include "thread/shadow.h"

enum { CALL_RET };
enum { WINDOW_PAIRS = 4096 }; /* per sample, at any depth */

/* `depth` nested calls, `times` times. They use the stack for return addresses only. */
static void __attribute__((noinline)) call_nested(uint64_t depth, uint64_t times)
{
	asm volatile("1:\tmov %[depth], %%rcx\n\t"
		     "call 2f\n\t"
		     "dec %[times]\n\t"
		     "jnz 1b\n\t"
		     "jmp 4f\n"
		     "2:\tdec %%rcx\n\t"
		     "jz 3f\n\t"
		     "call 2b\n"
		     "3:\tret\n"
		     "4:"
		     : [times] "+r"(times)
		     : [depth] "r"(depth)
		     : "rcx", "cc", "memory");
}

static int call_sample(struct tb_trial *trial, double *value)
{
	uint64_t depth = tb_trial_number(trial, "depth");
	uint64_t times = depth < WINDOW_PAIRS ? WINDOW_PAIRS / depth : 1;
	uint64_t begin;
	double cycles;

	tb_trial_count_begin(trial);
	begin = tb_clock_begin();
	call_nested(depth, times);
	cycles = (double)(tb_clock_end() - begin);
	tb_trial_count_end(trial, (double)(depth * times));
	value[CALL_RET] = tb_clock_core_cycles(cycles) / (double)(depth * times);
	return 0;
}

static int check_child_signal(struct tb_trial *trial, const char *name, int want, void (*act)(void))
{
	int got = thread_child_signal(act);

	if (got < 0)
		return tb_trial_refused(trial, got, "fork", "no process to try a stray act in");
	tb_trial_check_count(trial, name, thread_shadowed(trial) ? want : 0, got);
	return 0;
}

static int call_verify(struct tb_trial *trial)
{
	int err;

	thread_check_shadow(trial);
	/* Proves that the CPU checks the returns. */
	err = check_child_signal(trial, "stray-return-segv-code", THREAD_SEGV_CPERR,
				 thread_return_to_unpushed_address);
	if (err)
		return err;
	return check_child_signal(trial, "stray-store-segv-code", SEGV_ACCERR,
				  thread_store_to_shadow);
}

static const struct tb_metric call_metrics[] = {
	[CALL_RET] = { .name = "call-ret",
		       .unit = TB_CORE_CYCLES,
		       .headline = true,
		       .help = "a window of some 4096 pairs, divided; the window's own cost is in it" },
	{ 0 }
};

static const struct tb_param call_params[] = {
	{ .name = "shadow",
	  .values = "off|on",
	  .fallback = "off",
	  .help = "whether the thread has a shadow stack" },
	{ .name = "depth", .values = "1..4096", .fallback = "1", .help = "nested calls" },
	{ 0 }
};

static const char *const call_quick[] = { "depth=1,16,64", NULL };
static const char *const call_full[] = { "depth=1,2,4,8,16,32,64,256,1024,4096 shadow=off,on",
					 NULL };

static const struct tb_explanation explanation = {
	.question =
		"What does a CALL with its RET cost, at each depth of nesting? It is the baseline "
		"of the work that a shadow stack adds to each call and return.",
	.window =
		"call-ret: a window over up to 4096 pairs, divided by their number. A chain of "
		"dependent multiplications, timed right after it, converts it to core cycles. The "
		"window's own cost of some tens of cycles is included: about 0.01 cycles a pair.",
	.values = "depth: nested calls before the first return. Beyond the depth of the CPU's "
		  "return stack buffer, returns are mispredicted and the figure rises sharply.\n"
		  "shadow=off: no shadow stack.\n" THREAD_SHADOW_ON,
	.proof = THREAD_SHADOW_STATUS
	"\n"
	"stray-return-segv-code: a child of the worker returns to an address that no call "
	"pushed. Without a shadow stack it lives (0). With one it dies of SIGSEGV with "
	"SEGV_CPERR (10).\n"
	"stray-store-segv-code: a child stores to its shadow stack with an ordinary "
	"store. With a shadow stack it dies of SIGSEGV with SEGV_ACCERR (2).",
	.controls = "None of its own; the gate's witness loop reports whether the core was quiet.",
	.traps = "The callee has no frame and touches only the return address on the stack: a "
		 "compiler's prologue would be most of the figure.\n"
		 "Small depths have modes. On Emerald Rapids, a launch of depth=1 takes 4, 5.7 or "
		 "7 core cycles a pair and stays there. Neither the place of the stack nor the "
		 "alignment of the code decides which: the same loop, aligned, takes 3 or 4. The "
		 "cause may be the predictors of a store and a load at one address; this is not "
		 "proved. Such rows are shown as mixtures. depth=64 has one mode.",
	.silent = "It measures direct calls only: no indirect calls, retpolines or return thunks.\n"
		  "The smaller the depth, the more of the figure is loop overhead.",
	.sources = "Intel SDM vol. 1, Control-flow Enforcement Technology; vol. 2, CALL and RET.\n"
		   "bench/thread/call.c; docs/method.md.",
};

const struct tb_bench thread_call = {
	.name = "thread/call",
	.summary = "call and return, by depth",
	.explain = &explanation,
	.realm = TB_REALM_USER,
	.version = 1,
	.cpus = 1,
	.metrics = call_metrics,
	.params = call_params,
	.quick = call_quick,
	.full = call_full,
	.rounds = 512,
	.probe = thread_probe_shadow,
	.enter = thread_enter,
	.sample = call_sample,
	.verify = call_verify,
};
