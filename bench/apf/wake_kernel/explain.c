// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/wake_kernel/wake_kernel.h"

const struct tb_explanation apf_wake_kernel_explanation = {
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
		"Between CPUs the idle state decides: see apf/wake-futex.\n"
		"A test opens both windows of that race by 50 microseconds. The race shows within a "
		"few waits without the lock, and never with it.",
	.silent =
		"A replica, not the kernel's own functions: those oops when a token is used twice, and "
		"wake every real sleeper.\n"
		"Nothing of the exception, of the hypervisor, of reading the page.\n"
		"Between CPUs it takes for granted that their TSCs agree.\n"
		"The replica has the guest's 256 buckets by hash_32, raw locks and simple wait "
		"queues.",
	.sources = "Linux arch/x86/kernel/kvm.c, kvm_async_pf_task_wait_schedule(), "
		   "kvm_async_pf_task_wake().\n"
		   "kernel-support/apf.c; bench/apf/wake_kernel/; docs/method.md.",
};
