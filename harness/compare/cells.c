// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/cells.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare/print.h"
#include "record/format.h"

bool tb_pairing_share(const struct tb_pairing *row)
{
	return !strcmp(tb_pairing_text(row, "unit"), "ratio");
}

bool tb_pairing_by_difference(const struct tb_pairing *row)
{
	return tb_pairing_share(row) || !strcmp(tb_pairing_text(row, "unit"), "lines");
}

/* "1035 [1033, 1039]". Of a mixture its two modes, because no single figure describes both. */
void tb_cell_estimate(const struct tb_entry *entry, char *out, size_t bytes)
{
	double high = 100 * entry->modes.share_high;
	char m[24], lo[24], hi[24];

	if (entry->modes.two) {
		tb_figure(entry->unit, entry->modes.low, lo, sizeof(lo));
		tb_figure(entry->unit, entry->modes.high, hi, sizeof(hi));
		snprintf(out, bytes, "%s in %.0f %%, %s in %.0f %%", lo, 100 - high, hi, high);
		return;
	}
	tb_figure(entry->unit, entry->estimate.estimate, m, sizeof(m));
	tb_figure(entry->unit, entry->estimate.lo, lo, sizeof(lo));
	tb_figure(entry->unit, entry->estimate.hi, hi, sizeof(hi));
	if (entry->estimate.has_interval)
		snprintf(out, bytes, "%s [%s, %s]", m, lo, hi);
	else
		snprintf(out, bytes, "%s [n = %zu]", m, entry->n);
}

void tb_cell_plain(const struct tb_entry *entry, char *out, size_t bytes)
{
	char low[24], high[24];

	if (entry->modes.two) {
		tb_figure(entry->unit, entry->modes.low, low, sizeof(low));
		tb_figure(entry->unit, entry->modes.high, high, sizeof(high));
		snprintf(out, bytes, "%s | %s", low, high);
	} else {
		tb_figure(entry->unit, entry->estimate.estimate, out, bytes);
	}
}

void tb_cell_change(const struct tb_pairing *row, char *out, size_t bytes)
{
	const struct tb_versus *v = &row->versus;
	const char *unit = tb_pairing_text(row, "unit");
	const char *mark = tb_pairing_by_difference(row) ? "" : "diff ";
	char d[24], lo[24], hi[24];

	if (!v->has_difference) {
		int n = snprintf(out, bytes, "%.3f", v->ratio);

		if (v->ratio_ci.present)
			snprintf(out + n, bytes - (size_t)n, " [%.3f, %.3f]", v->ratio_ci.lo,
				 v->ratio_ci.hi);
		return;
	}
	tb_figure(unit, v->difference, d, sizeof(d));
	tb_figure(unit, v->difference_ci.lo, lo, sizeof(lo));
	tb_figure(unit, v->difference_ci.hi, hi, sizeof(hi));
	if (v->difference_ci.present)
		snprintf(out, bytes, "%s%s%s [%s, %s]", mark, v->difference > 0 ? "+" : "", d, lo,
			 hi);
	else
		snprintf(out, bytes, "%s%s%s", mark, v->difference > 0 ? "+" : "", d);
}

/* "slower" fits times only; other units get "worse" or "better". */
const char *tb_cell_word(const struct tb_pairing *row)
{
	static const char *const units[] = { "ns", "tsc", "core-cycles", "ops/s" };
	enum tb_verdict verdict = row->versus.verdict;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(tb_pairing_text(row, "unit"), units[i]))
			return tb_stats_verdict_name(verdict);
	return verdict == TB_VERDICT_SLOWER   ? "worse"
	       : verdict == TB_VERDICT_FASTER ? "better"
					      : tb_stats_verdict_name(verdict);
}

void tb_cell_verdict(const struct tb_pairing *row, char *out, size_t bytes)
{
	const struct tb_versus *v = &row->versus;
	const char *reason = tb_versus_reason(v);

	if (*reason)
		snprintf(out, bytes, "%s: %s", tb_cell_word(row), reason);
	else if (v->verdict == TB_VERDICT_INCONCLUSIVE && isfinite(v->detectable))
		snprintf(out, bytes, "inconclusive: would find %.2g %%", 100 * v->detectable);
	else
		snprintf(out, bytes, "%s", tb_cell_word(row));
}

/* One word or sign, because a matrix has many cells. */
void tb_cell_short(const struct tb_pairing *row, char *out, size_t bytes)
{
	const struct tb_versus *v = &row->versus;
	char change[64];

	tb_cell_change(row, change, sizeof(change));
	change[strcspn(change, "[")] = '\0'; /* without the interval */
	snprintf(out, bytes, "%s%s%s", change, v->ratio_ci.present ? "" : " ",
		 v->verdict == TB_VERDICT_EQUIVALENT	 ? "="
		 : v->verdict == TB_VERDICT_INCONCLUSIVE ? "?"
		 : v->verdict == TB_VERDICT_INSUFFICIENT ? "-"
							 : tb_cell_word(row));
}
