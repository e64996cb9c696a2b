// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/plot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "embedded.h"
#include "json.h"
#include "report/percentiles.h"
#include "record/format.h"
#include "size.h"

/* The value of a parameter as text: a number as a size (64K). */
static const char *value_text(const json_t *value, char *out, size_t bytes)
{
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		tb_size_text((unsigned long)json_integer_value(value), out, bytes);
		return out;
	}
	return tb_inert(json_is_string(value) ? json_string_value(value) : "?", out, bytes);
}

static bool belongs(const json_t *source, const json_t *row)
{
	const json_t *value;
	const char *key;

	if (strcmp(tb_json_text(row, "name", ""), tb_json_text(source, "benchmark", "?")) != 0)
		return false;
	json_object_foreach(json_object_get(source, "where"), key, value)
		if (!json_equal(json_object_get(json_object_get(row, "params"), key), value))
			return false;
	return true;
}

static bool listed(const json_t *array, const char *word)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
		if (!strcmp(json_string_value(item), word))
			return true;
	return false;
}

/* Whether the rows of the source have more than one value of a parameter. */
static bool varies(const struct tb_group *group, const json_t *source, const char *param)
{
	const json_t *row, *first = NULL;
	size_t r;

	for (size_t s = 0; s < group->n; s++)
		json_array_foreach(json_object_get(group->at[s]->record->json, "benchmarks"), r,
				   row) {
			const json_t *value =
				json_object_get(json_object_get(row, "params"), param);

			if (!value || !belongs(source, row))
				continue;
			if (first && !json_equal((json_t *)first, (json_t *)value))
				return true;
			first = value;
		}
	return false;
}

/*
 * "label copy, batch=16": the first parameter has no name, further ones have one. Parameters in the
 * source's "if-varied" are omitted if all rows have the same value, because a legend has little
 * room.
 */
static void join_params(const struct tb_group *group, const json_t *source, const char *key,
			const json_t *row, char *out, size_t bytes)
{
	const json_t *name, *params = json_object_get(row, "params");
	const char *label = tb_json_text(source, "label", "");
	char value[64];
	size_t i;

	snprintf(out, bytes, "%s", strcmp(key, "series") ? "" : label);
	json_array_foreach(json_object_get(source, key), i, name) {
		const char *param = json_string_value(name);
		size_t used = strlen(out);

		/* A row of an older record may not have the parameter. */
		if (!json_object_get(params, param) ||
		    (listed(json_object_get(source, "if-varied"), param) &&
		     !varies(group, source, param)))
			continue;
		value_text(json_object_get(params, param), value, sizeof(value));
		snprintf(out + used, bytes - used, "%s%s%s%s", used ? ", " : "", i ? param : "",
			 i ? "=" : "", value);
	}
}

/* Index of the text in the names; a new text is added. TB_NAMES_ROOM: no room. */
static size_t name_index(struct tb_names *names, const char *text, double value)
{
	char inert[64];
	size_t i;

	tb_inert(text, inert, sizeof(inert));
	for (i = 0; i < names->n && strcmp(names->at[i].text, inert) != 0; i++)
		;
	if (i == names->n && i < TB_NAMES_ROOM) {
		memcpy(names->at[i].text, inert, sizeof(inert));
		names->at[i].value = value;
		names->n++;
	}
	return i;
}

static bool of_kind(const json_t *spec, const char *kind)
{
	return !strcmp(tb_json_text(spec, "kind", ""), kind);
}

/*
 * Whether all metrics of the source have a figure (for a tail: samples), and the row did not fail.
 */
static bool drawable(const json_t *spec, const json_t *source, const struct tb_record *record,
		     const json_t *row)
{
	const json_t *name, *metric;
	size_t i;

	json_array_foreach(json_object_get(source, "metrics"), i, name) {
		metric = tb_json_named(json_object_get(row, "metrics"), json_string_value(name));
		if (!json_is_object(json_object_get(metric, "summary")) ||
		    (of_kind(spec, "tail") && !tb_percentiles_any(record, row, metric)))
			return false;
	}
	return strcmp(tb_json_text(row, "status", "ok"), "failed") != 0;
}

static int add_doubt(struct tb_plot *plot, size_t subject, const json_t *row)
{
	if (!plot->doubtful[subject])
		plot->doubtful[subject] = json_array();
	return json_array_append(plot->doubtful[subject], (json_t *)row) ? -ENOMEM : 0;
}

static void add_point(struct tb_plot *plot, const json_t *source, const struct tb_group *group,
		      size_t subject, const json_t *row)
{
	const char *param = tb_json_text(source, "x", "");
	const json_t *x = json_object_get(json_object_get(row, "params"), param);
	struct tb_point point = {
		.subject = subject, .order = plot->points, .source = source, .row = row
	};
	char text[256];

	join_params(group, source, "panel", row, text, sizeof(text));
	point.panel = name_index(&plot->panel, text, NAN);
	join_params(group, source, "series", row, text, sizeof(text));
	point.series = name_index(&plot->series, text, NAN);
	point.x = name_index(&plot->x, x ? value_text(x, text, sizeof(text)) : "",
			     json_is_integer(x) ? (double)json_integer_value(x) : NAN);
	if (plot->points == TB_POINTS_MAX || point.panel == TB_NAMES_ROOM ||
	    point.series == TB_NAMES_ROOM || point.x == TB_NAMES_ROOM)
		plot->points_lost++;
	else
		plot->point[plot->points++] = point;
}

static int gather_row(struct tb_plot *plot, const json_t *source, const struct tb_group *group,
		      size_t subject, const json_t *row)
{
	bool draw;

	if (!belongs(source, row))
		return 0;
	draw = drawable(plot->spec, source, group->at[subject]->record, row);
	if (draw)
		add_point(plot, source, group, subject, row);
	if (draw && strcmp(tb_json_text(row, "status", ""), "noisy") != 0)
		return 0;
	return add_doubt(plot, subject, row);
}

static int gather(struct tb_plot *plot, const struct tb_group *group)
{
	const json_t *source, *row;
	size_t i, r;
	int err = 0;

	plot->point = calloc(TB_POINTS_MAX, sizeof(*plot->point));
	if (!plot->point)
		return -ENOMEM;
	json_array_foreach(json_object_get(plot->spec, "sources"), i, source)
		for (size_t s = 0; s < group->n && !err; s++)
			json_array_foreach(
				json_object_get(group->at[s]->record->json, "benchmarks"), r, row) {
				err = gather_row(plot, source, group, s, row);
				if (err)
					break;
			}
	return err;
}

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* Sorts x values that are numbers; words keep their order of appearance. */
static void sort_x(struct tb_plot *plot)
{
	size_t rank[TB_NAMES_ROOM] = { 0 };
	struct tb_names sorted = plot->x;
	double value[TB_NAMES_ROOM] = { 0 };

	for (size_t i = 0; i < plot->x.n; i++) {
		if (isnan(plot->x.at[i].value))
			return;
		value[i] = plot->x.at[i].value;
	}
	qsort(value, plot->x.n, sizeof(*value), by_value);
	for (size_t i = 0; i < plot->x.n; i++) {
		while (value[rank[i]] < plot->x.at[i].value)
			rank[i]++;
		sorted.at[rank[i]] = plot->x.at[i];
	}
	for (size_t p = 0; p < plot->points; p++)
		plot->point[p].x = rank[plot->point[p].x];
	plot->x = sorted;
}

static int by_place(const void *left, const void *right)
{
	const struct tb_point *a = left, *b = right;
	const size_t p[] = { a->panel, a->series, a->subject, a->x },
		     q[] = { b->panel, b->series, b->subject, b->x };

	for (size_t i = 0; i < 4; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void plot_free(struct tb_plot *plot)
{
	free(plot->point);
	for (size_t i = 0; i < TB_SUBJECTS_MAX; i++)
		json_decref(plot->doubtful[i]);
}

int tb_plots_open(const struct tb_group *group, struct tb_plots *plots)
{
	const json_t *spec;
	size_t i;
	int err;

	*plots = (struct tb_plots){ .group = group };
	plots->specs = json_loadb(tb_embedded_plots, tb_embedded_plots_length, 0, NULL);
	err = plots->specs ? tb_ratios_gather(group, &plots->ratios) : -ENOMEM;
	json_array_foreach(plots->specs, i, spec) {
		struct tb_plot *plot = &plots->at[plots->n];

		if (err || plots->n == TB_PLOTS_MAX)
			break;
		*plot = (struct tb_plot){ .spec = spec, .name = tb_json_text(spec, "name", "") };
		if (of_kind(spec, "ratios")) {
			plots->n += plots->ratios.lines > 0;
			continue;
		}
		err = gather(plot, group);
		if (err || !plot->points) {
			plot_free(plot);
			continue;
		}
		sort_x(plot);
		qsort(plot->point, plot->points, sizeof(*plot->point), by_place);
		plots->n++;
	}
	return err;
}

void tb_plots_close(struct tb_plots *plots)
{
	for (size_t i = 0; i < plots->n; i++)
		plot_free(&plots->at[i]);
	tb_ratios_free(&plots->ratios);
	json_decref(plots->specs);
	*plots = (struct tb_plots){ 0 };
}
