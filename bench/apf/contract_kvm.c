// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/contract-kvm: what KVM does with a fault on a page that is not present, by
 * the state of the guest that it finds.
 *
 * The host's rule: with interrupts off it resolves the fault in the vCPU, since
 * whoever may not be interrupted may not be parked. With interrupts on it fetches
 * the page aside and tells the guest by a #PF, at CPL 0 only where the guest asked
 * for that (SEND_ALWAYS); untold, the vCPU is halted meanwhile. Where the guest's
 * HLT does not exit, KVM may not halt it, and resolves the fault in the vCPU.
 *
 * What changed in Linux 5.8 is the guest, not this rule: it no longer asks for
 * SEND_ALWAYS, and panics on such a #PF at CPL 0.
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

/* Longer than KVM polls for the end of a halt (halt_poll_ns): the vCPU's thread goes to sleep. */
enum { HALT_NS = 1000000 };

struct contract {
	struct guest_rounds rounds;
	struct kvm_trace trace;
	struct contract_cell cell;
	/* not_present, and faults that were not the vCPU's own; rounds whose trace is incomplete */
	uint64_t traced, queued, untraced;
};

static struct contract_counts counts_of(const struct guest_counts *c)
{
	return (struct contract_counts){ .touches = c->touches,
					 .own = c->own,
					 .told = c->absent,
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

/* One round of a cell by itself: its outcome, or -errno. */
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

/* Without KVM's own count of queued faults the cells are not checked in full. */
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

	/* Where a #PF at CPL 0 can't be had by asking for it, its absence shows nothing. */
	if (cell->kernel && vmm_emulates_kernel() && try_cell(&most) == CONTRACT_SYNCHRONOUS)
		return tb_probe_unavailable(
			probe, "not-showable",
			"this host emulates its guests' CPL 0 (PVM): such a fault is the emulator's own",
			"kvm-intel or kvm-amd; the latter also runs in QEMU's TCG");
	if ((cell->send_always || cell->hlt_in_guest || cell->async == CONTRACT_VMEXIT) &&
	    try_cell(cell) == -EOPNOTSUPP)
		return tb_probe_unavailable(
			probe, "not-showable",
			"this KVM does not take SEND_ALWAYS, PF_VMEXIT or HLT in guest",
			"there is none: the rule is gone with it");
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
					  .told = round.told - before.told,
					  .halts = round.halts - before.halts,
					  .waits = round.waits - before.waits };
	k->untraced += kvm_trace_end(&k->trace, k->rounds.vcpu[0].tid, &traced) != 0;
	k->traced += traced.absent;
	k->queued += round.touches - round.own;
	value[DELIVERED] = (double)round.told / (double)round.touches;
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
			.help = "share of faults that the guest was told by a #PF" },
	[HALTED] = { .name = "halted",
		     .unit = TB_RATIO,
		     .within = TB_MEAN,
		     .shown = true,
		     .help = "share for which a worker fetched the page, the guest was told nothing, and the vCPU's thread slept" },
	[SYNCHRONOUS] = { .name = "synchronous",
			  .unit = TB_RATIO,
			  .within = TB_MEAN,
			  .shown = true,
			  .help = "share that the vCPU's own thread waited for" },
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
	  .help = "whether the guest asked for CPL 0, too" },
	{ .name = "interrupts", .values = "0|1", .fallback = "1", .help = "its RFLAGS.IF" },
	{ .name = "async",
	  .choice = async_name,
	  .fallback = "on",
	  .help = "async page faults: enabled, with PF_VMEXIT, never enabled" },
	{ .name = "hlt",
	  .values = "exit|guest",
	  .fallback = "exit",
	  .help = "whether its HLT exits to KVM" },
	{ 0 }
};

static const char *const contract_quick[] = { "cpl=0,3 send-always=0,1 interrupts=0,1",
					      "cpl=3 async=off hlt=exit,guest", NULL };

static const char *const contract_full[] = { "cpl=0,3 send-always=0,1 interrupts=0,1",
					     "cpl=3 async=vmexit,off interrupts=0,1",
					     "cpl=0,3 async=on hlt=guest",
					     "cpl=3 async=off hlt=guest", NULL };

static const struct tb_explanation explanation = {
	.question =
		"What does KVM do with a guest's fault on a page that its host has not got: tell the "
		"guest, halt it, or wait in the vCPU? By privilege level, by whether the guest asked to be "
		"told at CPL 0, by its interrupt flag, and by whether its HLT exits.",
	.window =
		"delivered: share of touches whose fault the guest was told by a #PF, by its own "
		"count.\n"
		"synchronous: share that the vCPU's own thread waited for; userfaultfd names the "
		"thread.\n"
		"halted: a worker of KVM's fetched the page, the guest was told nothing and halted nothing "
		"itself, and the vCPU's thread went to sleep inside KVM_RUN: as many as it has voluntary "
		"switches (getrusage), never the rest. The three need not sum to 1.",
	.values =
		"cpl=0, cpl=3: where the guest touches.\n"
		"send-always=1: the guest asked for CPL 0, too (KVM_ASYNC_PF_SEND_ALWAYS); 0: it did not.\n"
		"interrupts=0: they are off in the guest at the touch; 1: they are on.\n"
		"async=off: the guest never enabled async page faults. vmexit: enabled with PF_VMEXIT, which "
		"is about guests of the guest and must change nothing for the guest itself.\n"
		"hlt=guest: the guest's HLT does not exit (KVM_CAP_X86_DISABLE_EXITS), so KVM may not halt it.",
	.proof =
		"outcome: what the host's rule promises: synchronous with interrupts off; else delivered, "
		"but halted at CPL 0 without send-always and with async=off, or synchronous there with "
		"hlt=guest. A cell that comes out otherwise fails, also as unproved: neither told, nor the "
		"vCPU's own, nor seen asleep in 3 of 4 faults.\n"
		"events, ready, wrong-words: as many events as touches, as many ends as beginnings, and "
		"each page holds its own bytes.\n"
		"traced-not-present: KVM's tracepoint counts the faults that were not the vCPU's own. "
		"untraced-rounds: no round's records are incomplete. Where the tracepoints cannot be read, the row "
		"is skipped.\n"
		"The tests show every cell with kvm-amd in QEMU as Linux 6.12 promises it.",
	.controls =
		"Where a host emulates CPL 0 (PVM), a guest with send-always and interrupts on is tried "
		"first: if even that one is told nothing, cells of CPL 0 show nothing, and are skipped.",
	.traps =
		"The tracepoint alone can't tell delivered from halted: it counts queued work. The guest's "
		"count alone can't tell halted from synchronous: both are 0.\n"
		"KVM polls before it lets a halted vCPU sleep, and a page that comes at once leaves nothing to "
		"wait for. Where halted is promised, the handler waits 1 ms before each page.",
	.silent =
		"Not which guest asks for what. Since Linux 5.8 a Linux guest no longer sets SEND_ALWAYS "
		"and panics on such a #PF at CPL 0: that changed the guest, and this table is the host's "
		"rule, which stayed.\n"
		"Nothing of time.",
	.sources =
		"Linux arch/x86/kvm/x86.c: kvm_can_do_async_pf(), kvm_arch_async_page_not_present(); "
		"commit x86/kvm: Restrict ASYNC_PF to user space.\n"
		"bench/apf/contract_kvm.c; docs/method.md.",
};

const struct tb_bench apf_contract_kvm = {
	.name = "apf/contract-kvm",
	.summary = "what KVM does with a guest's fault: tells it, halts it, or waits in it",
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
