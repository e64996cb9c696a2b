// SPDX-License-Identifier: GPL-2.0-or-later
/* The atlas as text: verdicts, figures, and one line to paste. */
#include <math.h>
#include <string.h>

#include "l1d/l1d.h"
#include "l1d/nominal.h"
#include "l1d/tune.h"
#include "machine/identity.h"
#include "json.h"
#include "report/table.h"
#include "size.h"
#include "version.h"

/* A candidate without a cost does not compete. */
static bool competes(const struct l1d_candidate *c)
{
	return c->verdict == L1D_EMPTY && isfinite(c->cost);
}

void l1d_atlas_choose(struct l1d_atlas *atlas, const struct l1d_candidate *c, size_t n)
{
	const struct l1d_candidate *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (competes(&c[i]) && (!best || c[i].cost < best->cost))
			best = &c[i];
	atlas->winner = best;
	atlas->ties = 0;
	/* Without an interval no two candidates can be distinguished. */
	for (size_t i = 0; best && i < n && atlas->ties < L1D_TIES_MAX; i++)
		if (&c[i] != best && competes(&c[i]) && !(c[i].cost_lo > best->cost_hi))
			atlas->tie[atlas->ties++] = &c[i];
}

static double per_line(const struct l1d_candidate *c)
{
	return c->cost * L1D_LINE / (double)c->size;
}

static void print_cost(FILE *out, const struct tb_record *record, const struct l1d_candidate *c)
{
	const json_t *cpu = tb_json_at(record->json, "host.cpu");
	const struct l1d_nominal *nominal = l1d_nominal(cpu);

	fprintf(out, "    cost       %.0f core cycles [%.0f, %.0f] with a clean L1D, ", c->cost,
		c->cost_lo, c->cost_hi);
	if (isfinite(c->cost_dirty))
		fprintf(out, "%.0f with a dirty one; ", c->cost_dirty);
	else
		fputs("unknown with a dirty one; ", out);
	fprintf(out, "%.2f a line\n", per_line(c));
	fprintf(out,
		"    of best    %.0f %% of the best L2-to-L1D rate of the same launches (%.2f cycles a line)\n",
		100 * c->l2_rate / per_line(c), c->l2_rate);
	if (nominal)
		fprintf(out, "    of nominal %.0f %% of %u bytes a cycle (%s)\n",
			100 * L1D_LINE / (per_line(c) * nominal->bytes), nominal->bytes,
			nominal->source);
	else
		fprintf(out, "    of nominal unknown: %s\n",
			tb_json_text(tb_json_at(cpu, "derived"), "reason",
				     "no source for this core"));
	fprintf(out,
		"    refill     %+.0f core cycles [%.0f, %.0f] for the next chained walk of half the L1D\n",
		c->refill, c->refill_lo, c->refill_hi);
}

static const char *verdict(const struct l1d_candidate *c)
{
	static const char *const words[] = {
		[L1D_UNKNOWN] = "unknown",
		[L1D_EMPTY] = "empty",
		[L1D_NOT_EMPTY] = "NOT EMPTY",
	};

	return words[c ? c->verdict : L1D_UNKNOWN];
}

static void print_effect(FILE *out, const struct l1d_candidate *c)
{
	fprintf(out, "    effect     %s", verdict(c));
	if (c->victims)
		fprintf(out,
			": worst of %u victims %.2f points above the reference, at most %.2f (95 %%; empty is at most 0.50)",
			c->victims, 100 * c->excess, 100 * c->upper);
	else if (c->why)
		fprintf(out, ": %s", c->why);
	fputc('\n', out);
}

/* "1.07 (empty at 60K, not shown at 56K)" */
static void margin_text(const struct l1d_atlas *atlas, char *out, size_t bytes)
{
	char size[24], small[24];

	tb_size_text(atlas->enough, size, sizeof(size));
	tb_size_text(atlas->too_small, small, sizeof(small));
	if (!atlas->enough)
		snprintf(out, bytes, "none (not shown empty at %s)", small);
	else if (atlas->too_small)
		snprintf(out, bytes, "%.2f (empty at %s, not shown at %s)",
			 (double)L1D_KERNEL_SIZE / (double)atlas->enough, size, small);
	else
		snprintf(out, bytes, "%.2f or more (empty at %s, no smaller one tried)",
			 (double)L1D_KERNEL_SIZE / (double)atlas->enough, size);
}

/* "1311 c clean, 3426 c dirty": a flush that has to write back costs up to three times as much. */
static void print_pair(FILE *out, const struct l1d_candidate *c)
{
	fprintf(out, "%.0f c clean, ", c->cost);
	if (isfinite(c->cost_dirty))
		fprintf(out, "%.0f c dirty", c->cost_dirty);
	else
		fputs("dirty unknown", out);
}

/* "unroll8 64K, chase 64K" */
static void print_ties(FILE *out, const struct l1d_atlas *atlas)
{
	char size[24];

	for (size_t i = 0; i < atlas->ties; i++) {
		tb_size_text(atlas->tie[i]->size, size, sizeof(size));
		fprintf(out, "%s%s %s", i ? ", " : "", atlas->tie[i]->loop, size);
	}
}

/* One line, for a mail or a table of many machines. */
static void print_line(FILE *out, const struct tb_record *record, const struct l1d_atlas *atlas)
{
	const json_t *cpu = tb_json_at(record->json, "host.cpu");
	const struct l1d_candidate *k = atlas->kernel, *w = atlas->winner;
	const char *class = tb_json_text(record->json, "class", "?");
	char a[256], b[64], c[64], size[24], margin[80];

	fprintf(out, "tollbooth-l1d %s | %s stepping %.0f | microcode %s | %s %s", TB_VERSION,
		tb_identity_text(cpu, a, sizeof(a)), tb_json_number(cpu, "stepping", 0),
		tb_inert(tb_json_text(cpu, "microcode", "unknown"), b, sizeof(b)), class,
		tb_inert(tb_json_text(tb_json_at(record->json, "environment.virtualization"),
				      "hypervisor",
				      strcmp(class, "metal") ? "unknown hypervisor"
							     : "no hypervisor"),
			 c, sizeof(c)));
	margin_text(atlas, margin, sizeof(margin));
	if (k)
		fprintf(out, " | kernel loop%s 64K: %s",
			atlas->literal ? "" : " (LFENCE for CPUID)", verdict(k));
	if (k && k->victims)
		fprintf(out, " (<= %.2f points), margin %s", 100 * k->upper, margin);
	if (k) {
		fputs(", ", out);
		print_pair(out, k);
		fprintf(out, ", %.2f c/line, refill %+.0f c", per_line(k), k->refill);
	}
	if (w) {
		tb_size_text(w->size, size, sizeof(size));
		fprintf(out, " | cheapest: %s %s, ", w->loop, size);
		print_pair(out, w);
		fprintf(out, ", %.2f c/line of %.2f", per_line(w), w->l2_rate);
		fputs(atlas->ties ? ", a tie with " : "", out);
		print_ties(out, atlas);
	} else {
		fprintf(out, " | cheapest: none confirmed");
	}
	fputc('\n', out);
}

void l1d_atlas_print(FILE *out, const struct tb_record *record, const struct l1d_atlas *atlas)
{
	const struct l1d_candidate *k = atlas->kernel, *w = atlas->winner;
	char machine[512], size[24], margin[80];

	tb_machine_text(record, machine, sizeof(machine));
	fprintf(out, "%s\n\n", machine);
	fprintf(out, "  Does the kernel's 64 KiB loop empty this L1D for every victim?  %s\n",
		!k || k->verdict == L1D_UNKNOWN ? "unknown"
		: k->verdict == L1D_EMPTY	? "yes"
						: "no");
	if (!atlas->literal)
		fprintf(out,
			"    measured   with LFENCE in place of CPUID, whose exit to the hypervisor evicts lines itself\n");
	if (k) {
		print_effect(out, k);
		margin_text(atlas, margin, sizeof(margin));
		if (k->victims)
			fprintf(out, "    margin     %s\n", margin);
		print_cost(out, record, k);
	}
	if (w) {
		tb_size_text(w->size, size, sizeof(size));
		fprintf(out, "\n  The cheapest of those searched that does:  %s over %s\n", w->loop,
			size);
		print_effect(out, w);
		print_cost(out, record, w);
		fputs(atlas->ties ? "    a tie with " : "", out);
		print_ties(out, atlas);
		fputs(atlas->ties ? ": their intervals of the cost overlap\n" : "", out);
	} else {
		fprintf(out,
			"\n  None of the finalists was confirmed to empty it for every victim.\n");
	}
	fputc('\n', out);
	print_line(out, record, atlas);
}

static json_t *number_or_null(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *candidate_json(const struct l1d_candidate *c)
{
	if (!c)
		return json_null();
	return json_pack("{s:s,s:I,s:i,s:s,s:o,s:o,s:o,s:o,s:o,s:o}", "loop", c->loop, "size",
			 (json_int_t)c->size, "victims", (int)c->victims, "verdict", verdict(c),
			 "excess", number_or_null(c->excess), "upper", number_or_null(c->upper),
			 "core-cycles", number_or_null(c->cost), "core-cycles-dirty",
			 number_or_null(c->cost_dirty), "refill", number_or_null(c->refill),
			 "l2_cycles_per_line", number_or_null(c->l2_rate));
}

json_t *l1d_atlas_json(const struct tb_record *record, const struct l1d_atlas *atlas,
		       const struct l1d_candidate *search, size_t n)
{
	const struct l1d_nominal *nominal = l1d_nominal(tb_json_at(record->json, "host.cpu"));
	json_t *all = json_array(), *ties = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, candidate_json(&search[i]));
	for (size_t i = 0; i < atlas->ties; i++)
		json_array_append_new(ties, candidate_json(atlas->tie[i]));
	return json_pack("{s:o,s:o,s:o,s:o,s:b,s:o,s:o}", "kernel", candidate_json(atlas->kernel),
			 "winner", candidate_json(atlas->winner), "ties", ties, "empty_from_size",
			 atlas->enough ? json_integer((json_int_t)atlas->enough) : json_null(),
			 "literal", atlas->literal, "nominal",
			 nominal ? json_pack("{s:i,s:s}", "bytes_per_cycle", (int)nominal->bytes,
					     "source", nominal->source)
				 : json_null(),
			 "search", all);
}
