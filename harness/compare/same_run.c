// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/same_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "record/json.h"

bool tb_same_run_in(const struct tb_side *side, const json_t *record)
{
	const char *id = tb_json_text(record, "run_id", NULL);

	for (size_t i = 0; id && i < side->records; i++)
		if (!strcmp(tb_json_text(side->record[i], "run_id", ""), id))
			return true;
	return false;
}

static size_t shared_runs(const struct tb_side *a, const struct tb_side *b)
{
	size_t n = 0;

	for (size_t i = 0; i < a->records; i++)
		n += tb_same_run_in(b, a->record[i]);
	return n;
}

static int warn_of_copies(const struct tb_side *side, json_t *warnings)
{
	char text[160];

	if (!side->copies)
		return 0;
	snprintf(text, sizeof(text),
		 "copies of a record in %s: %zu; the launches of a run count once", side->label,
		 side->copies);
	return json_array_append_new(warnings, json_string(text)) ? -ENOMEM : 0;
}

static int warn_of_shared(const struct tb_side *a, const struct tb_side *b, json_t *warnings)
{
	size_t n = shared_runs(a, b);
	char text[200];

	if (!n)
		return 0;
	if (n == a->records && n == b->records)
		snprintf(text, sizeof(text),
			 "%s and %s are the same %s: compared with itself, a run cannot differ",
			 a->label, b->label, n > 1 ? "runs" : "run");
	else
		snprintf(text, sizeof(text),
			 "%s and %s have %zu of their runs in common, which makes them look alike",
			 a->label, b->label, n);
	return json_array_append_new(warnings, json_string(text)) ? -ENOMEM : 0;
}

int tb_same_run_warn(const struct tb_sides *sides, json_t *warnings)
{
	int err = 0;

	for (size_t i = 0; i < sides->n && !err; i++) {
		err = warn_of_copies(&sides->at[i], warnings);
		for (size_t k = i + 1; k < sides->n && !err; k++)
			err = warn_of_shared(&sides->at[i], &sides->at[k], warnings);
	}
	return err;
}
