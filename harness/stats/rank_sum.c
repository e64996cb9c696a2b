// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * We implement the distribution, because R's pwilcox() keeps static tables, ends the program
 * without memory, takes 187 MB for 150 against 150 launches, and has no normal approximation. Each
 * step of the recurrence only adds non-negative numbers, so no digits cancel. It stores
 * probabilities, because counts of outcomes could overflow.
 *
 * The k-th smallest of all differences is found by bisection on the value: in two sorted samples
 * the pairs up to a value are counted in one walk. The bisection runs over the bit patterns of
 * doubles, so it ends, after 64 steps, at the very value that sorting all pairs would give.
 */
#include "stats/rank_sum.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stats/describe.h"
#include "stats/distributions.h"

enum { PAIRS_EXACT_MAX = 22500 }; /* some 1e8 additions, 14 MB */

/* The last rank for which the running sum of the masses is within the limit. */
static struct tb_rank_cut cut_of_sums(const double *below, size_t count, double limit)
{
	struct tb_rank_cut cut = { 0 };

	while (cut.rank + 1 < count && tb_stats_tail_within(below[cut.rank + 1], limit))
		cut.tail = below[++cut.rank];
	return cut;
}

/* Converts the masses of 0..count-1 to the probabilities of less than 0..count. */
static void sum_masses(double *law, size_t count)
{
	double sum = 0;

	for (size_t u = 0; u <= count; u++) {
		double mass = u < count ? law[u] : 0;

		law[u] = sum;
		sum += mass;
	}
}

/* A symmetric law on 0, 1, ..., 2 * mean by its first moments. */
struct symmetric {
	double mean, sigma, kurtosis; /* kurtosis: the excess */
};

/* P(T <= k - 1), k > 0 */
static double symmetric_below(const struct symmetric *law, double k)
{
	double z = (law->mean - k + 0.5) / law->sigma;
	double density = exp(-z * z / 2) / sqrt(2 * M_PI);

	return tb_stats_normal_tail(z) + law->kurtosis / 24 * (z * z * z - 3 * z) * density;
}

static struct tb_rank_cut cut_of_law(const struct symmetric *law, double limit)
{
	double lo = 0, hi = floor(law->mean);

	while (lo < hi) {
		double mid = lo + ceil((hi - lo) / 2);

		if (symmetric_below(law, mid) <= limit)
			lo = mid;
		else
			hi = mid - 1;
	}
	return (struct tb_rank_cut){ (size_t)lo, lo > 0 ? symmetric_below(law, lo) : 0 };
}

/*
 * The largest of i + j values is one of the i with probability i/(i+j). Then it exceeds all j
 * others, else it adds nothing. law holds the distribution of (i, j) for each j. i grows in place,
 * so u runs downwards.
 */
static void grow_rank_sum(double *law, size_t width, size_t i, size_t m)
{
	for (size_t j = 1; j <= m; j++) {
		double *to = law + j * width;
		const double *fewer = to - width;
		double win = (double)i / (double)(i + j);
		size_t end = i * j < width ? i * j + 1 : width; /* the remaining masses are 0 */

		for (size_t u = end; u-- > j;)
			to[u] = win * to[u - j] + (1 - win) * fewer[u];
		for (size_t u = j < end ? j : end; u-- > 0;)
			to[u] = (1 - win) * fewer[u];
	}
}

static struct symmetric rank_sum_moments(size_t n, size_t m)
{
	double a = (double)n, b = (double)m;

	return (struct symmetric){
		.mean = a * b / 2,
		.sigma = sqrt(a * b * (a + b + 1) / 12),
		.kurtosis = -1.2 * (a * a + b * b + a * b + a + b) / (a * b * (a + b + 1)),
	};
}

int tb_stats_rank_law(size_t n, size_t m, struct tb_rank_law *out)
{
	size_t few = n < m ? n : m, many = n < m ? m : n;
	size_t width = n * m / 2 + 1; /* limits are below 1/2, so the upper half is not needed */
	double *law;

	if (n == 0 || m == 0)
		return -EINVAL;
	*out = (struct tb_rank_law){ .n = n, .m = m };
	if (n > PAIRS_EXACT_MAX || m > PAIRS_EXACT_MAX / n)
		return 0;
	law = calloc((few + 1) * width + 1, sizeof(*law));
	if (!law)
		return -ENOMEM;
	for (size_t j = 0; j <= few; j++)
		law[j * width] = 1; /* with 0 against j values the sum is 0 */
	for (size_t i = 1; i <= many; i++)
		grow_rank_sum(law, width, i, few);
	memmove(law, law + few * width, width * sizeof(*law));
	sum_masses(law, width);
	out->below = law;
	out->width = width + 1;
	return 0;
}

void tb_stats_rank_law_free(struct tb_rank_law *law)
{
	free(law->below);
	law->below = NULL;
}

double tb_stats_rank_law_below(const struct tb_rank_law *law, size_t k)
{
	struct symmetric moments = rank_sum_moments(law->n, law->m);

	if (law->below)
		return k < law->width ? law->below[k] : 1;
	return k == 0 ? 0 : symmetric_below(&moments, (double)k);
}

int tb_stats_rank_law_cut(const struct tb_rank_law *law, double limit, struct tb_rank_cut *out)
{
	struct symmetric moments = rank_sum_moments(law->n, law->m);

	if (!(limit > 0 && limit < 0.5))
		return -EINVAL;
	*out = law->below ? cut_of_sums(law->below, law->width, limit)
			  : cut_of_law(&moments, limit);
	return 0;
}

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

/* Maps doubles to unsigned integers of the same order, and back. */
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

/* rank: 1..pairs_total() */
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
	return value_of_order(lo) + 0.0; /* minus zero sorts before zero; return zero */
}

static int pairs_estimate(const struct pairs *p, const struct tb_rank_cut *cut,
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
			     const struct tb_rank_cut *cut, struct tb_hodges *out)
{
	return pairs_estimate(&(struct pairs){ x, n, y, m }, cut, out);
}
