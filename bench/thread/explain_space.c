// SPDX-License-Identifier: GPL-2.0-or-later
/* What the numbers of thread/footprint and thread/shadow-map mean. */
#include "explain.h"

const struct tb_explanation thread_footprint_explained = {
	.question =
		"What does a live thread hold, and what does its shadow stack add? Times live: what "
		"10,000 threads cost, and which limit they meet first.",
	.window =
		"No times. A sample is a process of its own that looks at its address space with no, with "
		"half and with all of the threads alive; the figures are all less none, a thread.\n"
		"vmas, committed, resident, mapped, huge: sums over /proc/self/smaps, exact: the kernel "
		"walks the page tables for it.\n"
		"page-tables: VmPTE of /proc/self/status, exact, too.",
	.values =
		"method=clone3, clone: the bare system call; the threads share a stack that none of them "
		"uses, so what they hold is the shadow stack, and nothing with shadow=off: the control.\n"
		"method=pthread: glibc maps each a stack and a guard page, and keeps its TLS on it.\n"
		"method=vfork, fork, spawn: processes, which have an address space of their own: skipped.\n"
		"shadow=off: no shadow stack. model: an anonymous mapping of stack bytes, its top word "
		"touched. on: a real shadow stack.\n"
		"live: threads at once.\n"
		"stack: bytes of glibc's stacks and of the shadow stacks: clone3 is told them, for clone "
		"they are RLIMIT_STACK while it is called.",
	.proof =
		"threads: as many entries of /proc/self/task as threads, beside the first.\n"
		"shadow-stacks: as many VMAs with `ss` as threads, with shadow=on; none else.\n"
		"vmas-as-promised, committed-as-promised: of clone3 and clone: a VMA of stack bytes for "
		"each, or none at all.\n"
		"threads-left, shadow-stacks-left, vmas-left, committed-left: when all have ended, the "
		"process holds what it held before; of glibc's stacks, up to 40 MiB are kept on purpose, "
		"so for pthread only threads and shadow stacks are looked at.",
	.controls =
		"vmas-linear, committed-linear, resident-linear, page-tables-linear, mapped-linear, "
		"huge-linear: all hold twice what half of them hold, to the byte; page tables may differ "
		"by four pages (one a level, and the process's own), glibc's heap by two steps.\n"
		"Where a limit ends it, the launch fails with the number of threads that lived, in its "
		"reason and as threads-made, and what is left is checked all the same.",
	.traps =
		"VmRSS is approximate since Linux 6.2, and VmData leaves out shadow stacks, which count as "
		"VmStk.\n"
		"Adjacent anonymous mappings become one VMA. A gap below a real shadow stack and below its "
		"model (MAP_GROWSDOWN) keeps each a VMA of its own.\n"
		"A shadow stack is charged to the committed memory in full, used or not: the kernel maps it "
		"writable and not MAP_NORESERVE.\n"
		"With transparent huge pages (always) the first call on an aligned shadow stack takes a "
		"whole huge page: resident is 2 MiB a thread. Which stacks are aligned is the kernel's "
		"choice, so resident, huge and page-tables are then not checked to be linear.",
	.silent =
		"What the kernel itself holds for a thread: its kernel stack (16 KiB), task_struct with the "
		"vector state, the VMAs' structs; no count of a process tells it.\n"
		"A thread that calls deeper uses more of both stacks than one page each.\n"
		"The first limits met with glibc's defaults: vm.max_map_count (65530 VMAs), kernel.threads-max, "
		"the cgroup's pids.max; with vm.overcommit_memory=2 the committed memory.",
	.sources =
		"Linux arch/x86/kernel/shstk.c, alloc_shstk(); mm/mmap.c, accountable_mapping(), "
		"vm_stat_account(); fs/proc/task_mmu.c; Documentation/mm/overcommit-accounting.rst; "
		"proc_pid_smaps(5).\n"
		"bench/thread/footprint.c, population.c, space.c, shadow_model.c; docs/method.md.",
};

const struct tb_explanation thread_shadow_map_explained = {
	.question =
		"What does a program pay that maps shadow stacks itself, as coroutines and signal stacks "
		"need them: to map one and unmap it, to write to it, to move to it and back?",
	.window =
		"map, unmap: map_shadow_stack and munmap called to returned; with token=set the kernel "
		"writes the token, so the first page is faulted in by the former. latency is their sum.\n"
		"Of operation=write: 64 WRSSQ to adjacent words of a page that is there, divided; of pivot: "
		"64 times there and back, divided, RSTORSSP and SAVEPREVSSP each way. Some tens of cycles "
		"of the window's own are in it.\n"
		"core-cycles: the same, by a chain of dependent multiplications timed right after.",
	.values =
		"operation=map, write, pivot: which of them a row is of.\n"
		"shadow=on: a real one, mapped by a thread that has a shadow stack of its own, which write "
		"and pivot need. off: the same by a thread that has none: map_shadow_stack needs none.\n"
		"shadow=model: mmap, a store of the token, munmap; for write ordinary stores. There is no "
		"model of pivot.\n"
		"size: bytes asked for. The token stands in the last eight of them, the kernel maps whole "
		"pages.\n"
		"token=set, none: with SHADOW_STACK_SET_TOKEN or without; without, nothing is touched, and "
		"nobody can move to it.\n"
		"align=any: the kernel chooses the address. 4K, 2M: one is asked for that is a multiple of "
		"this and not of twice as much; at 2M a huge page may hold the token.",
	.proof =
		"token: the word below the end that was asked for is that end with bit 0 set; 0 with "
		"token=none. wrong-tokens, misplaced: the same of every sample, and its address.\n"
		"vma, vma-bytes, vma-flag: a VMA that begins there, of whole pages, with `ss`; the model's "
		"is without. unmapped: it is gone after munmap.\n"
		"words-written: what was written last is read back.\n"
		"pivot-there, pivot-back, pivot-token: RDSSP says so, and the token is in place again.\n"
		"shadow-status, shadow-pointer: the thread itself has a shadow stack with shadow=on, and "
		"none with model.",
	.controls =
		"shadow=model is the prediction; what is above it is the mechanism's own.\n"
		"refusals: no size, a size that wraps, no room for the token, an unaligned token, an "
		"unaligned address, one below 4 GiB, a taken one, an unknown flag: each with the error "
		"that is documented.\n"
		"huge: of a mapping after its token, bytes in huge pages.",
	.traps =
		"With transparent huge pages (always), a token at the end of a whole aligned 2 MiB may "
		"clear 2 MiB inside map: compare align=2M with 4K.\n"
		"The token's word is read between map and unmap; without a token it is not, the read would "
		"fault a page in.",
	.silent = "What glibc does for makecontext and signal stacks around these calls.\n"
		  "One thread maps at a time: nobody waits for the lock of the address space.",
	.sources =
		"Linux arch/x86/kernel/shstk.c, map_shadow_stack, create_rstor_token(); "
		"Documentation/arch/x86/shstk.rst; Intel SDM vol. 1, Shadow Stack Management Instructions; "
		"vol. 2, RSTORSSP, SAVEPREVSSP, WRSS.\n"
		"bench/thread/shadow_map.c, shadow_model.c; docs/method.md.",
};
