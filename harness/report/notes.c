// SPDX-License-Identifier: GPL-2.0-or-later
/* Notes on doubtful and skipped rows. */
#include "report/notes.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "record/format.h"

enum { NOTES_MAX = 256, TEXT = 1024, NOTE = 2 * TEXT + 64 };

/* One note for all rows with the same text. */
struct note {
	char kind[32], first[256], text[NOTE];
	size_t rows;
};

struct notes {
	struct note *at; /* NOTES_MAX of them */
	size_t n;
};

static void add_note(struct notes *notes, const char *kind, const json_t *row, const char *text)
{
	struct note *note = notes->at;
	char first[256];

	for (; note < notes->at + notes->n; note++)
		if (!strcmp(note->kind, kind) && !strcmp(note->text, text)) {
			note->rows++;
			return;
		}
	if (notes->n == NOTES_MAX)
		return;
	notes->n++;
	note->rows = 1;
	tb_row_text(row, first, sizeof(first));
	tb_inert(first, note->first, sizeof(note->first));
	snprintf(note->kind, sizeof(note->kind), "%s", kind);
	snprintf(note->text, sizeof(note->text), "%s", text);
}

static void note_row(struct notes *notes, const json_t *row)
{
	const char *reason = tb_json_text(row, "reason", NULL);
	char text[NOTE], a[TEXT], b[TEXT], status[32];

	if (!reason)
		return;
	snprintf(text, sizeof(text), "%s; %s", tb_inert(reason, a, sizeof(a)),
		 tb_inert(tb_json_text(row, "remedy", "no remedy known"), b, sizeof(b)));
	add_note(notes, tb_inert(tb_json_text(row, "status", "?"), status, sizeof(status)), row,
		 text);
}

static void note_checks(struct notes *notes, const json_t *row)
{
	const json_t *check;
	char text[NOTE], name[80], want[80], got[80];
	size_t i;

	json_array_foreach(json_object_get(row, "checks"), i, check) {
		if (json_is_true(json_object_get(check, "pass")))
			continue;
		snprintf(text, sizeof(text), "%s: want %s, held in %s",
			 tb_inert(tb_json_text(check, "name", "?"), name, sizeof(name)),
			 tb_inert(tb_json_text(check, "want", "?"), want, sizeof(want)),
			 tb_inert(tb_json_text(check, "got", "?"), got, sizeof(got)));
		add_note(notes, "check", row, text);
	}
}

/*
 * Notes the null metrics of a row. A run of metrics with one reason has one note, with its first
 * name.
 */
static void note_nulls(struct notes *notes, const json_t *row)
{
	/* The row's own reason already has a note. */
	const char *last = tb_json_text(row, "reason", "");
	const json_t *metric;
	char text[NOTE], name[80], inert[TEXT];
	size_t i;

	json_array_foreach(json_object_get(row, "metrics"), i, metric) {
		const char *reason = tb_json_text(metric, "reason", NULL);

		if (!reason || !strcmp(reason, last))
			continue;
		last = reason;
		snprintf(text, sizeof(text), "%s ...: %s",
			 tb_inert(tb_json_text(metric, "name", "?"), name, sizeof(name)),
			 tb_inert(reason, inert, sizeof(inert)));
		add_note(notes, "null", row, text);
	}
}

static void print_notes(FILE *out, const char *who, const struct notes *notes)
{
	for (size_t i = 0; i < notes->n; i++) {
		const struct note *note = &notes->at[i];

		fprintf(out, "%s%s: %s", who, note->kind, note->first);
		if (note->rows > 1)
			fprintf(out, " and %zu more", note->rows - 1);
		fprintf(out, ": %s\n", note->text);
	}
}

void tb_notes_other_runs(FILE *out, const struct tb_record *record)
{
	const json_t *others = tb_json_at(record->json, "x.other_runs");

	for (size_t i = 0; i < json_array_size(others); i++) {
		double cpu = tb_json_number(json_array_get(others, i), "cpu", -1);
		size_t before = 0, n = 0;

		for (size_t k = 0; k < json_array_size(others); k++)
			if (tb_json_number(json_array_get(others, k), "cpu", -1) == cpu)
				*(k < i ? &before : &n) += 1;
		if (!before)
			fprintf(out, "  other runs on CPU %.0f at the same time: %zu\n", cpu, n);
	}
}

void tb_notes_print(FILE *out, const struct tb_record *record)
{
	struct notes notes = { calloc(NOTES_MAX, sizeof(struct note)), 0 };
	const json_t *row;
	size_t i;

	if (!notes.at)
		return;
	json_array_foreach(json_object_get(record->json, "benchmarks"), i, row) {
		note_row(&notes, row);
		note_checks(&notes, row);
		note_nulls(&notes, row);
	}
	print_notes(out, "  ", &notes);
	free(notes.at);
	tb_notes_other_runs(out, record);
}

void tb_notes_rows(FILE *out, const char *who, const json_t *rows)
{
	struct notes notes = { rows ? calloc(NOTES_MAX, sizeof(struct note)) : NULL, 0 };
	const json_t *row;
	char begin[80];
	size_t i;

	if (!notes.at)
		return;
	json_array_foreach(rows, i, row) {
		note_row(&notes, row);
		note_nulls(&notes, row);
	}
	snprintf(begin, sizeof(begin), "%s: ", who);
	print_notes(out, begin, &notes);
	free(notes.at);
}
