// SPDX-License-Identifier: GPL-2.0-or-later
/* A record with any content: read, validated, and shown in every format. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "record/record.h"
#include "publish.h"
#include "report/figures.h"
#include "report/machines.h"
#include "report/notes.h"
#include "report/plot.h"
#include "report/sections.h"
#include "report/table.h"
#include "record/write.h"

typedef void section(FILE *out, const struct tb_record *record);

/* The text that it prints, judged. */
static void judge(section *print, const struct tb_record *record, bool html)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fuzz_need(out, "no memory");
	print(out, record);
	fclose(out);
	fuzz_inert(text, size);
	fuzz_need(!html || !strstr(text, "<script"), "markup of the record's");
	free(text);
}

static void show(const struct tb_record *record)
{
	static section *const sections[] = { tb_section_intro, tb_section_rows, tb_section_noise,
					     tb_section_doubts, tb_section_again };

	judge(tb_table_print, record, false);
	judge(tb_table_print_wide, record, false);
	judge(tb_notes_print, record, false);
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		judge(sections[i], record, true);
}

/* Of the record beside itself: two machines, or one class. */
static void plot(const struct tb_record *record)
{
	const struct tb_record both[2] = { *record, *record };
	struct tb_subject subjects[2];
	struct tb_group groups[2];
	struct tb_plots plots;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fuzz_need(out, "no memory");
	tb_subjects_name(both, 2, subjects);
	tb_subjects_group(subjects, 2, groups);
	tb_machines_legend(out, subjects, 2);
	tb_machines_table(out, subjects, 2);
	fuzz_need(!tb_plots_open(&groups[0], &plots), "no plots");
	for (size_t i = 0; i < plots.n; i++) {
		tb_plot_data(out, &plots, &plots.at[i]);
		tb_plot_words(out, &plots, &plots.at[i]);
	}
	tb_ratios_table(out, &plots);
	tb_plots_close(&plots);
	fclose(out);
	fuzz_inert(text, size);
	fuzz_need(!strstr(text, "<script"), "markup of the record's");
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tb_error why = { "" };
	struct tb_record record;
	char path[32];
	int fd = fuzz_file(data, size, path), null;

	if (!tb_record_read(AT_FDCWD, path, &record, &why)) {
		show(&record);
		plot(&record);
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		fuzz_need(!tb_record_write(record.json, null), "not written again");
		close(null);
		tb_record_validate(&record, &why);
		tb_record_free(&record);
	}
	fuzz_inert(why.text, strlen(why.text));
	close(fd);
	return 0;
}

/* Mostly of one value of a document that is one: bytes changed at random are no JSON. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	json_t *json = seed % 8 ? json_loadb((const char *)data, size, 0, NULL) : NULL;
	size_t n;

	if (!json)
		return LLVMFuzzerMutate(data, size, max_size);
	do
		fuzz_spoil(json, seed = seed * 1103515245 + 12345);
	while (seed >> 16 & 1);
	n = json_dumpb(json, (char *)data, max_size, JSON_COMPACT);
	json_decref(json);
	return n <= max_size ? n : size;
}
