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
	  .help = "access order and instructions of the flush" },
	{ .name = "size",
	  .values = "4K..1G/4K",
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
		"What does it cost to empty the L1 data cache in software? Are the victim's lines "
		"really gone afterwards? What does the program pay to refill the cache?",
	.window =
		"latency: from the stamp before the call of the flush loop (LFENCE, RDTSC, "
		"LFENCE) to the stamp after its return (RDTSCP, LFENCE). The window holds the "
		"call and the loop. Victim and flush buffer are prepared before it, behind a "
		"fence.\n"
		"latency-net: latency minus a window around an empty loop, taken in the same "
		"trial.\n"
		"core-cycles: latency-net in core cycles. The scale is a chain of dependent "
		"32-bit multiplications of the same trial, 3 core cycles each. A count of TSC "
		"cycles depends on the core's current clock; a count of core cycles does not.\n"
		"lines-left, left-any: after the flush, a chain of dependent loads walks one 4 "
		"KiB page of the victim in random order, in its own window. One line is read "
		"untimed, to warm the TLB; the other 63 are timed. The same walk is timed after "
		"the reference, which leaves no line. The difference of the two times, divided by "
		"the difference that one line makes, is the number of lines left.\n"
		"The page has one line in each set, so the probe never evicts a line that it "
		"reads later. A trial has a line left if its number is at least two thirds. A "
		"sample is a block of 32 trials: lines-left is the mean of their numbers, "
		"left-any the share of trials with a line left.\n"
		"lines-left-reference, left-any-reference: the same probe after the flush and a "
		"pass over other memory, three times as large as the L1D. No line of the victim "
		"survives this pass.\n"
		"refill: the time of a walk over the program's own memory after the flush, minus "
		"the time of the same walk without the flush. The walk is a chain of dependent "
		"loads over half the L1D.\n"
		"refill-page, refill-full: the same over one page and over the whole L1D. "
		"refill-linear, refill-linear-page, refill-linear-full: the same with reads in "
		"order. Each working set is walked twice, flushed, and walked in the window; then "
		"the same without the flush.",
	.values =
		"loop=kvm: the order of the kernel's own flush: one load a page, CPUID, one load "
		"a line, LFENCE.\n"
		"loop=kvm-lfence, kvm-serialize: the same with LFENCE or SERIALIZE in place of "
		"CPUID.\n"
		"loop=unroll8, avx512, prefetcht0, store: the lines in order, eight lines an "
		"iteration, by loads, 64-byte loads, prefetches or stores.\n"
		"loop=page-interleaved: line 0 of every page, then line 1 of every page, and so "
		"on.\n"
		"loop=chase: dependent loads in a random order.\n"
		"loop=clflushopt: flushes the victim itself by address. A kernel does not know "
		"these addresses, so this row is the lower bound of the cost and no candidate. It "
		"flushes the victim or size, whichever is smaller.\n"
		"size: bytes that the flush reads.\n"
		"victim=page: the flush buffer is read first, then one page is read once. Where "
		"replacement is not LRU, this victim is the hardest to evict.\n"
		"victim=full: the whole L1D, read in order three times. dirty: the same, written.\n"
		"victim=reused: one page, read 64 times.\n"
		"buffer=l2: the buffer was read just before the victim, as in a guest that exits "
		"often. l3: the buffer is one of a ring of buffers, together twice as large as "
		"L2. dram: the buffer was flushed by address before.",
	.proof = "The verdict empty compares left-any with its reference in the same launches, "
		 "over at least 3000 trials and 10 launches. The one-sided 95 % bound of the "
		 "difference must be at most 0.5 percentage points.\n"
		 "If the flush and its reference together exceed L2, or if the loop exits to a "
		 "hypervisor, lines and refill are null with the reason. The cost is still "
		 "reported.\n"
		 "If the TSC steps by more than one line takes, as on AMD, no trial can see a "
		 "single line. The counts of lines are then null with that reason.",
	.controls =
		"hot-lines-slope: 1, 9, 18, 36 and 54 lines are heated on purpose. The probe must "
		"count them with a slope of 0.97 to 1.03.\n"
		"one-line-seen: the share of trials that see a single hot line. It must be more "
		"than half; on a quiet core it is 93 to 99 %.\n"
		"not-flushed-share: without a flush, the probe must find the victim.\n"
		"zero-page-share: a flush over memory that was never written reads one zero page "
		"again and again, which evicts 64 lines and no more. The probe must still find "
		"the victim.\n"
		"by-address-lines: a victim that was evicted by CLFLUSH(OPT) and fetched back to "
		"L2 must read as empty. This control does not depend on any flush by reading.\n"
		"left-any-reference: the share of trials that report a line where none can be "
		"left. A gated block whose reference has more than one such trial goes to the "
		"disturbed column, whatever its value.",
	.traps = "Guard pages separate all areas. Without them, the prefetcher runs from the flush "
		 "buffer into the victim. One page in twelve then had lines left, whatever the "
		 "size.\n"
		 "A chain over one line runs right before the probe. Without it, each flush seems "
		 "to leave a line.\n"
		 "Each trial runs twice and the second run counts: a new order of lines first "
		 "trains the prefetchers.\n"
		 "A block of counts whose own reference reports a line goes to the disturbed "
		 "column: a neighbour ran between two checks of the gate.\n"
		 "Lines are counted for each trial. In an average over trials, one interrupt "
		 "outweighs a thousand clean trials.\n"
		 "The AVX-512 loop ends with VZEROUPPER. With dirty upper halves it seemed 20 % "
		 "slower and had two modes.\n"
		 "A change of the core's clock between two windows looks like lines. Each probe is "
		 "therefore converted to core cycles by the chains of its own trial. A chain is "
		 "timed in two windows and the shorter one counts, since an interrupt only "
		 "lengthens a window.\n"
		 "CPUID exits a virtual machine, and the exit evicts most of the victim. There, "
		 "loop=kvm reports a cost and no effect; kvm-lfence is the same loop without the "
		 "exit.\n"
		 "AMD's TSC may step by 10 ns, and a line in the L1D is only 2 to 3 ns faster than "
		 "one in L2. Each launch compares the step with its hot controls.\n"
		 "The lines to heat are drawn before the flush. When they were drawn between flush "
		 "and probe, 25 % of the trials with no hot line reported one.\n"
		 "The never-written buffer has MADV_NOHUGEPAGE. The huge zero page holds 2 MiB of "
		 "distinct lines, so reading it would flush the L1D.",
	.silent =
		"It is not the cost of a VM entry. The loop runs in user space, with 4 KiB pages "
		"and without the switch around it.\n"
		"It says nothing about L2, the fill buffers or other cores. It does not measure "
		"IA32_FLUSH_CMD, which only the kernel can write.\n"
		"It does not say whether this CPU needs a flush: see "
		"/sys/devices/system/cpu/vulnerabilities/l1tf. CPUs with an L1D of 48 KiB are not "
		"affected by L1TF, and KVM does not run the loop on them. Their rows apply to "
		"other uses of the loop.\n"
		"The verdict empty is about the mean share over launches. It does not exclude a "
		"rare launch that differs because of its physical pages.\n"
		"In a virtual machine, the hypervisor defines the L1D size and the topology that "
		"are used here.",
	.sources =
		"Linux arch/x86/kvm/vmx/vmx.c, vmx_l1d_flush(); "
		"Documentation/admin-guide/hw-vuln/l1tf.rst.\n"
		"Intel SDM vol. 2, RDTSC, RDTSCP, LFENCE, CLFLUSHOPT, SERIALIZE. For the 3 cycles "
		"of the multiplication: Intel Optimization Reference Manual; AMD Software "
		"Optimization Guides of families 17h to 1Ah.\n"
		"bench/l1d/flush.c, rig.c, residual.c, refill.c; kernel-support/flush_rig.h, "
		"flush_loops.h; docs/method.md.",
};

const struct tb_bench l1d_flush_user = {
	.name = "l1d/flush-user",
	.summary = "flush the L1D in software: cost, lines left",
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
