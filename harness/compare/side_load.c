// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads a record in the reduced form that compare uses. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "compare/side.h"
#include "json.h"
#include "record/record.h"

/* Nine tenths of a record. compare needs only the summaries, and validate checks those. */
static const struct tb_strip_rule cuts[] = {
	{ "params", TB_STRIP_NOTHING },	   { "launches", TB_STRIP_TO_FIRST },
	{ "samples", TB_STRIP_MEMBER },	   { "checks", TB_STRIP_MEMBER },
	{ "within", TB_STRIP_MEMBER },	   { "trials", TB_STRIP_MEMBER },
	{ "reference", TB_STRIP_MEMBER },  { "headline", TB_STRIP_MEMBER },
	{ "resolution", TB_STRIP_MEMBER }, { "overhead", TB_STRIP_MEMBER },
	{ "n_launches", TB_STRIP_MEMBER }, { "n_samples", TB_STRIP_MEMBER },
	{ "estimate", TB_STRIP_MEMBER },   { "ci", TB_STRIP_MEMBER },
	{ "quantiles", TB_STRIP_MEMBER },  { "outliers", TB_STRIP_MEMBER },
	{ "drift", TB_STRIP_MEMBER },	   { "excess", TB_STRIP_MEMBER },
	{ "warnings", TB_STRIP_MEMBER },   { "ungated", TB_STRIP_MEMBER },
	{ "gate", TB_STRIP_MEMBER },	   { "noise", TB_STRIP_MEMBER },
	{ "rusage", TB_STRIP_MEMBER },	   { "cost", TB_STRIP_MEMBER },
	{ "controls", TB_STRIP_MEMBER },   { "frames", TB_STRIP_MEMBER },
	{ "nulls", TB_STRIP_MEMBER },	   { NULL, TB_STRIP_NOTHING },
};

int tb_side_load(const char *path, json_t **record, struct tb_error *why)
{
	int err = tb_load_json(AT_FDCWD, path, cuts, record, why);

	if (!err && !json_is_array(json_object_get(*record, "benchmarks"))) {
		json_decref(*record);
		*record = NULL;
		err = tb_error(why, -EINVAL, "%s: not a complete record: it has no benchmarks",
			       path);
	}
	return err;
}

bool tb_side_has_run(const struct tb_side *side, const json_t *record)
{
	const char *id = tb_json_text(record, "run_id", NULL);

	for (size_t i = 0; id && i < side->records; i++)
		if (!strcmp(tb_json_text(side->record[i], "run_id", ""), id))
			return true;
	return false;
}
