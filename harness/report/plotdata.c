// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes plots as files for gnuplot. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embedded.h"
#include "json.h"
#include "bench.h"
#include "record/format.h"
#include "report/plot.h"
#include "report/estimate.h"
#include "report/percentiles.h"

static bool is_kind(const struct tb_plot *plot, const char *kind)
{
	return !strcmp(tb_json_text(plot->spec, "kind", ""), kind);
}

/* Numbers the drawn subjects from 1; the others are 0. */
static void number_subjects(const struct tb_plots *plots, const struct tb_plot *plot,
			    size_t number[TB_SUBJECTS_MAX])
{
	bool drawn[TB_SUBJECTS_MAX] = { false };
	size_t n = 0;

	for (size_t p = 0; p < plot->points; p++)
		drawn[plot->point[p].subject] = true;
	for (size_t i = 0; i < plots->ratios.n && is_kind(plot, "ratios"); i++)
		for (size_t s = 0; s < plots->group->n; s++)
			if (plots->group->at[s] == plots->ratios.at[i].other &&
			    !plots->ratios.at[i].why[0])
				drawn[s] = true;
	for (size_t s = 0; s < plots->group->n; s++)
		number[s] = drawn[s] ? ++n : 0;
}

/* Whether the point begins a new block, which is another curve than that of the previous point. */
static bool begins_block(const struct tb_plot *plot, size_t p)
{
	const struct tb_point *at = &plot->point[p], *last = at - 1;

	return !p || is_kind(plot, "tail") || at->panel != last->panel ||
	       at->series != last->series || at->subject != last->subject;
}

/* Writes an estimate and its interval; for a mixture one of its modes, without an interval. */
static void write_figure(FILE *out, const json_t *summary, bool high)
{
	const json_t *ci = json_object_get(summary, "ci"),
		     *modes = json_object_get(summary, "modes");
	double m = tb_json_number(summary, "estimate", NAN);

	if (json_is_object(modes)) {
		m = tb_json_number(modes, high ? "high" : "low", NAN);
		ci = NULL;
	}
	fprintf(out, " %.9g %.9g %.9g", m, tb_json_number(ci, "lo", m),
		tb_json_number(ci, "hi", m));
}

static const json_t *metric_of(const struct tb_point *point, size_t i)
{
	const json_t *name = json_array_get(json_object_get(point->source, "metrics"), i);

	return tb_json_named(json_object_get(point->row, "metrics"),
			     json_is_string(name) ? json_string_value(name) : "");
}

static void write_point(FILE *out, const struct tb_plot *plot, const struct tb_point *point,
			size_t number)
{
	size_t metrics = json_array_size(json_object_get(point->source, "metrics"));
	const char *empty = tb_empty_text(point->row);
	const json_t *modes = NULL;

	for (size_t i = 0; i < metrics && !modes; i++) {
		modes = tb_json_at(metric_of(point, i), "summary.modes");
		modes = json_is_object(modes) ? modes : NULL;
	}
	/* The upper mode first, so that the lower one is drawn over it and stays visible. */
	for (int high = modes ? 1 : 0; high >= 0; high--) {
		double share = tb_json_number(modes, "share_high", 0);

		fprintf(out, "%zu %zu %zu %zu %.9g %d %g", number, point->panel + 1,
			point->series + 1, point->x + 1, plot->x.at[point->x].value,
			!strcmp(empty, "yes") ? 1 : 0, high ? share : 1 - share);
		for (size_t i = 0; i < metrics; i++)
			write_figure(out, json_object_get(metric_of(point, i), "summary"), high);
		fputc('\n', out);
	}
}

static void write_ratios(FILE *out, const struct tb_plots *plots, const size_t *number)
{
	for (size_t i = 0; i < plots->ratios.n; i++) {
		const struct tb_ratio *r = &plots->ratios.at[i];
		size_t s = 0;

		if (r->why[0])
			continue;
		while (plots->group->at[s] != r->other)
			s++;
		fprintf(out, "%zu %zu %.9g %.9g %.9g %d\n", number[s], r->line, r->estimate,
			r->ci.present ? r->ci.lo : r->estimate,
			r->ci.present ? r->ci.hi : r->estimate,
			r->verdict > TB_VERDICT_INCONCLUSIVE);
	}
}

void tb_plot_data(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot)
{
	size_t number[TB_SUBJECTS_MAX] = { 0 };

	number_subjects(plots, plot, number);
	fprintf(out, "# %s\n",
		is_kind(plot, "ratios") ? "record line ratio lo hi decided"
		: is_kind(plot, "tail") ? "1/(1-q) value"
					: "record panel series x-index x empty share, and of each "
					  "metric estimate lo hi");
	if (is_kind(plot, "ratios")) {
		write_ratios(out, plots, number);
		return;
	}
	for (size_t p = 0; p < plot->points; p++) {
		const struct tb_point *at = &plot->point[p];

		if (begins_block(plot, p))
			fprintf(out, "%s# %s: %s, %s\n", p ? "\n\n" : "",
				plots->group->at[at->subject]->name, plot->panel.at[at->panel].text,
				plot->series.at[at->series].text);
		if (is_kind(plot, "tail"))
			tb_percentiles_write(out, plots->group->at[at->subject]->record, at->row,
					     metric_of(at, 0));
		else
			write_point(out, plot, at, number[at->subject]);
	}
}

/*
 * Writes text in single quotes: no text of a record can end them, and gnuplot expands nothing in
 * them. ">" is replaced because gnuplot would copy "]]>" into the SVG, which is invalid XML; "%"
 * because the label of a tic is a format.
 */
static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || strchr("\"'`\\$#>%", *text) ? '?' : *text,
		      out);
	fputc('\'', out);
}

static void write_names(FILE *out, const char *array, const struct tb_names *names)
{
	fprintf(out, "array %s[%zu] = [", array, names->n);
	for (size_t i = 0; i < names->n; i++) {
		fputs(i ? ", " : "", out);
		put_quoted(out, names->at[i].text);
	}
	fputs("]\n", out);
}

/* Writes the record, panel and series of each block. */
static void write_blocks(FILE *out, const struct tb_plot *plot, const size_t *number)
{
	static const char *const arrays[] = { "B_RECORD", "B_PANEL", "B_SERIES" };

	for (size_t i = 0; i < 3; i++) {
		const char *comma = "";
		size_t blocks = 0;

		for (size_t p = 0; p < plot->points; p++)
			blocks += begins_block(plot, p);
		fprintf(out, "array %s[%zu] = [", arrays[i], blocks);
		for (size_t p = 0; p < plot->points; p++) {
			const struct tb_point *at = &plot->point[p];
			const size_t value[] = { number[at->subject], at->panel + 1,
						 at->series + 1 };

			if (!begins_block(plot, p))
				continue;
			fprintf(out, "%s%zu", comma, value[i]);
			comma = ", ";
		}
		fputs("]\n", out);
	}
}

/* Writes the labels of the lines in the plot of ratios. */
static void write_lines(FILE *out, const struct tb_ratios *ratios)
{
	size_t last = 0;
	char text[256];

	fprintf(out, "MIN_EFFECT = %g\narray LINE[%zu] = [", TB_MIN_EFFECT, ratios->lines);
	for (size_t i = 0; i < ratios->n; i++) {
		const struct tb_ratio *r = &ratios->at[i];
		const char *name = strchr(tb_json_text(r->row, "name", ""), '/');
		char values[160];

		if (!r->line || r->line == last)
			continue;
		tb_row_values(r->row, values, sizeof(values));
		snprintf(text, sizeof(text), "%.60s %s", name ? name + 1 : "", values);
		fputs(last ? ", " : "", out);
		put_quoted(out, text);
		last = r->line;
	}
	fputs("]\n", out);
}

/* Writes name, number of the colour, and L1D size in bytes of each drawn record. */
static void write_records(FILE *out, const struct tb_plots *plots, const size_t *number)
{
	size_t drawn = 0, k;
	const char *comma;

	for (size_t s = 0; s < plots->group->n; s++)
		drawn += number[s] > 0;
	for (k = 0; k < 3; k++) {
		static const char *const arrays[] = { "RECORD", "MACHINE", "L1D" };

		fprintf(out, "array %s[%zu] = [", arrays[k], drawn);
		comma = "";
		for (size_t s = 0; s < plots->group->n; s++) {
			if (!number[s])
				continue;
			fputs(comma, out);
			comma = ", ";
			if (k == 0)
				put_quoted(out, plots->group->at[s]->name);
			else if (k == 1)
				fprintf(out, "%d", plots->group->at[s]->machine);
			else
				fprintf(out, "%.9g", tb_l1d_bytes(plots->group->at[s]->record));
		}
		fputs("]\n", out);
	}
}

/* In a record of a machine with guests, the plots of guest rows name the hypervisor. */
static void write_class(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot)
{
	const json_t *record = plots->group->at[0]->record->json;
	bool guests = plot->points && strcmp(tb_json_text(record, "class", ""), "nested");
	char text[256], module[40];

	for (size_t p = 0; p < plot->points; p++)
		guests = guests && !strcmp(tb_json_text(plot->point[p].row, "realm", ""),
					   tb_realm_name(TB_REALM_GUEST));
	tb_inert(tb_json_text(tb_json_at(record, "environment.kvm"), "module", "kvm"), module,
		 sizeof(module));
	if (guests)
		snprintf(text, sizeof(text), "guests on %s, %s", module, plots->group->text);
	else
		snprintf(text, sizeof(text), "%s", plots->group->text);
	fputs("CLASS = ", out);
	put_quoted(out, text);
}

void tb_plot_words(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot)
{
	size_t number[TB_SUBJECTS_MAX] = { 0 };

	number_subjects(plots, plot, number);
	write_class(out, plots, plot);
	fputs("\nFIRST = ", out);
	put_quoted(out, plots->group->at[0]->name);
	fputc('\n', out);
	write_records(out, plots, number);
	if (is_kind(plot, "ratios")) {
		write_lines(out, &plots->ratios);
		return;
	}
	write_names(out, "PANEL", &plot->panel);
	write_names(out, "SERIES", &plot->series);
	write_names(out, "X", &plot->x);
	fprintf(out, "array XV[%zu] = [", plot->x.n);
	for (size_t i = 0; i < plot->x.n; i++)
		fprintf(out, "%s%.9g", i ? ", " : "",
			isnan(plot->x.at[i].value) ? (double)i + 1 : plot->x.at[i].value);
	fputs("]\n", out);
	write_blocks(out, plot, number);
}

static FILE *create(int dir, const char *name, const char *kind)
{
	char file[128];
	int fd;

	snprintf(file, sizeof(file), "%s.%s", name, kind);
	fd = openat(dir, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int finish(FILE *file)
{
	int err = ferror(file) ? -EIO : 0;

	if (fclose(file) && !err)
		err = -errno;
	return err;
}

static int put_script(int dir, const char *name, const char *text)
{
	FILE *file = create(dir, name, "gp");

	if (!file)
		return -errno;
	fputs(text, file);
	return finish(file);
}

static int put_plot(const struct tb_plots *plots, const struct tb_plot *plot, int dir)
{
	static const struct {
		const char *kind;
		void (*write)(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot);
	} files[] = { { "dat", tb_plot_data }, { "names", tb_plot_words } };
	int err = put_script(dir, plot->name, tb_embedded_script(plot->name));

	for (size_t i = 0; i < 2 && !err; i++) {
		FILE *file = create(dir, plot->name, files[i].kind);

		if (!file)
			return -errno;
		files[i].write(file, plots, plot);
		err = finish(file);
	}
	return err;
}

int tb_plots_export(const struct tb_plots *plots, int dir)
{
	int err = plots->n ? put_script(dir, "common", tb_embedded_script("common")) : 0;

	for (size_t i = 0; i < plots->n && !err; i++)
		err = put_plot(plots, &plots->at[i], dir);
	return err;
}
