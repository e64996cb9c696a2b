// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/estimate.h"

#include <math.h>
#include <stdio.h>

#include "record/format.h"
#include "json.h"

void tb_estimate_text(const json_t *metric, char *out, size_t bytes)
{
	const char *unit = tb_json_text(metric, "unit", "");
	const json_t *summary = json_object_get(metric, "summary");
	const json_t *ci = json_object_get(summary, "ci");
	const json_t *modes = json_object_get(summary, "modes");
	double high = 100 * tb_json_number(modes, "share_high", 0);
	char m[20], lo[20], hi[20];

	if (!json_is_object(summary)) {
		snprintf(out, bytes, "null");
		return;
	}
	if (json_is_object(modes)) {
		tb_figure(unit, tb_json_number(modes, "low", 0), lo, sizeof(lo));
		tb_figure(unit, tb_json_number(modes, "high", 0), hi, sizeof(hi));
		snprintf(out, bytes, "%s in %.0f %%, %s in %.0f %%", lo, 100 - high, hi, high);
		return;
	}

	tb_figure(unit, tb_json_number(summary, "estimate", 0), m, sizeof(m));
	if (json_is_null(ci)) {
		snprintf(out, bytes, "%s [n < 6]", m);
		return;
	}
	tb_figure(unit, tb_json_number(ci, "lo", 0), lo, sizeof(lo));
	tb_figure(unit, tb_json_number(ci, "hi", 0), hi, sizeof(hi));
	snprintf(out, bytes, "%s [%s, %s]", m, lo, hi);
}

void tb_estimate_short(const json_t *metric, char *out, size_t bytes)
{
	const char *unit = tb_json_text(metric, "unit", "");
	const json_t *summary = json_object_get(metric, "summary");
	const json_t *ci = json_object_get(summary, "ci");
	const json_t *modes = json_object_get(summary, "modes");
	double x = tb_json_number(summary, "estimate", NAN);
	char figure[24];

	if (!json_is_object(summary)) {
		snprintf(out, bytes, "-");
	} else if (json_is_object(modes)) {
		tb_short_modes(unit, tb_json_number(modes, "low", 0),
			       tb_json_number(modes, "high", 0),
			       tb_json_number(modes, "share_high", 0), out, bytes);
	} else if (json_is_null(ci)) {
		tb_figure(unit, x, figure, sizeof(figure));
		snprintf(out, bytes, "%s (n < 6)", figure);
	} else {
		tb_short_figure(unit, x, tb_json_number(ci, "lo", 0), tb_json_number(ci, "hi", 0),
				out, bytes);
	}
}

const char *tb_empty_text(const json_t *row)
{
	const json_t *metric, *excess;
	size_t m;

	json_array_foreach(json_object_get(row, "metrics"), m, metric) {
		excess = json_object_get(json_object_get(metric, "summary"), "excess");
		if (json_is_object(excess))
			return json_is_true(json_object_get(excess, "empty"))	 ? "yes"
			       : json_is_false(json_object_get(excess, "empty")) ? "no"
										 : "n too small";
	}
	return "-";
}
