// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/summary.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "stats/describe.h"
#include "stats/excess.h"
#include "stats/interval.h"
#include "stats/modes.h"
#include "stats/trend.h"

/* One column of a metric over the launches that count, in launch order. */
struct column {
	double *centre;	 /* of each launch that has samples */
	uint64_t *count; /* samples of each */
	double *sample;	 /* of all of them, pooled */
	size_t launches, samples;
};

static void column_free(struct column *column)
{
	free(column->centre);
	free(column->count);
	free(column->sample);
}

static bool checks_passed(const json_t *launch)
{
	const json_t *check;
	size_t i;

	json_array_foreach(json_object_get(launch, "checks"), i, check)
		if (!json_is_true(json_object_get(check, "pass")))
			return false;
	return true;
}

static bool exit_is(const json_t *launch, const char *exit)
{
	return !strcmp(tb_json_text(launch, "exit", ""), exit);
}

bool tb_launch_counts(const json_t *launch)
{
	return exit_is(launch, "ok") && checks_passed(launch);
}

bool tb_launch_disturbed(const json_t *launch)
{
	return exit_is(launch, "disturbed");
}

/* The source of a figure: a column, with or without disturbed launches. */
struct selection {
	const char *column;
	bool disturbed; /* includes disturbed launches */
};

/* In order of preference; the last is reported beside the figure. */
static const struct selection selections[] = { { "gated", false },
					       { "ungated", false },
					       { "ungated", true } };

enum { GATED, UNGATED, ALL, SELECTIONS };

static bool is_of(const json_t *launch, const struct selection *of)
{
	return tb_launch_counts(launch) ||
	       (of->disturbed && tb_launch_disturbed(launch) && checks_passed(launch));
}

static int column_add(struct column *column, const double *x, size_t n, bool mean)
{
	double *centre = reallocarray(column->centre, column->launches + 1, sizeof(double));
	uint64_t *count;
	double *sample;

	if (!centre)
		return -ENOMEM;
	column->centre = centre;
	count = reallocarray(column->count, column->launches + 1, sizeof(*count));
	if (!count)
		return -ENOMEM;
	column->count = count;
	count[column->launches] = n;
	sample = reallocarray(column->sample, column->samples + n, sizeof(double));
	if (!sample)
		return -ENOMEM;
	column->sample = sample;
	memcpy(sample + column->samples, x, n * sizeof(double));
	column->samples += n;
	if (mean)
		return tb_stats_mean(x, n, &centre[column->launches++]);
	return tb_stats_median(x, n, &centre[column->launches++]);
}

static int column_gather(const struct tb_record *record, const json_t *row, const json_t *metric,
			 const struct selection *of, struct column *column)
{
	bool mean = !strcmp(tb_json_text(metric, "within", "median"), "mean");
	const json_t *launch;
	double *buffer = NULL;
	size_t i;
	int err = 0;

	*column = (struct column){ 0 };
	json_array_foreach(json_object_get(row, "launches"), i, launch) {
		const double *x;
		size_t n;

		if (!is_of(launch, of))
			continue;
		n = tb_record_samples(record, metric, i, of->column, &buffer, &x);
		if (n)
			err = column_add(column, x, n, mean);
		if (err)
			break;
	}
	free(buffer);
	return err;
}

static json_t *interval_json(const struct tb_estimate *e)
{
	if (!e->has_interval)
		return json_null();
	return json_pack("{s:f,s:f,s:f,s:f}", "lo", e->lo, "hi", e->hi, "nominal", TB_CONFIDENCE,
			 "coverage", e->coverage);
}

/*
 * Pooled over launches, for plots only. A quantile with fewer than ten samples beyond it is null.
 */
static json_t *quantiles_json(const double *sorted, size_t n)
{
	static const struct {
		const char *name;
		double p;
	} at[] = { { "p1", 0.01 },  { "p5", 0.05 },  { "p25", 0.25 }, { "p50", 0.5 },
		   { "p75", 0.75 }, { "p95", 0.95 }, { "p99", 0.99 }, { "p999", 0.999 } };
	json_t *json = json_object();

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		double beyond = (double)n * fmin(at[i].p, 1 - at[i].p);

		json_object_set_new(
			json, at[i].name,
			beyond < 10 ? json_null()
				    : json_real(tb_stats_quantile_sorted(sorted, n, at[i].p)));
	}
	json_object_set_new(json, "min", json_real(sorted[0]));
	json_object_set_new(json, "max", json_real(sorted[n - 1]));
	return json;
}

/* The members of a summary that both columns have. */
static json_t *column_json(const struct column *column)
{
	struct tb_estimate e;
	double *sorted;
	json_t *json;

	if (!column->launches ||
	    tb_stats_estimate(column->centre, column->launches, TB_CONFIDENCE, &e) ||
	    tb_stats_sorted(column->sample, column->samples, &sorted))
		return json_null();
	json = json_pack("{s:I,s:I,s:f,s:o,s:o}", "n_launches", (json_int_t)column->launches,
			 "n_samples", (json_int_t)column->samples, "estimate", e.estimate, "ci",
			 interval_json(&e), "quantiles", quantiles_json(sorted, column->samples));
	free(sorted);
	return json;
}

/* The launches' figures, in launch order: the units of every comparison. */
static json_t *centres_json(const struct column *column)
{
	json_t *json = json_array();

	for (size_t i = 0; i < column->launches; i++)
		json_array_append_new(json, json_real(column->centre[i]));
	return json;
}

static json_t *outliers_json(const struct column *column)
{
	struct tb_outliers o;

	if (tb_stats_outliers(column->sample, column->samples, &o))
		return json_null();
	return json_pack("{s:I,s:I,s:I,s:I,s:o,s:i}", "low_severe", (json_int_t)o.low_severe,
			 "low_mild", (json_int_t)o.low_mild, "high_mild", (json_int_t)o.high_mild,
			 "high_severe", (json_int_t)o.high_severe, "far",
			 o.has_far ? json_integer((json_int_t)o.far) : json_null(), "removed", 0);
}

static json_t *modes_json(const struct column *column, double resolution)
{
	struct tb_modes m;

	if (tb_stats_modes(column->sample, column->samples, resolution, &m) || !m.two)
		return json_null();
	return json_pack("{s:f,s:f,s:f}", "low", m.low, "high", m.high, "share_high", m.share_high);
}

static json_t *drift_json(const struct column *column)
{
	struct tb_trend trend;

	if (column->launches < 6 || tb_stats_trend(column->centre, column->launches, &trend))
		return json_null();
	return json_pack("{s:f,s:f}", "p", trend.p, "slope", trend.slope);
}

/* The share minus that of its reference, which has the probe's false positives. */
static json_t *excess_json(const struct tb_record *record, const json_t *row, const json_t *metric,
			   const struct selection *of, struct column *column)
{
	const char *name = tb_json_text(metric, "reference", "");
	json_int_t trials = json_integer_value(json_object_get(metric, "trials"));
	const json_t *reference = tb_json_named(json_object_get(row, "metrics"), name);
	struct column ref = { 0 };
	struct tb_excess excess;
	json_t *json = json_null();

	if (!reference || !trials || strcmp(tb_json_text(metric, "unit", ""), "ratio"))
		return json;
	for (size_t i = 0; i < column->launches; i++)
		column->count[i] *= (uint64_t)trials;
	if (!column_gather(record, row, reference, of, &ref) && ref.launches == column->launches &&
	    ref.samples == column->samples &&
	    !tb_stats_excess(column->centre, ref.centre, column->count, column->launches,
			     &excess)) {
		bool enough = of == &selections[GATED] && excess.trials >= TB_EMPTY_TRIALS &&
			      excess.launches >= TB_EMPTY_LAUNCHES;

		json = json_pack("{s:f,s:f,s:I,s:I,s:o}", "estimate", excess.estimate, "upper",
				 excess.upper, "trials", (json_int_t)excess.trials, "launches",
				 (json_int_t)excess.launches, "empty",
				 enough ? json_boolean(excess.upper <= TB_EMPTY_EXCESS)
					: json_null());
	}
	column_free(&ref);
	return json;
}

static json_t *warnings_json(const json_t *summary, const struct column *column)
{
	json_t *warnings = json_array();
	struct tb_estimate e;

	if (!json_is_null(json_object_get(summary, "modes")))
		json_array_append_new(warnings, json_string("two-modes"));
	if (tb_json_number(json_object_get(summary, "drift"), "p", 1) < 0.01)
		json_array_append_new(warnings, json_string("drift"));
	if (tb_stats_estimate(column->centre, column->launches, TB_CONFIDENCE, &e) ||
	    !e.has_interval)
		json_array_append_new(warnings, json_string("too-few-launches"));
	return warnings;
}

json_t *tb_summary(const struct tb_record *record, const json_t *row, const json_t *metric)
{
	struct column columns[SELECTIONS] = { 0 }, *main;
	json_t *json = NULL;
	int pick = GATED;

	for (int i = 0; i < SELECTIONS; i++)
		if (column_gather(record, row, metric, &selections[i], &columns[i]))
			goto out;
	while (pick < ALL && !columns[pick].samples)
		pick++;
	main = &columns[pick];
	json = column_json(main);
	if (!json_is_object(json))
		goto out;
	json_object_set_new(json, "column", json_string(selections[pick].column));
	json_object_set_new(json, "centres", centres_json(main));
	json_object_set_new(json, "outliers", outliers_json(main));
	json_object_set_new(json, "modes",
			    json_integer_value(json_object_get(metric, "trials"))
				    ? json_null()
				    : modes_json(main, tb_json_number(metric, "resolution", 0)));
	json_object_set_new(json, "drift", drift_json(main));
	json_object_set_new(json, "excess",
			    excess_json(record, row, metric, &selections[pick], main));
	json_object_set_new(json, "warnings", warnings_json(json, main));
	json_object_set_new(json, "ungated",
			    pick == ALL ? json_null() : column_json(&columns[ALL]));
out:
	for (int i = 0; i < SELECTIONS; i++)
		column_free(&columns[i]);
	return json;
}
