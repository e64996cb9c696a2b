// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth list */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/select.h"
#include "json.h"
#include "text/reasons.h"
#include "run/session.h"
#include "run/value.h"
#include "text/terminal.h"
#include "text/wrap.h"

enum { SCREEN_COLUMNS = 80 };

/* Appends the variants that cannot run here to missing. Returns the number of those that can. */
static size_t print_unavailable(const struct tb_bench *bench, const struct tb_machine *stage,
				json_t *missing)
{
	struct tb_variants all = { 0 };
	struct tb_error why = { "" };
	size_t n = 0;

	if (tb_variants_add(&all, bench, bench->full, NULL, 0, stage, &why) ||
	    tb_variants_add(&all, bench, bench->quick, NULL, 0, stage, &why)) {
		tb_variants_free(&all);
		return 0;
	}
	for (size_t i = 0; i < all.n; i++) {
		char text[160];

		tb_variant_probe(&all.at[i], stage);
		if (!all.at[i].code[0]) {
			n++;
			continue;
		}
		tb_variant_text(&all.at[i], text, sizeof(text));
		json_array_append_new(missing,
				      json_pack("{s:s,s:s,s:s,s:s}", "variant", text, "reason_code",
						all.at[i].code, "reason", all.at[i].reason,
						"remedy", all.at[i].remedy));
	}
	tb_variants_free(&all);
	return n;
}

static double total(const json_t *bench)
{
	return tb_json_number(bench, "runnable", 0) +
	       (double)json_array_size(json_object_get(bench, "unavailable"));
}

/* Prints a line; ".." marks one that was cut at the width. */
static void print_cut(const char *line, size_t width)
{
	bool whole = strlen(line) <= width;

	printf("%.*s%s\n", (int)(whole ? width : width - 2), line, whole ? "" : "..");
}

/* Prints a benchmark on one line. If no variant runs here, a second line has the reason. */
static void print_short(const json_t *bench, size_t width)
{
	const json_t *first = json_array_get(json_object_get(bench, "unavailable"), 0);
	double runs = tb_json_number(bench, "runnable", 0);
	char share[24], line[512];

	snprintf(share, sizeof(share), "%.0f/%.0f", runs, total(bench));
	snprintf(line, sizeof(line), "%-20s %7s  %s", tb_json_text(bench, "name", ""), share,
		 tb_json_text(bench, "summary", ""));
	print_cut(line, width);
	if (runs > 0 || !first)
		return;
	snprintf(line, sizeof(line), "%29s %s", "->", tb_json_text(first, "reason", ""));
	print_cut(line, width);
}

static void print_all_short(const json_t *all)
{
	size_t width = isatty(STDOUT_FILENO) ? tb_table_columns(stdout) : SCREEN_COLUMNS, i;
	const json_t *one;

	printf("%-20s %7s\n", "benchmark", "here");
	json_array_foreach(all, i, one)
		print_short(one, width);
	puts("here: how many of its variants run on this machine. Details: tollbooth list NAME");
}

static void print_item(const char *text, size_t indent)
{
	printf("%*s", (int)indent, "");
	tb_wrap(stdout, text, indent, indent + 14, tb_table_columns(stdout));
}

static void print_bench(const json_t *json)
{
	json_t *reasons = json_array();
	const json_t *item;
	char text[1024];
	size_t i;

	snprintf(text, sizeof(text), "%s: %s (%.0f of %.0f variants run here)",
		 tb_json_text(json, "name", ""), tb_json_text(json, "summary", ""),
		 tb_json_number(json, "runnable", 0), total(json));
	print_item(text, 0);
	json_array_foreach(json_object_get(json, "params"), i, item) {
		printf("  -p %-11s", tb_json_text(item, "name", ""));
		snprintf(text, sizeof(text), "%s (default %s)", tb_json_text(item, "values", ""),
			 tb_json_text(item, "default", ""));
		tb_wrap(stdout, text, 16, 16, tb_table_columns(stdout));
		print_item(tb_json_text(item, "help", ""), 16);
	}
	json_array_foreach(json_object_get(json, "metrics"), i, item) {
		printf("  %-22s %-11s ", tb_json_text(item, "name", ""),
		       tb_json_text(item, "unit", ""));
		tb_wrap(stdout, tb_json_text(item, "help", ""), 37, 37, tb_table_columns(stdout));
	}
	json_array_foreach(json_object_get(json, "unavailable"), i, item)
		tb_reasons_add(reasons, "unavailable", tb_json_text(item, "remedy", NULL),
			       tb_json_text(item, "reason", ""), "",
			       tb_json_text(item, "variant", ""));
	tb_reasons_write(stdout, reasons, tb_table_columns(stdout));
	json_decref(reasons);
}

json_t *tb_describe_params(const struct tb_bench *bench)
{
	json_t *params = json_array();
	char values[TB_VALUES];

	for (const struct tb_param *p = bench->params; p->name; p++)
		json_array_append_new(params, json_pack("{s:s,s:s,s:s,s:s}", "name", p->name,
							"values", tb_param_values(p, values),
							"default", p->fallback, "help", p->help));
	return params;
}

json_t *tb_describe_metrics(const struct tb_bench *bench)
{
	json_t *metrics = json_array();

	for (const struct tb_metric *m = bench->metrics; m->name; m++)
		json_array_append_new(metrics,
				      json_pack("{s:s,s:s,s:s,s:s,s:b,s:s}", "name", m->name,
						"unit", tb_unit_name(m->unit), "direction",
						m->better == TB_HIGHER ? "higher" : "lower",
						"within", m->within == TB_MEAN ? "mean" : "median",
						"headline", m->headline, "help", m->help));
	return metrics;
}

static json_t *describe_bench(const struct tb_bench *bench, const struct tb_machine *stage)
{
	json_t *missing = json_array();
	size_t runnable = print_unavailable(bench, stage, missing);

	return json_pack("{s:s,s:s,s:s,s:i,s:I,s:o,s:o,s:o}", "name", bench->name, "summary",
			 bench->summary, "realm", tb_realm_name(bench->realm), "version",
			 (int)bench->version, "runnable", (json_int_t)runnable, "params",
			 tb_describe_params(bench), "metrics", tb_describe_metrics(bench),
			 "unavailable", missing);
}

static enum tb_status list_command(const struct tb_cli *cli, const struct tb_args *args)
{
	const struct tb_bench *benches[TB_BENCHES_MAX];
	struct tb_error why = { "" };
	struct tb_session session;
	json_t *all = json_array(), *one;
	enum tb_status status;
	int err = 0;
	size_t i;

	if (args->value[TB_OPT_LIST_EVENTS]) {
		json_decref(all);
		return tb_list_events(args);
	}
	status = tb_select_benches(cli, args, benches);
	if (status != TB_OK)
		goto out;
	err = tb_session_open(&session, "list", tb_no_output, NULL, cli->argc, cli->argv, &why);
	if (err)
		status = tb_say(tb_status_of(err), "%s", why.text[0] ? why.text : strerror(-err));
	for (int b = 0; !err && benches[b]; b++)
		json_array_append_new(all, describe_bench(benches[b], &session.stage));
	tb_session_close(&session);
	if (err)
		goto out;
	if (args->value[TB_OPT_JSON]) {
		json_dumpf(all, stdout, JSON_INDENT(1));
		putchar('\n');
	} else if (args->names) {
		json_array_foreach(all, i, one)
			print_bench(one);
	} else {
		print_all_short(all);
	}
out:
	json_decref(all);
	return status;
}

const struct tb_command tb_command_list = {
	.name = "list",
	.arguments = "[NAME...|--events [PMU]] [--json]",
	.summary = "list benchmarks, and the variants that cannot run here with the reasons",
	.options = TB_OPT(TB_OPT_JSON) | TB_OPT(TB_OPT_LIST_EVENTS) | TB_OPT(TB_OPT_HELP),
	.run = list_command,
};
