// SPDX-License-Identifier: GPL-2.0-or-later
#include "l1d/residual.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "measure/clock.h"
#include "measure/sweep.h"
#include "stats/describe.h"
#include "stats/random.h"

struct l1d_look l1d_look(struct l1d_rig *rig, void *first)
{
	struct l1d_look look;

	look.probe = (double)l1d_chain(rig, first);
	look.chain = tb_clock_core_chain();
	return look;
}

static double median(const double *x, unsigned int n)
{
	double m = NAN;

	if (n)
		tb_stats_median(x, n, &m);
	return m;
}

/*
 * Lines are counted, not averaged: one interrupted trial would outweigh a
 * thousand clean ones. The cut lies at two thirds of a line, not at half: the
 * probe's jitter reaches half a line in a few per cent of the trials, and a line
 * that is there shortens the probe by a whole one.
 */
static unsigned int count_lines(double cycles, double none, double scale)
{
	double lines = (none - cycles) / scale;

	if (!(lines >= 2.0 / 3))
		return 0;
	return lines > L1D_PROBED ? L1D_PROBED : (unsigned int)fmax(1, lrint(lines));
}

bool l1d_block_count(struct l1d_block *block, const struct l1d_controls *controls,
		     struct l1d_lines *out)
{
	double hot = median(controls->cycles[L1D_HOT_63], controls->n[L1D_HOT_63]);
	double none = median(block->reference, block->n);
	double scale = (none - hot) / L1D_PROBED;
	unsigned int n = block->n;

	block->n = 0;
	if (!(scale > 0))
		return false;
	*out = (struct l1d_lines){ 0 };
	for (unsigned int i = 0; i < n; i++) {
		unsigned int lines = count_lines(block->flushed[i], none, scale);
		unsigned int ref = count_lines(block->reference[i], none, scale);

		out->lines += (double)lines / n;
		out->any += (double)(lines > 0) / n;
		out->ref_lines += (double)ref / n;
		out->ref_any += (double)(ref > 0) / n;
	}
	return true;
}

static const unsigned int hot_lines[L1D_CONTROLS] = {
	[L1D_HOT_1] = 1,   [L1D_HOT_9] = 9,   [L1D_HOT_18] = 18,
	[L1D_HOT_36] = 36, [L1D_HOT_54] = 54, [L1D_HOT_63] = L1D_PROBED,
};

/* Of the timed lines `hot` are touched, anywhere in the chain. */
static void touch_some(struct l1d_rig *rig, unsigned int hot)
{
	size_t order[L1D_PROBED];
	void *lines[L1D_PROBED];
	void **line = rig->first;

	for (unsigned int i = 0; i < L1D_PROBED; i++) {
		line = *line;
		lines[i] = line;
		order[i] = i;
	}
	/* The order first: shuffling after the flush brings lines of the program back, and reads as hot ones. */
	tb_random_shuffle(rig->random, order, L1D_PROBED);
	l1d_flush_all(rig); /* following the chain made all of them hot */
	for (unsigned int i = 0; i < hot; i++)
		(void)*(volatile char *)lines[order[i]];
	tb_sweep_fence();
}

static void arrange(struct l1d_rig *rig, enum l1d_control control)
{
	l1d_prepare(rig);
	switch (control) {
	case L1D_NOT_FLUSHED:
		break;
	case L1D_BY_ADDRESS:
		l1d_evict_lines(rig, rig->page, L1D_PAGE);
		l1d_fetch_to_l2(rig->page, L1D_PAGE);
		break;
	case L1D_ZERO_PAGE:
		tb_flush_unroll8(rig->zero, rig->size);
		tb_sweep_fence();
		break;
	default:
		touch_some(rig, hot_lines[control]);
	}
}

void l1d_control_take(struct l1d_rig *rig, struct l1d_controls *controls)
{
	enum l1d_control control = (enum l1d_control)(controls->turn++ % L1D_CONTROLS);
	struct l1d_look look;

	if (controls->n[control] == L1D_CONTROL_SAMPLES)
		return;
	/* Twice, the second kept: the first run over a new order trains the prefetchers. */
	for (int i = 0; i < 2; i++) {
		arrange(rig, control);
		look = l1d_look(rig, rig->first);
	}
	controls->cycles[control][controls->n[control]++] = l1d_core_cycles(look.probe, look.chain);
}

void l1d_control_reference(struct l1d_controls *controls, double cycles)
{
	if (controls->n_references < L1D_REFERENCES)
		controls->references[controls->n_references++] = cycles;
}

void l1d_control_ghosts(struct l1d_controls *controls, double ref_any)
{
	controls->ghosts += ref_any;
	controls->blocks++;
}

static void check_between(struct tb_trial *trial, const char *name, double got, double lo,
			  double hi)
{
	char want[64], have[64];

	snprintf(want, sizeof(want), "%.2f..%.2f", lo, hi);
	snprintf(have, sizeof(have), "%.3f", got);
	tb_trial_check(trial, name, got >= lo && got <= hi, want, have);
	tb_trial_control(trial, name, got);
}

/* The share of trials that count at least one line. */
static double share_seen(const double *cycles, unsigned int n, double none, double scale)
{
	unsigned int seen = 0;

	for (unsigned int i = 0; i < n; i++)
		seen += count_lines(cycles[i], none, scale) > 0;
	return n ? (double)seen / n : NAN;
}

void l1d_control_judge(struct tb_trial *trial, const struct l1d_rig *rig,
		       const struct l1d_controls *controls)
{
	bool crowded = rig->victim == L1D_FULL || rig->victim == L1D_DIRTY;
	double lines[L1D_CONTROLS], none, scale, xy = 0, xx = 0;

	none = median(controls->references, controls->n_references);
	scale = (none - median(controls->cycles[L1D_HOT_63], controls->n[L1D_HOT_63])) / L1D_PROBED;
	for (int i = 0; i < L1D_CONTROLS; i++)
		lines[i] = (none - median(controls->cycles[i], controls->n[i])) / scale;
	for (int i = L1D_HOT_1; i <= L1D_HOT_54; i++) {
		xy += hot_lines[i] * lines[i];
		xx += hot_lines[i] * hot_lines[i];
	}
	tb_trial_control(trial, "probe-empty-cycles", none);
	tb_trial_control(trial, "probe-cycles-per-line", scale);
	check_between(trial, "hot-lines-slope", xy / xx, 0.97, 1.03);
	/* What "empty" rests on: a single line is seen more often than not, beside a neighbour too. */
	check_between(trial, "one-line-seen",
		      share_seen(controls->cycles[L1D_HOT_1], controls->n[L1D_HOT_1], none, scale),
		      0.5, 1);
	/* Recorded, not judged: blocks whose own reference shows lines are disturbed ones. */
	if (controls->blocks)
		tb_trial_control(trial, "reference-share", controls->ghosts / controls->blocks);
	/* A victim as large as the L1D loses a few lines to itself and to the program. */
	check_between(trial, "not-flushed-share", lines[L1D_NOT_FLUSHED] / L1D_PROBED,
		      crowded ? 0.85 : 0.95, 1.05);
	check_between(trial, "zero-page-share", lines[L1D_ZERO_PAGE] / L1D_PROBED, 0.5, 1.05);
	/*
	 * Independent of the reference: what was evicted by address must read as the
	 * reference does. Not where PREFETCHT1 fetches into the L1D, as old AMD cores do.
	 */
	if (lines[L1D_BY_ADDRESS] < 0.9 * L1D_PROBED)
		check_between(trial, "by-address-lines", lines[L1D_BY_ADDRESS], -1, 0.5);
	else
		tb_trial_control(trial, "by-address-lines", lines[L1D_BY_ADDRESS]);
}
