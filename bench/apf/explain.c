// SPDX-License-Identifier: GPL-2.0-or-later
/* What the numbers of the apf family mean. */
#include "explain.h"

const struct tb_explanation apf_wake_uffd_explained = {
	.question =
		"How fast does a task that faulted on absent memory run again, when a handler in user "
		"space supplies the memory, and which part of it is the fault's, the handler's, the "
		"wake's?",
	.window =
		"A sample is a round: each faulting thread touches 32 pages, one after the other, and each "
		"touch faults. The sample is the round's median over all its faults.\n"
		"latency: stamp before the touch to stamp after it, both by the thread that faults.\n"
		"fault-to-read: stamp before the touch to the handler's return from read(). The fault, "
		"the event and the handler's wake stand in it.\n"
		"ioctl: the handler's call that resolves the fault, the wake of the thread included. "
		"ioctl-to-run: its return to the stamp after the touch; below 0 where the woken thread "
		"runs before the call returns. The three sum to latency by construction, but for the "
		"handler's own code between read() and ioctl, which is handler-share.\n"
		"part-fault, part-read, part-ioctl: with one thread on the handler's CPU, the same work in "
		"a round of its own, in which the handler gives the CPU away by sched_yield() and does not "
		"sleep in read(). part-fault ends and begins again at the kernel's own records of the "
		"switch away from the thread and back to it (perf_event_open, PERF_RECORD_SWITCH).\n"
		"part-switches: two switches between the same threads by sched_yield(), in a third round. "
		"parts-over-whole is the sum of the four over the latency of the same round.\n"
		"rate: faults of the round over the time from its first touch to its last.\n"
		"Dropping the pages, starting the round and comparing contents stand outside.",
	.values =
		"way=copy: absent anonymous pages, UFFDIO_COPY. zeropage: the same, UFFDIO_ZEROPAGE.\n"
		"way=continue: pages that a memfd has and the mapping has not (minor faults), "
		"UFFDIO_CONTINUE.\n"
		"way=wp: writes to protected pages, UFFDIO_WRITEPROTECT.\n"
		"way=sigbus: no handler thread and no wake: the fault is a SIGBUS to the thread itself, "
		"whose handler calls UFFDIO_COPY. What the other ways cost beyond it is the handler's "
		"thread.\n"
		"threads: how many fault at once; they share one CPU and one userfaultfd.\n"
		"placement: where the faulting threads run, seen from the handler.\n"
		"page=4K: small pages, and no huge ones. 2M: pages of hugetlbfs, set aside before.\n"
		"batch: how many events one read() may return; they are resolved one by one, in order.\n"
		"idle=shallow: /dev/cpu_dma_latency is held at 0 while the launch lives, so that no CPU "
		"idles deeply.\n"
		"policy=fifo: the handler and the tasks are SCHED_FIFO of one priority, so a woken task "
		"on the handler's CPU waits until the handler reads again.\n"
		"policy=other: all are SCHED_OTHER; a woken task may preempt the handler.",
	.proof =
		"touches, events, wakes: as many as the rounds have faults, each counted by the one who "
		"does it.\n"
		"wrong-pages: after each round every page holds what its way promises, each page bytes of "
		"its own; none may be wrong.",
	.controls =
		"parts-over-whole: the sum of steps over the whole. No step is the rest of another, so a "
		"wrong one moves the sum. Where most rounds of a launch leave 0.75 to 1.3, its parts are "
		"null: not separable. The handler's sleep and wake in read() are in the whole only; the "
		"records of switches are in part-fault only.\n"
		"apf/wake-futex is this benchmark's control: the same wake without a fault. Compare rows "
		"of the same placement and idle.\n"
		"Before a round begins, the scheduler itself says of each faulting thread that it sleeps.",
	.traps =
		"Between CPUs the idle state decides: a CPU that is busy answers in a tenth of the time "
		"of one that halts, and in a virtual machine halting is an exit. Such rows have two modes "
		"and are shown as mixtures.\n"
		"Without SCHED_FIFO the woken thread preempts the handler in its ioctl: the switch is "
		"then in ioctl, ioctl-to-run is below 0, and the parts are null.\n"
		"Transparent huge pages are switched off for the region: one fault would bring 512 "
		"pages.",
	.silent =
		"These are not KVM's asynchronous page faults: no guest, no APF interrupt, no swap. It is "
		"the same question asked of a mechanism that needs no privilege.\n"
		"Only faults taken in user mode (UFFD_USER_MODE_ONLY), so that anybody may.\n"
		"Pages come from memory that is there: the time of a disk or a network is not in it.\n"
		"With several threads latency holds the queue before the handler, too.",
	.sources = "Linux fs/userfaultfd.c, mm/userfaultfd.c; "
		   "Documentation/admin-guide/mm/userfaultfd.rst; ioctl_userfaultfd(2).\n"
		   "bench/apf/wake_uffd.c, fault_round.c, uffd.c; docs/method.md.",
};

const struct tb_explanation apf_wake_futex_explained = {
	.question =
		"What does it cost to wake a sleeping thread when there is no fault? The control "
		"of the apf family: what a faulted task costs beyond it was spent on the fault.",
	.window = "wake-call: stamp before FUTEX_WAKE to stamp after it, by the waker.\n"
		  "wake-to-run: the same first stamp to the sleeper's first instruction after its "
		  "FUTEX_WAIT. The two stamps are of two CPUs, except with placement=same-cpu.\n"
		  "The stores to the futex word before and the answer afterwards stand outside.",
	.values =
		"placement: where the sleeper runs, seen from the waker. On same-cpu it runs when the "
		"waker sleeps in turn, so wake-to-run holds that switch.\n"
		"idle=shallow: /dev/cpu_dma_latency is held at 0 while the launch lives.\n"
		"policy=fifo: both threads are SCHED_FIFO of one priority, so a woken sleeper on the "
		"waker's CPU waits until the waker sleeps.\n"
		"policy=other: both are SCHED_OTHER; the scheduler may let the sleeper preempt the waker.",
	.proof = "wakes-counted: the sleeper counts its wakes; as many as were called.",
	.controls =
		"Before each wake the scheduler itself says that the sleeper sleeps; on a CPU of its own "
		"it has slept for 50 microseconds at least, so that the CPU had time to idle.",
	.traps =
		"A flag of the sleeper's does not tell that it sleeps: it may still be on its way down, "
		"and waking it then costs a fraction.\n"
		"The word and the sleeper's stamp are on cache lines of their own: its reads must not "
		"slow the waker's stamp.\n"
		"What the sleeping CPU does meanwhile (polls, halts, exits to a hypervisor that polls) "
		"decides between CPUs: rows are mixtures there. Compare idle=default with shallow.",
	.silent =
		"Nothing of several sleepers or of contention.\n"
		"Between CPUs it takes for granted that their TSCs agree, as the kernel does with "
		"clocksource tsc.\n"
		"Under SCHED_FIFO, where allowed; the policy of each launch is in the record.",
	.sources = "Linux kernel/futex/waitwake.c; futex(2).\n"
		   "bench/apf/wake_futex.c; docs/method.md.",
};

const struct tb_explanation apf_wake_kernel_explained = {
	.question =
		"What do wait and wake of a KVM guest's table of faulted tasks cost by themselves, and "
		"how long until the woken task runs, when no host is late?",
	.window =
		"wake-call: stamp before the wake takes the bucket's lock to stamp after it dropped it, "
		"in the kernel with interrupts off. With path=all the one call that wakes them all.\n"
		"wake-to-run: the same first stamp to the waiter's first instruction after its sleep.\n"
		"wait-call: a wait that finds its wake there, from before the lock to after it.\n"
		"rate: waits that ended over the time from the first wake's begin to the last waiter's "
		"run; with path=early over the calls' own time.\n"
		"The system calls around stand outside of all of these.",
	.values =
		"path=hit: a task waits and its token is woken. early: the wake comes first and leaves a "
		"dummy, which the wait finds. all: whoever waits is woken by one pass over the 256 "
		"buckets.\n"
		"waiters: tasks in the table, or with path=early dummies.\n"
		"placement: where the waiters run, seen from the waker. With path=all on same-cpu only "
		"those are woken that were queued on this CPU, as the guest does; else those of all.\n"
		"idle=shallow: /dev/cpu_dma_latency is held at 0 while the launch lives.\n"
		"policy=fifo: the waker and the waiters are SCHED_FIFO of one priority: none preempts "
		"another.\n"
		"policy=other: all are SCHED_OTHER.",
	.proof =
		"wakes-counted: the waiters count their waits; as many as were woken.\n"
		"wrong-wakes: each wake says how many it woke; none may be another number.\n"
		"early-wakes, dummies-left: where tasks wait, none found a wake there first, and none was "
		"left.\n"
		"stale-hand-offs: no waker touched a node after its waiter had left it.",
	.controls =
		"Before each wake the table holds all waiters, and the scheduler says of each that it "
		"sleeps; on a CPU of their own they have slept for 50 microseconds at least.\n"
		"apf/wake-futex is the control: the same placement without the table.\n"
		"irqs-off-max-ns: the longest time that a wait or a wake kept interrupts off.",
	.traps =
		"The guest's literal code lets a waiter leave, its node with it, while a waker on another "
		"CPU still holds that node; in a guest both are on one CPU. A waiter here takes and drops "
		"the lock before it leaves, after its last stamp. A test shows that without this wakers "
		"do touch such nodes.\n"
		"Between CPUs the idle state decides: see apf/wake-futex.",
	.silent =
		"A replica, not the kernel's own functions: those oops when a token is used twice, and "
		"wake every real sleeper.\n"
		"Nothing of the exception, of the hypervisor, of reading the page.\n"
		"Between CPUs it takes for granted that their TSCs agree.",
	.sources = "Linux arch/x86/kernel/kvm.c, kvm_async_pf_task_wait_schedule(), "
		   "kvm_async_pf_task_wake().\n"
		   "kernel-support/apf.c; bench/apf/wake_kernel.c; docs/method.md.",
};
