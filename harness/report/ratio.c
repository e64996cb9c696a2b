// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/ratio.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/json.h"
#include "record/summary.h"
#include "stats/describe.h"
#include "stats/hodges.h"

enum { LAUNCHES_MAX = 10000 }; /* as the schema allows */

/* The centre of each launch that counts, in the column that the summary is of. */
static int launch_centres(const struct tb_record *record, const json_t *row, const json_t *metric,
			  double *centre, size_t *n)
{
	const char *column = tb_json_text(json_object_get(metric, "summary"), "column", "gated");
	bool mean = !strcmp(tb_json_text(metric, "within", "median"), "mean");
	double *buffer = NULL;
	const json_t *launch;
	const double *x;
	size_t i;
	int err = 0;

	*n = 0;
	json_array_foreach (json_object_get(row, "launches"), i, launch) {
		size_t samples = tb_launch_counts(launch)
					 ? tb_record_samples(record, metric, i, column, &buffer, &x)
					 : 0;

		if (!samples || *n == LAUNCHES_MAX)
			continue;
		err = mean ? tb_stats_mean(x, samples, &centre[*n])
			   : tb_stats_median(x, samples, &centre[*n]);
		if (err)
			break;
		++*n;
	}
	free(buffer);
	return err;
}

static const json_t *same_row(const struct tb_record *record, const json_t *row)
{
	static const char *const identity[] = { "name", "version", "params" };
	const json_t *other;
	size_t i, k;

	json_array_foreach (json_object_get(record->json, "benchmarks"), i, other) {
		for (k = 0; k < 3; k++)
			if (!json_equal(json_object_get(row, identity[k]),
					json_object_get(other, identity[k])))
				break;
		if (k == 3)
			return other;
	}
	return NULL;
}

/* What forbids a figure of this row in a comparison; NULL: nothing. */
static const char *objection(const json_t *row, const json_t *metric)
{
	const json_t *summary = json_object_get(metric, "summary");
	const char *status = tb_json_text(row, "status", "");

	if (!strcmp(status, "failed"))
		return "failed";
	if (!strcmp(status, "unquiet"))
		return "unquiet";
	if (!json_is_object(summary))
		return "not measured";
	if (json_is_object(json_object_get(summary, "modes")))
		return "a mixture of two modes";
	return NULL;
}

/* x / y of two records' launches, each in room of its own. */
static int divide(const struct tb_subject *first, struct tb_ratio *ratio, const json_t *other_row,
		  const json_t *other_metric, double *room)
{
	bool higher = !strcmp(tb_json_text(ratio->metric, "direction", "lower"), "higher");
	double *base = room, *other = room + LAUNCHES_MAX;
	struct tb_hodges hl;
	size_t n, m;
	int err = launch_centres(first->record, ratio->row, ratio->metric, base, &n);

	if (!err)
		err = launch_centres(ratio->other->record, other_row, other_metric, other, &m);
	if (err)
		return err;
	if (higher)
		err = tb_stats_hl_ratio(base, n, other, m, TB_CONFIDENCE, &hl);
	else
		err = tb_stats_hl_ratio(other, m, base, n, TB_CONFIDENCE, &hl);
	if (err == -ENOMEM)
		return err;
	if (err) {
		ratio->why = err == -EDOM ? "a figure is not positive" : "not measured";
		return 0;
	}
	ratio->estimate = hl.estimate;
	ratio->ci = hl.ci;
	ratio->verdict = tb_stats_ratio_verdict(&hl.ci, TB_MIN_EFFECT);
	return 0;
}

static int ratio_of(const struct tb_subject *first, struct tb_ratio *ratio, double *room)
{
	const json_t *row = same_row(ratio->other->record, ratio->row);
	const json_t *metric = tb_json_named(json_object_get(row, "metrics"),
					     tb_json_text(ratio->metric, "name", ""));

	ratio->why = objection(ratio->row, ratio->metric);
	if (!ratio->why)
		ratio->why = metric ? objection(row, metric) : "not measured";
	if (!ratio->why &&
	    !json_equal(json_object_get(ratio->metric, "unit"), json_object_get(metric, "unit")))
		ratio->why = "another unit";
	return ratio->why ? 0 : divide(first, ratio, row, metric, room);
}

static int add_line(const struct tb_group *group, const json_t *row, const json_t *metric,
		    struct tb_ratios *out, double *room)
{
	struct tb_ratio *grown = reallocarray(out->at, out->n + group->n, sizeof(*grown));
	size_t first = out->n;
	bool any = false;
	int err = 0;

	if (!grown)
		return -ENOMEM;
	out->at = grown;
	for (size_t i = 1; i < group->n && !err; i++) {
		struct tb_ratio *ratio = &out->at[out->n];

		if (!same_row(group->at[i]->record, row))
			continue;
		*ratio = (struct tb_ratio){ .row = row, .metric = metric, .other = group->at[i] };
		err = ratio_of(group->at[0], ratio, room);
		any = any || !ratio->why;
		out->n++;
	}
	out->lines += any;
	for (size_t i = first; i < out->n && any; i++)
		out->at[i].line = out->lines;
	return err;
}

int tb_ratios_gather(const struct tb_group *group, struct tb_ratios *out)
{
	double *room = calloc(2 * LAUNCHES_MAX, sizeof(*room));
	const json_t *row, *metric;
	int err = room ? 0 : -ENOMEM;
	size_t i, m;

	*out = (struct tb_ratios){ 0 };
	json_array_foreach (json_object_get(group->at[0]->record->json, "benchmarks"), i, row)
		json_array_foreach (json_object_get(row, "metrics"), m, metric)
			if (!err && group->n > 1 &&
			    json_is_true(json_object_get(metric, "headline")))
				err = add_line(group, row, metric, out, room);
	free(room);
	if (err)
		tb_ratios_free(out);
	return err;
}

void tb_ratios_free(struct tb_ratios *ratios)
{
	free(ratios->at);
	*ratios = (struct tb_ratios){ 0 };
}
