// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/wake_kernel/wake_kernel.h"

const struct tb_explanation apf_wake_kernel_explanation = {
	.question = "What do wait and wake cost in a KVM guest's table of faulted tasks, without a "
		    "host that delays them? How long does it take until the woken task runs?",
	.window =
		"wake-call: from the stamp before the wake takes the bucket's lock to the stamp "
		"after it releases the lock, in the kernel with interrupts off. With path=all it "
		"is the one call that wakes all.\n"
		"wake-to-run: from the same first stamp to the waiter's first instruction after "
		"its sleep.\n"
		"wait-call: a wait whose wake came before it, from before the lock to after it.\n"
		"rate: completed waits over the time from the begin of the first wake to the last "
		"waiter's run. With path=early it is over the time of the calls.\n"
		"The surrounding system calls are outside all windows.",
	.values = "path=hit: a task waits and its token is woken. early: the wake comes first and "
		  "leaves a dummy, which the wait finds. all: one pass over the 256 buckets wakes "
		  "all waiters.\n"
		  "waiters: tasks in the table; with path=early, dummies.\n"
		  "placement: where the waiters run, relative to the waker. path=all on same-cpu "
		  "wakes only the tasks queued on this CPU, as the guest does. On other placements "
		  "it wakes those of all CPUs.\n"
		  "idle=shallow: /dev/cpu_dma_latency is held at 0 during the launch.\n"
		  "policy=fifo: the waker and the waiters are SCHED_FIFO of one priority: none "
		  "preempts another.\n"
		  "policy=other: all are SCHED_OTHER.",
	.proof = "wakes-counted: the waiters count their waits; the count must equal the wakes.\n"
		 "wrong-wakes: each wake reports how many tasks it woke; the number must be the "
		 "expected one.\n"
		 "early-wakes, dummies-left: where tasks wait, no wake came first, and no dummy is "
		 "left.\n"
		 "stale-hand-offs: no waker touched a node after its waiter had left.",
	.controls =
		"Before each wake, the table holds all waiters and the scheduler (/proc) reports "
		"each asleep. On a CPU of their own they have slept for at least 50 microseconds.\n"
		"The benchmark apf/wake-futex is the control: it has the same placement without "
		"the table.\n"
		"irqs-off-max-ns: the longest time that a wait or a wake kept interrupts off.",
	.traps = "In the guest's own code, a waiter may leave with its node while a waker on "
		 "another CPU still holds that node; in a guest both are on one CPU. Here, a "
		 "waiter takes and releases the lock before it leaves, after its last stamp.\n"
		 "A test shows that race: it widens both of its windows by 50 microseconds. "
		 "Without the lock, wakers touch freed nodes within a few waits; with it, never.\n"
		 "Between CPUs the idle state decides: see apf/wake-futex.",
	.silent = "It is a replica, not the kernel's own functions. Those cause an oops when a "
		  "token is used twice, and wake every real sleeper. The replica has the guest's "
		  "256 buckets by hash_32, raw locks and simple wait queues.\n"
		  "It does not include the exception, the hypervisor or the read of the page.\n"
		  "Between CPUs it assumes that their TSCs agree.",
	.sources = "Linux arch/x86/kernel/kvm.c, kvm_async_pf_task_wait_schedule(), "
		   "kvm_async_pf_task_wake().\n"
		   "kernel-support/apf.c and apf_wake.c; bench/apf/wake_kernel/; docs/method.md.",
};
