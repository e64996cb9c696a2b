// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/sections.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record/json.h"
#include "report/html.h"
#include "report/notes.h"
#include "report/table.h"

void tb_section_intro(FILE *out, const struct tb_record *record)
{
	char machine[512];

	tb_machine_text(record, machine, sizeof(machine));
	fputs("<h1>", out);
	tb_html_text(out, machine);
	fputs("</h1>\n<p class=\"dim\">", out);
	tb_html_format(out, "tollbooth %s, suite %s, %s, run %s",
		       tb_json_text(json_object_get(record->json, "tool"), "version", "?"),
		       tb_json_text(json_object_get(record->json, "suite"), "name", "?"),
		       tb_json_text(record->json, "started_at", "?"),
		       tb_json_text(record->json, "run_id", "?"));
	fputs("</p>\n", out);
	if (!json_is_true(json_object_get(record->json, "complete"))) {
		fputs("<p class=\"warn\">Partial: the run ended before its plan did (", out);
		tb_html_text(out, tb_json_text(record->json, "exit_reason", "?"));
		fputs(").</p>\n", out);
	}
	fputs("<p>A figure is the median over launches of each launch's own median (its mean, for shares and "
	      "lines); a launch is a fresh process. Brackets hold the exact 95 % interval. <em>Gated</em> samples "
	      "were taken when a witness loop saw a quiet core; <em>ungated</em> ones at once.</p>\n",
	      out);
}

static void cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	tb_html_text(out, text);
	fputs("</td>", out);
}

static void metric_row(FILE *out, const char *text, const json_t *row, const json_t *metric)
{
	const json_t *summary = json_object_get(metric, "summary");
	const json_t *q = json_object_get(summary, "quantiles");
	char figure[96];

	if (!json_is_object(summary))
		return;
	fputs("<tr><td class=\"text\">", out);
	tb_html_text(out, text);
	fputs("</td><td class=\"text\">", out);
	tb_html_format(out, "%s [%s]", tb_json_text(metric, "name", "?"),
		       tb_json_text(metric, "unit", "?"));
	fputs("</td>", out);
	tb_estimate_text(metric, figure, sizeof(figure));
	cell(out, figure);
	tb_figure(tb_json_number(json_object_get(summary, "ungated"), "estimate", NAN), figure,
		  sizeof(figure));
	cell(out, figure);
	tb_figure(tb_json_number(q, "p99", NAN), figure, sizeof(figure));
	cell(out, figure);
	fprintf(out, "<td>%.0f</td><td>%.0f</td>", tb_json_number(summary, "n_launches", 0),
		tb_json_number(summary, "n_samples", 0));
	snprintf(figure, sizeof(figure), "%.0f %%", 100 * tb_json_number(row, "quiet_share", NAN));
	cell(out, json_is_number(json_object_get(row, "quiet_share")) ? figure : "-");
	cell(out, json_is_object(json_object_get(summary, "excess")) ? tb_empty_text(row) : "");
	cell(out, tb_json_text(row, "status", "?"));
	fputs("</tr>\n", out);
}

void tb_section_rows(FILE *out, const struct tb_record *record)
{
	const json_t *row, *metric;
	size_t i, m;

	fputs("<h2>Every figure</h2>\n<div class=\"scroll\"><table><tr><th class=\"text\">row<th class=\"text\">metric"
	      "<th>estimate [95 %], ratios in %<th>ungated<th>p99<th>launches<th>samples<th>quiet<th>empty<th>status</tr>\n",
	      out);
	json_array_foreach (json_object_get(record->json, "benchmarks"), i, row) {
		char text[256];

		tb_row_text(row, text, sizeof(text));
		json_array_foreach (json_object_get(row, "metrics"), m, metric)
			metric_row(out, text, row, metric);
	}
	fputs("</table></div>\n", out);
}

struct noise {
	double launches, fifo, involuntary, interrupts, steal, migrated, start, finish, window;
};

static void add_noise(struct noise *sum, const json_t *launch)
{
	const json_t *noise = json_object_get(launch, "noise"),
		     *cost = json_object_get(launch, "cost");

	sum->launches++;
	sum->fifo += !strcmp(tb_json_text(launch, "policy", ""), "fifo");
	sum->involuntary += tb_json_number(noise, "involuntary_switches", 0);
	/* One launch that could not read them makes the sum unknown. */
	sum->interrupts += tb_json_number(noise, "interrupts", NAN);
	sum->steal += tb_json_number(noise, "steal_ticks", NAN);
	sum->migrated += json_is_true(json_object_get(noise, "migrated"));
	sum->start += tb_json_number(cost, "start_ms", 0);
	sum->finish += tb_json_number(cost, "finish_ms", 0);
	sum->window += tb_json_number(cost, "window_ms", 0);
}

static void count_text(double n, char *out, size_t bytes)
{
	if (isnan(n))
		snprintf(out, bytes, "unknown");
	else
		snprintf(out, bytes, "%.0f", n);
}

void tb_section_noise(FILE *out, const struct tb_record *record)
{
	char interrupts[32], steal[32];
	struct noise sum = { 0 };
	const json_t *row, *launch;
	size_t i, l;

	json_array_foreach (json_object_get(record->json, "benchmarks"), i, row)
		json_array_foreach (json_object_get(row, "launches"), l, launch)
			add_noise(&sum, launch);
	if (sum.launches < 1)
		return;
	count_text(sum.interrupts, interrupts, sizeof(interrupts));
	count_text(sum.steal, steal, sizeof(steal));
	fputs("<h2>The noise</h2>\n<p>", out);
	tb_html_format(
		out,
		"%.0f launches, %.0f of them SCHED_FIFO; %.0f involuntary switches, %s interrupts, %s ticks "
		"of steal, %.0f migrations while they ran. SMIs: not readable without MSR access. "
		"The harness itself took %.1f ms a launch, %.1f ms were warm-up and samples.",
		sum.launches, sum.fifo, sum.involuntary, interrupts, steal, sum.migrated,
		(sum.start + sum.finish) / sum.launches, sum.window / sum.launches);
	fputs("</p>\n", out);
}

void tb_section_doubts(FILE *out, const struct tb_record *record)
{
	char *text = NULL;
	size_t n = 0;
	FILE *notes = open_memstream(&text, &n);

	if (!notes)
		return;
	tb_notes_print(notes, record);
	fclose(notes);
	if (n) {
		fputs("<h2>Doubts and skips</h2>\n<ul>\n", out);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
			fputs("<li>", out);
			tb_html_text(out, line);
			fputs("</li>\n", out);
		}
		fputs("</ul>\n", out);
	}
	free(text);
}

/* Leaves of an object as rows: "kernel.release | 6.1". */
static void leaves(FILE *out, const json_t *value, const char *path)
{
	const json_t *child;
	const char *key;
	char deeper[256], *text;

	if (json_is_object(value)) {
		json_object_foreach ((json_t *)value, key, child) {
			snprintf(deeper, sizeof(deeper), "%.180s%s%.60s", path, *path ? "." : "",
				 key);
			if (strcmp(key, "flags") && strcmp(key, "nulls"))
				leaves(out, child, deeper);
		}
		return;
	}
	if (json_is_null(value))
		return;
	text = json_is_string(value) ? strdup(json_string_value(value))
				     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	fputs("<tr><td class=\"text\">", out);
	tb_html_text(out, path);
	fputs("</td><td class=\"text wrap\">", out);
	tb_html_text(out, text ? text : "?");
	fputs("</td></tr>\n", out);
	free(text);
}

void tb_section_machine(FILE *out, const struct tb_record *record)
{
	fputs("<h2>The machine</h2>\n<div class=\"scroll\"><table>\n", out);
	leaves(out, json_object_get(record->json, "host"), "");
	leaves(out, json_object_get(record->json, "environment"), "");
	fputs("</table></div>\n", out);
}

void tb_section_again(FILE *out, const struct tb_record *record)
{
	const json_t *suite = json_object_get(record->json, "suite"), *word;
	size_t i;

	fputs("<h2>To do it again</h2>\n<pre>", out);
	json_array_foreach (json_object_get(suite, "command"), i, word) {
		tb_html_text(out, json_string_value(word) ? json_string_value(word) : "?");
		fputc(' ', out);
	}
	tb_html_format(out, "--seed %.0f", tb_json_number(suite, "seed", 0));
	fputs("</pre>\n", out);
}
