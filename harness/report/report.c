// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embedded.h"
#include "json.h"
#include "publish.h"
#include "report/html.h"
#include "report/figures.h"
#include "report/machines.h"
#include "report/sections.h"

static void head(FILE *out, const struct tb_subject *subjects, size_t n)
{
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      /*
	       * Markup that escaped the filter could still neither run scripts nor load anything.
	       */
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
	      "style-src 'unsafe-inline'\">\n<title>tollbooth: ",
	      out);
	for (size_t i = 0; i < n; i++) {
		tb_html_text(out, i ? ", " : "");
		tb_html_text(out, subjects[i].name + (n == 1 ? 2 : 0));
	}
	fprintf(out, "</title>\n<style>\n%s</style></head><body>\n", tb_embedded_style);
}

static void intro(FILE *out, const struct tb_subject *subjects, size_t n)
{
	fputs("<h1>", out);
	if (n == 1)
		tb_html_text(out, subjects[0].name + 2);
	else
		fprintf(out, "%zu records", n);
	fputs(": tollbooth report</h1>\n", out);
	tb_machines_legend(out, subjects, n);
	fputs("<p>A launch is a fresh process. Its figure is the median of its samples, or their mean for "
	      "shares and lines. An estimate is the median over launches, and brackets hold its exact 95 % "
	      "interval. <em>Gated</em> samples were taken after a witness loop found the core quiet, "
	      "<em>ungated</em> samples at once.</p>\n",
	      out);
}

/* One class of machines: its plots and ratios. */
static int group_section(FILE *out, const struct tb_group *group, const struct tb_steps *steps,
			 bool alone, struct tb_error *why)
{
	bool emulated = strstr(group->text, "class emulated") == group->text;
	struct tb_plots plots;
	int err = tb_plots_open(group, &plots);

	plots.steps = *steps;
	if (err)
		tb_error(why, err, "out of memory");
	if (!err && (plots.n || !alone)) {
		fputs("<h2>", out);
		tb_html_text(out, alone ? "Questions and answers" : group->text);
		fputs("</h2>\n", out);
	}
	if (!err && emulated)
		fputs("<p class=\"warn\">The figures of an emulator are not results. They only show that the code runs.</p>\n",
		      out);
	if (!err && plots.n)
		err = tb_figures(out, &plots, why);
	if (!err)
		tb_ratios_table(out, &plots);
	if (!err && !plots.n && !alone)
		fputs("<p>Nothing to plot.</p>\n", out);
	tb_plots_close(&plots);
	return err;
}

static int groups_section(FILE *out, const struct tb_subject *subjects, size_t n,
			  const struct tb_steps *steps, struct tb_error *why)
{
	struct tb_group groups[TB_SUBJECTS_MAX];
	size_t count = tb_subjects_group(subjects, n, groups);
	int err = 0;

	if (count > 1)
		fputs("<p class=\"warn\">These records are of different classes, so each class has separate "
		      "plots. A cost in a guest includes the hypervisor's part, and a common plot would compare "
		      "hypervisors with CPUs.</p>\n",
		      out);
	for (size_t g = 0; g < count && !err; g++)
		err = group_section(out, &groups[g], steps, count == 1, why);
	return err;
}

static void record_section(FILE *out, const struct tb_subject *subject, bool alone)
{
	fputs("<h2>", out);
	if (!alone)
		tb_machine_mark(out, subject);
	tb_html_text(out, alone ? "The record" : subject->name);
	fputs("</h2>\n", out);
	tb_section_intro(out, subject->record);
	tb_section_rows(out, subject->record);
	tb_section_doubts(out, subject->record);
	tb_section_noise(out, subject->record);
	tb_section_again(out, subject->record);
}

struct page {
	char *text;
	size_t bytes;
};

static int make_page(const struct tb_record *records, size_t n, const struct tb_steps *steps,
		     struct page *page, struct tb_error *why)
{
	struct tb_subject subjects[TB_SUBJECTS_MAX];
	FILE *out = open_memstream(&page->text, &page->bytes);
	int err;

	if (!out)
		return -ENOMEM;
	tb_subjects_name(records, n, subjects);
	head(out, subjects, n);
	intro(out, subjects, n);
	err = groups_section(out, subjects, n, steps, why);
	for (size_t i = 0; i < n && !err; i++)
		record_section(out, &subjects[i], n == 1);
	if (!err)
		tb_machines_table(out, subjects, n);
	fputs("</body></html>\n", out);
	if (fclose(out) && !err)
		err = -ENOMEM;
	return err;
}

static int write_page(int fd, void *arg)
{
	const struct page *page = arg;

	return tb_write_all(fd, page->text, page->bytes);
}

int tb_report_publish(const struct tb_record *records, size_t n, const struct tb_steps *steps,
		      int dir, const char *name, struct tb_error *why)
{
	const char *slash = strrchr(name, '/');
	struct page page = { NULL, 0 };
	int folder = -1, err = make_page(records, n, steps, &page, why);

	if (!err) {
		char path[4096];

		snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash - name + 1) : 1,
			 slash ? name : ".");
		folder = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = folder < 0 ? -errno : 0;
	}
	if (!err) {
		/* A report can be made again from its record, so an old one may be replaced. */
		if (unlinkat(folder, slash ? slash + 1 : name, 0) && errno != ENOENT)
			err = -errno;
		else
			err = tb_publish(folder, slash ? slash + 1 : name, write_page, &page);
	}
	if (folder >= 0)
		close(folder);
	free(page.text);
	return err ? tb_error(why, err, "%s: %s", name, strerror(-err)) : 0;
}
