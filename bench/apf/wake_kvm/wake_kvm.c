// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/wake-kvm: how soon a guest's tasks run again after a fault on memory that is
 * absent in the host, when KVM notifies the guest and its other tasks may run.
 *
 * A sample is a round in a guest of its own (guest_round.h).
 */
#include "apf/wake_kvm/wake_kvm.h"

#include <errno.h>
#include <string.h>

#include "apf/guest_backing.h"
#include "apf/guest_exchange.h"
#include "apf/guest_round.h"
#include "apf/guest_parts.h"
#include "apf/kvm_trace.h"
#include "machine/place.h"

enum { HANDLER, VCPU }; /* roles */
enum {
	RATE,
	LATENCY,
	TOUCH_TO_ABSENT,
	ABSENT_TO_READY,
	READY_TO_RUN,
	PART_FAULT,
	PART_COMPLETED,
	PART_READY,
	PART_RESUME, /* the four parts are in the order of guest_parts() */
	PARTS,
	SYNCHRONOUS_SHARE
};

/* Pages per vCPU: ASYNC_PF_PER_VCPU of linux/arch/x86/include/asm/kvm_host.h. */
enum { ROUNDS_TO_WARM = 4, OUTSTANDING = 64 };

struct wake_kvm {
	struct guest_rounds rounds;
	struct kvm_trace trace;
	struct guest_counts notified; /* the guest's counts in traced rounds */
	struct kvm_traced traced;     /* KVM's counts */
	bool tracing, alone;	      /* alone: one thread of one vCPU, so a fault has parts */
	uint64_t parted, unclear;     /* samples with parts; with ones below clock-uncertainty */
	unsigned int mode;
};

static int wake_probe(struct tb_probe *probe)
{
	const char *mode = tb_probe_choice(probe, "mode");
	size_t pages = guest_round_pages((unsigned int)tb_probe_number(probe, "threads")) *
		       tb_probe_number(probe, "vcpus");
	const struct guest_backing *b = guest_backing_of(tb_probe_choice(probe, "backing"));
	bool async = !strcmp(mode, "async") || !strcmp(mode, "halt");

	if (strcmp(mode, "async") && tb_probe_number(probe, "threads") > 1)
		return tb_probe_unavailable(probe, "not-applicable",
					    "a vCPU that waits for its page runs no other thread",
					    "use threads=1 with this mode");
	return guest_rounds_probe(probe, async, b->way, b->page, pages);
}

static void all_unavailable(struct tb_trial *trial, unsigned int from, unsigned int to,
			    const char *why)
{
	for (unsigned int m = from; m <= to; m++)
		tb_trial_unavailable(trial, m, why);
}

/* Marks the metrics that this variant does not measure. */
static void mark_unavailable(struct tb_trial *trial, struct wake_kvm *w)
{
	const char *why = "";

	if (!w->alone)
		all_unavailable(
			trial, LATENCY, PARTS,
			"with many threads a latency is a queueing time: measured with one thread of one vCPU");
	else if (w->mode != ASYNC)
		all_unavailable(trial, TOUCH_TO_ABSENT, PARTS,
				"the guest gets no notification in this mode");
	w->tracing = w->mode != NO_IRQCHIP && w->rounds.vmm.vcpus == 1 &&
		     !kvm_trace_open(&w->trace, w->rounds.vcpu_cpu, &why);
	if (!w->tracing && w->alone && w->mode == ASYNC)
		all_unavailable(trial, PART_FAULT, PARTS, why);
}

static int wake_setup(struct tb_trial *trial)
{
	struct wake_kvm *w = tb_trial_alloc(trial, sizeof(*w));
	const struct guest_backing *b = guest_backing_of(tb_trial_choice(trial, "backing"));
	struct vmm_plan plan;
	struct guest_rounds *l;
	const char *why = "";
	int err;

	if (!w)
		return -ENOMEM;
	tb_trial_set_priv(trial, w);
	w->mode = tb_trial_choice_index(trial, "mode");
	plan = wake_kvm_plan(trial, w->mode);
	l = &w->rounds;
	l->threads = (unsigned int)tb_trial_number(trial, "threads");
	l->delay_ns = tb_trial_number(trial, "delay") * 1000;
	l->delay_each = !strcmp(tb_trial_choice(trial, "delay-per"), "event");
	l->handler_cpu = tb_trial_cpu(trial, HANDLER);
	l->vcpu_cpu = tb_trial_cpu(trial, VCPU);
	w->alone = l->threads == 1 && plan.vcpus == 1;
	err = guest_rounds_open(l, &plan, b->way, b->page, &why);
	if (!err)
		err = guest_rounds_exchange(l, &why);
	if (err)
		return tb_trial_fail(trial, err, why);
	mark_unavailable(trial, w);
	return 0;
}

/* Runs one more round, traced by KVM. */
static int run_traced(struct wake_kvm *w, struct kvm_traced *traced, const char **why)
{
	struct guest_rounds *l = &w->rounds;
	struct guest_counts before = l->counts;
	int err, lost;

	kvm_trace_begin(&w->trace);
	err = guest_rounds_run(l, why);
	lost = kvm_trace_end(&w->trace, l->vcpu[0].tid, traced);
	if (err || lost)
		return err;
	w->traced.absent += traced->absent;
	w->traced.ready += traced->ready;
	w->notified.events += l->counts.events - before.events - (l->counts.own - before.own);
	w->notified.absent += l->counts.absent - before.absent;
	return 0;
}

static int sample_parts(struct tb_trial *trial, struct wake_kvm *w, double *value)
{
	struct kvm_traced traced;
	struct tb_clock_mark mark[2] = { tb_clock_mark() };
	const char *why = "";
	double uncertain;
	int err = run_traced(w, &traced, &why);

	if (err)
		return tb_trial_fail(trial, err, why);
	mark[1] = tb_clock_mark();
	/* Fewer, or none, where another guest's faults stood between ours. */
	if (traced.faults != GUEST_ROUND_PAGES_MIN)
		return 0;
	value[PARTS] = guest_parts(&w->rounds, &traced, mark, &value[PART_FAULT]) /
		       tb_trial_ns(trial, guest_median(&w->rounds, GUEST_WHOLE));
	uncertain = tb_trial_ns(trial, guest_clock_uncertainty(&w->rounds.vcpu[0].clock));
	w->parted++;
	w->unclear += value[PART_FAULT] < uncertain || value[PART_RESUME] < uncertain;
	return 0;
}

static int warm_up(struct tb_trial *trial, struct wake_kvm *w)
{
	struct kvm_traced traced;
	const char *why = "";
	int err;

	if (tb_trial_samples(trial) >= ROUNDS_TO_WARM)
		return 0;
	err = w->tracing ? run_traced(w, &traced, &why) : guest_rounds_run(&w->rounds, &why);
	return err ? tb_trial_fail(trial, err, why) : 0;
}

static int wake_sample(struct tb_trial *trial, double *value)
{
	struct wake_kvm *w = tb_trial_priv(trial);
	struct guest_rounds *l = &w->rounds;
	const char *why = "";
	uint64_t own = l->counts.own;
	int err;

	if (tb_trial_column(trial) == TB_WARM_UP && !tb_trial_counting(trial))
		return warm_up(trial, w);
	err = guest_rounds_run(l, &why);
	if (err)
		return tb_trial_fail(trial, err, why);
	value[RATE] = (double)(l->pages * l->vmm.vcpus) * 1e9 / tb_trial_ns(trial, guest_span(l));
	value[SYNCHRONOUS_SHARE] =
		(double)(l->counts.own - own) / (double)(l->pages * l->vmm.vcpus);
	if (!w->alone)
		return 0;
	value[LATENCY] = tb_trial_ns(trial, guest_median(l, GUEST_WHOLE));
	if (w->mode != ASYNC)
		return 0;
	value[TOUCH_TO_ABSENT] = tb_trial_ns(trial, guest_median(l, GUEST_TO_ABSENT));
	value[ABSENT_TO_READY] = tb_trial_ns(trial, guest_median(l, GUEST_TO_READY));
	value[READY_TO_RUN] = tb_trial_ns(trial, guest_median(l, GUEST_TO_RUN));
	return w->tracing ? sample_parts(trial, w, value) : 0;
}

static void check_guest(struct tb_trial *trial, const struct wake_kvm *w)
{
	const struct guest_counts *c = &w->rounds.counts;
	long long notified = w->mode == ASYNC ? (long long)c->touches - (long long)c->own : 0;

	tb_trial_check_count(trial, "events", (long long)c->touches, (long long)c->events);
	tb_trial_check_count(trial, "not-present", notified, (long long)c->absent);
	tb_trial_check_count(trial, "ready", notified, (long long)c->ready);
	tb_trial_check_count(trial, "wrong-words", 0, (long long)c->wrong);
	tb_trial_check_count(trial, "wrong-pages", 0, (long long)c->wrong_pages);
	tb_trial_check_count(trial, "unknown-tokens", 0,
			     (long long)c->unknown + (long long)c->collisions);
	tb_trial_check_count(trial, "spurious-ready", 0, (long long)c->spurious);
	/* KVM sends one broadcast after enabling. */
	tb_trial_check(trial, "broadcasts", c->broadcasts <= w->rounds.vmm.vcpus,
		       "at most one a vCPU", c->broadcasts ? "one or more" : "none");
}

/* Stamps of guest and host are compared only if one clock made both. */
static void check_clocks(struct tb_trial *trial, const struct wake_kvm *w)
{
	double uncertain;
	bool agree = guest_clocks_agree(&w->rounds, &uncertain);
	const char *why = "not separable: a part is smaller than clock-uncertainty";

	tb_trial_control(trial, "clock-uncertainty", tb_trial_ns(trial, uncertain));
	tb_trial_check(trial, "guest-clock", agree, "the host's", agree ? "the host's" : "another");
	if (2 * w->unclear <= w->parted)
		return;
	tb_trial_unavailable(trial, PART_FAULT, why);
	tb_trial_unavailable(trial, PART_RESUME, why);
}

/* Checks who waited for the faults: a KVM worker, or the vCPU itself. */
static void check_host(struct tb_trial *trial, const struct wake_kvm *w)
{
	const struct guest_counts *c = &w->rounds.counts;
	bool queue_full = w->mode == ASYNC && w->rounds.threads > OUTSTANDING;
	bool own = w->mode == SYNC || w->mode == NO_IRQCHIP;

	if (!queue_full)
		tb_trial_check_count(trial, "faults-of-the-vcpu", own ? (long long)c->touches : 0,
				     (long long)c->own);
	check_clocks(trial, w);
	if (!w->tracing)
		return;
	tb_trial_check_count(trial, "traced-not-present", (long long)w->notified.events,
			     (long long)w->traced.absent);
	if (w->mode == ASYNC)
		tb_trial_check(trial, "traced-ready",
			       w->traced.ready >= w->notified.absent &&
				       w->traced.ready <= w->notified.absent + 1,
			       "as the guest's, or the broadcast more",
			       w->traced.ready < w->notified.absent ? "fewer" : "as wanted");
}

static int wake_verify(struct tb_trial *trial)
{
	const struct wake_kvm *w = tb_trial_priv(trial);

	if (w->alone && w->mode == ASYNC && w->tracing && !w->parted)
		all_unavailable(
			trial, PART_FAULT, PARTS,
			"faults of other guests were mixed with this guest's in every sample");
	tb_trial_control(trial, "parked-max", (double)w->rounds.counts.parked_max);
	tb_trial_control(trial, "idles", (double)w->rounds.counts.idles);
	check_guest(trial, w);
	check_host(trial, w);
	return 0;
}

static void wake_teardown(struct tb_trial *trial)
{
	struct wake_kvm *w = tb_trial_priv(trial);

	if (!w)
		return;
	kvm_trace_close(&w->trace);
	guest_rounds_close(&w->rounds);
}

static const struct tb_metric wake_metrics[] = {
	[RATE] = { .name = "rate",
		   .unit = TB_OPS_PER_S,
		   .better = TB_HIGHER,
		   .headline = true,
		   .shown = true,
		   .help = "touches of a round over the time from the first to the last" },
	[LATENCY] = { .name = "latency",
		      .unit = TB_NS,
		      .shown = true,
		      .help = "from before the touch to after it, in the guest; a round's median" },
	[TOUCH_TO_ABSENT] = { .name = "touch-to-absent",
			      .unit = TB_NS,
			      .help = "from before the touch to the notification that the page is not present" },
	[ABSENT_TO_READY] = { .name = "absent-to-ready",
			      .unit = TB_NS,
			      .shown = true,
			      .help = "from there to the notification that the page is ready" },
	[READY_TO_RUN] = { .name = "ready-to-run",
			   .unit = TB_NS,
			   .help = "from there to after the touch" },
	[PART_FAULT] = { .name = "part-fault",
			 .unit = TB_NS,
			 .help = "from before the touch to not_present: exit from the guest, work queued" },
	[PART_COMPLETED] = { .name = "part-completed",
			     .unit = TB_NS,
			     .help = "from not_present to completed: KVM's worker fetches the page" },
	[PART_READY] = { .name = "part-ready",
			 .unit = TB_NS,
			 .help = "from completed to ready: the vCPU takes the notification" },
	[PART_RESUME] = { .name = "part-resume",
			  .unit = TB_NS,
			  .help = "from ready to after the touch: the guest's interrupt and scheduler" },
	[PARTS] = { .name = "parts-over-whole",
		    .unit = TB_RATIO,
		    .help = "sum of the medians of the four parts over the latency of the same round" },
	[SYNCHRONOUS_SHARE] = { .name = "synchronous-share",
				.unit = TB_RATIO,
				.within = TB_MEAN,
				.help = "share of faults for which the vCPU's own thread waited" },
	{ 0 }
};

static const struct tb_param wake_params[] = {
	{ .name = "mode",
	  .choice = wake_kvm_mode_name,
	  .fallback = "async",
	  .help = "KVM notifies the guest, halts the vCPU, waits in it, or waits without an irqchip" },
	{ .name = "threads",
	  .values = "1..256",
	  .fallback = "1",
	  .help = "virtual threads of a vCPU; KVM has at most 64 pages outstanding" },
	{ .name = "vcpus",
	  .values = "1..8",
	  .fallback = "1",
	  .help = "vCPUs; every second one runs on the handler's CPU" },
	{ .name = "delay",
	  .values = "0..1000000",
	  .fallback = "0",
	  .help = "microseconds that the handler sleeps" },
	{ .name = "delay-per",
	  .values = "event|batch",
	  .fallback = "event",
	  .help = "before each event, or each batch of up to 16" },
	{ .name = "backing",
	  .choice = guest_backing_name,
	  .fallback = "copy",
	  .help = "kind of memory, and the ioctl that supplies it" },
	{ .name = TB_PLACEMENT_PARAM,
	  .choice = tb_placement_name,
	  .fallback = "same-cpu",
	  .help = "where the vCPU runs, relative to the handler" },
	{ .name = "halt-poll",
	  .values = "default|0",
	  .fallback = "default",
	  .help = "whether KVM polls before a halted vCPU sleeps" },
	{ .name = TB_POLICY_PARAM,
	  .values = TB_POLICIES,
	  .fallback = "fifo",
	  .help = "scheduling class of the handler" },
	{ 0 }
};

/* Creating and destroying a machine takes 150 ms a launch, so the quick suite has few variants. */
static const char *const wake_quick[] = { "mode=async,halt,sync,no-irqchip",
					  "mode=async threads=32", NULL };

static const char *const wake_full[] = {
	"mode=async,halt,sync,no-irqchip halt-poll=default,0",
	"mode=async,halt,sync policy=other",
	"mode=async threads=8,32,64,128 backing=copy,continue",
	"mode=async threads=32 vcpus=2",
	"mode=async,halt,sync placement=smt-sibling,same-l2,same-l3,cross-l3,cross-package halt-poll=default,0",
	"mode=async threads=32 placement=smt-sibling,same-l2,same-l3,cross-l3,cross-package",
	"mode=async threads=1,8,32 delay=10,100,1000 delay-per=event,batch",
	"mode=sync delay=10,100,1000",
	"mode=async,sync backing=copy-2M,continue-2M",
	NULL
};

const struct tb_bench apf_wake_kvm = {
	.name = "apf/wake-kvm",
	.summary = "wake faulted guest tasks by KVM async page faults",
	.explain = &apf_wake_kvm_explanation,
	.realm = TB_REALM_GUEST,
	.version = 2,
	.cpus = 2,
	.metrics = wake_metrics,
	.params = wake_params,
	.quick = wake_quick,
	.full = wake_full,
	.rounds = 128,
	.ungated = true,
	.probe = wake_probe,
	.setup = wake_setup,
	.sample = wake_sample,
	.verify = wake_verify,
	.teardown = wake_teardown,
};
