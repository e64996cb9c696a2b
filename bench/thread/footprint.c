// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * thread/footprint: the VMAs, committed memory, memory in use and page tables of
 * live threads. It counts and takes no times. The figures are differences between
 * all threads alive and none, and must agree with those of half of the threads.
 */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "thread/create/create.h"
#include "thread/population.h"
#include "thread/shadow.h"
#include "thread/thread.h"

enum { PAGE = 4096, GLIBC_STACK_MIN = 16 << 10 };

/* Checks of every sample, in the order of their report. */
enum {
	LINEAR, /* one per resource */
	THREADS = LINEAR + THREAD_RESOURCES,
	THREADS_LEFT,
	SHADOWS,
	SHADOWS_LEFT,
	OWN_VMAS, /* for raw threads, which have a shadow stack only */
	OWN_BYTES,
	VMAS_LEFT,
	BYTES_LEFT,
	JUDGED
};

/* The first sample that failed the check, or the latest sample. */
struct judged {
	bool reported, pass;
	long long want, got;
};

struct footprint {
	struct population population;
	bool shadowed; /* by the kernel */
	struct population_report *report;
	struct judged judged[JUDGED];
};

static const char *const judged_names[JUDGED] = {
	[LINEAR + THREAD_VMAS] = "vmas-linear",
	[LINEAR + THREAD_COMMITTED] = "committed-linear",
	[LINEAR + THREAD_RESIDENT] = "resident-linear",
	[LINEAR + THREAD_PAGE_TABLES] = "page-tables-linear",
	[LINEAR + THREAD_MAPPED] = "mapped-linear",
	[LINEAR + THREAD_HUGE] = "huge-linear",
	[THREADS] = "threads",
	[THREADS_LEFT] = "threads-left",
	[SHADOWS] = "shadow-stacks",
	[SHADOWS_LEFT] = "shadow-stacks-left",
	[OWN_VMAS] = "vmas-as-promised",
	[OWN_BYTES] = "committed-as-promised",
	[VMAS_LEFT] = "vmas-left",
	[BYTES_LEFT] = "committed-left",
};

static void judge(struct footprint *f, unsigned int i, uint64_t want, uint64_t got, uint64_t slack)
{
	struct judged *j = &f->judged[i];
	uint64_t off = got > want ? got - want : want - got;

	if (j->reported && !j->pass)
		return;
	*j = (struct judged){ true, off <= slack, (long long)want, (long long)got };
}

/*
 * How far all may differ from twice the half. A page table covers many threads, so
 * each level may have one more or less. glibc's heap holds 288 bytes of each thread.
 * It grows by steps of 33 pages, and into a second VMA after a fork.
 */
static uint64_t slack(const struct footprint *f, enum thread_resource r)
{
	bool heap = f->population.method == THREAD_PTHREAD;

	switch (r) {
	case THREAD_VMAS:
		return heap;
	case THREAD_COMMITTED:
	case THREAD_MAPPED:
		return heap ? 2 * 33 * PAGE : 0;
	case THREAD_RESIDENT:
		return heap ? 2 * PAGE : 0;
	case THREAD_PAGE_TABLES:
		return 4 * PAGE;
	default:
		return 0;
	}
}

static uint64_t held(const struct footprint *f, const struct thread_space *by,
		     enum thread_resource r)
{
	return by->of[r] - f->report->none.of[r];
}

static void judge_linear(struct footprint *f)
{
	const struct population_report *t = f->report;

	for (unsigned int r = 0; r < THREAD_RESOURCES; r++) {
		/* The alignment of a stack decides whether it gets a huge page and saves a table. */
		if (t->all.of[THREAD_HUGE] &&
		    (r == THREAD_HUGE || r == THREAD_RESIDENT || r == THREAD_PAGE_TABLES))
			continue;
		judge(f, LINEAR + r, 2 * held(f, &t->half, r), held(f, &t->all, r), slack(f, r));
	}
}

/* The mappings of a raw thread are known beforehand; those of glibc are not. */
static void judge_raw(struct footprint *f)
{
	const struct population_report *t = f->report;
	uint64_t maps = f->population.model || f->shadowed ? t->made : 0;

	if (f->population.method == THREAD_PTHREAD)
		return;
	if (!t->err) {
		judge(f, OWN_VMAS, maps, held(f, &t->all, THREAD_VMAS), 0);
		judge(f, OWN_BYTES, maps * f->population.stack, held(f, &t->all, THREAD_COMMITTED),
		      0);
	}
	judge(f, VMAS_LEFT, t->none.of[THREAD_VMAS], t->left.of[THREAD_VMAS], 0);
	judge(f, BYTES_LEFT, t->none.of[THREAD_COMMITTED], t->left.of[THREAD_COMMITTED], 0);
}

static void judge_all(struct footprint *f)
{
	const struct population_report *t = f->report;

	if (!t->err) {
		judge_linear(f);
		judge(f, THREADS, f->population.live, (uint64_t)t->tasks, 0);
		judge(f, SHADOWS, f->shadowed ? f->population.live : 0,
		      t->all.shadow_vmas - t->none.shadow_vmas, 0);
	}
	judge_raw(f);
	judge(f, THREADS_LEFT, 0, (uint64_t)t->tasks_left, 0);
	judge(f, SHADOWS_LEFT, t->none.shadow_vmas, t->left.shadow_vmas, 0);
}

static int footprint_probe(struct tb_probe *probe)
{
	unsigned int method = population_method(tb_probe_choice(probe, "method"));
	struct thread_space space;
	int err;

	if (method == THREAD_METHODS)
		return tb_probe_unavailable(probe, "not-applicable",
					    "a process has an address space of its own",
					    "use method=clone3, clone or pthread");
	if (method == THREAD_PTHREAD && tb_probe_number(probe, "stack") < GLIBC_STACK_MIN)
		return tb_probe_unavailable(probe, "not-applicable",
					    "glibc's stacks are 16 KiB at least",
					    "use stack=16K or more, or method=clone3 or clone");
	err = thread_probe_method(probe, tb_probe_choice(probe, "method"));
	if (err)
		return err;
	if (thread_space(&space))
		return tb_probe_unavailable(
			probe, "no-kernel-feature", "/proc/self/smaps is missing or has no VmFlags",
			"mount /proc; use a kernel with CONFIG_PROC_PAGE_MONITOR");
	return thread_probe_shadow(probe);
}

static int footprint_setup(struct tb_trial *trial)
{
	struct footprint *f = tb_trial_alloc(trial, sizeof(*f));

	if (!f)
		return -ENOMEM;
	tb_trial_set_priv(trial, f);
	f->population.method = population_method(tb_trial_choice(trial, "method"));
	f->population.model = !strcmp(tb_trial_choice(trial, "shadow"), "model");
	f->population.live = tb_trial_number(trial, "live");
	f->population.stack = tb_trial_number(trial, "stack");
	f->shadowed = thread_shadowed(trial);
	f->report = mmap(NULL, sizeof(*f->report), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return f->report == MAP_FAILED
		       ? tb_trial_fail(trial, -ENOMEM, "no shared memory for the report")
		       : 0;
}

static int footprint_verify(struct tb_trial *trial)
{
	const struct footprint *f = tb_trial_priv(trial);
	char want[24], got[24];

	for (unsigned int i = 0; i < JUDGED; i++) {
		const struct judged *j = &f->judged[i];

		snprintf(want, sizeof(want), "%lld", j->want);
		snprintf(got, sizeof(got), "%lld", j->got);
		if (j->reported)
			tb_trial_check(trial, judged_names[i], j->pass, want, got);
	}
	return 0;
}

/* After a limit: reports how many threads lived, and checks that nothing of them is left. */
static int fail_short(struct tb_trial *trial, const struct footprint *f)
{
	char what[64], why[TB_REASON + TB_REMEDY + sizeof(what)];

	footprint_verify(trial);
	tb_trial_control(trial, "threads-made", (double)f->report->made);
	snprintf(what, sizeof(what), "%lu of %lu threads, then no more", f->report->made,
		 f->population.live);
	if (!f->report->refusal.code)
		return tb_trial_fail(trial, f->report->err,
				     "the process's own memory cannot be read");
	tb_refusal_text(&f->report->refusal, what, why, sizeof(why));
	return tb_trial_fail(trial, f->report->err, why);
}

static int footprint_sample(struct tb_trial *trial, double *value)
{
	struct footprint *f = tb_trial_priv(trial);
	int err;

	/* Each sample is a new process, so a warm-up has no effect. */
	if (tb_trial_column(trial) == TB_WARM_UP && !tb_trial_counting(trial))
		return 0;
	err = population_run(&f->population, f->report);
	if (err)
		return err == -ECHILD
			       ? tb_trial_fail(trial, err, "the process of the threads was killed")
			       : tb_trial_refused(trial, err, "fork", "no process for the threads");
	judge_all(f);
	if (f->report->err)
		return fail_short(trial, f);
	for (unsigned int r = 0; r < THREAD_RESOURCES; r++)
		value[r] = (double)held(f, &f->report->all, r) / (double)f->population.live;
	return 0;
}

static void footprint_teardown(struct tb_trial *trial)
{
	struct footprint *f = tb_trial_priv(trial);

	if (f && f->report != MAP_FAILED)
		munmap(f->report, sizeof(*f->report));
}

static const struct tb_metric footprint_metrics[] = {
	[THREAD_VMAS] = { .name = "vmas",
			  .unit = TB_COUNT,
			  .shown = true,
			  .help = "entries of /proc/self/maps (vm.max_map_count: 65530)" },
	[THREAD_COMMITTED] = { .name = "committed",
			       .unit = TB_BYTES,
			       .shown = true,
			       .help = "charged to Committed_AS: sizes of the VMAs with flag `ac`" },
	[THREAD_RESIDENT] = { .name = "resident",
			      .unit = TB_BYTES,
			      .headline = true,
			      .help = "anonymous memory in use" },
	[THREAD_PAGE_TABLES] = { .name = "page-tables",
				 .unit = TB_BYTES,
				 .shown = true,
				 .help = "VmPTE: all levels except the top one" },
	[THREAD_MAPPED] = { .name = "mapped",
			    .unit = TB_BYTES,
			    .shown = true,
			    .help = "address space, which RLIMIT_AS limits" },
	[THREAD_HUGE] = { .name = "huge",
			  .unit = TB_BYTES,
			  .help = "the part of resident in transparent huge pages" },
	{ 0 }
};

static const struct tb_param footprint_params[] = {
	{ .name = "method",
	  .choice = create_method_name,
	  .fallback = "pthread",
	  .help = "how the threads are made" },
	{ .name = "shadow",
	  .values = "off|model|on",
	  .fallback = "off",
	  .help = "no shadow stack, a model of its mapping, or a real one" },
	{ .name = "live",
	  .values = "2..32768/2",
	  .fallback = "256",
	  .help = "threads alive at once" },
	{ .name = "stack",
	  .values = "4K..16G/4K",
	  .fallback = "8M",
	  .help = "bytes of a stack, and of the shadow stack" },
	{ 0 }
};

static const char *const footprint_quick[] = { "shadow=off,model,on", NULL };
static const char *const footprint_full[] = {
	"method=clone3,clone,pthread shadow=off,model,on live=256",
	"method=pthread shadow=off,model,on stack=64K,1M live=256",
	"method=pthread shadow=off,model,on live=1024", NULL
};

static const struct tb_explanation explanation = {
	.question = "What memory does a live thread use, and what does its shadow stack add? "
		    "Multiplied by live, this is the footprint of 10,000 threads, and shows which "
		    "limit they meet first.",
	.window = "It measures no time. A sample is a separate process. It reads its address space "
		  "with none, half and all of the threads alive. The figures are all minus none, "
		  "divided by the threads.\n"
		  "vmas, committed, resident, mapped, huge: exact sums over /proc/self/smaps, for "
		  "which the kernel walks the page tables.\n"
		  "page-tables: VmPTE of /proc/self/status, also exact.",
	.values =
		"method=clone3, clone: the bare system call. The threads share one stack and do "
		"not use it, so each uses its shadow stack only. With shadow=off it uses nothing: "
		"the control.\n"
		"method=pthread: glibc maps a stack and a guard page for each thread, and keeps "
		"its TLS on the stack.\n"
		"method=vfork, fork, spawn: skipped, since a process has an address space of its "
		"own.\n"
		"shadow=off: no shadow stack. model: an anonymous mapping of stack bytes, whose "
		"top word is touched. on: a real shadow stack.\n"
		"live: threads alive at once.\n"
		"stack: bytes of glibc's stacks and of the shadow stacks. clone3 gets them as its "
		"stack_size, clone as RLIMIT_STACK.",
	.proof = "threads: /proc/self/task has as many entries as threads, beside the first.\n"
		 "shadow-stacks: with shadow=on, as many VMAs with `ss` as threads; otherwise "
		 "none.\n"
		 "vmas-as-promised, committed-as-promised: with clone3 and clone, one VMA of stack "
		 "bytes for each shadow stack, and nothing else.\n"
		 "threads-left, shadow-stacks-left, vmas-left, committed-left: after the last "
		 "thread's end, the process uses what it used before. glibc keeps up to 40 MiB of "
		 "stacks on purpose, so with pthread only threads and shadow stacks are checked.",
	.controls =
		"vmas-linear, committed-linear, resident-linear, page-tables-linear, "
		"mapped-linear, huge-linear: all threads use exactly twice the bytes of half of "
		"them. Page tables may differ by four pages (one a level, and the process's own), "
		"glibc's heap by two steps.\n"
		"If a limit is reached, the launch fails with the number of living threads in its "
		"reason and as threads-made. The checks after the threads' end run all the same.",
	.traps = "VmRSS is approximate since Linux 6.2. VmData excludes shadow stacks, which count "
		 "as VmStk.\n"
		 "Adjacent anonymous mappings merge to one VMA. A gap below each real shadow stack "
		 "and below its model (MAP_GROWSDOWN) prevents this.\n"
		 "The whole shadow stack is charged to the committed memory, used or not: the "
		 "kernel maps it writable and without MAP_NORESERVE.\n"
		 "With transparent huge pages (always), the first call on an aligned shadow stack "
		 "allocates a huge page: resident is 2 MiB a thread. The kernel chooses which "
		 "stacks are aligned, so resident, huge and page-tables are then not checked to be "
		 "linear.\n"
		 "Each sample is a separate process, since glibc keeps up to 40 MiB of ended "
		 "threads' stacks.",
	.silent = "It excludes the kernel's own memory for a thread: the kernel stack (16 KiB), "
		  "task_struct with the vector state, the VMA structs. No counter of a process "
		  "shows it.\n"
		  "A thread with deeper calls uses more than one page of both stacks, but only a "
		  "fraction of its shadow stack.\n"
		  "With glibc's defaults the first limits are vm.max_map_count (65530 VMAs), "
		  "kernel.threads-max and the cgroup's pids.max; with vm.overcommit_memory=2 it is "
		  "the committed memory.",
	.sources =
		"Linux arch/x86/kernel/shstk.c, alloc_shstk(); mm/mmap.c, accountable_mapping(), "
		"vm_stat_account(); fs/proc/task_mmu.c; "
		"Documentation/mm/overcommit-accounting.rst; proc_pid_smaps(5).\n"
		"bench/thread/footprint.c, population.c, space.c, shadow_model.c; docs/method.md.",
};

const struct tb_bench thread_footprint = {
	.name = "thread/footprint",
	.summary = "VMAs, memory and page tables of a live thread",
	.explain = &explanation,
	.realm = TB_REALM_USER,
	.version = 1,
	.cpus = 1,
	.metrics = footprint_metrics,
	.params = footprint_params,
	.quick = footprint_quick,
	.full = footprint_full,
	.rounds = 8,
	.ungated = true,
	.untimed = true,
	.probe = footprint_probe,
	.enter = thread_enter,
	.setup = footprint_setup,
	.sample = footprint_sample,
	.verify = footprint_verify,
	.teardown = footprint_teardown,
};
