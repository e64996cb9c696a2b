// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "compare/print.h"
#include "json.h"

/* Reads "2" or "2%"; *share is 0.02. */
static bool read_percent(const char *text, double *share)
{
	char *end;

	*share = strtod(text, &end) / 100;
	if (end != text && *end == '%')
		end++;
	return end != text && !*end && *share >= 0 && *share <= 10;
}

enum tb_status tb_judge_read(const struct tb_args *args, struct tb_judge *judge)
{
	const char *effect = args->value[TB_OPT_MIN_EFFECT];

	judge->min_effect = TB_MIN_EFFECT;
	if (effect && !read_percent(effect, &judge->min_effect))
		return tb_say(TB_USAGE, "--min-effect %s: must be a percentage from 0 to 1000",
			      effect);
	return tb_args_number(args, TB_OPT_ALPHA, 0.05, 1e-6, 0.5, &judge->alpha);
}

enum tb_status tb_fail_policy_read(const struct tb_args *args, struct tb_fail_policy *gate)
{
	const char *text = args->value[TB_OPT_FAIL_ON];

	*gate = (struct tb_fail_policy){ .there = text };
	if (!text || !strcmp(text, "slower"))
		return TB_OK;
	if (strncmp(text, "slower:", 7) != 0 || !read_percent(text + 7, &gate->least))
		return tb_say(TB_USAGE, "--fail-on %s: must be slower, or slower:PCT", text);
	return TB_OK;
}

enum tb_status tb_fail_policy_ask(const struct tb_fail_policy *gate, const struct tb_comparison *c)
{
	const struct tb_pairing *worst = NULL;
	size_t failed = 0;
	char row[256];

	for (size_t i = 0; gate->there && i < c->rows; i++) {
		const struct tb_pairing *one = &c->row[i];

		if (!tb_compare_changed(one) || one->versus.verdict != TB_VERDICT_SLOWER ||
		    tb_compare_loss(one) < gate->least)
			continue;
		failed++;
		if (!worst || tb_compare_loss(one) > tb_compare_loss(worst))
			worst = one;
	}
	if (!worst)
		return TB_OK;
	tb_row_text(worst->a->row, row, sizeof(row));
	return tb_say(TB_REGRESSION, "%zu rows are slower, most of all %s %s of %s: %+.1f %%",
		      failed, row, tb_pairing_text(worst, "name"), worst->other->label,
		      100 * tb_compare_loss(worst));
}
