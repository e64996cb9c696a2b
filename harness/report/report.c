// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/embedded.h"
#include "record/json.h"
#include "record/publish.h"
#include "report/html.h"
#include "report/render.h"
#include "report/sections.h"

static void head(FILE *out, const struct tb_record *record)
{
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      /* Whatever slipped through could still neither run nor call home. */
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; "
	      "style-src 'unsafe-inline'\">\n<title>tollbooth: ",
	      out);
	tb_html_text(out, tb_json_text(tb_json_at(record->json, "host.cpu"), "uarch", "report"));
	fprintf(out, "</title>\n<style>\n%s</style></head><body>\n", tb_embedded_style);
}

/* The figure, its script and data beside it to download. */
static void figure(FILE *out, const struct tb_render *render, const struct tb_plot *plot,
		   const unsigned char *svg, size_t n)
{
	static const char *const kinds[] = { "gp", "dat" };
	char name[64];

	fputs("<figure><img alt=\"", out);
	tb_html_text(out, plot->caption);
	fputs("\" src=\"", out);
	tb_html_data(out, "image/svg+xml", svg, n);
	fputs("\"><figcaption>", out);
	tb_html_text(out, plot->caption);
	for (int i = 0; i < 2; i++) {
		unsigned char *text;

		snprintf(name, sizeof(name), "%s.%s", plot->name, kinds[i]);
		text = tb_render_file(render, name, &n);
		if (!text)
			continue;
		fprintf(out, " <a download=\"%s\" href=\"", name);
		tb_html_data(out, "text/plain", text, n);
		fprintf(out, "\">%s</a>", name);
		free(text);
	}
	fputs("</figcaption></figure>\n", out);
}

static int figures(FILE *out, const struct tb_record *record, struct tb_complaint *why)
{
	struct tb_render render;
	int err = tb_render_open(record, &render);

	if (err)
		return tb_complain(why, err, "no room for plot data: %s", strerror(-err));
	for (int i = 0; i < TB_PLOTS && !err; i++) {
		unsigned char *svg;
		char name[64];
		size_t n;

		if (!render.series[i].n)
			continue;
		err = tb_render_plot(&render, tb_plots[i].name, why);
		if (err)
			break;
		snprintf(name, sizeof(name), "%s.svg", tb_plots[i].name);
		svg = tb_render_file(&render, name, &n);
		if (svg && n)
			figure(out, &render, &tb_plots[i], svg, n);
		free(svg);
	}
	tb_render_close(&render);
	return err;
}

struct page {
	char *text;
	size_t bytes;
};

static int make_page(const struct tb_record *record, struct page *page, struct tb_complaint *why)
{
	FILE *out = open_memstream(&page->text, &page->bytes);
	int err;

	if (!out)
		return -ENOMEM;
	head(out, record);
	tb_section_intro(out, record);
	err = figures(out, record, why);
	if (!err) {
		tb_section_rows(out, record);
		tb_section_noise(out, record);
		tb_section_doubts(out, record);
		tb_section_machine(out, record);
		tb_section_again(out, record);
		fputs("</body></html>\n", out);
	}
	if (fclose(out) && !err)
		err = -ENOMEM;
	return err;
}

static int write_page(int fd, void *arg)
{
	const struct page *page = arg;

	return tb_write_all(fd, page->text, page->bytes);
}

int tb_report_publish(const struct tb_record *record, int dir, const char *name,
		      struct tb_complaint *why)
{
	const char *slash = strrchr(name, '/');
	struct page page = { NULL, 0 };
	int folder = -1, err = make_page(record, &page, why);

	if (!err) {
		char path[4096];

		snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash - name + 1) : 1,
			 slash ? name : ".");
		folder = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		err = folder < 0 ? -errno : 0;
	}
	if (!err) {
		/* A report follows from its record: an old one is no loss. */
		if (unlinkat(folder, slash ? slash + 1 : name, 0) && errno != ENOENT)
			err = -errno;
		else
			err = tb_publish(folder, slash ? slash + 1 : name, write_page, &page);
	}
	if (folder >= 0)
		close(folder);
	free(page.text);
	return err ? tb_complain(why, err, "%s: %s", name, strerror(-err)) : 0;
}
