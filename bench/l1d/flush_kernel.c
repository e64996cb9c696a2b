// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * l1d/flush-kernel: the same flushes in the kernel with interrupts off, over
 * buffers as KVM makes them, and those that only ring 0 has.
 */
#include <stdio.h>
#include <string.h>

#include "device/device.h"
#include "l1d/flush.h"

static const struct tb_flush_loop ring0_loops[] = {
	{ "msr", NULL, TB_NEED_FLUSH_CMD, TB_LOOP_READS },
	{ "wbinvd", NULL, TB_NEED_WBINVD, TB_LOOP_TO_MEMORY },
};

static const struct tb_flush_loop *loop_of(const char *name)
{
	for (size_t i = 0; i < sizeof(ring0_loops) / sizeof(ring0_loops[0]); i++)
		if (!strcmp(ring0_loops[i].name, name))
			return &ring0_loops[i];
	return l1d_loop(name);
}

/* A loop's index is its number in the module's interface. */
enum { SHARED = sizeof(tb_flush_loops) / sizeof(tb_flush_loops[0]) };
enum { RING0 = sizeof(ring0_loops) / sizeof(ring0_loops[0]) };
_Static_assert((int)SHARED == (int)TB_LOOP_MSR, "enum tb_loop_id begins after flush_loops.h");
_Static_assert((int)SHARED + (int)RING0 == (int)TB_LOOP_IDS, "ring0_loops follows enum tb_loop_id");

static const char *loop_name(unsigned int i)
{
	return i < SHARED	    ? l1d_loop_name(i)
	       : i < SHARED + RING0 ? ring0_loops[i - SHARED].name
				    : NULL;
}

static int loop_probe(struct tb_probe *probe, const struct tb_info *info)
{
	const struct tb_flush_loop *loop = loop_of(tb_probe_choice(probe, "loop"));
	const char *missing = NULL;
	char reason[128];

	if (loop->need == TB_NEED_WBINVD && info->caps & TB_CAP_CONFIDENTIAL)
		return tb_probe_unavailable(
			probe, "not-allowed",
			"WBINVD crashes a confidential guest (TDX), or is ignored there",
			"use another loop");
	if (loop->need == TB_NEED_WBINVD && !(info->caps & TB_CAP_APF))
		return tb_probe_unavailable(
			probe, "not-allowed",
			"on PREEMPT_RT the module does not stop all CPUs for WBINVD",
			"boot a kernel without PREEMPT_RT");
	if (loop->need == TB_NEED_WBINVD && !(info->loops & 1u << TB_LOOP_WBINVD))
		return tb_probe_unavailable(
			probe, "not-allowed",
			"WBINVD empties the caches of every CPU, with interrupts off for milliseconds",
			"where nobody else uses the machine: tollbooth module load wbinvd=1");
	if (loop->need == TB_NEED_FLUSH_CMD && !(info->loops & 1u << TB_LOOP_MSR))
		return tb_probe_unavailable(probe, "no-cpu-feature",
					    "this CPU shows no IA32_FLUSH_CMD", "use another loop");
	if (loop->run && !l1d_loop_runs(loop, &missing)) {
		snprintf(reason, sizeof(reason), "this CPU does not support %s", missing);
		return tb_probe_unavailable(probe, "no-cpu-feature", reason, "use another loop");
	}
	return 0;
}

static int flush_probe(struct tb_probe *probe)
{
	struct tb_info info;
	int err = tb_device_probe(probe, &info);

	if (!err)
		err = loop_probe(probe, &info);
	if (!err)
		err = l1d_flush_fits(probe);
	if (!err && (tb_probe_cache(probe, 1) > TB_L1D_MAX || tb_probe_cache(probe, 2) > TB_L2_MAX))
		return tb_probe_unavailable(
			probe, "too-large",
			"the module bounds an L1D at 256 KiB and an L2 at 16 MiB",
			"tell us what machine that is");
	return err;
}

static int open_realm(struct tb_trial *trial, struct l1d_realm *realm)
{
	return l1d_realm_kernel(trial, realm, loop_of(tb_trial_choice(trial, "loop")));
}

static int flush_setup(struct tb_trial *trial)
{
	return l1d_flush_begin(trial, open_realm);
}

static int flush_count(struct tb_trial *trial, const struct tb_events *events,
		       struct tb_counters *counters)
{
	return tb_device_count(trial, l1d_flush_device(trial), events, counters);
}

static const struct tb_param flush_params[] = {
	{ .name = "loop",
	  .choice = loop_name,
	  .fallback = "kvm-lfence",
	  .help = "order and means of the flush" },
	{ .name = "size",
	  .values = "4K..1M/4K",
	  .fallback = "64K",
	  .help = "bytes that the flush reads; l1d*4/3 is relative to this L1D" },
	{ .name = "victim",
	  .choice = l1d_victim_name,
	  .fallback = "page",
	  .help = "what lies in the L1D when the flush begins" },
	{ .name = "buffer",
	  .choice = l1d_buffer_name,
	  .fallback = "l2",
	  .help = "where the flush buffer lies when the flush begins" },
	{ 0 }
};

static const char *const flush_suite[] = { "loop=kvm-lfence size=l1d*2/3,l1d,l1d*7/6,64K,l1d*2",
					   "loop=kvm,unroll8,chase,clflushopt,msr size=64K",
					   "loop=kvm-lfence,msr size=64K victim=full,dirty,reused",
					   NULL };

static const struct tb_explanation explanation = {
	.question =
		"What does it cost to empty the L1 data cache in the kernel, with interrupts off and with "
		"the means that only ring 0 has, are the lines really gone, and what does the program pay?",
	.window =
		"The same windows as l1d/flush-user's, by the same source text, compiled into the module: "
		"latency, latency-net, core-cycles, lines-left and left-any, refill. Each sample is one "
		"call of the module, which prepares the victim, flushes and probes with interrupts off from "
		"the first to the last.\n"
		"The machine code of the loops is the same in program and module; a test compares it "
		"byte by byte.\n"
		"The reference is taken in the next call. Interrupts are off for less than a few "
		"milliseconds, since all sizes are bounded.",
	.values =
		"loop, victim, buffer: as in l1d/flush-user. avx512 runs between kernel_fpu_begin() and "
		"kernel_fpu_end(), which stand outside of the window.\n"
		"loop=msr: a write to IA32_FLUSH_CMD, where CPUID says that it exists; size has no effect "
		"on it.\n"
		"loop=wbinvd: empties every cache of every CPU, for milliseconds: only with the module's "
		"parameter wbinvd=1, never in a confidential guest or on PREEMPT_RT. Under a hypervisor it "
		"is an exit, not a flush: lines and refill are null with that reason.",
	.proof =
		"The verdict empty as in l1d/flush-user, by the same paired trials.\n"
		"A sample that would have run on another CPU is refused by the module, and the launch "
		"fails. Where SMIs can be counted, a sample that met one goes to the disturbed column.",
	.controls =
		"hot-lines-slope, one-line-seen, not-flushed-share, zero-page-share, by-address-lines, "
		"left-any-reference: as in l1d/flush-user, taken by the module. Its zero page is one page "
		"of its own mapped behind every address.\n"
		"irqs-off-max-ns: the longest time that a sample kept interrupts off. The module fails a "
		"sample that took more than 100 ms, and every sample whose write of IA32_FLUSH_CMD "
		"raised #GP.",
	.traps =
		"A block of counts whose own reference shows a line goes to the disturbed column.\n"
		"Flush buffers are physically contiguous pages of the direct map, as KVM's are, each "
		"filled with another byte; larger pages mean fewer TLB misses than in user space.\n"
		"The page behind a buffer belongs to it and is never touched: in the direct map there is "
		"no guard page, and the prefetcher would fetch whatever lies there.\n"
		"The pages are naturally aligned, order 4 for 64 KiB. The buffer's pages and the "
		"interrupts are all that differs from user space.",
	.silent =
		"Not a VM entry: nothing of the switch around it. NMIs are not kept out.\n"
		"In a virtual machine IA32_FLUSH_CMD, WBINVD and CPUID may leave to the hypervisor: their "
		"cost is then the exit's.\n"
		"--events counts in the module's window: the flush, without what prepares and probes.",
	.sources =
		"Linux arch/x86/kvm/vmx/vmx.c, vmx_l1d_flush(), vmx_setup_l1d_flush(); Intel SDM "
		"vol. 4, IA32_FLUSH_CMD.\n"
		"kernel-support/flush.c, flush_rig.h, flush_loops.h; bench/l1d/flush_kernel.c; "
		"docs/method.md.",
};

const struct tb_bench l1d_flush_kernel = {
	.name = "l1d/flush-kernel",
	.summary = "flush the L1D in the kernel, interrupts off: cost, lines left, refill",
	.explain = &explanation,
	.realm = TB_REALM_MODULE,
	.version = 1,
	.cpus = 1,
	.metrics = l1d_flush_metrics,
	.params = flush_params,
	.quick = flush_suite,
	.full = flush_suite,
	.rounds = L1D_ROUNDS,
	.probe = flush_probe,
	.setup = flush_setup,
	.sample = l1d_flush_sample,
	.verify = l1d_flush_verify,
	.teardown = l1d_flush_teardown,
	.count = flush_count,
};
