// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/contract-kvm: what KVM does with a fault on a page that is not present, by
 * the state of the guest that it finds.
 *
 * The host's rule: with interrupts off it resolves the fault in the vCPU, since
 * whoever may not be interrupted may not be parked. With interrupts on it fetches
 * the page aside and tells the guest by a #PF, at CPL 0 only where the guest asked
 * for that (SEND_ALWAYS); untold, the vCPU is halted meanwhile.
 *
 * What changed in Linux 5.8 is the guest, not this rule: it no longer asks for
 * SEND_ALWAYS, and panics on such a #PF at CPL 0.
 */
#include "bench.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "apf/guest_lap.h"
#include "apf/kvm_trace.h"
#include "explain.h"

enum { DELIVERED, HALTED, SYNCHRONOUS, MIXED }; /* outcomes; the first three are metrics */
enum { THREADS = 4 };

static const char *const outcomes[] = { "delivered", "halted", "synchronous", "mixed" };

/* A cell of the table. */
struct cell {
	bool kernel, send_always, interrupts;
};

struct contract {
	struct guest_laps laps;
	struct kvm_trace trace;
	bool tracing;
	struct cell cell;
	uint64_t traced,
		queued; /* not_present, and faults that were not the vCPU's own, in the same laps */
};

/* linux/arch/x86/kvm/x86.c: kvm_can_do_async_pf(), kvm_arch_async_page_not_present(). */
static int promised(const struct cell *cell)
{
	if (!cell->interrupts)
		return SYNCHRONOUS;
	return cell->kernel && !cell->send_always ? HALTED : DELIVERED;
}

static int outcome(const struct guest_counts *c)
{
	if (c->own == c->touches)
		return SYNCHRONOUS;
	if (c->absent == c->touches)
		return DELIVERED;
	return c->absent || c->own ? MIXED : HALTED;
}

static int open_cell(struct contract *k, const struct cell *cell, const char **why)
{
	struct vmm_plan plan = {
		.vcpus = 1,
		.irqchip = true,
		.halt_poll = true,
		.async = VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT |
			 (cell->send_always ? VMM_ASYNC_SEND_ALWAYS : 0u),
		.ring = { .kernel = cell->kernel, .interrupts = cell->interrupts },
	};

	k->cell = *cell;
	k->laps.threads = THREADS;
	return guest_laps_open(&k->laps, &plan, UFFD_COPY, 4096, why);
}

/* One lap of a cell by itself: its outcome, or -errno. */
static int try_cell(const struct cell *cell)
{
	struct contract k = { .cell = *cell };
	const char *why;
	int err;

	k.laps.handler_cpu = k.laps.vcpu_cpu = sched_getcpu();
	err = open_cell(&k, cell, &why);
	if (!err)
		err = guest_laps_run(&k.laps, &why);
	guest_laps_close(&k.laps);
	return err ? err : outcome(&k.laps.counts);
}

static struct cell probed_cell(const struct tb_probe *probe)
{
	return (struct cell){ .kernel = !tb_probe_number(probe, "cpl"),
			      .send_always = tb_probe_number(probe, "send-always"),
			      .interrupts = tb_probe_number(probe, "interrupts") };
}

static int contract_probe(struct tb_probe *probe)
{
	const struct cell most = { .kernel = true, .send_always = true, .interrupts = true };
	struct cell cell = probed_cell(probe);
	int err = guest_laps_probe(probe, true, UFFD_COPY, 4096, guest_lap_pages(THREADS));

	if (err)
		return err;
	/* Where a #PF at CPL 0 can't be had by asking for it, its absence shows nothing. */
	if (cell.kernel && vmm_emulates_kernel() && try_cell(&most) == SYNCHRONOUS)
		return tb_probe_lack(
			probe, "not-showable",
			"this host emulates its guests' CPL 0 (PVM): such a fault is the emulator's own",
			"kvm-intel or kvm-amd; the latter also runs in QEMU's TCG");
	if (cell.send_always && try_cell(&cell) == -EOPNOTSUPP)
		return tb_probe_lack(probe, "not-showable", "this KVM does not take SEND_ALWAYS",
				     "there is none: the rule is gone with it");
	return 0;
}

static int contract_setup(struct tb_trial *trial)
{
	const struct cell cell = { .kernel = !tb_trial_number(trial, "cpl"),
				   .send_always = tb_trial_number(trial, "send-always"),
				   .interrupts = tb_trial_number(trial, "interrupts") };
	struct contract *k = tb_trial_alloc(trial, sizeof(*k));
	const char *why = "";
	int err;

	if (!k)
		return -ENOMEM;
	tb_trial_set_priv(trial, k);
	k->laps.handler_cpu = k->laps.vcpu_cpu = tb_trial_cpu(trial, 0);
	err = open_cell(k, &cell, &why);
	if (err) {
		guest_laps_close(&k->laps);
		return tb_trial_fail(trial, err, why);
	}
	k->tracing = !kvm_trace_open(&k->trace, k->laps.vcpu_cpu, &why);
	return 0;
}

static int contract_sample(struct tb_trial *trial, double *value)
{
	struct contract *k = tb_trial_priv(trial);
	struct guest_counts before = k->laps.counts;
	const struct guest_counts *now = &k->laps.counts;
	struct kvm_traced traced;
	const char *why = "";
	double touches, own, told;
	int err;

	if (k->tracing)
		kvm_trace_begin(&k->trace);
	err = guest_laps_run(&k->laps, &why);
	if (err)
		return tb_trial_fail(trial, err, why);
	own = (double)(now->own - before.own);
	told = (double)(now->absent - before.absent);
	touches = (double)(now->touches - before.touches);
	if (k->tracing && !kvm_trace_end(&k->trace, k->laps.vcpu[0].tid, &traced)) {
		k->traced += traced.absent;
		k->queued += (uint64_t)(touches - own);
	}
	value[DELIVERED] = told / touches;
	value[SYNCHRONOUS] = own / touches;
	value[HALTED] = (touches - own - told) / touches;
	return 0;
}

static int contract_verify(struct tb_trial *trial)
{
	const struct contract *k = tb_trial_priv(trial);
	const struct guest_counts *c = &k->laps.counts;
	int want = promised(&k->cell), got = outcome(c);

	tb_trial_check(trial, "outcome", want == got, outcomes[want], outcomes[got]);
	tb_trial_check_count(trial, "events", (long long)c->touches, (long long)c->events);
	tb_trial_check_count(trial, "ready", (long long)c->absent, (long long)c->ready);
	tb_trial_check_count(trial, "wrong-words", 0, (long long)c->wrong);
	if (k->tracing)
		tb_trial_check_count(trial, "traced-not-present", (long long)k->queued,
				     (long long)k->traced);
	return 0;
}

static void contract_teardown(struct tb_trial *trial)
{
	struct contract *k = tb_trial_priv(trial);

	if (k->tracing)
		kvm_trace_close(&k->trace);
	guest_laps_close(&k->laps);
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
		     .help = "share for which the vCPU was halted while a worker fetched the page" },
	[SYNCHRONOUS] = { .name = "synchronous",
			  .unit = TB_RATIO,
			  .within = TB_MEAN,
			  .shown = true,
			  .help = "share that the vCPU's own thread waited for" },
	{ 0 }
};

static const struct tb_param contract_params[] = {
	{ "cpl", "0|3", "3", "privilege level of the guest's touch" },
	{ "send-always", "0|1", "0", "whether the guest asked for CPL 0, too" },
	{ "interrupts", "0|1", "1", "its RFLAGS.IF" },
	{ 0 }
};

static const char *const contract_suite[] = { "cpl=0,3 send-always=0,1 interrupts=0,1", NULL };

const struct tb_bench apf_contract_kvm = {
	.name = "apf/contract-kvm",
	.summary = "what KVM does with a guest's fault: tells it, halts it, or waits in it",
	.explain = &apf_contract_kvm_explained,
	.realm = "guest",
	.version = 1,
	.cpus = 1,
	.metrics = contract_metrics,
	.params = contract_params,
	.quick = contract_suite,
	.full = contract_suite,
	.rounds = 8,
	.ungated = true,
	.untimed = true,
	.probe = contract_probe,
	.setup = contract_setup,
	.sample = contract_sample,
	.verify = contract_verify,
	.teardown = contract_teardown,
};
