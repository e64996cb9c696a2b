// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth compare */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/aa_rate.h"
#include "cli/cli.h"
#include "cli/verdict.h"
#include "compare/print.h"
#include "publish.h"
#include "run/progress.h"
#include "record/write.h"

enum format { FORMAT_TABLE, FORMAT_MD, FORMAT_JSON, FORMAT_CSV };

struct request {
	struct tb_view view;
	enum format format;
	struct tb_fail_policy gate;
};

/* Index of an option's value in words; 0 if the option was not given, -1 after an error message. */
static int choice(const struct tb_args *args, enum tb_option_id id, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!args->value[id] || !strcmp(args->value[id], words[i]))
			return i;
	tb_say(TB_USAGE, "--%s %s: must be one of %s", tb_options[id].name, args->value[id],
	       tb_options[id].value);
	return -1;
}

static enum tb_status read_request(const struct tb_args *args, struct request *request,
				   struct tb_comparison *c)
{
	static const char *const formats[] = { "table", "md", "json", "csv", NULL };
	static const char *const sorts[] = { "record", "name", "ratio", NULL };
	int format = choice(args, TB_OPT_FORMAT, formats);
	int sort = choice(args, TB_OPT_SORT, sorts);

	if (format < 0 || sort < 0)
		return TB_USAGE;
	request->format = args->value[TB_OPT_JSON] ? FORMAT_JSON : (enum format)format;
	request->view.sort = (enum tb_compare_sort)sort;
	request->view.only_changed = args->value[TB_OPT_ONLY_CHANGED];
	request->view.wide = args->value[TB_OPT_WIDE];
	request->view.markdown = request->format == FORMAT_MD;
	c->across_classes = args->value[TB_OPT_ACROSS_CLASSES];
	if (tb_judge_read(args, &c->judge))
		return TB_USAGE;
	return tb_fail_policy_read(args, &request->gate);
}

/* Finds the reference by its label or its name. */
static enum tb_status find_reference(const struct tb_args *args, const struct tb_sides *sides,
				     struct tb_comparison *c)
{
	const char *wanted = args->value[TB_OPT_REFERENCE];

	c->reference = &sides->at[0];
	for (size_t i = 0; wanted && i < sides->n; i++)
		if (!strcmp(sides->at[i].label, wanted) || !strcmp(sides->at[i].name, wanted)) {
			c->reference = &sides->at[i];
			return TB_OK;
		}
	if (wanted)
		return tb_say(
			TB_USAGE,
			"--reference %s: not among the arguments; give one of them, or its letter (A is the first)",
			wanted);
	return TB_OK;
}

/* Prints the known false-positive rates of the machines compared. */
static void print_false_calls(const struct request *request, const json_t *rates)
{
	char text[512];
	const json_t *rate;
	size_t i;

	json_array_foreach(rates, i, rate) {
		tb_aa_rate_text(rate, text, sizeof(text));
		fputs(request->view.markdown ? "\n" : "", stdout);
		tb_print_line(&request->view, stdout, text);
	}
}

static int print_comparison(const struct request *request, const struct tb_comparison *c)
{
	json_t *json, *rates = tb_aa_rates(c->sides);
	int err = 0;

	if (request->format == FORMAT_JSON) {
		json = tb_compare_json(c, &request->view);
		json_object_set(json, "false_calls", rates);
		err = json ? tb_record_write(json, STDOUT_FILENO) : -ENOMEM;
		json_decref(json);
	} else if (request->format == FORMAT_CSV) {
		tb_compare_csv(c, &request->view, stdout);
	} else {
		tb_compare_print(c, &request->view, stdout);
		print_false_calls(request, rates);
	}
	json_decref(rates);
	return fflush(stdout) && !err ? -errno : err;
}

static enum tb_status compare_sides(const struct tb_args *args, const struct request *request,
				    const struct tb_sides *sides, struct tb_comparison *c)
{
	enum tb_status status = find_reference(args, sides, c);
	struct tb_progress progress;
	struct tb_error why = { "" };
	int err;

	if (status != TB_OK)
		return status;
	if (sides->n < 2)
		return tb_say(TB_USAGE,
			      "%s is alone; give a second record or folder to compare it with",
			      sides->at[0].name);
	tb_progress_phase(&progress, false, "comparing");
	err = tb_compare(c, sides, &why);
	tb_progress_end(&progress);
	if (err)
		return tb_say(tb_status_of(err), "%s", why.text[0] ? why.text : strerror(-err));
	err = print_comparison(request, c);
	if (err)
		return tb_say_stdout(err);
	if (!c->compared)
		return tb_say(TB_USAGE, "no row could be compared: %s", c->row[0].refusal);
	return tb_fail_policy_ask(&request->gate, c);
}

static enum tb_status compare(const struct tb_cli *cli, const struct tb_args *args)
{
	struct tb_laws laws = { 0 };
	struct tb_comparison c = { .judge.laws = &laws };
	struct request request = { 0 };
	struct tb_error why = { "" };
	struct tb_sides sides = { 0 };
	struct tb_progress progress;
	enum tb_status status;
	int err;

	(void)cli;
	if (!args->names)
		return tb_say(
			TB_USAGE,
			"compare needs records, or folders of them; see tollbooth compare --help");
	status = read_request(args, &request, &c);
	if (status != TB_OK)
		return status;
	tb_progress_phase(&progress, false, "reading the records");
	err = tb_gather(args->name, args->names, 1 - c.judge.alpha, &sides, &why);
	tb_progress_end(&progress);
	if (err)
		return tb_say(TB_USAGE, "%s", why.text[0] ? why.text : strerror(-err));
	status = compare_sides(args, &request, &sides, &c);
	tb_comparison_free(&c);
	tb_laws_free(&laws);
	tb_sides_free(&sides);
	return status;
}

const struct tb_command tb_command_compare = {
	.name = "compare",
	.arguments = "A B... [options]",
	.summary = "compare records, or folders of them: ratios, intervals, verdicts",
	.options = TB_OPT(TB_OPT_MIN_EFFECT) | TB_OPT(TB_OPT_ALPHA) | TB_OPT(TB_OPT_ONLY_CHANGED) |
		   TB_OPT(TB_OPT_SORT) | TB_OPT(TB_OPT_FORMAT) | TB_OPT(TB_OPT_FAIL_ON) |
		   TB_OPT(TB_OPT_REFERENCE) | TB_OPT(TB_OPT_ACROSS_CLASSES) | TB_OPT(TB_OPT_JSON) |
		   TB_OPT(TB_OPT_WIDE) | TB_OPT(TB_OPT_HELP),
	.run = compare,
};
