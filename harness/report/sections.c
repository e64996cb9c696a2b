// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/sections.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "measure/contention.h"
#include "json.h"
#include "report/html.h"
#include "report/notes.h"
#include "record/format.h"
#include "report/estimate.h"

void tb_section_intro(FILE *out, const struct tb_record *record)
{
	char machine[512], cpu[80], tool[256];

	tb_machine_text(record, machine, sizeof(machine));
	tb_cpu_text(record, cpu, sizeof(cpu));
	fputs("<p>", out);
	tb_html_text(out, machine);
	tb_html_format(out, *cpu ? ", %s" : "%s", cpu);
	fputs("<br><span class=\"dim\">", out);
	tb_tool_text(json_object_get(record->json, "tool"), tool, sizeof(tool));
	tb_html_format(out, "%s, suite %s, %s, run %s", tool,
		       tb_json_text(json_object_get(record->json, "suite"), "name", "?"),
		       tb_json_text(record->json, "started_at", "?"),
		       tb_json_text(record->json, "run_id", "?"));
	fputs("</span></p>\n", out);
	if (!json_is_true(json_object_get(record->json, "complete"))) {
		fputs("<p class=\"warn\">Partial: the run ended early (", out);
		tb_html_text(out, tb_json_text(record->json, "exit_reason", "?"));
		fputs(").</p>\n", out);
	}
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
	const char *unit = tb_json_text(metric, "unit", "?");
	char figure[96];

	if (!json_is_object(summary))
		return;
	fputs("<tr><td class=\"text\">", out);
	tb_html_text(out, text);
	fputs("</td><td class=\"text\">", out);
	tb_html_format(out, "%s [%s]", tb_json_text(metric, "name", "?"), unit);
	fputs("</td>", out);
	tb_estimate_text(metric, figure, sizeof(figure));
	cell(out, figure);
	tb_figure(unit, tb_json_number(json_object_get(summary, "ungated"), "estimate", NAN),
		  figure, sizeof(figure));
	cell(out, figure);
	tb_figure(unit, tb_json_number(q, "p99", NAN), figure, sizeof(figure));
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

	fputs("<details><summary>Every figure, as a table</summary>\n<div class=\"scroll\"><table><tr><th class=\"text\">row</th><th class=\"text\">metric</th>"
	      "<th>estimate [95 %], ratios in %</th><th>ungated</th><th>p99</th><th>launches</th><th>samples</th><th>quiet</th><th>empty</th><th>status</th></tr>\n",
	      out);
	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row) {
		char text[256];

		tb_row_text(row, text, sizeof(text));
		json_array_foreach(json_object_get(row, "metrics"), m, metric)
			metric_row(out, text, row, metric);
	}
	fputs("</table></div></details>\n", out);
}

struct noise {
	double launches, fifo, involuntary, interrupts, steal, migrated, smi, stalls, shared;
	double start, finish, window;
};

static bool shared_cpu(const json_t *noise)
{
	const json_t *cpu;
	size_t i;

	json_array_foreach(json_object_get(noise, "cpus"), i, cpu)
		if (tb_json_number(cpu, "slow_yields", 0) >= TB_YIELDS_SLOW)
			return true;
	return false;
}

static void add_noise(struct noise *sum, const json_t *launch)
{
	const json_t *noise = json_object_get(launch, "noise"),
		     *cost = json_object_get(launch, "cost");

	sum->launches++;
	sum->fifo += !strcmp(tb_json_text(launch, "policy", ""), "fifo");
	sum->involuntary += tb_json_number(noise, "involuntary_switches", 0);
	/* One launch without a value makes the sum unknown. */
	sum->interrupts += tb_json_number(noise, "interrupts", NAN);
	sum->steal += tb_json_number(noise, "steal_ticks", NAN);
	sum->migrated += json_is_true(json_object_get(noise, "migrated"));
	sum->smi += tb_json_number(noise, "smi", NAN);
	sum->stalls += tb_json_number(noise, "memory_stalls", NAN);
	sum->shared += shared_cpu(noise);
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
	char interrupts[32], steal[32], smi[32], stalls[32];
	struct noise sum = { 0 };
	const json_t *row, *launch;
	size_t i, l;

	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row)
		json_array_foreach(json_object_get(row, "launches"), l, launch)
			add_noise(&sum, launch);
	if (sum.launches < 1)
		return;
	count_text(sum.interrupts, interrupts, sizeof(interrupts));
	count_text(sum.steal, steal, sizeof(steal));
	count_text(sum.smi, smi, sizeof(smi));
	count_text(sum.stalls, stalls, sizeof(stalls));
	fputs("<h3>The noise</h3>\n<p>", out);
	tb_html_format(
		out,
		"%.0f launches, %.0f of them SCHED_FIFO. While they ran: %.0f involuntary switches, %s "
		"interrupts, %s ticks of steal, %.0f migrations. Another task ran on a CPU of %.0f launches. "
		"System management interrupts: %s; reclaims, compactions and pages swapped: %s. For each "
		"launch the harness took %.1f ms, and warm-up and samples took %.1f ms.",
		sum.launches, sum.fifo, sum.involuntary, interrupts, steal, sum.migrated,
		sum.shared, smi, stalls, (sum.start + sum.finish) / sum.launches,
		sum.window / sum.launches);
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
		fputs("<h3>Doubts and skips</h3>\n<ul>\n", out);
		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
			fputs("<li>", out);
			tb_html_text(out, line);
			fputs("</li>\n", out);
		}
		fputs("</ul>\n", out);
	}
	free(text);
}

/* Writes a word, quoted for a shell where needed. */
static void shell_word(FILE *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-+=./:,@%*";
	char one[2] = "";

	/* '*' is a pattern, so a word with one is quoted. */
	if (*word && strspn(word, plain) == strlen(word) && !strchr(word, '*')) {
		tb_html_text(out, word);
		return;
	}
	tb_html_text(out, "'");
	for (; *word; word++) {
		one[0] = *word;
		if (*word == '\'')
			tb_html_text(out, "'\\''");
		else
			tb_html_text(out, one);
	}
	tb_html_text(out, "'");
}

void tb_section_again(FILE *out, const struct tb_record *record)
{
	const json_t *suite = json_object_get(record->json, "suite"), *word;
	bool seeded = false;
	size_t i;

	fputs("<h3>To repeat the run</h3>\n<pre>", out);
	json_array_foreach(json_object_get(suite, "command"), i, word) {
		const char *text = json_is_string(word) ? json_string_value(word) : "?";

		seeded = seeded || !strncmp(text, "--seed", 6);
		shell_word(out, text);
		fputc(' ', out);
	}
	if (!seeded)
		tb_html_format(out, "--seed %.0f", tb_json_number(suite, "seed", 0));
	fputs("</pre>\n", out);
}
