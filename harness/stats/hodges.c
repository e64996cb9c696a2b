// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The k-th smallest of all pairwise values is found by bisection on the value:
 * in two sorted samples the pairs up to a value are counted in one walk. The
 * bisection runs over the bit patterns of doubles, so it ends, after 64 steps,
 * at the very value that sorting all pairs would give.
 */
#include "stats/hodges.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stats/describe.h"
#include "stats/ranktest.h"

/* y NULL: the pairs are midpoints of x[i], x[j], i <= j; else differences x[i] - y[j]. */
struct pairs {
	const double *x;
	size_t n;
	const double *y;
	size_t m;
};

static uint64_t pairs_total(const struct pairs *p)
{
	uint64_t n = p->n;

	return p->y ? n * p->m : n * (n + 1) / 2;
}

/* Unsigned integers in the order of the doubles they stand for, and back. */
static uint64_t order_of_value(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits >> 63 ? ~bits : bits | 1ULL << 63;
}

static double value_of_order(uint64_t order)
{
	uint64_t bits = order >> 63 ? order & ~(1ULL << 63) : ~order;
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint64_t differences_up_to(const struct pairs *p, double value)
{
	uint64_t count = 0;
	size_t j = 0;

	for (size_t i = 0; i < p->n; i++) {
		while (j < p->m && p->x[i] - p->y[j] > value)
			j++;
		count += p->m - j;
	}
	return count;
}

static uint64_t midpoints_up_to(const struct pairs *p, double value)
{
	uint64_t count = 0;
	size_t end = p->n;

	for (size_t i = 0; i < end; i++) {
		while (end > i && tb_stats_midpoint(p->x[i], p->x[end - 1]) > value)
			end--;
		count += end - i;
	}
	return count;
}

/* rank from 1 to pairs_total() */
static double pairs_select(const struct pairs *p, uint64_t rank)
{
	uint64_t lo = order_of_value(-INFINITY), hi = order_of_value(INFINITY);

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		double value = value_of_order(mid);
		uint64_t count = p->y ? differences_up_to(p, value) : midpoints_up_to(p, value);

		if (count < rank)
			lo = mid + 1;
		else
			hi = mid;
	}
	return value_of_order(lo) + 0.0; /* minus zero, equal to zero, sorts first: make it zero */
}

static int pairs_estimate(const struct pairs *p, const struct tb_json_strip *cut,
			  struct tb_hodges *out)
{
	uint64_t total = pairs_total(p);
	struct tb_hodges found = { 0 };

	found.estimate = pairs_select(p, total / 2 + 1);
	if (total % 2 == 0)
		found.estimate = tb_stats_midpoint(pairs_select(p, total / 2), found.estimate);
	if (cut->rank > 0)
		found.ci = (struct tb_interval){
			.present = true,
			.lo = pairs_select(p, cut->rank),
			.hi = pairs_select(p, total + 1 - cut->rank),
			.lo_rank = cut->rank,
			.hi_rank = total + 1 - cut->rank,
			.coverage = 1 - 2 * cut->tail,
		};
	if (!isfinite(found.estimate) || !isfinite(found.ci.lo) || !isfinite(found.ci.hi))
		return -ERANGE;
	*out = found;
	return 0;
}

int tb_stats_hl_center(const double *x, size_t n, double confidence, struct tb_hodges *out)
{
	struct tb_json_strip cut;
	double *sorted;
	int err;

	if (!tb_stats_confidence_valid(confidence))
		return -EINVAL;
	err = tb_stats_sorted(x, n, &sorted);
	if (err)
		return err;
	err = tb_stats_signed_rank_cut(n, (1 - confidence) / 2, &cut);
	if (!err)
		err = pairs_estimate(&(struct pairs){ .x = sorted, .n = n }, &cut, out);
	free(sorted);
	return err;
}

int tb_stats_hl_shift_sorted(const double *x, size_t n, const double *y, size_t m,
			     const struct tb_json_strip *cut, struct tb_hodges *out)
{
	return pairs_estimate(&(struct pairs){ x, n, y, m }, cut, out);
}

static int shift_of_sorted(const struct pairs *p, double confidence, struct tb_hodges *out)
{
	struct tb_json_strip cut;
	int err;

	if (!tb_stats_confidence_valid(confidence))
		return -EINVAL;
	err = tb_stats_rank_sum_cut(p->n, p->m, (1 - confidence) / 2, &cut);
	return err ? err : pairs_estimate(p, &cut, out);
}

int tb_stats_hl_shift(const double *x, size_t n, const double *y, size_t m, double confidence,
		      struct tb_hodges *out)
{
	double *xs = NULL, *ys = NULL;
	int err;

	err = tb_stats_sorted(x, n, &xs);
	if (!err)
		err = tb_stats_sorted(y, m, &ys);
	if (!err)
		err = shift_of_sorted(&(struct pairs){ xs, n, ys, m }, confidence, out);
	free(xs);
	free(ys);
	return err;
}

/* Sorted values become sorted logarithms. */
static int take_logs(double *sorted, size_t n)
{
	if (sorted[0] <= 0)
		return -EDOM;
	for (size_t i = 0; i < n; i++)
		sorted[i] = log(sorted[i]);
	return 0;
}

int tb_stats_hl_ratio(const double *x, size_t n, const double *y, size_t m, double confidence,
		      struct tb_hodges *out)
{
	struct tb_hodges logs;
	double *xs = NULL, *ys = NULL;
	int err;

	err = tb_stats_sorted(x, n, &xs);
	if (!err)
		err = tb_stats_sorted(y, m, &ys);
	if (!err)
		err = take_logs(xs, n);
	if (!err)
		err = take_logs(ys, m);
	if (!err)
		err = shift_of_sorted(&(struct pairs){ xs, n, ys, m }, confidence, &logs);
	free(xs);
	free(ys);
	if (err)
		return err;
	logs.estimate = exp(logs.estimate);
	if (logs.ci.present) {
		logs.ci.lo = exp(logs.ci.lo);
		logs.ci.hi = exp(logs.ci.hi);
	}
	if (!isfinite(logs.estimate) || !isfinite(logs.ci.lo) || !isfinite(logs.ci.hi))
		return -ERANGE;
	*out = logs;
	return 0;
}
