// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/plotdata.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/embedded.h"
#include "record/json.h"
#include "report/table.h"
#include "stats/describe.h"

enum { LOOPS_MAX = 64, KIB = 1024, BEYOND_MIN = 10 };

static const json_t *summary_of(const json_t *row, const char *metric)
{
	return json_object_get(tb_json_named(json_object_get(row, "metrics"), metric), "summary");
}

/* Rows of the curve: small victim, buffer at hand, and a figure for the metric. */
static bool on_curve(const json_t *row, const char *metric)
{
	const json_t *params = json_object_get(row, "params");

	return !strcmp(tb_json_text(params, "victim", ""), "page") &&
	       !strcmp(tb_json_text(params, "buffer", ""), "l2") &&
	       json_is_object(summary_of(row, metric));
}

static double size_of(const json_t *row)
{
	return tb_json_number(json_object_get(row, "params"), "size", 0);
}

/* The loops of the curve, in the record's order, each once. */
static size_t loops_of(const struct tb_record *record, const char *metric,
		       const char *loop[LOOPS_MAX])
{
	const json_t *row;
	size_t i, n = 0, k;

	json_array_foreach (json_object_get(record->json, "benchmarks"), i, row) {
		const char *name = tb_json_text(json_object_get(row, "params"), "loop", NULL);

		if (!name || !on_curve(row, metric))
			continue;
		for (k = 0; k < n && strcmp(loop[k], name); k++)
			;
		if (k == n && n < LOOPS_MAX)
			loop[n++] = name;
	}
	return n;
}

static int by_size(const void *a, const void *b)
{
	double x = size_of(*(const json_t *const *)a), y = size_of(*(const json_t *const *)b);

	return (x > y) - (x < y);
}

/* A loop's line type: its place among all loops of the record, so that it looks the same everywhere. */
static int line_type(const struct tb_record *record, const char *name)
{
	const char *loop[LOOPS_MAX];
	size_t n = loops_of(record, "latency", loop);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(loop[i], name))
			return (int)i + 1;
	return 1;
}

/* Begins a block: its first line is its series' name. */
static void begin_block(FILE *out, const struct tb_record *record, const char *loop,
			struct tb_series *series)
{
	char name[64];

	/* Inert: a quote or newline would end the name and begin data; "]]>" is no XML, and gnuplot writes it. */
	tb_inert(loop, name, sizeof(name));
	for (char *c = name; *c; c++)
		*c = strchr("\"'`\\$#>", *c) ? '?' : *c;
	fprintf(out, "\"%s\"\n", name);
	if (series->n < TB_SERIES_MAX)
		series->line_type[series->n++] = line_type(record, loop);
}

typedef void (*write_point)(FILE *out, const json_t *row);

/* A block a loop, its points by size. */
static void write_blocks(FILE *out, const struct tb_record *record, const char *metric,
			 write_point point, struct tb_series *series)
{
	const json_t *rows = json_object_get(record->json, "benchmarks"), *row;
	const json_t **sorted = calloc(json_array_size(rows) + 1, sizeof(const json_t *));
	const char *loop[LOOPS_MAX];
	size_t n = sorted ? loops_of(record, metric, loop) : 0, i;

	for (size_t k = 0; k < n; k++) {
		size_t points = 0;

		json_array_foreach (rows, i, row)
			if (on_curve(row, metric) &&
			    !strcmp(tb_json_text(json_object_get(row, "params"), "loop", ""),
				    loop[k]))
				sorted[points++] = row;
		qsort(sorted, points, sizeof(*sorted), by_size);
		begin_block(out, record, loop[k], series);
		for (i = 0; i < points; i++)
			point(out, sorted[i]);
		fputs("\n\n", out);
	}
	free(sorted);
}

static void lines_point(FILE *out, const json_t *row)
{
	const json_t *summary = summary_of(row, "lines-left");
	double m = tb_json_number(summary, "estimate", 0);

	fprintf(out, "%g %g %g %g\n", size_of(row) / KIB, m,
		tb_json_number(json_object_get(summary, "ci"), "lo", m),
		tb_json_number(json_object_get(summary, "ci"), "hi", m));
}

static void write_lines_left(FILE *out, const struct tb_record *record, struct tb_series *series)
{
	write_blocks(out, record, "lines-left", lines_point, series);
}

static void cost_point(FILE *out, const json_t *row)
{
	fprintf(out, "%g %g %g %g\n",
		tb_json_number(summary_of(row, "core-cycles"), "estimate", NAN),
		tb_json_number(summary_of(row, "lines-left"), "estimate", NAN),
		tb_json_number(summary_of(row, "aftermath"), "estimate", NAN), size_of(row) / KIB);
}

static void write_cost(FILE *out, const struct tb_record *record, struct tb_series *series)
{
	write_blocks(out, record, "lines-left", cost_point, series);
}

/* All gated samples of a row's metric, sorted. */
static double *pooled(const struct tb_record *record, const json_t *row, const json_t *metric,
		      size_t *n)
{
	double *all = NULL, *buffer = NULL, *sorted = NULL;
	const json_t *launch;
	const double *x;
	size_t i;

	*n = 0;
	json_array_foreach (json_object_get(row, "launches"), i, launch) {
		size_t more = tb_record_samples(record, metric, i, "gated", &buffer, &x);
		double *grown = reallocarray(all, *n + more + 1, sizeof(double));

		if (!grown)
			break;
		all = grown;
		if (more)
			memcpy(all + *n, x, more * sizeof(double));
		*n += more;
	}
	if (*n && tb_stats_sorted(all, *n, &sorted))
		sorted = NULL;
	free(buffer);
	free(all);
	return sorted;
}

static void write_latency(FILE *out, const struct tb_record *record, struct tb_series *series)
{
	const json_t *row;
	size_t i, n;

	json_array_foreach (json_object_get(record->json, "benchmarks"), i, row) {
		const json_t *metric = tb_json_named(json_object_get(row, "metrics"), "latency");
		double *x;

		if (!on_curve(row, "latency") || size_of(row) != 64 * KIB)
			continue;
		x = pooled(record, row, metric, &n);
		if (!x || n < BEYOND_MIN) { /* no point of its curve is known */
			free(x);
			continue;
		}
		begin_block(out, record, tb_json_text(json_object_get(row, "params"), "loop", "?"),
			    series);
		for (double tail = 1; (double)n / tail >= BEYOND_MIN; tail *= 1.1)
			fprintf(out, "%g %g\n", tail, tb_stats_quantile_sorted(x, n, 1 - 1 / tail));
		fputs("\n\n", out);
		free(x);
	}
}

const struct tb_plot tb_plots[TB_PLOTS] = {
	{ "lines-left", "LT_LINES_LEFT",
	  "How many of a page's lines each loop leaves in the L1D, by how much it reads. Left of the mark the buffer is smaller than the cache. A loop is safe where its curve lies on the bottom for every victim; this figure shows the hardest for most loops, one page touched after the buffer was hot.",
	  tb_embedded_lines_left, write_lines_left },
	{ "cost", "LT_COST",
	  "What emptiness costs: down and left is better. The cheapest flush is often the one that does not flush.",
	  tb_embedded_cost, write_cost },
	{ "latency", "LT_LATENCY",
	  "Every flush of 64 KiB, not only the typical one: what a guest waits for in 1 of 100, 1 of 1000 entries.",
	  tb_embedded_latency, write_latency },
};

void tb_plot_machine(FILE *out, const struct tb_record *record, const struct tb_series *series)
{
	const json_t *cache;
	char machine[256], text[600];
	double l1d = 0;
	size_t i;

	json_array_foreach (tb_json_at(record->json, "host.cpu.caches"), i, cache)
		if (tb_json_number(cache, "level", 0) == 1 &&
		    strcmp(tb_json_text(cache, "type", ""), "Instruction"))
			l1d = tb_json_number(cache, "size_bytes", 0) / KIB;
	tb_machine_text(record, text, sizeof(text));
	snprintf(machine, sizeof(machine), "%.200s", text);
	/* Single quotes: nothing is run in them, and the only way out is another quote. */
	for (char *c = machine; *c; c++)
		*c = strchr("'\"`\\>", *c) ? '?' : *c;
	fprintf(out, "MACHINE = '%s'\nL1D_KIB = %g\nFLOOR = 0.001\n", machine, l1d);
	for (i = 0; i < TB_PLOTS; i++) {
		if (!series[i].n)
			continue;
		fprintf(out, "array %s[%d] = [", tb_plots[i].line_types, series[i].n);
		for (int k = 0; k < series[i].n; k++)
			fprintf(out, "%s%d", k ? ", " : "", series[i].line_type[k]);
		fputs("]\n", out);
	}
}

static FILE *create(int dir, const char *name)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);

	return fd < 0 ? NULL : fdopen(fd, "w");
}

static int finish(FILE *file)
{
	int err = ferror(file) ? -EIO : 0;

	if (fclose(file) && !err)
		err = -errno;
	return err;
}

static int put_text(int dir, const char *name, const char *text)
{
	FILE *file = create(dir, name);

	if (!file)
		return -errno;
	fputs(text, file);
	return finish(file);
}

int tb_plot_export(const struct tb_record *record, int dir, struct tb_series series[TB_PLOTS])
{
	char name[64];
	FILE *file;
	int err = put_text(dir, "common.gp", tb_embedded_common);

	for (int i = 0; i < TB_PLOTS && !err; i++) {
		snprintf(name, sizeof(name), "%s.gp", tb_plots[i].name);
		err = put_text(dir, name, tb_plots[i].script);
		if (err)
			break;
		snprintf(name, sizeof(name), "%s.dat", tb_plots[i].name);
		file = create(dir, name);
		if (!file)
			return -errno;
		series[i].n = 0;
		tb_plots[i].write(file, record, &series[i]);
		err = finish(file);
	}
	if (err)
		return err;
	file = create(dir, "machine.gp");
	if (!file)
		return -errno;
	tb_plot_machine(file, record, series);
	return finish(file);
}
