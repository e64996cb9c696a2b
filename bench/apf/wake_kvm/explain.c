// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/wake_kvm/wake_kvm.h"

const struct tb_explanation apf_wake_kvm_explanation = {
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
		   "bench/guest/, bench/apf/wake_kvm/, guest_round.c, guest_parts.c, kvm_trace.c; "
		   "docs/method.md.",
};
