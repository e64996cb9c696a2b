// SPDX-License-Identifier: GPL-2.0-or-later
/* Everything in a record that follows from its samples must follow from them. */
#include "record/record.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "record/json.h"
#include "record/summary.h"

/* Equal, numbers up to the last digits that another libm could change. */
static bool same(const json_t *a, const json_t *b)
{
	const json_t *value;
	const char *key;
	size_t i;

	if (json_is_number(a) && json_is_number(b)) {
		double x = json_number_value(a), y = json_number_value(b);

		return fabs(x - y) <= 1e-9 * fmax(fabs(x), fabs(y)) + 1e-300;
	}
	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_object(a)) {
		if (json_object_size(a) != json_object_size(b))
			return false;
		json_object_foreach((json_t *)a, key, value)
			if (!json_object_get(b, key) || !same(value, json_object_get(b, key)))
				return false;
		return true;
	}
	if (json_is_array(a)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		json_array_foreach(a, i, value)
			if (!same(value, json_array_get(b, i)))
				return false;
		return true;
	}
	return json_equal(a, b);
}

static int check_row(const struct tb_record *record, const json_t *row, struct tb_error *why)
{
	static const char *const derived[] = { "status", "checks", "quiet_share", "reason_code" };
	json_t *again = json_deep_copy(row);
	const json_t *metric;
	char text[256];
	size_t i;
	int err = again ? tb_row_conclude(record, again) : -ENOMEM;

	tb_row_text(row, text, sizeof(text));
	json_array_foreach(json_object_get(row, "metrics"), i, metric) {
		const json_t *fresh = json_array_get(json_object_get(again, "metrics"), i);

		if (!err &&
		    (!same(json_object_get(metric, "summary"), json_object_get(fresh, "summary")) ||
		     !same(json_object_get(metric, "overhead"),
			   json_object_get(fresh, "overhead"))))
			err = tb_error(why, -EINVAL,
				       "%s: the summary of %s does not follow from the samples",
				       text, tb_json_text(metric, "name", "?"));
		if (!err && json_is_null(json_object_get(metric, "summary")) &&
		    !tb_json_text(metric, "reason", "")[0])
			err = tb_error(why, -EINVAL, "%s: %s is null without a reason", text,
				       tb_json_text(metric, "name", "?"));
	}
	for (i = 0; i < sizeof(derived) / sizeof(derived[0]) && !err; i++)
		if (!same(json_object_get(row, derived[i]), json_object_get(again, derived[i])))
			err = tb_error(why, -EINVAL, "%s: %s does not follow from the launches",
				       text, derived[i]);
	json_decref(again);
	return err;
}

int tb_record_validate(const struct tb_record *record, struct tb_error *why)
{
	const json_t *row;
	size_t i;
	int err = 0;

	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row) {
		if (strcmp(tb_json_text(row, "status", ""), "skipped"))
			err = check_row(record, row, why);
		else if (json_array_size(json_object_get(row, "launches")) ||
			 json_array_size(json_object_get(row, "metrics")))
			err = tb_error(why, -EINVAL,
				       "benchmarks[%zu]: skipped, yet it has launches or metrics",
				       i);
		if (err)
			break;
	}
	return err;
}
