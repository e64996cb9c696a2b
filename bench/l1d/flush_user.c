// SPDX-License-Identifier: GPL-2.0-or-later
/* l1d/flush-user: a software flush of the L1D in user space. */
#include <stdio.h>

#include "l1d/flush.h"

static int flush_probe(struct tb_probe *probe)
{
	const struct tb_flush_loop *loop = l1d_loop(tb_probe_choice(probe, "loop"));
	const char *missing = NULL;
	char reason[128];

	if (!l1d_loop_runs(loop, &missing)) {
		snprintf(reason, sizeof(reason), "this CPU does not support %s", missing);
		return tb_probe_unavailable(probe, "no-cpu-feature", reason, "use another loop");
	}
	return l1d_flush_fits(probe);
}

static int flush_setup(struct tb_trial *trial)
{
	return l1d_flush_begin(trial, l1d_realm_here);
}

static const struct tb_param flush_params[] = {
	{ .name = "loop",
	  .choice = l1d_loop_name,
	  .fallback = "kvm-lfence",
	  .help = "order and means of the flush" },
	{ .name = "size",
	  .values = "4K..1G/4K",
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

static const char *const flush_quick[] = {
	"loop=kvm-lfence size=l1d*2/3,l1d,l1d*13/12,l1d*7/6,l1d*5/4,l1d*4/3,64K,l1d*5/3,l1d*2",
	"loop=kvm-lfence,unroll8 size=64K victim=full,dirty,reused",
	"loop=kvm-lfence size=64K buffer=l3,dram",
	"loop=kvm,kvm-serialize,chase,clflushopt size=64K",
	"loop=unroll8,avx512,prefetcht0,store,page-interleaved size=l1d,64K,l1d*2",
	NULL
};

static const char *const flush_full[] = {
	"loop=kvm-lfence,unroll8,avx512,prefetcht0 size=l1d*1/3,l1d*2/3,l1d,l1d*13/12,l1d*7/6,l1d*4/3",
	"loop=kvm-lfence,unroll8,avx512,prefetcht0 size=64K,l1d*5/3,l1d*2,l1d*3,256K",
	"loop=page-interleaved,chase,store size=l1d*2/3,l1d,l1d*7/6,64K,l1d*2,l1d*3,256K",
	"loop=kvm-lfence,unroll8,prefetcht0,store size=l1d,l1d*7/6,64K,l1d*2 victim=full,dirty,reused",
	"loop=kvm-lfence,unroll8,page-interleaved,chase size=64K buffer=l3,dram",
	"loop=kvm,kvm-serialize,clflushopt size=64K",
	NULL
};

static const struct tb_explanation explanation = {
	.question =
		"What does it cost to empty the L1 data cache by software, are the victim's lines "
		"really gone afterwards, and what does the program pay when it comes back?",
	.window =
		"latency: LFENCE, RDTSC, LFENCE before the call of the loop to RDTSCP, LFENCE after its "
		"return. The call and the loop stand in it; victim and flush buffer were brought into "
		"their places before, behind a fence.\n"
		"latency-net: the same less a window over an empty loop, in the same trial.\n"
		"core-cycles: latency-net divided by the time of a chain of dependent 32-bit "
		"multiplications of the same trial, 3 core cycles each. TSC cycles depend on the clock "
		"that the core happens to run at; these do not.\n"
		"lines-left, left-any: after the flush a chain of dependent loads walks one 4 KiB page of "
		"the victim, in random order, in a window of its own. One line of the page is read "
		"untimed, to warm the TLB; 63 are timed. How much faster it is than after a flush that "
		"nothing survives, over what one line makes, is the number of lines left. A sample is a "
		"block of 32 trials.\n"
		"refill: a walk over memory of the program's own after the flush, in a window, less "
		"the same walk without a flush before it. refill is a chained walk of half the L1D.\n"
		"The probe never evicts a line that it will look at next, since the page has one "
		"line in each set. From two thirds of a line on, a trial counts as one with a line "
		"left. lines-left is the mean number of a block, left-any the share of its trials.\n"
		"lines-left-reference, left-any-reference: the same probe after the flush and a "
		"disjoint pass over three times the L1D, which nothing survives.\n"
		"refill-page, refill-full: a page and the whole L1D instead of half of it. "
		"refill-linear reads in order. Each working set is walked twice, flushed and walked "
		"in the window; then the same without the flush.",
	.values =
		"loop=kvm: the kernel's own order: one load a page, CPUID, one load a line, LFENCE.\n"
		"loop=kvm-lfence, kvm-serialize: the same with LFENCE, or SERIALIZE, for CPUID.\n"
		"loop=unroll8, avx512, prefetcht0, store: line by line in order, eight lines a turn; "
		"by loads, 64-byte loads, prefetches, stores.\n"
		"loop=page-interleaved: line 0 of every page, then line 1 of every page, and so on.\n"
		"loop=chase: dependent loads in a random order.\n"
		"loop=clflushopt: evicts the victim itself, by address, which a kernel cannot know: the "
		"floor, not a candidate. It flushes the victim or size, whichever is less.\n"
		"victim=full: the whole L1D, read in order three times. dirty: the same, written.\n"
		"victim=page: the flush buffer is read first, then one page once. Where replacement is "
		"not LRU this is the hard case.\n"
		"victim=reused: one page, read 64 times.\n"
		"buffer=l2: the buffer was read just before the victim, as in a guest that exits often. "
		"l3: one of a ring of buffers twice as large as L2. dram: flushed by address first.",
	.proof =
		"The verdict empty compares left-any with its reference in the same launches, over "
		"3000 trials and 10 launches at least: the one-sided 95 % bound of the difference is at "
		"most 0.5 points.\n"
		"Where the flush and its reference together exceed L2, or where the loop exits to a "
		"hypervisor, lines and refill are null with the reason, and the cost stands alone.\n"
		"Where the TSC steps by more than a line takes, as AMD's does, no trial can see one line: "
		"the counts of lines are null with that reason.",
	.controls =
		"hot-lines-slope: 1, 9, 18, 36 and 54 lines that are known to be hot read back with a "
		"slope of 0.97 to 1.03.\n"
		"one-line-seen: a single hot line is seen more often than not; the share is in the "
		"record.\n"
		"not-flushed-share: without a flush the victim is there.\n"
		"zero-page-share: a flush over memory that was never written reads one zero page again "
		"and again; the victim must still be there.\n"
		"by-address-lines: a victim evicted by CLFLUSH(OPT) and fetched back to L2 reads as empty. "
		"This does not rest on any flush by reading.\n"
		"left-any-reference: what the probe sees where nothing can be. A gated block whose own "
		"reference shows more than one goes to the disturbed column, whatever its value.\n"
		"On a quiet core one-line-seen is 93 to 99 %. zero-page-share is of a flush that "
		"evicts 64 lines and no more.",
	.traps =
		"Areas lie between guard pages: where they touch, the prefetcher runs from the flush "
		"buffer into the victim and lines seem to be left.\n"
		"A chain over one line runs right before the probe: without it each flush seems to leave "
		"a line.\n"
		"Each trial runs twice and the second counts: a new order of lines trains the "
		"prefetchers.\n"
		"A block of counts whose own reference shows a line goes to the disturbed column: a neighbour "
		"came between the gate's looks.\n"
		"Lines are counted trial by trial: in an average one interrupt outweighs a thousand clean "
		"trials.\n"
		"The AVX-512 loop ends in VZEROUPPER: with dirty upper halves it seemed 20 % slower "
		"and had two modes.\n"
		"Without guard pages one page in twelve had lines left, whatever the size.\n"
		"A change of the clock between two windows looks like lines. Each probe is put into "
		"core cycles by chains of its own trial. A chain takes the lesser of two windows, "
		"since an interrupt only lengthens one.\n"
		"CPUID leaves a virtual machine, and the exit evicts most of a victim by itself. "
		"loop=kvm has a cost there and no effect; kvm-lfence is the same loop without the "
		"exit.\n"
		"AMD's TSC may step by 10 ns, and a line in the L1D is 2 to 3 ns faster than one in "
		"L2. Each launch compares the step with the hot controls.\n"
		"The lines to heat are drawn before the flush. When they were drawn between flush "
		"and probe, 25 % of the trials with no hot line reported one.\n"
		"The never-written buffer has MADV_NOHUGEPAGE: the huge zero page has 2 MiB of "
		"distinct lines and flushes.",
	.silent =
		"Not what a VM entry costs: the loop runs in user space, without the switch around it, "
		"with 4 KiB pages.\n"
		"Nothing of L2, the fill buffers, or other cores; nothing of IA32_FLUSH_CMD, which only "
		"the kernel can write.\n"
		"Not that this CPU needs a flush: /sys/devices/system/cpu/vulnerabilities/l1tf tells. "
		"CPUs with 48 KiB of L1D are not affected by L1TF, and KVM does not run the loop there; "
		"the answer is for wherever the loop is used again.\n"
		"Empty is about the mean share over launches: it does not exclude a rare launch, with "
		"unlucky physical pages, that is different.\n"
		"In a virtual machine L1D and topology are what the hypervisor shows.",
	.sources =
		"Linux arch/x86/kvm/vmx/vmx.c, vmx_l1d_flush(); "
		"Documentation/admin-guide/hw-vuln/l1tf.rst.\n"
		"Intel SDM vol. 2, RDTSC, RDTSCP, LFENCE, CLFLUSHOPT, SERIALIZE. Of the multiplication's "
		"3 cycles: Intel Optimization Reference Manual; AMD Software Optimization Guides of "
		"families 17h to 1Ah.\n"
		"bench/l1d/flush.c, rig.c, residual.c, refill.c; kernel-support/flush_rig.h, flush_loops.h; "
		"docs/method.md.",
};

const struct tb_bench l1d_flush_user = {
	.name = "l1d/flush-user",
	.summary = "flush the L1D by software: cost, lines left, refill",
	.explain = &explanation,
	.realm = TB_REALM_USER,
	.version = 1,
	.cpus = 1,
	.metrics = l1d_flush_metrics,
	.params = flush_params,
	.quick = flush_quick,
	.full = flush_full,
	.rounds = L1D_ROUNDS,
	.probe = flush_probe,
	.setup = flush_setup,
	.sample = l1d_flush_sample,
	.verify = l1d_flush_verify,
	.teardown = l1d_flush_teardown,
};
