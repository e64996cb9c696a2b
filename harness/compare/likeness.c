// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/likeness.h"

#include <errno.h>
#include <stdio.h>

#include "measure/fingerprint.h"
#include "record/json.h"

/* The least and the greatest value of a field, and whose they are. */
struct range {
	double lo, hi;
	const struct tb_side *lo_side, *hi_side;
};

static void add_side(struct range *range, const struct tb_side *side, const char *name)
{
	for (size_t i = 0; i < side->records; i++) {
		double x = tb_json_number(json_object_get(side->record[i], "fingerprint"), name, 0);

		if (!(x > 0))
			continue;
		if (!range->lo_side || x < range->lo) {
			range->lo = x;
			range->lo_side = side;
		}
		if (!range->hi_side || x > range->hi) {
			range->hi = x;
			range->hi_side = side;
		}
	}
}

int tb_likeness_warn(const struct tb_sides *sides, json_t *warnings)
{
	const double most = 1.1;

	for (int field = 0; field < TB_TSC_STEP; field++) {
		const char *name = tb_fingerprint_name((enum tb_fingerprint_field)field);
		double unit = field == TB_CORE_HZ ? 1e9 : 1;
		struct range range = { 0 };
		char text[200];

		for (size_t i = 0; i < sides->n; i++)
			add_side(&range, &sides->at[i], name);
		if (!range.lo_side || range.hi <= range.lo * most)
			continue;
		snprintf(
			text, sizeof(text),
			"the fingerprints differ by more than 10 %%: %s is %.2f in %s and %.2f in %s%s",
			name, range.lo / unit, range.lo_side->label, range.hi / unit,
			range.hi_side->label, unit > 1 ? ", in GHz" : "");
		if (json_array_append_new(warnings, json_string(text)))
			return -ENOMEM;
	}
	return 0;
}
