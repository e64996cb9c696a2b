// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/machines.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "report/html.h"
#include "record/format.h"

enum { COLOURS = 7 }; /* as OKABE_ITO of plots/common.gp, and .m1 ... of plots/report.css */

void tb_machine_mark(FILE *out, const struct tb_subject *subject)
{
	fprintf(out, "<span class=\"mark m%d\">&#9632;</span> ",
		(subject->machine - 1) % COLOURS + 1);
}

void tb_machines_legend(FILE *out, const struct tb_subject *subjects, size_t n)
{
	fputs("<ul class=\"legend\">\n", out);
	for (size_t i = 0; i < n; i++) {
		char text[512];

		fputs("<li>", out);
		tb_machine_mark(out, &subjects[i]);
		fprintf(out, "<b>%c</b> ", subjects[i].name[0]);
		tb_machine_text(subjects[i].record, text, sizeof(text));
		tb_html_text(out, text);
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

/*
 * Adds the leaves of an object: "kernel.release" -> [text of each subject, null where it has none].
 */
static void add_leaves(json_t *table, const json_t *value, const char *path, size_t subject)
{
	const json_t *child;
	json_t *texts;
	const char *key;
	char deeper[256], *dump;
	size_t i;

	if (json_is_object(value)) {
		json_object_foreach((json_t *)value, key, child) {
			snprintf(deeper, sizeof(deeper), "%.180s%s%.60s", path, *path ? "." : "",
				 key);
			if (strcmp(key, "flags") != 0 && strcmp(key, "cpuid") != 0 &&
			    strcmp(key, "nulls") != 0)
				add_leaves(table, child, deeper, subject);
		}
		return;
	}
	/* Arrays of objects (caches, idle states): the index is part of the path. */
	if (json_is_object(json_array_get(value, 0))) {
		json_array_foreach(value, i, child) {
			snprintf(deeper, sizeof(deeper), "%.220s.%zu", path, i);
			add_leaves(table, child, deeper, subject);
		}
		return;
	}
	if (json_is_null(value))
		return;
	texts = json_object_get(table, path);
	if (!texts) {
		texts = json_array();
		/* A path that was cut inside a character is invalid UTF-8 and is omitted. */
		if (json_object_set_new(table, path, texts))
			return;
	}
	while (json_array_size(texts) < subject)
		json_array_append_new(texts, json_null());
	if (json_is_string(value)) {
		json_array_append(texts, (json_t *)value);
		return;
	}
	dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	json_array_append_new(texts, json_string(dump ? dump : "?"));
	free(dump);
}

static bool differs(const json_t *texts, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (!json_equal(json_array_get(texts, i), json_array_get(texts, 0)))
			return true;
	return false;
}

/* Writes the rows that differ between the records, or all rows. */
static void write_table(FILE *out, json_t *table, const struct tb_subject *subjects, size_t n,
			bool only_different)
{
	const char *path;
	json_t *texts;

	fputs("<div class=\"scroll\"><table>\n", out);
	if (n > 1) {
		fputs("<tr><th></th>", out);
		for (size_t i = 0; i < n; i++) {
			fputs("<th class=\"text\">", out);
			tb_machine_mark(out, &subjects[i]);
			tb_html_text(out, subjects[i].name);
			fputs("</th>", out);
		}
		fputs("</tr>\n", out);
	}
	json_object_foreach(table, path, texts) {
		if (only_different && !differs(texts, n))
			continue;
		fputs("<tr><td class=\"text\">", out);
		tb_html_text(out, path);
		for (size_t i = 0; i < n; i++) {
			const char *text = json_string_value(json_array_get(texts, i));

			fputs("</td><td class=\"text wrap\">", out);
			tb_html_text(out, text ? text : "-");
		}
		fputs("</td></tr>\n", out);
	}
	fputs("</table></div>\n", out);
}

void tb_machines_table(FILE *out, const struct tb_subject *subjects, size_t n)
{
	json_t *table = json_object();

	for (size_t i = 0; i < n; i++) {
		add_leaves(table, json_object_get(subjects[i].record->json, "host"), "", i);
		add_leaves(table, json_object_get(subjects[i].record->json, "environment"), "", i);
		add_leaves(table, json_object_get(subjects[i].record->json, "fingerprint"),
			   "fingerprint", i);
		add_leaves(table, json_object_get(subjects[i].record->json, "tool"), "tool", i);
	}
	if (n > 1) {
		fputs("<h2>Differences between the machines</h2>\n", out);
		write_table(out, table, subjects, n, true);
	}
	fputs(n > 1 ? "<h2>The machines</h2>\n" : "<h2>The machine</h2>\n", out);
	fputs("<details><summary>All known facts</summary>\n", out);
	write_table(out, table, subjects, n, false);
	fputs("</details>\n", out);
	json_decref(table);
}
