// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures the cost of an L1D flush, the lines that it leaves, and the refill
 * that the program pays: l1d/flush-user and l1d/flush-kernel use one method.
 *
 * A round makes a new page the victim, flushes it in a timed window and probes
 * it. The reference repeats this with a second pass over other memory, which no
 * line survives. Method and traps: docs/method.md.
 */
#include "l1d/flush.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "l1d/refill.h"
#include "l1d/residual.h"
#include "stats/describe.h"

enum {
	LATENCY,
	LATENCY_NET,
	CORE_CYCLES,
	LINES_LEFT,
	LEFT_ANY,
	LINES_LEFT_REFERENCE,
	LEFT_ANY_REFERENCE,
	REFILL_FIRST, /* in the order of l1d_refill() */
	METRICS = REFILL_FIRST + L1D_WALKS
};

enum {
	NULLS = 512,			    /* null windows kept per launch */
	TSC_STEP_FINE = 4,		    /* TSC cycles; Intel's step by 1 or 2 */
	ENOUGH_CONTROLS = 16 * L1D_CONTROLS /* 16 of each */
};

/* The walks' order: the metric without a suffix is the chained walk of half the L1D. */
static const unsigned int walk_metric[L1D_WALKS] = {
	REFILL_FIRST + 1, REFILL_FIRST,	    REFILL_FIRST + 2,
	REFILL_FIRST + 4, REFILL_FIRST + 3, REFILL_FIRST + 5,
};

struct l1d_flush_bench {
	struct l1d_realm realm;
	struct l1d_controls controls;
	struct l1d_block blocks[TB_COLUMNS + 1]; /* the last is for the warm-up */
	unsigned int walk[TB_COLUMNS + 1];
	bool effect;  /* lines and refill show the loop's own effect */
	bool counted; /* the probe can see a line */
	double nulls[NULLS];
	unsigned int n_nulls;
};

int l1d_flush_fits(struct tb_probe *probe)
{
	const char *buffer = tb_probe_choice(probe, "buffer");

	if (!tb_probe_cache(probe, 1))
		return tb_probe_unavailable(
			probe, "no-topology", "the kernel reports no L1D size",
			"mount sysfs at /sys; in a virtual machine, let the hypervisor report caches");
	if (buffer[1] == '3' && (!tb_probe_cache(probe, 2) || !tb_probe_cache(probe, 3)))
		return tb_probe_unavailable(probe, "no-cache-level",
					    "this machine reports no L2 or no L3",
					    "use buffer=l2 or buffer=dram");
	if (!strcmp(buffer, "l2") && tb_probe_cache(probe, 2) &&
	    tb_probe_number(probe, "size") > tb_probe_cache(probe, 2))
		return tb_probe_unavailable(probe, "too-large",
					    "a buffer of this size does not fit in L2",
					    "use buffer=l3 or dram, or a smaller size");
	if (!strcmp(buffer, "l3") && tb_probe_number(probe, "size") > tb_probe_cache(probe, 3) / 2)
		return tb_probe_unavailable(probe, "too-large",
					    "a ring of buffers of this size does not fit in L3",
					    "use buffer=dram, or a smaller size");
	/* An eighth: flush buffer, victim, never-written buffer and the other processes need room. */
	if (tb_probe_memory(probe) && tb_probe_number(probe, "size") > tb_probe_memory(probe) / 8)
		return tb_probe_unavailable(probe, "no-memory",
					    "size is more than an eighth of the free memory",
					    "use a smaller size");
	return 0;
}

/* Returns NULL, or the reason why the lines left cannot be counted. */
static const char *why_no_effect(const struct tb_trial *trial, const struct l1d_rig *rig)
{
	size_t l2 = tb_trial_cache(trial, 2);

	if (rig->loop->need == TB_NEED_WBINVD && l1d_hypervised())
		return "WBINVD exits to the hypervisor, which may ignore it: the row measures an exit, not a flush";
	if (rig->loop->kind == TB_LOOP_EXITS && l1d_hypervised())
		return "CPUID exits to the hypervisor, which evicts lines too: the loop's own effect cannot be separated";
	/* The probe distinguishes L1D from L2, so flush, reference and victim must fit in L2. */
	if (l2 && rig->size + 4 * rig->l1d > l2)
		return "flush and reference exceed L2: a victim evicted from L2 looks as if no line were left";
	return NULL;
}

/* 0, or -errno after tb_trial_fail() with the reason why the realm took no sample. */
static int why_no_sample(struct tb_trial *trial, const struct l1d_flush_bench *f)
{
	if (f->realm.err == -ENXIO)
		return tb_trial_fail(trial, f->realm.err, "the launch lost its CPU");
	if (f->realm.err == -EIO)
		return tb_trial_fail(trial, f->realm.err, L1D_WRITE_REFUSED);
	if (f->realm.err == -ETIME)
		return tb_trial_fail(trial, f->realm.err,
				     "a sample kept interrupts off for longer than 100 ms; use a "
				     "smaller size");
	if (f->realm.err)
		return tb_trial_fail(trial, f->realm.err, "the module refused a sample");
	return 0;
}

/*
 * On AMD's cores the TSC may step by 10 ns, and L1D and L2 are 2 to 3 ns apart. Counting would
 * find lines at random, in the reference too.
 */
static bool can_count(struct tb_trial *trial, const struct l1d_flush_bench *f, double step)
{
	char reason[128];

	/* A fine TSC sees lines on any core; a noisy start must not change that answer. */
	if (step <= TSC_STEP_FINE || l1d_line_is_visible(&f->controls, step))
		return true;
	snprintf(
		reason, sizeof(reason),
		"the TSC steps by %.0f cycles, more than one line takes: single lines cannot be counted",
		step);
	for (unsigned int m = LINES_LEFT; m <= LEFT_ANY_REFERENCE; m++)
		tb_trial_unavailable(trial, m, reason);
	return false;
}

int l1d_flush_begin(struct tb_trial *trial, l1d_realm_open open)
{
	struct l1d_flush_bench *f = tb_trial_alloc(trial, sizeof(*f));
	const char *reason;
	double step;
	int err;

	if (!f)
		return -ENOMEM;
	tb_trial_set_priv(trial, f);
	f->realm.device = -1;
	f->controls.amd = l1d_is_amd();
	err = open(trial, &f->realm);
	if (err)
		return err;
	reason = why_no_effect(trial, &f->realm.rig);
	f->effect = !reason;
	for (unsigned int m = LINES_LEFT; m < METRICS && reason; m++)
		tb_trial_unavailable(trial, m, reason);

	/* The scale needs a hot page before the first block is full, and many with a coarse TSC. */
	step = (double)tb_clock_step();
	for (int i = 0; i < (step > TSC_STEP_FINE ? 32 : 4) * L1D_CONTROLS; i++)
		l1d_control_take(&f->realm, &f->controls);
	if (f->effect && !f->realm.err)
		f->counted = can_count(trial, f, step);
	return why_no_sample(trial, f);
}

/* The timed flush and its probe, then the reference. Runs twice; the second run counts. */
static void trial_once(struct l1d_flush_bench *f, double *value, double *flushed, double *reference)
{
	struct tb_flush_sample flush = { .setup = L1D_DO_FLUSH, .flags = TB_SAMPLE_NEW_PAGE };
	struct tb_flush_sample both = { .setup = L1D_DO_REFERENCE };
	double latency, null, chain;

	/* A new order of lines first trains the prefetchers; both probes must run trained. */
	for (int i = 0; i < 2; i++) {
		l1d_sample(&f->realm, &flush);
		l1d_sample(&f->realm, &both);
		flush.flags = 0;
	}
	latency = (double)flush.latency;
	null = (double)flush.null;
	/* One core clock for both probes: the clock changes rarely, but each chain has jitter. */
	chain = ((double)flush.chain + (double)both.chain) / 2;
	/* The null window stays included: the count uses differences, and subtracting adds jitter. */
	*flushed = l1d_core_cycles((double)flush.probe, chain);
	*reference = l1d_core_cycles((double)both.probe, chain);
	if (f->n_nulls < NULLS)
		f->nulls[f->n_nulls++] = null;
	value[LATENCY] = latency;
	value[LATENCY_NET] = latency - null;
	value[CORE_CYCLES] = l1d_core_cycles(latency - null, chain);
}

/*
 * A block takes a millisecond. The gate checks before each of its trials, but a
 * neighbour may start in between. The reference detects it: it reports a line in
 * one trial of 1000 on a quiet core, and in every third beside a busy one.
 */
static void count_block(struct tb_trial *trial, struct l1d_flush_bench *f, double *value)
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
		l1d_control_false_positives(&f->controls, lines.ref_any);
}

/* An SMI lengthens any window and evicts cache lines. */
static void mark_smis(struct tb_trial *trial, const struct l1d_flush_bench *f, uint64_t before)
{
	for (unsigned int m = 0; m < METRICS && f->realm.smis != before; m++)
		tb_trial_disturbed(trial, m);
}

int l1d_flush_sample(struct tb_trial *trial, double *value)
{
	struct l1d_flush_bench *f = tb_trial_priv(trial);
	uint64_t smis = f->realm.smis;
	enum tb_column column = tb_trial_column(trial);
	struct l1d_block *block = &f->blocks[column];
	double flushed, reference;
	unsigned int walk;

	trial_once(f, value, &flushed, &reference);
	if (!f->effect || f->realm.err) {
		mark_smis(trial, f, smis);
		return why_no_sample(trial, f);
	}

	block->flushed[block->n] = flushed;
	block->reference[block->n] = reference;
	if (++block->n == L1D_BLOCK && !f->counted)
		block->n = 0;
	if (block->n == L1D_BLOCK)
		count_block(trial, f, value);

	/* Right after the trial, while the gate's check still holds; also on a core that is never quiet. */
	if (column == TB_GATED || (column == TB_DISTURBED && f->controls.turn < ENOUGH_CONTROLS)) {
		l1d_control_reference(&f->controls, reference);
		l1d_control_take(&f->realm, &f->controls);
	}
	walk = f->walk[column]++ % L1D_WALKS;
	value[walk_metric[walk]] = l1d_refill(&f->realm, walk);
	mark_smis(trial, f, smis);
	return why_no_sample(trial, f);
}

int l1d_flush_verify(struct tb_trial *trial)
{
	struct l1d_flush_bench *f = tb_trial_priv(trial);
	double null;

	if (!tb_stats_median(f->nulls, f->n_nulls, &null))
		tb_trial_overhead(trial, LATENCY, null);
	if (f->counted)
		l1d_control_judge(trial, &f->realm.rig, &f->controls);
	if (f->realm.device >= 0)
		tb_trial_control(trial, "irqs-off-max-ns",
				 tb_trial_ns(trial, (double)f->realm.irqs_off));
	return 0;
}

void l1d_flush_teardown(struct tb_trial *trial)
{
	struct l1d_flush_bench *f = tb_trial_priv(trial);

	if (f)
		l1d_realm_teardown(&f->realm);
}

int l1d_flush_device(const struct tb_trial *trial)
{
	const struct l1d_flush_bench *f = tb_trial_priv(trial);

	return f->realm.device;
}

const struct tb_metric l1d_flush_metrics[] = {
	[LATENCY] = { .name = "latency",
		      .unit = TB_TSC,
		      .help = "from the stamp before the flush to the stamp after it" },
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
			 .help = "victim lines still in the L1D after the flush, of 63 probed" },
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
				   .help = "the same count after a flush that leaves no line" },
	[LEFT_ANY_REFERENCE] = { .shown = true,
				 .name = "left-any-reference",
				 .unit = TB_RATIO,
				 .within = TB_MEAN,
				 .trials = L1D_BLOCK,
				 .help = "share of trials that report a line where none is left" },
	[REFILL_FIRST] = { .shown = true,
			   .name = "refill",
			   .unit = TB_CORE_CYCLES,
			   .help = "extra cycles of a chained walk of half the L1D after the flush" },
	{ .name = "refill-page", .unit = TB_CORE_CYCLES, .help = "the same for one page" },
	{ .name = "refill-full", .unit = TB_CORE_CYCLES, .help = "the same for the whole L1D" },
	{ .name = "refill-linear",
	  .unit = TB_CORE_CYCLES,
	  .help = "extra cycles of a linear read of half the L1D after the flush" },
	{ .name = "refill-linear-page", .unit = TB_CORE_CYCLES, .help = "the same for one page" },
	{ .name = "refill-linear-full",
	  .unit = TB_CORE_CYCLES,
	  .help = "the same for the whole L1D" },
	{ 0 }
};
