// SPDX-License-Identifier: GPL-2.0-or-later
#include "l1d/residual.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "stats/describe.h"

static double median(const double *x, unsigned int n)
{
	double m = NAN;

	if (n)
		tb_stats_median(x, n, &m);
	return m;
}

/*
 * Lines are counted, not averaged: in an average one interrupted trial outweighs
 * a thousand clean ones. The threshold is two thirds of a line, not half: the
 * probe's jitter reaches half a line in a few per cent of the trials, and a
 * cached line shortens the probe by a whole line.
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

/* How each control is set up; lines: the number of probed lines that are cached. */
static const struct {
	enum l1d_setup setup;
	unsigned int lines;
} set_up[L1D_CONTROLS] = {
	[L1D_NOT_FLUSHED] = { L1D_DO_NOTHING, L1D_PROBED },
	[L1D_BY_ADDRESS] = { L1D_DO_BY_ADDRESS, 0 },
	[L1D_ZERO_PAGE] = { L1D_DO_ZERO_PAGE, L1D_PROBED },
	[L1D_HOT_1] = { L1D_DO_HOT, 1 },
	[L1D_HOT_9] = { L1D_DO_HOT, 9 },
	[L1D_HOT_18] = { L1D_DO_HOT, 18 },
	[L1D_HOT_36] = { L1D_DO_HOT, 36 },
	[L1D_HOT_54] = { L1D_DO_HOT, 54 },
	[L1D_HOT_63] = { L1D_DO_HOT, L1D_PROBED },
};

void l1d_control_take(struct l1d_realm *realm, struct l1d_controls *controls)
{
	enum l1d_control control = (enum l1d_control)(controls->turn++ % L1D_CONTROLS);
	struct tb_flush_sample sample = { .setup = set_up[control].setup };

	if (controls->n[control] == L1D_CONTROL_SAMPLES)
		return;
	if (sample.setup == L1D_DO_HOT)
		sample.hot = set_up[control].lines;
	/* Runs twice and keeps the second: a new order first trains the prefetchers. */
	for (int i = 0; i < 2; i++)
		l1d_sample(realm, &sample);
	if (realm->err)
		return;
	/* An interruption only lengthens a chain, and would make the step of the TSC look small. */
	if (!controls->chain || (double)sample.chain < controls->chain)
		controls->chain = (double)sample.chain;
	controls->cycles[control][controls->n[control]++] =
		l1d_core_cycles((double)sample.probe, (double)sample.chain);
}

bool l1d_line_is_visible(const struct l1d_controls *controls, double step)
{
	double one = median(controls->cycles[L1D_HOT_1], controls->n[L1D_HOT_1]);
	double all = median(controls->cycles[L1D_HOT_63], controls->n[L1D_HOT_63]);
	double line = (one - all) / (set_up[L1D_HOT_63].lines - set_up[L1D_HOT_1].lines);

	/* A larger difference is a neighbour's work in the controls, not the cost of a line. */
	return !(l1d_core_cycles(step, controls->chain) > fmin(line, L1D_LINE_MOST));
}

void l1d_control_reference(struct l1d_controls *controls, double cycles)
{
	if (controls->n_references < L1D_REFERENCES)
		controls->references[controls->n_references++] = cycles;
}

void l1d_control_false_positives(struct l1d_controls *controls, double ref_any)
{
	controls->false_positives += ref_any;
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
	bool fills_l1d = rig->victim == L1D_FULL || rig->victim == L1D_DIRTY;
	double lines[L1D_CONTROLS], none, scale, xy = 0, xx = 0;

	none = median(controls->references, controls->n_references);
	scale = (none - median(controls->cycles[L1D_HOT_63], controls->n[L1D_HOT_63])) / L1D_PROBED;
	for (int i = 0; i < L1D_CONTROLS; i++)
		lines[i] = (none - median(controls->cycles[i], controls->n[i])) / scale;
	for (int i = L1D_HOT_1; i <= L1D_HOT_54; i++) {
		xy += set_up[i].lines * lines[i];
		xx += set_up[i].lines * set_up[i].lines;
	}
	tb_trial_control(trial, "probe-empty-cycles", none);
	tb_trial_control(trial, "probe-cycles-per-line", scale);
	check_between(trial, "hot-lines-slope", xy / xx, 0.97, 1.03);
	/* "Empty" needs this: the probe sees a single line in most trials, beside a neighbour too. */
	check_between(trial, "one-line-seen",
		      share_seen(controls->cycles[L1D_HOT_1], controls->n[L1D_HOT_1], none, scale),
		      0.5, 1);
	/* Recorded, not checked: a block whose reference reports lines is disturbed anyway. */
	if (controls->blocks)
		tb_trial_control(trial, "reference-share",
				 controls->false_positives / controls->blocks);
	/* A victim as large as the L1D evicts a few of its own lines, and the program some more. */
	check_between(trial, "not-flushed-share", lines[L1D_NOT_FLUSHED] / L1D_PROBED,
		      fills_l1d ? 0.85 : 0.95, 1.05);
	check_between(trial, "zero-page-share", lines[L1D_ZERO_PAGE] / L1D_PROBED, 0.5, 1.05);
	/*
	 * Independent of the reference: lines evicted by address must read like the reference.
	 * Skipped where PREFETCHT1 fetches into the L1D (old AMD cores): nearly the whole page is
	 * back there.
	 */
	if (controls->amd && lines[L1D_BY_ADDRESS] >= 0.9 * L1D_PROBED)
		tb_trial_control(trial, "by-address-lines", lines[L1D_BY_ADDRESS]);
	else
		check_between(trial, "by-address-lines", lines[L1D_BY_ADDRESS], -1, 0.5);
}
