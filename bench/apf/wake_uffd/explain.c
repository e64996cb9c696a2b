// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/wake_uffd/wake_uffd.h"

const struct tb_explanation apf_wake_uffd_explanation = {
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
		"Before a round begins, the scheduler itself says of each faulting thread that it sleeps.\n"
		"part-switches is never subtracted. parts-over-whole was 1.02 to 1.17 where it was "
		"measured, the records of switches included. Where perf may not record switches, "
		"the parts are null with that reason.",
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
		   "bench/apf/wake_uffd/, fault_round.c, uffd.c; docs/method.md.",
};
