// SPDX-License-Identifier: GPL-2.0-or-later
/* What the numbers of the thread family mean. */
#include "explain.h"

/* The same for all. */
#define SHADOW_ON                                                                                        \
	"shadow=on: a real shadow stack. The worker asks the kernel for one before anything is set up, " \
	"in the frame that the rest of the launch is called from and that is never returned from; it "   \
	"ends by exit. Where CPU or kernel has none the row is skipped with the reasons of both; "       \
	"where the kernel refuses one the launch fails."
#define SHADOW_STATUS                                                                                  \
	"shadow-status, shadow-pointer: by ARCH_SHSTK_STATUS and RDSSP the thread has a shadow stack " \
	"where the variant says so, and none elsewhere."

const struct tb_explanation thread_create_explained = {
	.question =
		"What does a thread or process cost from the call that makes it to its end, what does a "
		"shadow stack of its own add, and does a model of the shadow stack's mapping predict it?",
	.window =
		"All begin with one stamp right before the creation.\n"
		"create-return: to the call's return in the parent.\n"
		"child-start: to the child's own first stamp.\n"
		"full-cycle: until the parent knows that the child is gone: the kernel has cleared the "
		"child's TID (clone3, clone), pthread_join or waitpid returned. The child stamps, counts, "
		"reads its shadow-stack pointer, calls once, which is the first touch of its shadow stack "
		"if it has one, and exits.\n"
		"The child's stack is mapped, populated and used again: making one stands outside.",
	.values =
		"method=clone3, clone: the bare system call; the child is a few instructions of assembly, "
		"without TLS.\n"
		"method=pthread: pthread_create and pthread_join on a stack that is given.\n"
		"method=vfork: the bare system call and the same child. fork: a process that exits at "
		"once. spawn: posix_spawn of /bin/true, which cannot stamp its start for us: child-start "
		"is null.\n"
		"shadow=off: no shadow stack.\n"
		"shadow=model: in user space, what the kernel would map for one: the parent maps stack "
		"bytes inside the creation, the child touches the top word and unmaps on its way out. One "
		"mmap and one munmap, charged to the committed memory, with a gap below it.\n" SHADOW_ON
		"\n"
		"shadow=glibc: the same, enabled by glibc 2.39 or later as for any program that asks "
		"(GLIBC_TUNABLES): the worker starts itself again for it. glibc locks what it enabled, so "
		"no thread of that process is without one and off-cycle is null.\n"
		"stack: bytes of a thread's shadow stack. clone3 is told them as its stack_size, pthread "
		"as its stack; for clone they are RLIMIT_STACK, of which the kernel takes 4 GiB at most. "
		"fork copies and vfork shares the parent's, of RLIMIT_STACK: no effect there.\n"
		"placement: parent and child may use both CPUs; the scheduler chooses. same-cpu: one.\n"
		"thp=none: with shadow=model the process has no huge pages (PR_SET_THP_DISABLE). "
		"thp=huge: the model asks for them by one madvise more. With shadow=on the real shadow "
		"stack and the model beside it follow the system's mode, which is in the record.\n"
		"live: so many threads wait meanwhile, each with 32 KiB of shadow stack, real or modelled, "
		"as shadow says.\n"
		"creators: so many threads create at once, on the CPUs of the placement; the figures are "
		"of one of them.\n"
		"policy=fifo: parents and children are SCHED_FIFO of one priority: a child on its "
		"parent's CPU runs when the parent waits.\n"
		"policy=other: all are SCHED_OTHER; the scheduler may run the child first.",
	.proof =
		"children-ran: each child counts itself; as many as were made (spawn: that it exited "
		"with 0 stands for it). pointers-as-due: each told its shadow-stack pointer, and it lay "
		"where it had to: none, own, copied (fork) or shared (vfork). spawn's can't tell.\n"
		"Before the first sample and after the last a child is stopped and looked at, outside all "
		"windows. first-pointer, last-pointer: whose shadow stack it stood on, as above.\n"
		"first-status, last-status, first-features, last-features: ARCH_SHSTK_STATUS and "
		"x86_Thread_features say that it had one (spawn: that the other program has none).\n"
		"Of threads. first-bytes, last-bytes: shadow stacks, the VMAs with ss in VmFlags, grew by "
		"the promised size. first-range, last-range: the pointer lies in one of them, by address, "
		"since two that touch may be one VMA. first-touched, last-touched: a page of it is "
		"resident. first-gone, last-gone: it is not there after the thread's end.\n"
		"Of fork first-range, last-range: the child has its parent's shadow stack at the same "
		"addresses and as many bytes; of vfork: it has its parent's, which another thread sees "
		"while the child is stopped. first-mapped, last-mapped: of processes nothing is mapped "
		"here.\n"
		"maps-left, threads-left, files-left: after the launch the process has as many mappings, "
		"threads and files as before.",
	.controls =
		"Of shadow=model and shadow=on, in the same round: off-cycle, the same creation without; "
		"map-cycle, the model's calls alone, from one thread. parts-over-whole is their sum over "
		"full-cycle: what is missing from 1 is their interplay (mmap_lock, the touch in the "
		"child) and, of a real one, what the model leaves out.\n"
		"model-cycle, of shadow=on: the same creation with the model's mapping in the same round: "
		"the model predicts this, full-cycle is what was measured. Both are made by a second "
		"thread of the process, which has given its shadow stack back.\n"
		"shadow-resident-bytes, shadow-huge-bytes: of the child that was looked at last.\n"
		"glibc-vfork-segv-code: what becomes of glibc's vfork() in such a process, tried in a "
		"throwaway child: 10 (SEGV_CPERR) where glibc knows nothing of shadow stacks, since its "
		"child overwrites where its parent returns to; 0: it lives.\n"
		"clone3-takes-token: whether this kernel's clone3 takes a word behind those of Linux 6.12, "
		"where shadow_stack_token is in flight. No thread is made for the question.",
	.traps =
		"The first creation is not counted into the census: it makes what comes lazily once.\n"
		"A call of the instruction that follows it pushes nothing to a shadow stack: the child's "
		"call jumps over one, or its first touch would be missing.\n"
		"With a second CPU allowed, child-start decides by where the scheduler puts the child; "
		"such rows are mixtures.\n"
		"The kernel maps shadow stacks without MAP_STACK, which is what keeps huge pages off. Under "
		"THP=always one of a multiple of 2 MiB, a process's first of 8 MiB among them, gets a huge "
		"page at its first touch (seen on 6.12), and full-cycle has 2 MiB of zeroing in it. glibc's "
		"threads pass odd sizes and get 4 KiB. A row with shadow=model and thp=none has no huge "
		"page: see shadow-huge-bytes before comparing it with shadow=on.\n"
		"Up to version 1 of this benchmark the model was mapped with MAP_NORESERVE and a madvise. "
		"Two creators then waited for one lock of the address space more, see docs/method.md.",
	.silent =
		"The model is a proxy: it sets no VM_SHADOW_STACK, changes no xstate, and glibc's own work "
		"for shadow stacks is not in it. The gap below it is a stack's, 1 MiB unless the kernel "
		"was told otherwise; that of a shadow stack is a page.\n"
		"A process whose glibc enabled no shadow stack, as this one, does not pay for what glibc "
		"would do at longjmp or dlopen.\n"
		"Nothing of what a shadow stack costs while the thread runs: see thread/call, "
		"thread/switch, thread/signal.\n"
		"fork copies a small address space here; a large program's costs more.",
	.sources = "Linux kernel/fork.c, copy_process(); arch/x86/kernel/shstk.c, "
		   "shstk_alloc_thread_stack(), alloc_shstk(), shstk_free(); "
		   "Documentation/arch/x86/shstk.rst.\n"
		   "Intel SDM vol. 2A, CALL; vol. 1, Control-flow Enforcement Technology.\n"
		   "clone(2), vfork(2), posix_spawn(3).\n"
		   "bench/thread/create.c, create_methods.c, create_prove.c, raw.c, shadow.c, "
		   "shadow_model.c; "
		   "docs/method.md.",
};

const struct tb_explanation thread_sibling_fault_explained = {
	.question =
		"What does a page fault cost while a sibling thread creates threads? A shadow stack is "
		"mapped and unmapped at each creation, under the lock of the address space, for which "
		"faults of all other threads may wait.",
	.window =
		"fault: a stamp before and one after a store to one absent anonymous page; the fault is "
		"all that stands in it.\n"
		"fault-p99: the 99 % quantile of a block of 256 samples: here stand the waits that a "
		"median does not show. Faults of warm-ups, and those taken to count events, are in no "
		"block. A launch of fewer rounds has no block.\n"
		"Dropping the pages again, every 512 faults, stands outside.",
	.values =
		"storm=none: the sibling does nothing. threads: it makes one thread after the other by "
		"clone3 and waits for its end.\n"
		"shadow=off: no shadow stack.\n"
		"shadow=model: each created thread with the model of a shadow stack of thread/create: "
		"mapped by the parent, touched and unmapped by the child.\n" SHADOW_ON
		" All threads of the process then have one: the one that faults, its sibling, and each "
		"that is created.\n"
		"stack: bytes of a created thread's shadow stack, real or modelled; clone3 is told them "
		"as its stack_size.\n"
		"placement: where the creator runs, seen from the thread that faults.",
	.proof =
		"faults: the kernel counted one minor fault for each sample.\n"
		"children-ran: each child counts itself; as many as were made. pointers-as-due: each "
		"told its shadow-stack pointer; there is one with shadow=on, and none else.\n" SHADOW_STATUS,
	.controls =
		"storm=none is the control: subtract nothing, compare the rows.\n"
		"creations: how many threads the sibling made in the launch, in the record: a storm "
		"that did not blow is seen.",
	.traps =
		"The storm has begun before the first fault: sixteen creations are waited for.\n"
		"Transparent huge pages are switched off for the region, and with shadow=model for the "
		"process (PR_SET_THP_DISABLE). With shadow=on the system's mode is followed.\n"
		"Version 1 of this benchmark had storm=model for storm=threads shadow=model.",
	.silent =
		"The model is a proxy of a shadow stack's mapping: see thread/create.\n"
		"Linux takes a lock for each VMA where it can (6.4 and later): on older kernels all "
		"faults wait for the one lock of the address space. Compare kernels, not only CPUs.\n"
		"One creator: several would wait for each other, too.",
	.sources = "Linux mm/memory.c, lock_vma_under_rcu(); mm/mmap.c; "
		   "Documentation/mm/process_addrs.rst.\n"
		   "bench/thread/sibling_fault.c, raw.c, shadow_model.c; docs/method.md.",
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
	.proof = SHADOW_STATUS
	"\n"
	"stray-return-segv-code: a child of the worker returns to where no call came from. Without "
	"a shadow stack it lives (0), with one it dies of SIGSEGV with SEGV_CPERR (10). "
	"stray-store-segv-code: the same of a store to the shadow stack: SEGV_ACCERR (2).",
	.controls = "None of its own; the gate's witness loop says whether the core was quiet.",
	.traps =
		"The callee has no frame and touches no stack but the return address: a compiler's "
		"prologue would be most of the figure.\n"
		"Small depths have modes: on Emerald Rapids a launch of depth=1 takes 4, 5.7 or 7 core "
		"cycles a pair and keeps to it. Neither where the stack lies nor how the code is aligned "
		"decides which: the same loop, aligned, shows 3 or 4. The predictors of store and load at "
		"one address are suspected, not proved. Such rows are shown as mixtures; depth=64 has "
		"one mode.",
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
		 "value.\n" SHADOW_STATUS " other-status: the same of the other thread.",
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
	.proof = "signals-handled: the handler counts; as many as were sent.\n" SHADOW_STATUS
		 " handler-shadowed: so had the handler.",
	.controls = "None of its own.",
	.traps = "The handler stores a stamp and a count, nothing else. The frame that the kernel "
		 "writes holds the whole vector state: after use of AVX-512 or AMX it is larger.",
	.silent = "A signal from another thread or process also wakes or interrupts: not in it.\n"
		  "tgkill's own entry and exit are in it.",
	.sources = "Linux kernel/signal.c; arch/x86/kernel/signal_64.c, signal.c, shstk.c; "
		   "tgkill(2), sigreturn(2).\n"
		   "bench/thread/signal.c; docs/method.md.",
};
