// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "record/format.h"
#include "report/row_ratios.h"
#include "report/html.h"
#include "report/machines.h"
#include "report/notes.h"
#include "report/render.h"

enum { OPEN_NOTES = 3 }; /* more notes are collapsed */

static void download(FILE *out, const struct tb_render *render, const char *name, const char *kind)
{
	unsigned char *text;
	char file[128];
	size_t n;

	snprintf(file, sizeof(file), "%s.%s", name, kind);
	text = tb_render_file(render, file, &n);
	if (!text)
		return;
	fprintf(out, " <a download=\"%s\" href=\"", file);
	tb_html_data(out, "text/plain", text, n);
	fprintf(out, "\">%s</a>", file);
	free(text);
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Writes the rows that are not drawn or doubtful, with the reasons. */
static void doubts(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot)
{
	char *text = NULL, *save = NULL;
	size_t bytes = 0;
	FILE *notes = open_memstream(&text, &bytes);

	if (!notes)
		return;
	for (size_t s = 0; s < plots->group->n; s++)
		tb_notes_rows(notes, plots->group->at[s]->name, plot->doubtful[s]);
	if (plot->points_lost)
		fprintf(notes, "%zu rows do not fit into the plot; see the tables\n",
			plot->points_lost);
	fclose(notes);
	if (bytes) {
		fprintf(out, "<details%s><summary>Not drawn, or doubtful</summary><ul>\n",
			count_lines(text) <= OPEN_NOTES ? " open" : "");
		for (char *line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			fputs("<li>", out);
			tb_html_text(out, line);
			fputs("</li>\n", out);
		}
		fputs("</ul></details>\n", out);
	}
	free(text);
}

/* Writes the picture, with its script and data for download. */
static void figure(FILE *out, const struct tb_render *render, const struct tb_plots *plots,
		   const struct tb_plot *plot, const unsigned char *svg, size_t n)
{
	const char *caption = tb_json_text(plot->spec, "caption", "");

	fputs("<h3>", out);
	tb_html_text(out, tb_json_text(plot->spec, "question", ""));
	fputs("</h3>\n<figure><div class=\"figure\"><img alt=\"", out);
	tb_html_text(out, tb_json_text(plot->spec, "question", ""));
	fputs("\" src=\"", out);
	tb_html_data(out, "image/svg+xml", svg, n);
	fputs("\"></div><figcaption>", out);
	tb_html_text(out, caption);
	fputs(" To draw it again:", out);
	download(out, render, plot->name, "gp");
	download(out, render, plot->name, "dat");
	download(out, render, plot->name, "names");
	download(out, render, "common", "gp");
	fputs("</figcaption></figure>\n", out);
	doubts(out, plots, plot);
}

static int draw(FILE *out, struct tb_render *render, const struct tb_plots *plots,
		const struct tb_plot *plot, struct tb_error *why)
{
	struct tb_error failure = { "" };
	char name[128];
	unsigned char *svg;
	size_t n;
	int err = tb_render_plot(render, plot->name, &failure);

	if (err == -EIO) {
		/*
		 * gnuplot cannot draw these figures. The other plots and the tables do not depend
		 * on it.
		 */
		fputs("<p class=\"warn\">Not drawn: ", out);
		tb_html_text(out, failure.text);
		fputs("</p>\n", out);
		return 0;
	}
	if (err)
		return tb_error(why, err, "%s", failure.text);
	snprintf(name, sizeof(name), "%s.svg", plot->name);
	svg = tb_render_file(render, name, &n);
	if (svg && n)
		figure(out, render, plots, plot, svg, n);
	free(svg);
	err = tb_row_ratios_table(out, plots, plot);
	return err ? tb_error(why, err, "%s: %s", plot->name, strerror(-err)) : 0;
}

int tb_figures(FILE *out, const struct tb_plots *plots, struct tb_error *why)
{
	struct tb_render render = { .dir = -1 };
	int err = tb_render_open(plots, &render, why);

	if (err)
		return err;
	for (size_t i = 0; i < plots->n && !err; i++) {
		tb_steps_show(&plots->steps, i, plots->n);
		err = draw(out, &render, plots, &plots->at[i], why);
	}
	tb_render_close(&render);
	return err;
}

static void ratio_row(FILE *out, const struct tb_ratio *ratio)
{
	char text[256], figure[64];

	tb_row_text(ratio->row, text, sizeof(text));
	fputs("<tr><td class=\"text\">", out);
	tb_html_text(out, text);
	fputs("</td><td class=\"text\">", out);
	tb_html_text(out, tb_json_text(ratio->metric, "name", "?"));
	fputs("</td><td class=\"text\">", out);
	tb_machine_mark(out, ratio->other);
	tb_html_text(out, ratio->other->name);
	if (ratio->why[0]) {
		fputs("</td><td>-</td><td class=\"text\">", out);
		tb_html_text(out, ratio->why);
	} else {
		if (ratio->ci.present)
			snprintf(figure, sizeof(figure), "%.3f [%.3f, %.3f]", ratio->estimate,
				 ratio->ci.lo, ratio->ci.hi);
		else
			snprintf(figure, sizeof(figure), "%.3f [n too small]", ratio->estimate);
		fprintf(out, "</td><td>%s</td><td class=\"text\">%s", figure,
			tb_stats_verdict_name(ratio->verdict));
	}
	fputs("</td></tr>\n", out);
}

void tb_ratios_table(FILE *out, const struct tb_plots *plots)
{
	if (!plots->ratios.n)
		return;
	fputs("<details><summary>Ratios to ", out);
	tb_html_text(out, plots->group->at[0]->name);
	fprintf(out,
		", as a table</summary><p>A ratio below 1 is better. The verdicts are those of compare, "
		"with a minimum effect of %g %% and over the whole table.</p>\n"
		"<div class=\"scroll\"><table><tr><th class=\"text\">row</th><th class=\"text\">metric</th>"
		"<th class=\"text\">record</th><th>ratio [95 %%]</th><th class=\"text\">verdict</th></tr>\n",
		100 * TB_MIN_EFFECT);
	for (size_t i = 0; i < plots->ratios.n; i++)
		ratio_row(out, &plots->ratios.at[i]);
	fputs("</table></div></details>\n", out);
}
