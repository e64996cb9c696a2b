// SPDX-License-Identifier: GPL-2.0-or-later
/* What the numbers of thread/footprint mean. */
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
		"shadow=off: no shadow stack. model: an anonymous mapping of stack bytes with gaps around "
		"it, its top word touched. on: a real shadow stack.\n"
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
		"Adjacent anonymous mappings become one VMA; the kernel leaves a gap below a real shadow "
		"stack, and the model makes one.\n"
		"A shadow stack is charged to the committed memory in full, used or not: the kernel maps it "
		"writable and not MAP_NORESERVE.\n"
		"With transparent huge pages (always), which stacks get one is a matter of their "
		"alignment: resident, huge and page-tables are then not checked to be linear.",
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
		"bench/thread/footprint.c, crowd.c, space.c; docs/method.md.",
};
