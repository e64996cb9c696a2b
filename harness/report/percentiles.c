// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/percentiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "record/summary.h"
#include "stats/random.h"

enum { BEYOND_MIN = 10 };

static const double STEP = 1.1;

/* Copies the samples to x, unless it is NULL, and returns their number. */
static size_t pool(const struct tb_record *record, const json_t *row, const json_t *metric,
		   double *x)
{
	const char *column = tb_json_text(json_object_get(metric, "summary"), "column", "gated");
	double *buffer = NULL;
	const json_t *launch;
	const double *from;
	size_t i, n = 0;

	json_array_foreach(json_object_get(row, "launches"), i, launch) {
		size_t more = tb_launch_counts(launch)
				      ? tb_record_samples(record, metric, i, column, &buffer, &from)
				      : 0;

		if (x && more)
			memcpy(x + n, from, more * sizeof(*x));
		n += more;
	}
	free(buffer);
	return n;
}

static void swap(double *a, double *b)
{
	double c = *a;

	*a = *b;
	*b = c;
}

/*
 * Moves the k-th smallest value of x[from..n-1] to x[k], smaller ones before it, larger ones after
 * it. Percentiles ascend, so each search starts after the last one, and millions of samples need no
 * full sort.
 */
static double select_at(double *x, size_t from, size_t n, size_t k, struct tb_random *random)
{
	size_t lo = from, hi = n; /* x[k] belongs into [lo, hi) */

	while (hi - lo > 1) {
		double pivot = x[lo + tb_random_below(random, hi - lo)];
		size_t below = lo, i = lo, above = hi;

		while (i < above) {
			if (x[i] < pivot)
				swap(&x[i++], &x[below++]);
			else if (x[i] > pivot)
				swap(&x[i], &x[--above]);
			else
				i++;
		}
		if (k >= below && k < above)
			break;
		if (k < below)
			hi = below;
		else
			lo = above;
	}
	return x[k];
}

bool tb_percentiles_any(const struct tb_record *record, const json_t *row, const json_t *metric)
{
	return pool(record, row, metric, NULL) >= BEYOND_MIN;
}

void tb_percentiles_write(FILE *out, const struct tb_record *record, const json_t *row,
			  const json_t *metric)
{
	size_t n = pool(record, row, metric, NULL), done = 0;
	double *x = n >= BEYOND_MIN ? calloc(n, sizeof(*x)) : NULL;
	struct tb_random random;

	if (!x) {
		fputs("1 NaN\n", out); /* gnuplot does not count an empty block */
		return;
	}
	pool(record, row, metric, x);
	tb_random_seed(&random, 1, 0); /* fixed, for a reproducible picture */
	for (double tail = 1; (double)n / tail >= BEYOND_MIN; tail *= STEP) {
		double h = (double)(n - 1) * (1 - 1 / tail); /* type 7, as all quantiles here */
		size_t k = (size_t)h;
		double low = select_at(x, done, n, k, &random);
		double high = k + 1 < n ? select_at(x, k, n, k + 1, &random) : low;

		done = k;
		fprintf(out, "%g %.9g\n", tail, low + (h - (double)k) * (high - low));
	}
	free(x);
}
