// SPDX-License-Identifier: GPL-2.0-or-later
/* What the numbers of the thread family mean. */
#include "explain.h"

/* The same for all: what shadow=on would need. */
#define SHADOW_ON                                                                                    \
	"shadow=on: a real shadow stack: skipped in this version, with the reason, until the proof " \
	"that the thread had one is written."

const struct tb_explanation thread_create_explained = {
	.question =
		"What does a thread or process cost from the call that makes it to its end, and "
		"what would a shadow stack of its own add?",
	.window =
		"All begin with one stamp right before the creation.\n"
		"create-return: to the call's return in the parent.\n"
		"child-start: to the child's own first stamp.\n"
		"full-cycle: until the parent knows that the child is gone: the kernel has cleared the "
		"child's TID (clone3, clone), pthread_join or waitpid returned. The child stamps, "
		"counts and exits, nothing else.\n"
		"The child's stack is mapped, populated and used again: making one stands outside.",
	.values =
		"method=clone3, clone: the bare system call; the child is a few instructions of "
		"assembly, without TLS.\n"
		"method=pthread: pthread_create and pthread_join on a stack that is given.\n"
		"method=vfork, fork: a process that exits at once. spawn: posix_spawn of /bin/true, "
		"which cannot stamp its start for us: child-start is null.\n"
		"shadow=off: no shadow stack.\n"
		"shadow=model: in user space, what the kernel would map for one: the parent maps stack "
		"bytes inside the creation, the child touches the top word and unmaps on its way out.\n" SHADOW_ON
		"\n"
		"stack: bytes of that mapping; the kernel takes RLIMIT_STACK, 8 MiB by default, at most "
		"4 GiB.\n"
		"placement: parent and child may use both CPUs; the scheduler chooses. same-cpu: one.\n"
		"thp=huge, none: MADV_HUGEPAGE or MADV_NOHUGEPAGE of the mapping.",
	.proof =
		"children-ran: each child counts itself; as many as were made (spawn: that it exited "
		"with 0 stands for it).\n"
		"maps-left, threads-left, files-left: after the launch the process has as many mappings, "
		"threads and files as before.",
	.controls =
		"Of shadow=model, in the same round: off-cycle, the same creation without the mapping; "
		"map-cycle, the mapping's calls alone, from one thread. parts-over-whole is their sum "
		"over full-cycle; what is missing from 1 is their interplay (mmap_lock, the touch in the "
		"child).",
	.traps =
		"The first creation is not counted into the census: it makes what comes lazily once.\n"
		"With a second CPU allowed, child-start decides by where the scheduler puts the child; "
		"such rows are mixtures.",
	.silent =
		"The model is a proxy: it sets no VM_SHADOW_STACK, writes no token, changes no xstate, "
		"and glibc's own work for shadow stacks is not in it.\n"
		"Nothing of what a shadow stack costs while the thread runs: see thread/call, "
		"thread/switch, thread/signal.\n"
		"fork copies a small address space here; a large program's costs more.",
	.sources = "Linux kernel/fork.c, copy_process(); arch/x86/kernel/shstk.c, alloc_shstk(), "
		   "shstk_free(); Documentation/arch/x86/shstk.rst.\n"
		   "clone(2), vfork(2), posix_spawn(3).\n"
		   "bench/thread/create.c, raw.c; docs/method.md.",
};

const struct tb_explanation thread_sibling_fault_explained = {
	.question =
		"What does a page fault cost while a sibling thread creates threads? A shadow stack is "
		"mapped and unmapped at each creation, under the lock of the address space, for which "
		"faults of all other threads may wait.",
	.window =
		"fault: a stamp before and one after a store to one absent anonymous page; the fault is "
		"all that stands in it.\n"
		"fault-p99: the 99 % quantile of a block of 256 faults: here stand the waits that a "
		"median does not show.\n"
		"Dropping the pages again, every 512 faults, stands outside.",
	.values =
		"storm=none: the sibling does nothing. threads: it makes one thread after the other by "
		"clone3 and waits for its end. model: each with a mapping of stack bytes, as the kernel "
		"would make for a shadow stack: mapped by the parent, touched and unmapped by the child.\n"
		"stack: bytes of that mapping.\n"
		"placement: where the creator runs, seen from the thread that faults.",
	.proof = "faults: the kernel counted one minor fault for each sample.\n"
		 "children-ran: each child counts itself; as many as were made.",
	.controls =
		"storm=none is the control: subtract nothing, compare the rows.\n"
		"creations: how many threads the sibling made in the launch, in the record: a storm "
		"that did not blow is seen.",
	.traps = "The storm has begun before the first fault: sixteen creations are waited for.\n"
		 "Transparent huge pages are switched off for the region and for the model.",
	.silent =
		"The model is a proxy of a shadow stack's mapping: see thread/create.\n"
		"Linux takes a lock for each VMA where it can (6.4 and later): on older kernels all "
		"faults wait for the one lock of the address space. Compare kernels, not only CPUs.\n"
		"One creator: several would wait for each other, too.",
	.sources = "Linux mm/memory.c, lock_vma_under_rcu(); mm/mmap.c; "
		   "Documentation/mm/process_addrs.rst.\n"
		   "bench/thread/sibling_fault.c, raw.c; docs/method.md.",
};

const struct tb_explanation thread_call_explained = {
	.question =
		"What does a CALL with its RET cost, by depth of nesting? The base line of what a "
		"shadow stack makes each of them do.",
	.window =
		"A window over up to 4096 pairs, divided by their number; in core cycles, by a chain of "
		"dependent multiplications timed right after it. The window's own cost, some tens of "
		"cycles, is in it: about 0.01 cycles a pair.",
	.values =
		"depth: calls inside each other before the first return. Beyond the CPU's return stack "
		"buffer returns are mispredicted, and the figure jumps.\n"
		"shadow=off: no shadow stack.\n" SHADOW_ON,
	.proof = "None is needed: the instructions are one block of assembly, and retire or fault.",
	.controls = "None of its own; the gate's witness loop says whether the core was quiet.",
	.traps =
		"The callee has no frame and touches no stack but the return address: a compiler's "
		"prologue would be most of the figure.",
	.silent = "Direct calls only: nothing of indirect ones, retpolines or return thunks.\n"
		  "The smaller the depth, the more this is loop overhead and not call and return.",
	.sources = "Intel SDM vol. 1, Control-flow Enforcement Technology; vol. 2, CALL and RET.\n"
		   "bench/thread/call.c; docs/method.md.",
};

const struct tb_explanation thread_switch_explained = {
	.question = "What does a switch between two threads of one process on one CPU cost? With "
		    "shadow stacks each switch also saves and loads their state.",
	.window =
		"A window over 16 turns: each thread calls sched_yield() until it is its turn. The "
		"sample is the window over the number of switches that the kernel counted in it "
		"(getrusage), not over the number that was hoped for.",
	.values = "shadow=off: no shadow stack.\n" SHADOW_ON,
	.proof = "The count is the proof: a sample in which the kernel counted no switch has no "
		 "value.",
	.controls = "None of its own.",
	.traps =
		"Without SCHED_FIFO a yield may come back to its caller: it is then in the time and "
		"not in the count, and the figure is too high. The policy of each launch is in the "
		"record.",
	.silent =
		"The system call sched_yield() is in it, entry and exit with their mitigations "
		"included.\n"
		"Both threads share one address space: page tables are not switched, and no predictor "
		"barrier is run.",
	.sources =
		"Linux kernel/sched/core.c, kernel/sched/syscalls.c; arch/x86/kernel/process_64.c, "
		"__switch_to(); sched_yield(2).\n"
		"bench/thread/switch.c; docs/method.md.",
};

const struct tb_explanation thread_signal_explained = {
	.question =
		"What does a signal cost, into its handler and back? With shadow stacks the kernel "
		"also pushes a restore token and the handler's return address, and checks them.",
	.window =
		"signal: stamp before tgkill() to oneself to stamp after its return. Delivery, the "
		"handler and sigreturn stand in it.\n"
		"to-handler: the same first stamp to the handler's first instruction.",
	.values = "shadow=off: no shadow stack.\n" SHADOW_ON,
	.proof = "signals-handled: the handler counts; as many as were sent.",
	.controls = "None of its own.",
	.traps = "The handler stores a stamp and a count, nothing else. The frame that the kernel "
		 "writes holds the whole vector state: after use of AVX-512 or AMX it is larger.",
	.silent = "A signal from another thread or process also wakes or interrupts: not in it.\n"
		  "tgkill's own entry and exit are in it.",
	.sources = "Linux kernel/signal.c; arch/x86/kernel/signal_64.c, signal.c, shstk.c; "
		   "tgkill(2), sigreturn(2).\n"
		   "bench/thread/signal.c; docs/method.md.",
};
