// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/wake-uffd: how soon a task runs again after a fault on absent memory, when a
 * handler in user space supplies the memory.
 *
 * A sample is a round: every faulting thread touches each of its pages once. The
 * handler reads events and resolves each, which wakes its thread. With way=sigbus
 * there is no wake: the fault is a signal to the thread itself, and its signal handler
 * resolves the fault.
 */
#include "apf/wake_uffd/wake_uffd.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "apf/fault_round.h"
#include "apf/fault_steps.h"
#include "apf/switch_trace.h"
#include "apf/uffd.h"
#include "machine/place.h"
#include "machine/refusal.h"
#include "stats/describe.h"

enum { HANDLER, FAULTER }; /* roles */
enum {
	RATE,
	LATENCY,
	FAULT_TO_READ,
	IOCTL,
	IOCTL_TO_RUN,
	PART_FAULT,
	PART_SWITCHES,
	PART_READ,
	PART_IOCTL,
	PARTS,
	HANDLER_SHARE,
	METRICS
};

struct wake_uffd {
	struct rounds rounds;
	bool steps; /* one thread on the handler's CPU, so a fault has parts */
	/* Samples with parts; those whose parts did not sum to the latency. */
	uint64_t stepped, unpushed;
};

static size_t page_of(const char *page)
{
	return strcmp(page, "2M") ? 4096 : 2 << 20;
}

static int wake_probe(struct tb_probe *probe)
{
	static const char *const names[] = { "copy", "zeropage", "continue", "wp", "sigbus" };
	const char *way = tb_probe_choice(probe, "way"), *why = "";
	size_t page = page_of(tb_probe_choice(probe, "page"));
	size_t pages = tb_probe_number(probe, "threads") * FAULT_ROUND_PAGES;
	struct uffd uffd;
	int i = 0, err;

	while (strcmp(names[i], way))
		i++;
	if (i == UFFD_SIGBUS && tb_probe_number(probe, "threads") > 1)
		return tb_probe_unavailable(probe, "not-applicable",
					    "SIGBUS goes to the faulting thread itself",
					    "use threads=1 with way=sigbus");
	if (i == UFFD_ZEROPAGE && page > 4096)
		return tb_probe_unavailable(probe, "not-applicable",
					    "the kernel has no huge page of zeros to map",
					    "use way=copy with page=2M");
	/* Small pages are allocated at the touch; huge ones must be reserved before. */
	err = uffd_open(&uffd, UFFD_USERS, (enum uffd_way)i, page, page > 4096 ? pages : 1, &why);
	uffd_close(&uffd);
	if (err == -ENOMEM && page > 4096)
		return tb_probe_unavailable(
			probe, "no-huge-pages", why,
			"sysctl vm.nr_hugepages=64 (32 a thread, 64 with continue)");
	if (err)
		return tb_probe_unavailable(probe, uffd.refusal.code, why, uffd.refusal.remedy);
	return tb_probe_threads(probe);
}

static void steps_unavailable(struct tb_trial *trial, const char *why)
{
	for (unsigned int m = PART_FAULT; m < PARTS; m++)
		tb_trial_unavailable(trial, m, why);
}

static void parts_unavailable(struct tb_trial *trial, const char *why)
{
	steps_unavailable(trial, why);
	tb_trial_unavailable(trial, PARTS, why);
}

/* Parts need the kernel's records of the thread's switches. */
static void try_switch_trace(struct tb_trial *trial, struct wake_uffd *w)
{
	char text[TB_REASON + TB_REMEDY];
	struct tb_refusal refusal;
	struct switch_trace trace;
	int err = switch_trace_open(&trace, atomic_load(&w->rounds.faulter[0].tid));

	switch_trace_close(&trace);
	if (!err)
		return;
	tb_refusal_of(NULL, "perf_event_open", err, &refusal);
	tb_refusal_text(&refusal, "not separable: no record of context switches", text,
			sizeof(text));
	parts_unavailable(trial, text);
	w->steps = false;
}

static int wake_setup(struct tb_trial *trial)
{
	struct wake_uffd *w = tb_trial_alloc(trial, sizeof(*w));
	char text[TB_REASON + TB_REMEDY];
	const char *why = "";
	struct rounds *l;
	int err;

	if (!w)
		return -ENOMEM;
	tb_trial_set_priv(trial, w);
	l = &w->rounds;
	l->threads = (unsigned int)tb_trial_number(trial, "threads");
	l->batch = (unsigned int)tb_trial_number(trial, "batch");
	l->cpu = tb_trial_cpu(trial, FAULTER);
	err = uffd_open(&l->uffd, UFFD_USERS, (enum uffd_way)tb_trial_choice_index(trial, "way"),
			page_of(tb_trial_choice(trial, "page")),
			(size_t)l->threads * FAULT_ROUND_PAGES, &why);
	if (err) {
		tb_refusal_text(&l->uffd.refusal, NULL, text, sizeof(text));
		return tb_trial_fail(trial, err, text);
	}
	w->steps = l->threads == 1 && l->uffd.way != UFFD_SIGBUS &&
		   l->cpu == tb_trial_cpu(trial, HANDLER);
	if (!w->steps)
		parts_unavailable(
			trial,
			l->uffd.way == UFFD_SIGBUS
				? "the thread handles its own fault: no other thread is scheduled"
				: "measured only with one thread, on the handler's CPU");
	err = fault_rounds_start(trial, l);
	if (!err && w->steps)
		try_switch_trace(trial, w);
	return err;
}

/* Begin of the round's first touch and end of its last. */
static double fault_span(const struct rounds *l)
{
	uint64_t first = UINT64_MAX, last = 0;

	for (unsigned int t = 0; t < l->threads; t++) {
		if (l->faulter[t].before[0] < first)
			first = l->faulter[t].before[0];
		if (l->faulter[t].after[FAULT_ROUND_PAGES - 1] > last)
			last = l->faulter[t].after[FAULT_ROUND_PAGES - 1];
	}
	return (double)(last - first);
}

enum part { WHOLE, TO_READ, OWN, IN_IOCTL, TO_RUN };

/* Signed: a woken thread that preempts its waker runs before the ioctl returns. */
static double between(uint64_t from, uint64_t to)
{
	return (double)(int64_t)(to - from);
}

static double part_of(const struct fault_event *e, const struct faulter *f, size_t page,
		      uint64_t busy_until, enum part part)
{
	switch (part) {
	case TO_READ:
		return between(f->before[page], e->read);
	case OWN:
		return between(busy_until > e->read ? busy_until : e->read, e->entered);
	case IN_IOCTL:
		return between(e->entered, e->returned);
	case TO_RUN:
		return between(e->returned, f->after[page]);
	case WHOLE:
		break;
	}
	return between(f->before[page], f->after[page]);
}

/* The round's median of one part over the events, TSC cycles. */
static double median_of(const struct rounds *l, enum part part)
{
	double x[FAULT_ROUND_THREADS_MAX * FAULT_ROUND_PAGES], median = 0;
	size_t n = (size_t)l->threads * FAULT_ROUND_PAGES;

	for (size_t i = 0; i < n; i++) {
		const struct fault_event *e = &l->event[i];
		size_t page = (e->page - (uintptr_t)l->uffd.region) / l->uffd.page;
		/* In a batch, the handler is busy until the previous event is resolved. */
		uint64_t busy_until = i ? e[-1].returned : 0;

		x[i] = part_of(e, &l->faulter[page / FAULT_ROUND_PAGES], page % FAULT_ROUND_PAGES,
			       busy_until, part);
	}
	tb_stats_median(x, n, &median);
	return median;
}

static int sample_steps(struct tb_trial *trial, struct wake_uffd *w, double whole, double *value)
{
	struct rounds *l = &w->rounds;
	struct fault_steps steps;
	int err = fault_rounds_rest(l);

	if (!err)
		err = fault_rounds_steps(l, &steps);
	if (err == -EAGAIN)
		return 0;
	if (err)
		return tb_trial_fail(trial, err,
				     "the parts of a single fault could not be measured");
	value[PART_FAULT] = tb_trial_ns(trial, steps.fault);
	value[PART_SWITCHES] = tb_trial_ns(trial, steps.switches);
	value[PART_READ] = tb_trial_ns(trial, steps.read);
	value[PART_IOCTL] = tb_trial_ns(trial, steps.ioctl);
	value[PARTS] = fault_steps_sum(&steps, whole);
	if (tb_trial_column(trial) == TB_WARM_UP)
		return 0;
	w->stepped++;
	w->unpushed += !fault_steps_add_up(value[PARTS]);
	return 0;
}

static int wake_sample(struct tb_trial *trial, double *value)
{
	struct wake_uffd *w = tb_trial_priv(trial);
	struct rounds *l = &w->rounds;
	double whole;
	int err = fault_rounds_rest(l);

	if (err)
		return tb_trial_fail(trial, err, "a faulting thread did not go to sleep");
	err = fault_rounds_run(l);
	if (err)
		return tb_trial_fail(trial, err, "the handler could not resolve a fault");
	whole = median_of(l, WHOLE);
	value[RATE] = l->threads * FAULT_ROUND_PAGES * 1e9 / tb_trial_ns(trial, fault_span(l));
	value[LATENCY] = tb_trial_ns(trial, whole);
	value[FAULT_TO_READ] = tb_trial_ns(trial, median_of(l, TO_READ));
	value[IOCTL] = tb_trial_ns(trial, median_of(l, IN_IOCTL));
	value[IOCTL_TO_RUN] = tb_trial_ns(trial, median_of(l, TO_RUN));
	value[HANDLER_SHARE] = median_of(l, OWN) / whole;
	return w->steps ? sample_steps(trial, w, whole, value) : 0;
}

static int wake_verify(struct tb_trial *trial)
{
	const struct wake_uffd *w = tb_trial_priv(trial);
	const struct rounds *l = &w->rounds;
	long long faults = (long long)l->expected, touches = 0;

	if (w->steps && !w->stepped)
		parts_unavailable(
			trial,
			"the woken thread preempted the handler each time: needs SCHED_FIFO");
	/* The sum itself remains in the record, as evidence. */
	if (2 * w->unpushed > w->stepped)
		steps_unavailable(trial, "not separable: the parts do not sum to the latency");
	for (unsigned int t = 0; t < l->threads; t++)
		touches += (long long)l->faulter[t].touches;
	tb_trial_check_count(trial, "touches", faults, touches);
	tb_trial_check_count(trial, "events", faults, (long long)l->events);
	tb_trial_check_count(trial, "wakes", faults, (long long)l->resolved);
	tb_trial_check_count(trial, "wrong-pages", 0, (long long)l->wrong_pages);
	return 0;
}

static void wake_teardown(struct tb_trial *trial)
{
	struct wake_uffd *w = tb_trial_priv(trial);

	if (w)
		fault_rounds_end(&w->rounds);
}

static const struct tb_metric wake_metrics[] = {
	[RATE] = { .name = "rate",
		   .unit = TB_OPS_PER_S,
		   .better = TB_HIGHER,
		   .shown = true,
		   .help = "faults of a round over the time from the first touch to the last" },
	[LATENCY] = { .name = "latency",
		      .unit = TB_NS,
		      .headline = true,
		      .help = "from before the touch to after it; a round's median" },
	[FAULT_TO_READ] = { .name = "fault-to-read",
			    .unit = TB_NS,
			    .shown = true,
			    .help = "from before the touch to the handler's return from read(), or its signal handler" },
	[IOCTL] = { .name = "ioctl",
		    .unit = TB_NS,
		    .shown = true,
		    .help = "the ioctl that resolves the fault, wake included" },
	[IOCTL_TO_RUN] = { .name = "ioctl-to-run",
			   .unit = TB_NS,
			   .shown = true,
			   .help = "from the ioctl's return to after the touch; negative if the woken thread preempts" },
	[PART_FAULT] = { .name = "part-fault",
			 .unit = TB_NS,
			 .help = "from the touch to the switch away, and from the switch back to after the touch" },
	[PART_SWITCHES] = { .name = "part-switches",
			    .unit = TB_NS,
			    .help = "two switches between the same threads, by sched_yield()" },
	[PART_READ] = { .name = "part-read",
			.unit = TB_NS,
			.help = "read() of an event that has arrived already" },
	[PART_IOCTL] = { .name = "part-ioctl",
			 .unit = TB_NS,
			 .help = "the ioctl that resolves one fault: wake included, switch excluded" },
	[PARTS] = { .name = "parts-over-whole",
		    .unit = TB_RATIO,
		    .help = "sum of the separately measured parts over the latency of the same round" },
	[HANDLER_SHARE] = { .name = "handler-share",
			    .unit = TB_RATIO,
			    .help = "the handler's own code between read() and ioctl, over the latency" },
	{ 0 }
};

static const struct tb_param wake_params[] = {
	{ .name = "way",
	  .choice = uffd_way_name,
	  .fallback = "copy",
	  .help = "how a fault is resolved" },
	{ .name = "threads", .values = "1..64", .fallback = "1", .help = "threads that fault" },
	{ .name = TB_PLACEMENT_PARAM,
	  .choice = tb_placement_name,
	  .fallback = "same-cpu",
	  .help = "where they run, relative to the handler" },
	{ .name = "batch",
	  .values = "1..64",
	  .fallback = "1",
	  .help = "events that one read() may return" },
	{ .name = "page",
	  .values = "4K|2M",
	  .fallback = "4K",
	  .help = "bytes of a page; 2M: hugetlbfs" },
	{ .name = TB_IDLE_PARAM,
	  .values = TB_IDLES,
	  .fallback = "default",
	  .help = "how deeply CPUs may idle" },
	{ .name = TB_POLICY_PARAM,
	  .values = TB_POLICIES,
	  .fallback = "fifo",
	  .help = "scheduling class of the handler and of the tasks" },
	{ 0 }
};

static const char *const wake_quick[] = { "way=copy,zeropage,continue,wp,sigbus",
					  "way=copy threads=16 batch=1,16",
					  "way=copy placement=same-l3 idle=default,shallow", NULL };

static const char *const wake_full[] = {
	"way=copy,zeropage,continue,wp,sigbus policy=fifo,other",
	"way=copy,continue,wp,sigbus page=2M",
	"way=copy,continue,wp threads=1,4,16,64 batch=1,16",
	("way=copy,continue threads=1,4,16 idle=default,shallow "
	 "placement=smt-sibling,same-l2,same-l3,cross-l3,cross-package"),
	"way=copy placement=smt-sibling,same-l2,same-l3,cross-l3,cross-package policy=other",
	NULL
};

const struct tb_bench apf_wake_uffd = {
	.name = "apf/wake-uffd",
	.summary = "wake faulted tasks by userfaultfd",
	.explain = &apf_wake_uffd_explanation,
	.realm = TB_REALM_USER,
	.version = 2,
	.cpus = 2,
	.metrics = wake_metrics,
	.params = wake_params,
	.quick = wake_quick,
	.full = wake_full,
	.rounds = 512,
	.ungated = true,
	.probe = wake_probe,
	.setup = wake_setup,
	.sample = wake_sample,
	.verify = wake_verify,
	.teardown = wake_teardown,
};
