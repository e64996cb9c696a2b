// SPDX-License-Identifier: GPL-2.0-or-later
/* A record as compare wants it: small. */
#include <errno.h>
#include <fcntl.h>

#include "compare/side.h"
#include "record/load.h"

/* All but a tenth of a record; summaries hold what the samples say, validate proves it. */
static const struct tb_cut_rule cuts[] = {
	{ "params", TB_CUT_NOTHING },	 { "launches", TB_CUT_TO_FIRST },
	{ "samples", TB_CUT_MEMBER },	 { "checks", TB_CUT_MEMBER },
	{ "within", TB_CUT_MEMBER },	 { "trials", TB_CUT_MEMBER },
	{ "reference", TB_CUT_MEMBER },	 { "headline", TB_CUT_MEMBER },
	{ "resolution", TB_CUT_MEMBER }, { "overhead", TB_CUT_MEMBER },
	{ "n_launches", TB_CUT_MEMBER }, { "n_samples", TB_CUT_MEMBER },
	{ "estimate", TB_CUT_MEMBER },	 { "ci", TB_CUT_MEMBER },
	{ "quantiles", TB_CUT_MEMBER },	 { "outliers", TB_CUT_MEMBER },
	{ "drift", TB_CUT_MEMBER },	 { "excess", TB_CUT_MEMBER },
	{ "warnings", TB_CUT_MEMBER },	 { "ungated", TB_CUT_MEMBER },
	{ "gate", TB_CUT_MEMBER },	 { "noise", TB_CUT_MEMBER },
	{ "rusage", TB_CUT_MEMBER },	 { "cost", TB_CUT_MEMBER },
	{ "controls", TB_CUT_MEMBER },	 { "frames", TB_CUT_MEMBER },
	{ "nulls", TB_CUT_MEMBER },	 { NULL, TB_CUT_NOTHING },
};

int tb_side_load(const char *path, json_t **record, struct tb_complaint *why)
{
	int err = tb_load_json(AT_FDCWD, path, cuts, record, why);

	if (!err && !json_is_array(json_object_get(*record, "benchmarks"))) {
		json_decref(*record);
		*record = NULL;
		err = tb_complain(why, -EINVAL, "%s: not a whole record: it has no benchmarks",
				  path);
	}
	return err;
}
