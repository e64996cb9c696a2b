// SPDX-License-Identifier: GPL-2.0-or-later
/* tollbooth explain: prints how a benchmark measures and what its figures mean. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "text/wrap.h"
#include "cli/select.h"
#include "json.h"

static void print_points(const char *heading, const json_t *points)
{
	const json_t *point;
	size_t i;

	if (json_array_size(points))
		printf("\n%s\n", heading);
	json_array_foreach(points, i, point)
		tb_print_wrapped(json_string_value(point), 2);
}

/* Prints "a|b" as "a | b", so that the line can be wrapped. */
static void print_values(const json_t *param)
{
	const char *values = tb_json_text(param, "values", "");
	char text[1024];
	size_t used =
		(size_t)snprintf(text, sizeof(text), "%s = ", tb_json_text(param, "name", ""));

	for (; *values && used + 4 < sizeof(text); values++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 *values == '|' ? " %c " : "%c", *values);
	snprintf(text + used, sizeof(text) - used, " (default %s)",
		 tb_json_text(param, "default", ""));
	tb_print_wrapped(text, 2);
	tb_print_wrapped(tb_json_text(param, "help", ""), 6);
}

static void print_metric(const json_t *metric)
{
	printf("  %s: %s, %s is better%s%s\n", tb_json_text(metric, "name", ""),
	       tb_json_text(metric, "unit", ""), tb_json_text(metric, "direction", ""),
	       !strcmp(tb_json_text(metric, "within", ""), "mean") ? "; the mean of a launch" : "",
	       json_is_true(json_object_get(metric, "headline")) ? "; headline" : "");
	tb_print_wrapped(tb_json_text(metric, "help", ""), 6);
}

static void print_bench(const json_t *bench)
{
	const json_t *item;
	size_t i;

	char head[256];

	snprintf(head, sizeof(head), "%s: %s (version %lld)", tb_json_text(bench, "name", ""),
		 tb_json_text(bench, "summary", ""),
		 (long long)json_integer_value(json_object_get(bench, "version")));
	tb_print_wrapped(head, 0);
	print_points("QUESTION", json_object_get(bench, "question"));
	print_points("TIMED WINDOW", json_object_get(bench, "window"));
	printf("\nPARAMETERS\n");
	json_array_foreach(json_object_get(bench, "params"), i, item)
		print_values(item);
	print_points("VALUES", json_object_get(bench, "values"));
	printf("\nMETRICS\n");
	json_array_foreach(json_object_get(bench, "metrics"), i, item)
		print_metric(item);
	print_points("FROM SAMPLES TO FIGURES", json_object_get(bench, "figures"));
	print_points("PROOF", json_object_get(bench, "proof"));
	print_points("CONTROLS", json_object_get(bench, "controls"));
	print_points("TRAPS", json_object_get(bench, "traps"));
	print_points("WHAT THE NUMBERS DO NOT SAY", json_object_get(bench, "silent"));
	print_points("SOURCES", json_object_get(bench, "sources"));
}

/* Splits the text into one string for each line. */
static json_t *points(const char *text)
{
	json_t *array = json_array();

	while (text && *text) {
		size_t n = strcspn(text, "\n");

		json_array_append_new(array, json_stringn(text, n));
		text += n + (text[n] == '\n');
	}
	return array;
}

/* How the harness turns samples into figures: a summary of docs/method.md. */
static json_t *figures(const struct tb_bench *bench)
{
	char text[1024];

	snprintf(
		text, sizeof(text),
		"A launch is a fresh process, pinned and warmed up, with at most %u samples. Its figure "
		"is their median, or their mean if the metric says so. The estimate is the median of "
		"the launches' figures, with the exact order-statistic interval over launches. No "
		"sample is removed. A launch whose checks fail is kept in the record and marked. It does "
		"not count and is repeated.\n"
		"%s",
		bench->rounds,
		bench->untimed
			? "Its figures are counts, which a busy core does not change. It needs no "
			  "gate."
		: bench->ungated
			? "It sleeps, and a witness loop between its samples would change them. So the "
			  "loop runs before the first and after the last sample. A launch that found a "
			  "busy core more often than a quiet one does not count and is repeated. The "
			  "column ungated includes such launches."
			: "Each round takes one sample at once (ungated) and one after a witness loop "
			  "found the core quiet (gated). If the core does not become quiet in time, the "
			  "second sample goes into the column disturbed. The gate reads the witness only, "
			  "never the value.");
	return points(text);
}

static json_t *describe_explanation(const struct tb_bench *bench)
{
	static const struct tb_explanation none;
	const struct tb_explanation *e = bench->explain ? bench->explain : &none;

	return json_pack(
		"{s:s,s:s,s:s,s:i,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "name",
		bench->name, "summary", bench->summary, "realm", tb_realm_name(bench->realm),
		"version", (int)bench->version, "question", points(e->question), "window",
		points(e->window), "params", tb_describe_params(bench), "values", points(e->values),
		"metrics", tb_describe_metrics(bench), "figures", figures(bench), "proof",
		points(e->proof), "controls", points(e->controls), "traps", points(e->traps),
		"silent", points(e->silent), "sources", points(e->sources));
}

static enum tb_status explain(const struct tb_cli *cli, const struct tb_args *args)
{
	const struct tb_bench *benches[TB_BENCHES_MAX];
	enum tb_status status;
	const json_t *bench;
	json_t *all;
	size_t i;

	if (!args->names)
		return tb_say(TB_USAGE, "explain needs a benchmark; tollbooth list shows them");
	status = tb_select_benches(cli, args, benches);
	if (status != TB_OK)
		return status;
	all = json_array();
	for (int b = 0; benches[b]; b++)
		json_array_append_new(all, describe_explanation(benches[b]));
	if (args->value[TB_OPT_JSON]) {
		json_dumpf(all, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		json_array_foreach(all, i, bench) {
			fputs(i ? "\n\n" : "", stdout);
			print_bench(bench);
		}
	}
	json_decref(all);
	return TB_OK;
}

const struct tb_command tb_command_explain = {
	.name = "explain",
	.arguments = "NAME... [--json]",
	.summary =
		"describe a benchmark: window, proof, controls, traps, and the limits of its figures",
	.options = TB_OPT(TB_OPT_JSON) | TB_OPT(TB_OPT_HELP),
	.run = explain,
};
