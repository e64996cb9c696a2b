// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * l1d/flush-kernel: the flushes of l1d/flush-user in the kernel, with interrupts
 * off and over buffers as KVM allocates them, and the flushes of ring 0 only.
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

enum { SHARED = sizeof(tb_flush_loops) / sizeof(tb_flush_loops[0]) };
enum { RING0 = sizeof(ring0_loops) / sizeof(ring0_loops[0]) };
_Static_assert((int)SHARED <= (int)TB_LOOP_MSR, "enum tb_loop_id has room for flush_loops.h");
_Static_assert((int)RING0 == TB_LOOP_IDS - TB_LOOP_MSR, "ring0_loops follows enum tb_loop_id");

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
			"WBINVD crashes a confidential guest (TDX), or has no effect in it",
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
			"if nobody else uses the machine: tollbooth module load wbinvd=1");
	if (loop->need == TB_NEED_FLUSH_CMD && !(info->loops & 1u << TB_LOOP_MSR))
		return tb_probe_unavailable(probe, "no-cpu-feature",
					    "CPUID reports no IA32_FLUSH_CMD", "use another loop");
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
			"the module supports an L1D of at most 256 KiB and an L2 of at most 16 MiB",
			"report the CPU model to the authors");
	return err;
}

static int open_realm(struct tb_trial *trial, struct l1d_realm *realm)
{
	unsigned int i = tb_trial_choice_index(trial, "loop");

	return l1d_realm_kernel(trial, realm, loop_of(tb_trial_choice(trial, "loop")),
				i < SHARED ? i : TB_LOOP_MSR + i - SHARED);
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
	  .help = "access order and instructions of the flush" },
	{ .name = "size",
	  .values = "4K..1M/4K",
	  .fallback = "64K",
	  .help = "bytes that the flush reads; l1d*4/3 is relative to this L1D" },
	{ .name = "victim",
	  .choice = l1d_victim_name,
	  .fallback = "page",
	  .help = "content of the L1D when the flush begins" },
	{ .name = "buffer",
	  .choice = l1d_buffer_name,
	  .fallback = "l2",
	  .help = "cache level of the flush buffer when the flush begins" },
	{ 0 }
};

static const char *const flush_suite[] = { "loop=kvm-lfence size=l1d*2/3,l1d,l1d*7/6,64K,l1d*2",
					   "loop=kvm,unroll8,chase,clflushopt,msr size=64K",
					   "loop=kvm-lfence,msr size=64K victim=full,dirty,reused",
					   NULL };

static const struct tb_explanation explanation = {
	.question =
		"What does it cost to empty the L1 data cache in the kernel, with interrupts off "
		"and with the instructions of ring 0? Are the victim's lines really gone "
		"afterwards? What does the program pay to refill the cache?",
	.window =
		"latency, latency-net, core-cycles, lines-left, left-any, refill: the windows of "
		"l1d/flush-user. The same source text is compiled into the module. Each sample is "
		"one call of the module, which prepares the victim, flushes and probes. "
		"Interrupts are off during the whole call.\n"
		"The machine code of the loops is the same in program and module; a test compares "
		"it byte by byte.\n"
		"The reference is taken in the next call. All sizes are bounded, so that "
		"interrupts are off for a few milliseconds at most.",
	.values = "loop, victim, buffer, size: as in l1d/flush-user. avx512 runs between "
		  "kernel_fpu_begin() and kernel_fpu_end(), which are outside the window.\n"
		  "loop=msr: a write to IA32_FLUSH_CMD, where CPUID reports it. size has no effect "
		  "on it.\n"
		  "loop=wbinvd: empties every cache of every CPU, which takes milliseconds. It "
		  "needs the module's parameter wbinvd=1, and is refused in a confidential guest "
		  "and on PREEMPT_RT. Under a hypervisor it is an exit and no flush: lines and "
		  "refill are null with that reason.",
	.proof = "The verdict empty is defined as in l1d/flush-user, by the same paired trials.\n"
		 "The module refuses a sample on another CPU, and the launch fails. Where SMIs can "
		 "be counted, a sample during which one occurred goes to the disturbed column.",
	.controls =
		"hot-lines-slope, one-line-seen, not-flushed-share, zero-page-share, "
		"by-address-lines, left-any-reference: as in l1d/flush-user, taken by the module. "
		"For zero-page-share the module maps a zeroed page of its own at every address of "
		"the buffer.\n"
		"irqs-off-max-ns: the longest time that a sample kept interrupts off. The module "
		"fails a sample that took more than 100 ms. It also fails every sample whose "
		"write of IA32_FLUSH_CMD raised #GP.",
	.traps =
		"A block of counts whose own reference reports a line goes to the disturbed "
		"column.\n"
		"Flush buffers are physically contiguous, naturally aligned pages of the direct "
		"map, as KVM's are (order 4 for 64 KiB). Each page is filled with a different "
		"byte. The direct map has larger pages, so there are fewer TLB misses than in "
		"user space. Only these pages and the disabled interrupts differ from user space.\n"
		"The page after a buffer belongs to it and is never touched. The direct map has "
		"no guard pages, and the prefetcher would fetch the next page.",
	.silent =
		"It is not the cost of a VM entry: the switch around the flush is not measured. "
		"NMIs still occur.\n"
		"In a virtual machine, IA32_FLUSH_CMD, WBINVD and CPUID may exit to the "
		"hypervisor. Their cost is then the cost of the exit.\n"
		"--events counts in the module's window: it counts the flush, without preparation "
		"and probe.",
	.sources =
		"Linux arch/x86/kvm/vmx/vmx.c, vmx_l1d_flush(), vmx_setup_l1d_flush(); Intel SDM "
		"vol. 4, IA32_FLUSH_CMD.\n"
		"kernel-support/flush.c, flush_rig.h, flush_loops.h; bench/l1d/flush_kernel.c; "
		"docs/method.md.",
};

const struct tb_bench l1d_flush_kernel = {
	.name = "l1d/flush-kernel",
	.summary = "flush the L1D in the kernel: cost, lines left",
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
