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
#include <string.h>

#include "stats/describe.h"
#include "stats/ranktest.h"

/* All differences x[i] - y[j]. */
struct pairs {
	const double *x;
	size_t n;
	const double *y;
	size_t m;
};

static uint64_t pairs_total(const struct pairs *p)
{
	return (uint64_t)p->n * p->m;
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

static uint64_t pairs_up_to(const struct pairs *p, double value)
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

/* rank from 1 to pairs_total() */
static double pairs_select(const struct pairs *p, uint64_t rank)
{
	uint64_t lo = order_of_value(-INFINITY), hi = order_of_value(INFINITY);

	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;
		double value = value_of_order(mid);

		if (pairs_up_to(p, value) < rank)
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

int tb_stats_hl_shift_sorted(const double *x, size_t n, const double *y, size_t m,
			     const struct tb_json_strip *cut, struct tb_hodges *out)
{
	return pairs_estimate(&(struct pairs){ x, n, y, m }, cut, out);
}
