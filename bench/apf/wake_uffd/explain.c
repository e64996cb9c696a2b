// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/wake_uffd/wake_uffd.h"

const struct tb_explanation apf_wake_uffd_explanation = {
	.question =
		"How soon does a task run again after a fault on absent memory, when a handler in "
		"user space supplies the memory? Which part is spent in the fault, in the handler "
		"and in the wake?",
	.window =
		"A sample is a round: each faulting thread touches 32 pages, one after the other, "
		"and each touch faults. The sample is the round's median over all its faults.\n"
		"latency: from the stamp before the touch to the stamp after it, both by the "
		"faulting thread.\n"
		"fault-to-read: from the stamp before the touch to the handler's return from "
		"read(). It includes the fault, the event and the handler's wake.\n"
		"ioctl: the handler's call that resolves the fault, including the wake of the "
		"thread.\n"
		"ioctl-to-run: from the return of that call to the stamp after the touch. It is "
		"negative if the woken thread runs before the call returns. fault-to-read, ioctl "
		"and ioctl-to-run sum to latency by construction, except for handler-share.\n"
		"handler-share: the handler's own code between read() and ioctl, over the "
		"latency.\n"
		"part-fault, part-read, part-ioctl: the same work in a separate round, with one "
		"thread on the handler's CPU. The handler yields the CPU by sched_yield() and "
		"does not sleep in read(). part-fault is divided by the kernel's own records of "
		"the switch away from the thread and back to it (perf_event_open, "
		"PERF_RECORD_SWITCH).\n"
		"part-switches: two switches between the same threads by sched_yield(), in a "
		"third round. parts-over-whole is the sum of the four parts over the latency of "
		"the same round.\n"
		"rate: faults of the round over the time from its first touch to its last.\n"
		"Outside the windows: dropping the pages, starting the round, and comparing "
		"contents.",
	.values =
		"way=copy: absent anonymous pages, resolved by UFFDIO_COPY. zeropage: the same, "
		"by UFFDIO_ZEROPAGE.\n"
		"way=continue: pages that exist in a memfd but are not mapped (minor faults), by "
		"UFFDIO_CONTINUE.\n"
		"way=wp: writes to protected pages, by UFFDIO_WRITEPROTECT.\n"
		"way=sigbus: no handler thread and no wake. The fault is a SIGBUS to the thread "
		"itself, whose signal handler calls UFFDIO_COPY. The difference between the other "
		"ways and this one is the cost of the handler's thread.\n"
		"threads: how many threads fault at once; they share one CPU and one userfaultfd.\n"
		"placement: where the faulting threads run, relative to the handler.\n"
		"page=4K: small pages, without huge ones. 2M: hugetlbfs pages, reserved before.\n"
		"batch: how many events one read() may return. They are resolved one by one, in "
		"order.\n"
		"idle=shallow: /dev/cpu_dma_latency is held at 0 during the launch, so that no "
		"CPU idles deeply.\n"
		"policy=fifo: the handler and the tasks are SCHED_FIFO of one priority. A woken "
		"task on the handler's CPU waits until the handler reads again.\n"
		"policy=other: all are SCHED_OTHER. A woken task may preempt the handler.",
	.proof = "touches, events, wakes: as many as the faults of the rounds. The thread that "
		 "does each counts it.\n"
		 "wrong-pages: after each round, every page holds the content that its way "
		 "promises, and each page has different bytes.",
	.controls =
		"parts-over-whole: each part is measured by itself and none is a remainder, so a "
		"wrong part changes the sum. If most rounds of a launch are outside 0.75 to 1.3, "
		"its parts are null: not separable. It was 1.02 to 1.17 where it was measured. "
		"The handler's sleep and wake in read() are in the whole only; the records of "
		"switches are in part-fault only.\n"
		"part-switches is never subtracted. If perf may not record switches, the parts "
		"are null with that reason.\n"
		"The benchmark apf/wake-futex is the control: the same wake without a fault. "
		"Compare rows of the same placement and idle.\n"
		"Before a round begins, the scheduler (/proc) reports each faulting thread "
		"asleep.",
	.traps = "Between CPUs the idle state decides. A busy CPU answers in a tenth of the time "
		 "of a halted one, and in a virtual machine halting is an exit. Such rows have two "
		 "modes and are shown as mixtures.\n"
		 "Without SCHED_FIFO, the woken thread preempts the handler in its ioctl. The "
		 "switch is then part of ioctl, ioctl-to-run is negative, and the parts are null.\n"
		 "Transparent huge pages are off for the region, or one fault would supply 512 "
		 "pages.",
	.silent =
		"It does not measure KVM's asynchronous page faults: it has no guest, no APF "
		"interrupt and no swap. It asks the same question of a mechanism that needs no "
		"privilege.\n"
		"It measures faults in user mode only (UFFD_USER_MODE_ONLY), so that any user may "
		"run it.\n"
		"The pages come from memory that is present: the time of a disk or a network is "
		"not included.\n"
		"With several threads, latency includes the queue before the handler.",
	.sources = "Linux fs/userfaultfd.c, mm/userfaultfd.c; "
		   "Documentation/admin-guide/mm/userfaultfd.rst; ioctl_userfaultfd(2).\n"
		   "bench/apf/wake_uffd/, fault_round.c, uffd.c; docs/method.md.",
};
