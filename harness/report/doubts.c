// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/doubts.h"

#include <string.h>

#include "record/format.h"
#include "json.h"
#include "report/notes.h"
#include "text/reasons.h"

enum { TEXT = 1024, LINE = 3 * TEXT };

static void add(char *line, const char *text)
{
	size_t used = strlen(line);

	snprintf(line + used, LINE - used, "%s", text);
}

static void add_row(json_t *kinds, const json_t *row, const char *name)
{
	const char *reason = tb_json_text(row, "reason", NULL);

	if (reason)
		tb_reasons_add(kinds, tb_json_text(row, "status", "?"),
			       tb_json_text(row, "remedy", NULL), reason,
			       tb_json_text(row, "name", "?"), name);
}

static void add_checks(json_t *kinds, const json_t *row, const char *name)
{
	const json_t *check;
	char text[TEXT];
	size_t i;

	json_array_foreach(json_object_get(row, "checks"), i, check) {
		if (json_is_true(json_object_get(check, "pass")))
			continue;
		snprintf(text, sizeof(text), "%.80s: %.80s held in %.80s",
			 tb_json_text(check, "name", "?"), tb_json_text(check, "want", "?"),
			 tb_json_text(check, "got", "?"));
		tb_reasons_add(kinds, "check", NULL, text, tb_json_text(row, "name", "?"), name);
	}
}

/*
 * Whether a column is missing because no row has this metric, and this is the reason in at least
 * half of the rows. A null of a single variant is expected. A reference has no column.
 */
static bool leaves_gap(const json_t *rows, const json_t *row, const json_t *metric)
{
	const char *bench = tb_json_text(row, "name", ""),
		   *name = tb_json_text(metric, "name", "?");
	const char *reason = tb_json_text(metric, "reason", "");
	size_t i, same = 0, all = 0;
	const json_t *other;

	if (!json_is_true(json_object_get(metric, "shown")))
		return false;
	json_array_foreach(json_object_get(row, "metrics"), i, other)
		if (!strcmp(tb_json_text(other, "reference", ""), name))
			return false;
	json_array_foreach(rows, i, other) {
		metric = tb_json_named(json_object_get(other, "metrics"), name);
		if (!metric || strcmp(tb_json_text(other, "name", ""), bench) != 0)
			continue;
		if (json_is_object(json_object_get(metric, "summary")))
			return false;
		same += !strcmp(tb_json_text(metric, "reason", ""), reason);
		all++;
	}
	return 2 * same >= all;
}

/* Groups metrics that are null for the same reason: "lines-left, left-any: REASON". */
static void add_nulls(json_t *kinds, const json_t *rows, const json_t *row, const char *name)
{
	const json_t *metric;
	char text[LINE] = "";
	const char *last = NULL;
	size_t i;

	for (i = 0; i <= json_array_size(json_object_get(row, "metrics")); i++) {
		const char *reason;

		metric = json_array_get(json_object_get(row, "metrics"), i);
		reason = tb_json_text(metric, "reason", NULL);
		if (metric && !leaves_gap(rows, row, metric))
			continue;
		if (last && (!reason || strcmp(reason, last) != 0)) {
			add(text, ": ");
			add(text, last);
			tb_reasons_add(kinds, "null", NULL, text, tb_json_text(row, "name", "?"),
				       name);
			*text = '\0';
		}
		last = reason && strcmp(reason, tb_json_text(row, "reason", "")) != 0 ? reason
										      : NULL;
		if (last) {
			add(text, *text ? ", " : "");
			add(text, tb_json_text(metric, "name", "?"));
		}
	}
}

void tb_doubts_print(FILE *out, const struct tb_record *record, size_t width)
{
	const json_t *rows = json_object_get(record->json, "benchmarks"), *row;
	json_t *kinds = json_array();
	char name[400], values[256];
	size_t i;

	json_array_foreach(rows, i, row) {
		tb_row_values(row, values, sizeof(values));
		snprintf(name, sizeof(name), "%.80s %s", tb_json_text(row, "name", "?"), values);
		add_row(kinds, row, name);
		add_checks(kinds, row, name);
		add_nulls(kinds, rows, row, name);
	}
	tb_reasons_write(out, kinds, width);
	json_decref(kinds);
	tb_notes_other_runs(out, record);
}
