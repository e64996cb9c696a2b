// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/contract-kvm: KVM's answer to a fault on an absent page, for each state of the
 * guest.
 *
 * The host's rule: with interrupts off, the vCPU's thread resolves the fault, since a
 * guest that cannot be interrupted cannot park a task. With interrupts on, a worker
 * fetches the page and KVM notifies the guest by a #PF; at CPL 0 only if the guest
 * requested it (SEND_ALWAYS). Without a notification the vCPU is halted meanwhile. If
 * the guest's HLT does not exit, KVM may not halt it, and its thread resolves the fault.
 *
 * Linux 5.8 changed the guest, not this rule: it no longer requests SEND_ALWAYS, and
 * panics on such a #PF at CPL 0.
 */
#include "bench.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "apf/contract.h"
#include "apf/guest_round.h"
#include "apf/kvm_trace.h"

enum { DELIVERED, HALTED, SYNCHRONOUS }; /* metrics */
enum { THREADS = 4 };

/* Longer than KVM polls for the end of a halt (halt_poll_ns), so the vCPU's thread sleeps. */
enum { HALT_NS = 1000000 };

struct contract {
	struct guest_rounds rounds;
	struct kvm_trace trace;
	struct contract_cell cell;
	/* Traced not_present; faults of KVM's workers; rounds with an incomplete trace. */
	uint64_t traced, queued, untraced;
};

static struct contract_counts counts_of(const struct guest_counts *c)
{
	return (struct contract_counts){ .touches = c->touches,
					 .own = c->own,
					 .notified = c->absent,
					 .halts = c->idles,
					 .waits = c->waits };
}

static int open_cell(struct contract *k, const struct contract_cell *cell, const char **why)
{
	static const unsigned int async[] = {
		[CONTRACT_ON] = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT,
		[CONTRACT_VMEXIT] = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT |
				    VMM_ASYNC_AS_VMEXIT,
		[CONTRACT_OFF] = 0,
	};
	struct vmm_plan plan = {
		.vcpus = 1,
		.irqchip = true,
		.halt_poll = true,
		.hlt_in_guest = cell->hlt_in_guest,
		.async = async[cell->async],
		.ring = { .kernel = cell->kernel, .interrupts = cell->interrupts },
	};

	if (plan.async && cell->send_always)
		plan.async |= VMM_ASYNC_SEND_ALWAYS;
	k->cell = *cell;
	k->rounds.threads = THREADS;
	k->rounds.delay_each = true;
	k->rounds.delay_ns = contract_promised(cell) == CONTRACT_HALTED ? HALT_NS : 0;
	return guest_rounds_open(&k->rounds, &plan, UFFD_COPY, 4096, why);
}

/* Runs one separate round of a cell. Returns its outcome, or -errno. */
static int try_cell(const struct contract_cell *cell)
{
	struct contract k = { .cell = *cell };
	struct contract_counts counts;
	const char *why;
	int err;

	k.rounds.handler_cpu = k.rounds.vcpu_cpu = sched_getcpu();
	err = open_cell(&k, cell, &why);
	if (!err)
		err = guest_rounds_run(&k.rounds, &why);
	guest_rounds_close(&k.rounds);
	counts = counts_of(&k.rounds.counts);
	return err ? err : (int)contract_outcome(&counts);
}

static const struct {
	const char *name;
	enum contract_async async;
} asyncs[] = { { "on", CONTRACT_ON }, { "vmexit", CONTRACT_VMEXIT }, { "off", CONTRACT_OFF } };

static const char *async_name(unsigned int i)
{
	return i < sizeof(asyncs) / sizeof(asyncs[0]) ? asyncs[i].name : NULL;
}

static enum contract_async async_of(const char *name)
{
	unsigned int i = 0;

	while (strcmp(asyncs[i].name, name))
		i++;
	return asyncs[i].async;
}

/* Without KVM's own count of queued faults the check of a cell is incomplete. */
static int probe_trace(struct tb_probe *probe)
{
	struct kvm_trace trace;
	const char *why = "";
	int err = kvm_trace_open(&trace, sched_getcpu(), &why);

	kvm_trace_close(&trace);
	return err ? tb_probe_unavailable(probe, "no-tracepoints", why,
					  "run it as root, with tracefs in the kernel and "
					  "kernel.perf_event_paranoid below 3")
		   : 0;
}

static int probe_cell(struct tb_probe *probe, const struct contract_cell *cell)
{
	const struct contract_cell most = { .kernel = true,
					    .send_always = true,
					    .interrupts = true };

	/* If a requested #PF at CPL 0 never comes, its absence in other cells proves nothing. */
	if (cell->kernel && vmm_emulates_kernel() && try_cell(&most) == CONTRACT_SYNCHRONOUS)
		return tb_probe_unavailable(
			probe, "not-showable",
			"this host emulates its guests' CPL 0 (PVM): the fault is the emulator's own",
			"kvm-intel or kvm-amd; the latter also runs in QEMU's TCG");
	if ((cell->send_always || cell->hlt_in_guest || cell->async == CONTRACT_VMEXIT) &&
	    try_cell(cell) == -EOPNOTSUPP)
		return tb_probe_unavailable(
			probe, "not-showable",
			"this KVM does not take SEND_ALWAYS, PF_VMEXIT or HLT in guest",
			"none on this machine");
	return 0;
}

static int contract_probe(struct tb_probe *probe)
{
	const struct contract_cell cell = {
		.kernel = !tb_probe_number(probe, "cpl"),
		.send_always = tb_probe_number(probe, "send-always"),
		.interrupts = tb_probe_number(probe, "interrupts"),
		.hlt_in_guest = !strcmp(tb_probe_choice(probe, "hlt"), "guest"),
		.async = async_of(tb_probe_choice(probe, "async")),
	};
	int err = guest_rounds_probe(probe, true, UFFD_COPY, 4096, guest_round_pages(THREADS));

	if (!err)
		err = probe_trace(probe);
	return err ? err : probe_cell(probe, &cell);
}

static int contract_setup(struct tb_trial *trial)
{
	const struct contract_cell cell = {
		.kernel = !tb_trial_number(trial, "cpl"),
		.send_always = tb_trial_number(trial, "send-always"),
		.interrupts = tb_trial_number(trial, "interrupts"),
		.hlt_in_guest = !strcmp(tb_trial_choice(trial, "hlt"), "guest"),
		.async = async_of(tb_trial_choice(trial, "async")),
	};
	struct contract *k = tb_trial_alloc(trial, sizeof(*k));
	const char *why = "";
	int err;

	if (!k)
		return -ENOMEM;
	tb_trial_set_priv(trial, k);
	k->rounds.handler_cpu = k->rounds.vcpu_cpu = tb_trial_cpu(trial, 0);
	err = open_cell(k, &cell, &why);
	if (!err)
		err = kvm_trace_open(&k->trace, k->rounds.vcpu_cpu, &why);
	if (err)
		return tb_trial_fail(trial, err, why);
	return 0;
}

static int contract_sample(struct tb_trial *trial, double *value)
{
	struct contract *k = tb_trial_priv(trial);
	struct contract_counts before = counts_of(&k->rounds.counts), round;
	struct kvm_traced traced;
	const char *why = "";
	int err;

	kvm_trace_begin(&k->trace);
	err = guest_rounds_run(&k->rounds, &why);
	if (err)
		return tb_trial_fail(trial, err, why);
	round = counts_of(&k->rounds.counts);
	round = (struct contract_counts){ .touches = round.touches - before.touches,
					  .own = round.own - before.own,
					  .notified = round.notified - before.notified,
					  .halts = round.halts - before.halts,
					  .waits = round.waits - before.waits };
	k->untraced += kvm_trace_end(&k->trace, k->rounds.vcpu[0].tid, &traced) != 0;
	k->traced += traced.absent;
	k->queued += round.touches - round.own;
	value[DELIVERED] = (double)round.notified / (double)round.touches;
	value[SYNCHRONOUS] = (double)round.own / (double)round.touches;
	value[HALTED] = (double)contract_halted(&round) / (double)round.touches;
	return 0;
}

static int contract_verify(struct tb_trial *trial)
{
	const struct contract *k = tb_trial_priv(trial);
	const struct guest_counts *c = &k->rounds.counts;
	const struct contract_counts counts = counts_of(c);
	enum contract_outcome want = contract_promised(&k->cell), got = contract_outcome(&counts);

	tb_trial_control(trial, "waits", (double)c->waits);
	tb_trial_control(trial, "guest-halts", (double)c->idles);
	tb_trial_check(trial, "outcome", want == got, contract_outcome_name(want),
		       contract_outcome_name(got));
	tb_trial_check_count(trial, "events", (long long)c->touches, (long long)c->events);
	tb_trial_check_count(trial, "ready", (long long)c->absent, (long long)c->ready);
	tb_trial_check_count(trial, "wrong-words", 0, (long long)c->wrong);
	tb_trial_check_count(trial, "untraced-rounds", 0, (long long)k->untraced);
	tb_trial_check_count(trial, "traced-not-present", (long long)k->queued,
			     (long long)k->traced);
	return 0;
}

static void contract_teardown(struct tb_trial *trial)
{
	struct contract *k = tb_trial_priv(trial);

	if (!k)
		return;
	kvm_trace_close(&k->trace);
	guest_rounds_close(&k->rounds);
}

static const struct tb_metric contract_metrics[] = {
	[DELIVERED] = { .name = "delivered",
			.unit = TB_RATIO,
			.better = TB_HIGHER,
			.within = TB_MEAN,
			.headline = true,
			.shown = true,
			.help = "share of faults reported to the guest by a #PF" },
	[HALTED] = { .name = "halted",
		     .unit = TB_RATIO,
		     .within = TB_MEAN,
		     .shown = true,
		     .help = "share of faults for which a KVM worker fetched the page while the vCPU slept" },
	[SYNCHRONOUS] = { .name = "synchronous",
			  .unit = TB_RATIO,
			  .within = TB_MEAN,
			  .shown = true,
			  .help = "share of faults for which the vCPU's own thread waited" },
	{ 0 }
};

static const struct tb_param contract_params[] = {
	{ .name = "cpl",
	  .values = "0|3",
	  .fallback = "3",
	  .help = "privilege level of the guest's touch" },
	{ .name = "send-always",
	  .values = "0|1",
	  .fallback = "0",
	  .help = "whether the guest requested notifications at CPL 0, too" },
	{ .name = "interrupts", .values = "0|1", .fallback = "1", .help = "the guest's RFLAGS.IF" },
	{ .name = "async",
	  .choice = async_name,
	  .fallback = "on",
	  .help = "async page faults: enabled, with PF_VMEXIT, never enabled" },
	{ .name = "hlt",
	  .values = "exit|guest",
	  .fallback = "exit",
	  .help = "whether the guest's HLT exits to KVM" },
	{ 0 }
};

static const char *const contract_quick[] = { "cpl=0,3 send-always=0,1 interrupts=0,1",
					      "cpl=3 async=off hlt=exit,guest", NULL };

static const char *const contract_full[] = { "cpl=0,3 send-always=0,1 interrupts=0,1",
					     "cpl=3 async=vmexit,off interrupts=0,1",
					     "cpl=0,3 async=on hlt=guest",
					     "cpl=3 async=off hlt=guest", NULL };

static const struct tb_explanation explanation = {
	.question = "What does KVM do when a guest touches a page that is absent in the host? It "
		    "notifies the guest, halts the vCPU, or waits in the vCPU's thread. The "
		    "parameters are the conditions of that choice.",
	.window = "It measures no time. Each metric is a share of the guest's touches, and the "
		  "three need not sum to 1.\n"
		  "delivered: the guest received a #PF for the fault, by its own count.\n"
		  "synchronous: the vCPU's own thread waited for the page; userfaultfd reports the "
		  "thread.\n"
		  "halted: a KVM worker fetched the page, the guest received nothing and did not "
		  "halt itself, and the vCPU's thread slept inside KVM_RUN. It is counted by "
		  "voluntary switches (getrusage), not as the remainder of the others.",
	.values =
		"cpl=0, cpl=3: the privilege level of the guest's touch.\n"
		"send-always=1: the guest requested notifications at CPL 0, too "
		"(KVM_ASYNC_PF_SEND_ALWAYS); 0: it did not.\n"
		"interrupts=0: they are off in the guest at the touch; 1: they are on.\n"
		"async=on: the guest enabled async page faults. off: it never did. vmexit: "
		"enabled with PF_VMEXIT, which concerns nested guests and must change nothing for "
		"the guest itself.\n"
		"hlt=exit: the guest's HLT exits to KVM. guest: it does not "
		"(KVM_CAP_X86_DISABLE_EXITS), so KVM may not halt the vCPU.",
	.proof = "outcome: the result must match the host's rule. With interrupts off it is "
		 "synchronous. With async=off, or at CPL 0 without send-always, it is halted, or "
		 "synchronous with hlt=guest. Otherwise it is delivered. A different or mixed "
		 "result fails. A result is unproved, and fails too, if no fault was notified or "
		 "synchronous, and the vCPU was seen asleep in fewer than 3 of 4 faults.\n"
		 "events, ready, wrong-words: there are as many events as touches, as many ends as "
		 "beginnings, and each page holds its own bytes.\n"
		 "traced-not-present: KVM's tracepoint counts the faults that the vCPU did not "
		 "wait for. untraced-rounds: no round has incomplete trace records. If the "
		 "tracepoints cannot be read, the row is skipped.\n"
		 "The tests show every combination with kvm-amd in QEMU, as Linux 6.12 promises "
		 "it.",
	.controls =
		"If the host emulates CPL 0 (PVM), a guest with send-always and interrupts on "
		"runs first. If even this guest receives nothing, rows of CPL 0 prove nothing and "
		"are skipped.",
	.traps = "The tracepoint alone cannot distinguish delivered from halted: it counts queued "
		 "work. The guest's count alone cannot distinguish halted from synchronous: both "
		 "are 0.\n"
		 "KVM polls before a halted vCPU sleeps, and a page that arrives at once leaves no "
		 "time to sleep. Where halted is expected, the handler waits 1 ms before each "
		 "page.",
	.silent = "It does not say which guest requests what. Since Linux 5.8 a Linux guest does "
		  "not set SEND_ALWAYS, and panics on such a #PF at CPL 0. That changed the guest. "
		  "This table is the host's rule, which did not change.",
	.sources = "Linux arch/x86/kvm/x86.c: kvm_can_do_async_pf(), "
		   "kvm_arch_async_page_not_present(); commit x86/kvm: Restrict ASYNC_PF to user "
		   "space.\n"
		   "bench/apf/contract_kvm.c; docs/method.md.",
};

const struct tb_bench apf_contract_kvm = {
	.name = "apf/contract-kvm",
	.summary = "KVM's answer to a guest fault: notify, halt, wait",
	.explain = &explanation,
	.realm = TB_REALM_GUEST,
	.version = 2,
	.cpus = 1,
	.metrics = contract_metrics,
	.params = contract_params,
	.quick = contract_quick,
	.full = contract_full,
	.rounds = 8,
	.ungated = true,
	.untimed = true,
	.probe = contract_probe,
	.setup = contract_setup,
	.sample = contract_sample,
	.verify = contract_verify,
	.teardown = contract_teardown,
};
