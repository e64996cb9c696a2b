// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * l1d/flush-user: what a software flush of the L1D costs in user space, what it
 * leaves behind, and what the program pays afterwards.
 *
 * A round makes a new page of the victim, flushes it in a timed window and
 * probes it; then the same once more with a disjoint pass on top of the flush,
 * which nothing survives: the reference. Method and traps: docs/method.md.
 */
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "explain.h"
#include "l1d/aftermath.h"
#include "l1d/l1d.h"
#include "l1d/residual.h"
#include "measure/clock.h"
#include "stats/describe.h"

enum {
	LATENCY,
	LATENCY_NET,
	CORE_CYCLES,
	LINES_LEFT,
	LEFT_ANY,
	LINES_LEFT_REFERENCE,
	LEFT_ANY_REFERENCE,
	AFTERMATH_FIRST, /* as l1d_aftermath() counts the walks */
	METRICS = AFTERMATH_FIRST + L1D_WALKS
};

enum {
	NULLS = 512,			    /* null windows that a launch remembers */
	ENOUGH_CONTROLS = 16 * L1D_CONTROLS /* 16 of each */
};

/* The walks' order: the metric without a suffix is the chained walk of half the L1D. */
static const unsigned int walk_metric[L1D_WALKS] = {
	AFTERMATH_FIRST + 1, AFTERMATH_FIRST,	  AFTERMATH_FIRST + 2,
	AFTERMATH_FIRST + 4, AFTERMATH_FIRST + 3, AFTERMATH_FIRST + 5,
};

struct flush_user {
	struct l1d_rig rig;
	struct l1d_controls controls;
	struct l1d_block blocks[TB_COLUMNS + 1]; /* the last for the warm-up */
	unsigned int walk[TB_COLUMNS + 1];
	bool effect; /* lines and aftermath are the loop's own */
	double nulls[NULLS];
	unsigned int n_nulls;
};

static int flush_probe(struct tb_probe *probe)
{
	const struct tb_flush_loop *loop = l1d_loop(tb_probe_choice(probe, "loop"));
	const char *buffer = tb_probe_choice(probe, "buffer");
	const char *lacks = NULL;
	char reason[128];

	if (!tb_probe_cache(probe, 1))
		return tb_probe_lack(probe, "no-topology",
				     "the topology does not tell the size of the L1D",
				     "mount sysfs, or give hwloc a topology by HWLOC_XMLFILE");
	if (buffer[1] == '3' && (!tb_probe_cache(probe, 2) || !tb_probe_cache(probe, 3)))
		return tb_probe_lack(probe, "no-cache-level",
				     "this machine shows no L2 below an L3",
				     "use buffer=l2 or buffer=dram");
	if (!strcmp(buffer, "l2") && tb_probe_cache(probe, 2) &&
	    tb_probe_number(probe, "size") > tb_probe_cache(probe, 2))
		return tb_probe_lack(probe, "too-large", "a buffer of this size does not lie in L2",
				     "use buffer=l3 or dram, or a smaller size");
	if (!strcmp(buffer, "l3") && tb_probe_number(probe, "size") > tb_probe_cache(probe, 3) / 2)
		return tb_probe_lack(probe, "too-large",
				     "a ring of buffers of this size does not lie in L3",
				     "use buffer=dram, or a smaller size");
	if (!l1d_loop_runs(loop, &lacks)) {
		snprintf(reason, sizeof(reason), "this CPU lacks %s", lacks);
		return tb_probe_lack(probe, "no-cpu-feature", reason, "use another loop");
	}
	/* Flush buffer, victim and never-written buffer, with room for the rest of the machine. */
	if (tb_probe_memory(probe) && tb_probe_number(probe, "size") > tb_probe_memory(probe) / 8)
		return tb_probe_lack(probe, "no-memory",
				     "size is more than an eighth of the free memory",
				     "use a smaller size");
	return 0;
}

/* NULL, or why what is left cannot be counted. */
static const char *why_no_effect(const struct tb_trial *trial, const struct l1d_rig *rig)
{
	size_t l2 = tb_trial_cache(trial, 2);

	if (rig->loop->kind == TB_LOOP_EXITS && l1d_hypervised())
		return "CPUID exits to the hypervisor, which evicts lines itself: not the loop's effect";
	/* The probe tells the L1D from L2: flush, reference and victim must all lie there. */
	if (l2 && rig->size + 4 * rig->l1d > l2)
		return "flush and reference exceed L2: a victim evicted from there looks like no line left";
	return NULL;
}

static int flush_setup(struct tb_trial *trial)
{
	const char *reason;
	struct flush_user *f = tb_trial_alloc(trial, sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;
	tb_trial_set_priv(trial, f);
	err = l1d_rig_setup(trial, &f->rig);
	if (err)
		return err;
	reason = why_no_effect(trial, &f->rig);
	f->effect = !reason;
	for (unsigned int m = LINES_LEFT; m < METRICS && reason; m++)
		tb_trial_lack(trial, m, reason);

	/* The scale needs a hot page before the first block is full. */
	for (int i = 0; i < 4 * L1D_CONTROLS; i++)
		l1d_control_take(&f->rig, &f->controls);
	return 0;
}

/* The timed flush and its probe, then the reference; twice, the second kept. */
static void trial_once(struct tb_trial *trial, struct flush_user *f, double *value, double *flushed,
		       double *reference)
{
	struct l1d_rig *rig = &f->rig;
	struct l1d_look after_flush, after_both;
	double latency, null, chain;
	/* Asked before the victim is prepared: to ask takes lines of the L1D. */
	bool counting = tb_trial_counting(trial);

	l1d_new_page(rig);
	/* The first run over a new order of lines trains the prefetchers: both probes must be trained. */
	for (int i = 0; i < 2; i++) {
		l1d_prepare(rig);
		null = (double)l1d_null_timed(rig);
		if (counting)
			tb_trial_count_begin(trial);
		latency = (double)l1d_flush_timed(rig);
		if (counting)
			tb_trial_count_end(trial, 1);
		after_flush = l1d_look(rig, rig->first);
		l1d_prepare(rig);
		l1d_flush_all(rig);
		after_both = l1d_look(rig, rig->first);
	}
	/* One core clock for both probes: the clock changes rarely, a chain jitters always. */
	chain = (after_flush.chain + after_both.chain) / 2;
	/* Null window included: the count takes differences, and subtracting would add its jitter. */
	*flushed = l1d_core_cycles(after_flush.probe, chain);
	*reference = l1d_core_cycles(after_both.probe, chain);
	if (f->n_nulls < NULLS)
		f->nulls[f->n_nulls++] = null;
	value[LATENCY] = latency;
	value[LATENCY_NET] = latency - null;
	value[CORE_CYCLES] = l1d_core_cycles(latency - null, chain);
}

/*
 * A block takes a millisecond, and the gate looked before each of its trials: a
 * neighbour may have come in between. The reference tells: on a quiet core it
 * shows a line in one trial of 1000, beside a busy one in every third.
 */
static void count_block(struct tb_trial *trial, struct flush_user *f, double *value)
{
	enum tb_column column = tb_trial_column(trial);
	struct l1d_lines lines;

	if (!l1d_block_count(&f->blocks[column], &f->controls, &lines))
		return;
	value[LINES_LEFT] = lines.lines;
	value[LEFT_ANY] = lines.any;
	value[LINES_LEFT_REFERENCE] = lines.ref_lines;
	value[LEFT_ANY_REFERENCE] = lines.ref_any;
	for (unsigned int m = LINES_LEFT; m <= LEFT_ANY_REFERENCE; m++)
		if (lines.ref_any > 1.0 / L1D_BLOCK)
			tb_trial_disturbed(trial, m);
	if (column == TB_GATED)
		l1d_control_ghosts(&f->controls, lines.ref_any);
}

static int flush_sample(struct tb_trial *trial, double *value)
{
	struct flush_user *f = tb_trial_priv(trial);
	enum tb_column column = tb_trial_column(trial);
	struct l1d_block *block = &f->blocks[column];
	double flushed, reference;
	unsigned int walk;

	trial_once(trial, f, value, &flushed, &reference);
	if (!f->effect)
		return 0;

	block->flushed[block->n] = flushed;
	block->reference[block->n] = reference;
	if (++block->n == L1D_BLOCK)
		count_block(trial, f, value);

	/* Right after the trial, while what the gate saw still holds; on a core that is never quiet, too. */
	if (column == TB_GATED || (column == TB_DISTURBED && f->controls.turn < ENOUGH_CONTROLS)) {
		l1d_control_reference(&f->controls, reference);
		l1d_control_take(&f->rig, &f->controls);
	}
	walk = f->walk[column]++ % L1D_WALKS;
	value[walk_metric[walk]] = l1d_aftermath(&f->rig, walk);
	return 0;
}

static int flush_verify(struct tb_trial *trial)
{
	struct flush_user *f = tb_trial_priv(trial);

	double null;

	if (!tb_stats_median(f->nulls, f->n_nulls, &null))
		tb_trial_overhead(trial, LATENCY, null);
	if (f->effect)
		l1d_control_judge(trial, &f->rig, &f->controls);
	return 0;
}

static void flush_teardown(struct tb_trial *trial)
{
	struct flush_user *f = tb_trial_priv(trial);

	l1d_rig_teardown(&f->rig);
}

static const struct tb_metric flush_metrics[] = {
	[LATENCY] = { .name = "latency",
		      .unit = TB_TSC,
		      .help = "stamp before to stamp after the flush" },
	[LATENCY_NET] = { .name = "latency-net",
			  .unit = TB_TSC,
			  .help = "latency minus the null window of the same round" },
	[CORE_CYCLES] = { .name = "core-cycles",
			  .unit = TB_CORE_CYCLES,
			  .headline = true,
			  .help = "latency-net in core cycles, by a multiply chain of the same round" },
	[LINES_LEFT] = { .name = "lines-left",
			 .unit = TB_LINES,
			 .within = TB_MEAN,
			 .trials = L1D_BLOCK,
			 .reference = "lines-left-reference",
			 .shown = true,
			 .help = "of 63 probed lines of the victim, still in the L1D after the flush" },
	[LEFT_ANY] = { .name = "left-any",
		       .unit = TB_RATIO,
		       .within = TB_MEAN,
		       .trials = L1D_BLOCK,
		       .reference = "left-any-reference",
		       .shown = true,
		       .help = "share of trials with at least one line left" },
	[LINES_LEFT_REFERENCE] = { .name = "lines-left-reference",
				   .unit = TB_LINES,
				   .within = TB_MEAN,
				   .trials = L1D_BLOCK,
				   .help = "the same count after a flush that leaves nothing" },
	[LEFT_ANY_REFERENCE] = { .shown = true,
				 .name = "left-any-reference",
				 .unit = TB_RATIO,
				 .within = TB_MEAN,
				 .trials = L1D_BLOCK,
				 .help = "share of trials in which the probe sees a line where none is" },
	[AFTERMATH_FIRST] = { .shown = true,
			      .name = "aftermath",
			      .unit = TB_CORE_CYCLES,
			      .help = "extra cycles of a chained walk of half the L1D after the flush" },
	{ .name = "aftermath-page", .unit = TB_CORE_CYCLES, .help = "the same, a page" },
	{ .name = "aftermath-full", .unit = TB_CORE_CYCLES, .help = "the same, the whole L1D" },
	{ .name = "aftermath-linear",
	  .unit = TB_CORE_CYCLES,
	  .help = "extra cycles of a linear read of half the L1D after the flush" },
	{ .name = "aftermath-linear-page", .unit = TB_CORE_CYCLES, .help = "the same, a page" },
	{ .name = "aftermath-linear-full",
	  .unit = TB_CORE_CYCLES,
	  .help = "the same, the whole L1D" },
	{ 0 }
};

static const struct tb_param flush_params[] = {
	{ "loop",
	  "seed|seed-lfence|seed-serialize|unroll8|avx512|prefetcht0|page-interleaved|chase|store|clflushopt",
	  "seed-lfence", "order and means of the flush" },
	{ "size", "4K..1G/4K", "64K",
	  "bytes that the flush reads; l1d*4/3 is relative to this L1D" },
	{ "victim", "full|page|dirty|reused", "page",
	  "what lies in the L1D when the flush begins" },
	{ "buffer", "l2|l3|dram", "l2", "where the flush buffer lies when the flush begins" },
	{ 0 }
};

/* The curve of the kernel's loop, its victims, where the buffer lies, then the other loops. */
static const char *const flush_quick[] = {
	"loop=seed-lfence size=l1d*2/3,l1d,l1d*13/12,l1d*7/6,l1d*5/4,l1d*4/3,64K,l1d*5/3,l1d*2",
	"loop=seed-lfence,unroll8 size=64K victim=full,dirty,reused",
	"loop=seed-lfence size=64K buffer=l3,dram",
	"loop=seed,seed-serialize,chase,clflushopt size=64K",
	"loop=unroll8,avx512,prefetcht0,store,page-interleaved size=l1d,64K,l1d*2",
	NULL
};

static const char *const flush_full[] = {
	"loop=seed-lfence,unroll8,avx512,prefetcht0 size=l1d*1/3,l1d*2/3,l1d,l1d*13/12,l1d*7/6,l1d*4/3",
	"loop=seed-lfence,unroll8,avx512,prefetcht0 size=64K,l1d*5/3,l1d*2,l1d*3,256K",
	"loop=page-interleaved,chase,store size=l1d*2/3,l1d,l1d*7/6,64K,l1d*2,l1d*3,256K",
	"loop=seed-lfence,unroll8,prefetcht0,store size=l1d,l1d*7/6,64K,l1d*2 victim=full,dirty,reused",
	"loop=seed-lfence,unroll8,page-interleaved,chase size=64K buffer=l3,dram",
	"loop=seed,seed-serialize,clflushopt size=64K",
	NULL
};

const struct tb_bench l1d_flush_user = {
	.name = "l1d/flush-user",
	.summary = "flush the L1D by software: cost, lines left, aftermath",
	.explain = &l1d_flush_user_explained,
	.realm = "user",
	.version = 1,
	.cpus = 1,
	.metrics = flush_metrics,
	.params = flush_params,
	.quick = flush_quick,
	.full = flush_full,
	.rounds = 32 * L1D_BLOCK,
	.probe = flush_probe,
	.setup = flush_setup,
	.sample = flush_sample,
	.verify = flush_verify,
	.teardown = flush_teardown,
};
