// SPDX-License-Identifier: GPL-2.0-or-later
/* What the numbers of the apf family's guests mean. */
#include "explain.h"

const struct tb_explanation apf_wake_kvm_explained = {
	.question =
		"How fast does a task of a guest run again that touched memory which its host has taken "
		"away, and when does it pay that KVM tells the guest, so that others of it run meanwhile?",
	.window =
		"A sample is a round of a guest of ours: the virtual threads of each vCPU touch their "
		"absent pages once, 8 a thread and 16 at least; a handler in the host supplies each.\n"
		"rate: touches of the round over the time from its first stamp to its last, by the guest's "
		"TSC, which is the host's.\n"
		"latency: stamp before the touch to stamp after it, both in the guest; the round's median, "
		"with one thread of one vCPU. touch-to-absent, absent-to-ready and ready-to-run sum to it "
		"by construction: the guest's scheduler stamps when it is told that the page is not "
		"present, and when it takes the word that it is ready.\n"
		"part-fault, part-completed, part-ready, part-resume: in a round of its own, KVM's "
		"tracepoints not_present, completed and ready between the guest's stamps before and after "
		"the touch, brought to one clock by marks around the round. parts-over-whole is the sum of "
		"their medians over the latency of the same round. A shift between the two clocks cancels in the "
		"sum, so the sum cannot show it: guest-clock does.\n"
		"synchronous-share: share of the faults that the vCPU's own thread waited for.\n"
		"Taking the pages away, entering and leaving the guest and comparing contents stand "
		"outside.",
	.values =
		"mode=async: KVM tells the guest by a #PF, the guest runs another thread or halts, and an "
		"interrupt says when the page is ready.\n"
		"mode=halt: enabled without the interrupt: KVM fetches the page aside all the same, and "
		"halts the vCPU meanwhile.\n"
		"mode=sync: interrupts are off in the guest at the touch, so the vCPU's thread waits for "
		"the page itself. Everything else is as in async: the baseline.\n"
		"mode=no-irqchip: the same without KVM's interrupt controller, on which async page faults "
		"depend; a row of its own, since timers and halts differ, too.\n"
		"threads: virtual threads of each vCPU. KVM has at most 64 pages of a vCPU outstanding; "
		"the next fault is resolved in the vCPU's own thread.\n"
		"vcpus: every second one runs on the handler's CPU, whatever the placement.\n"
		"delay: how long the handler sleeps, as a slow disk or network would take. "
		"delay-per=event: before each page, one after the other. delay-per=batch: before each "
		"read's worth of up to 16.\n"
		"backing=copy: absent anonymous pages, UFFDIO_COPY; copy-2M: of hugetlbfs. "
		"backing=continue: pages that a memfd has and the guest's mapping has not; continue-2M: "
		"of hugetlbfs.\n"
		"placement: where the vCPU runs, seen from the handler.\n"
		"halt-poll=0: KVM does not poll for the end of a vCPU's halt; default: as kvm.halt_poll_ns "
		"says.\n"
		"policy=fifo: the handler and the vCPUs' threads are SCHED_FIFO. KVM's workers, which "
		"resolve asynchronous faults, are SCHED_OTHER in each case.\n"
		"policy=other: all are SCHED_OTHER.",
	.proof =
		"events: as many as touches. not-present, ready: as many as the touches that were not the "
		"vCPU's own, in mode=async, and none otherwise, counted by the guest.\n"
		"faults-of-the-vcpu: userfaultfd says which thread faulted: the vCPU's own in sync and "
		"no-irqchip, a worker of KVM's in async and halt.\n"
		"traced-not-present, traced-ready: KVM's tracepoints count the same, where root reads "
		"them; ready is one more with the broadcast that KVM sends once it was enabled.\n"
		"wrong-words, wrong-pages: the guest finds in each page what the host put there, and so "
		"does the host. unknown-tokens, spurious-ready: nothing was said to nobody. broadcasts: "
		"at most one a vCPU, which KVM sends once it was enabled.",
	.controls =
		"mode=sync is the control: the same guest, the same handler, nothing told.\n"
		"parked-max, idles: how many threads were parked at once, and how often none could run.\n"
		"guest-clock: before the first round guest and a thread of the host on another CPU exchange "
		"stamps: guest, host, guest. In each round the host stamps before KVM_RUN and after it, the guest "
		"at its first instruction and before its last exit. Each bounds the offset of the two clocks; "
		"all bounds together must hold 0. An offset that is larger than clock-uncertainty fails.\n"
		"clock-uncertainty: the largest offset that is not excluded, ns. Where part-fault or "
		"part-resume is smaller in most rounds, both are null: not separable.\n"
		"apf/wake-uffd with the same placement: the same handler without a guest.",
	.traps =
		"A userfaultfd for user mode only can't serve KVM: it is refused the page, tells the guest "
		"that it is ready, and is asked again, for ever. It is never used here, and a guest that "
		"touches nothing for 10 s is ended as inconclusive.\n"
		"A store of 0 to the token after reading 0 can erase one that KVM put there in between: "
		"its thread sleeps for ever. The guest exchanges.\n"
		"vCPUs are not SCHED_FIFO as the launch and its handler are: KVM's workers are ordinary "
		"threads, and starve beside a vCPU that polls above them.\n"
		"Whether a worker that wakes preempts the vCPU or waits until it halts is the scheduler's "
		"choice: with one thread async has two modes, and in the quicker one the page is ready "
		"before the guest is told that it was absent. Such rows are shown as mixtures.\n"
		"The tracepoint not_present counts queued work, not what the guest was told.\n"
		"Where CPL 0 is emulated (PVM) each of its instructions costs half a microsecond: the "
		"guest's handlers are as short as can be, and its scheduler runs at CPL 3.",
	.silent =
		"Whether async page faults pay on another backend: on PVM world switches and emulation "
		"are most of a wake. Rows of one class are compared with each other only.\n"
		"Nothing of swap: what is read ahead there makes counts inexact, and zram is never "
		"asynchronous.\n"
		"A latency among many threads is a queue, and is not given.",
	.sources = "Linux virt/kvm/async_pf.c, arch/x86/kvm/x86.c, arch/x86/kernel/kvm.c; "
		   "Documentation/virt/kvm/x86/msr.rst.\n"
		   "bench/guest/, bench/apf/wake_kvm.c, guest_round.c, guest_parts.c, kvm_trace.c; "
		   "docs/method.md.",
};

const struct tb_explanation apf_contract_kvm_explained = {
	.question =
		"What does KVM do with a guest's fault on a page that its host has not got: tell the "
		"guest, halt it, or wait in the vCPU? By privilege level, by whether the guest asked to be "
		"told at CPL 0, by its interrupt flag, and by whether its HLT exits.",
	.window =
		"delivered: share of touches whose fault the guest was told by a #PF, by its own "
		"count.\n"
		"synchronous: share that the vCPU's own thread waited for; userfaultfd names the "
		"thread.\n"
		"halted: a worker of KVM's fetched the page, the guest was told nothing and halted nothing "
		"itself, and the vCPU's thread went to sleep inside KVM_RUN: as many as it has voluntary "
		"switches (getrusage), never the rest. The three need not sum to 1.",
	.values =
		"cpl=0, cpl=3: where the guest touches.\n"
		"send-always=1: the guest asked for CPL 0, too (KVM_ASYNC_PF_SEND_ALWAYS); 0: it did not.\n"
		"interrupts=0: they are off in the guest at the touch; 1: they are on.\n"
		"async=off: the guest never enabled async page faults. vmexit: enabled with PF_VMEXIT, which "
		"is about guests of the guest and must change nothing for the guest itself.\n"
		"hlt=guest: the guest's HLT does not exit (KVM_CAP_X86_DISABLE_EXITS), so KVM may not halt it.",
	.proof =
		"outcome: what the host's rule promises: synchronous with interrupts off; else delivered, "
		"but halted at CPL 0 without send-always and with async=off, or synchronous there with "
		"hlt=guest. A cell that comes out otherwise fails, also as unproved: neither told, nor the "
		"vCPU's own, nor seen asleep in 3 of 4 faults.\n"
		"events, ready, wrong-words: as many events as touches, as many ends as beginnings, and "
		"each page holds its own bytes.\n"
		"traced-not-present: KVM's tracepoint counts the faults that were not the vCPU's own. "
		"untraced-rounds: no round's records are incomplete. Where the tracepoints cannot be read, the row "
		"is skipped.",
	.controls =
		"Where a host emulates CPL 0 (PVM), a guest with send-always and interrupts on is tried "
		"first: if even that one is told nothing, cells of CPL 0 show nothing, and are skipped.",
	.traps =
		"The tracepoint alone can't tell delivered from halted: it counts queued work. The guest's "
		"count alone can't tell halted from synchronous: both are 0.\n"
		"KVM polls before it lets a halted vCPU sleep, and a page that comes at once leaves nothing to "
		"wait for. Where halted is promised, the handler waits 1 ms before each page.",
	.silent =
		"Not which guest asks for what. Since Linux 5.8 a Linux guest no longer sets SEND_ALWAYS "
		"and panics on such a #PF at CPL 0: that changed the guest, and this table is the host's "
		"rule, which stayed.\n"
		"Nothing of time.",
	.sources =
		"Linux arch/x86/kvm/x86.c: kvm_can_do_async_pf(), kvm_arch_async_page_not_present(); "
		"commit x86/kvm: Restrict ASYNC_PF to user space.\n"
		"bench/apf/contract_kvm.c; docs/method.md.",
};
