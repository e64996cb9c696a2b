// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/describe.h"
#include "stats/ranktest.h"
#include "stats/special.h"

/* A pooled sample in ascending order, and what of it came from x. */
struct pool {
	double *sorted, *x;
	size_t total, n;
	size_t *twice_rank; /* doubled mid-ranks of sorted */
	double twice_sum;   /* over the values of x */
	double tie_cubes;   /* sum of t^3 - t over the groups of t equal values */
};

static int pool_sort(struct pool *pool, const double *x, size_t n, const double *y, size_t m)
{
	double *both;
	int err;

	if (tb_stats_refusal(x, n) || tb_stats_refusal(y, m))
		return -EINVAL;
	both = reallocarray(NULL, n + m, sizeof(*both));
	if (!both)
		return -ENOMEM;
	memcpy(both, x, n * sizeof(*x));
	memcpy(both + n, y, m * sizeof(*y));
	err = tb_stats_sorted(both, n + m, &pool->sorted);
	free(both);
	if (!err)
		err = tb_stats_sorted(x, n, &pool->x);
	if (err)
		return err;
	pool->total = n + m;
	pool->n = n;
	return 0;
}

static int pool_rank(struct pool *pool)
{
	size_t end, seen = 0;

	pool->twice_rank = reallocarray(NULL, pool->total, sizeof(*pool->twice_rank));
	if (!pool->twice_rank)
		return -ENOMEM;
	for (size_t start = 0; start < pool->total; start = end) {
		double value = pool->sorted[start], t;
		size_t rank, before = seen;

		for (end = start; end < pool->total && pool->sorted[end] <= value;)
			end++;
		rank = start + end + 1; /* (start + 1) + end, first and last rank of the group */
		for (size_t i = start; i < end; i++)
			pool->twice_rank[i] = rank;
		while (seen < pool->n && pool->x[seen] <= value)
			seen++;
		t = (double)(end - start);
		pool->twice_sum += (double)rank * (double)(seen - before);
		pool->tie_cubes += t * t * t - t;
	}
	return 0;
}

static double normal_p(const struct pool *pool, double u)
{
	double n = (double)pool->n, total = (double)pool->total, m = total - n;
	double variance = n * m / 12 * (total + 1 - pool->tie_cubes / (total * (total - 1)));
	double distance = fabs(u - n * m / 2) - 0.5;

	/* All tied: the variance is zero, or what rounding left of it. */
	if (pool->sorted[0] >= pool->sorted[pool->total - 1] || distance <= 0)
		return 1;
	return fmin(1, 2 * tb_stats_normal_tail(distance / sqrt(variance)));
}

static int pool_test(const struct pool *pool, struct tb_mann_whitney *out)
{
	double n = (double)pool->n, nm = n * (double)(pool->total - pool->n);
	struct tb_mann_whitney found = { 0 };

	found.u_x = (pool->twice_sum - n * (n + 1)) / 2;
	found.u_y = nm - found.u_x;
	found.a12 = found.u_x / nm;
	found.cliffs_delta = 2 * found.a12 - 1;
	found.ties = pool->tie_cubes > 0;
	found.p_normal = normal_p(pool, found.u_x);
	found.has_exact = pool->total <= TB_PERMUTATION_MAX;
	if (found.has_exact) {
		struct tb_permutation tails;
		int err = tb_stats_rank_permutation(pool->twice_rank, pool->total, pool->n,
						    (size_t)pool->twice_sum, &tails);

		if (err)
			return err;
		found.p_exact = fmin(1, 2 * fmin(tails.low, tails.high));
	}
	*out = found;
	return 0;
}

int tb_stats_mann_whitney(const double *x, size_t n, const double *y, size_t m,
			  struct tb_mann_whitney *out)
{
	struct pool pool = { 0 };
	int err = pool_sort(&pool, x, n, y, m);

	if (!err)
		err = pool_rank(&pool);
	if (!err)
		err = pool_test(&pool, out);
	free(pool.sorted);
	free(pool.x);
	free(pool.twice_rank);
	return err;
}

double tb_stats_mann_whitney_p(const struct tb_mann_whitney *test)
{
	return test->has_exact ? test->p_exact : test->p_normal;
}

enum tb_verdict tb_stats_ratio_verdict(const struct tb_interval *ratio, double min_effect)
{
	double low = 1 / (1 + min_effect), high = 1 + min_effect;

	if (!ratio->present || !(ratio->lo <= ratio->hi) || !(min_effect >= 0))
		return TB_VERDICT_INSUFFICIENT;
	if (ratio->lo > high)
		return TB_VERDICT_SLOWER;
	if (ratio->hi < low)
		return TB_VERDICT_FASTER;
	if (ratio->lo >= low && ratio->hi <= high)
		return TB_VERDICT_EQUIVALENT;
	return TB_VERDICT_INCONCLUSIVE;
}

const char *tb_stats_verdict_name(enum tb_verdict verdict)
{
	switch (verdict) {
	case TB_VERDICT_INCONCLUSIVE:
		return "inconclusive";
	case TB_VERDICT_EQUIVALENT:
		return "equivalent";
	case TB_VERDICT_FASTER:
		return "faster";
	case TB_VERDICT_SLOWER:
		return "slower";
	case TB_VERDICT_INSUFFICIENT:
		break;
	}
	return "insufficient";
}

int tb_stats_ratio_direction(const struct tb_interval *ratio)
{
	if (!ratio->present)
		return 0;
	return (ratio->lo > 1) - (ratio->hi < 1);
}

struct ranked_p {
	double p;
	size_t index;
};

static int by_p(const void *left, const void *right)
{
	const struct ranked_p *a = left, *b = right;

	return (a->p > b->p) - (a->p < b->p);
}

static int rank_p(const double *p, size_t n, struct ranked_p **ranked)
{
	struct ranked_p *r;

	for (size_t i = 0; i < n; i++)
		if (!(p[i] >= 0 && p[i] <= 1))
			return -EINVAL;
	r = reallocarray(NULL, n + 1, sizeof(*r)); /* + 1: none for n = 0 is no error */
	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		r[i] = (struct ranked_p){ p[i], i };
	qsort(r, n, sizeof(*r), by_p);
	*ranked = r;
	return 0;
}

int tb_stats_adjust_bh(const double *p, size_t n, double *adjusted)
{
	struct ranked_p *r;
	double least = 1;
	int err = rank_p(p, n, &r);

	if (err)
		return err;
	for (size_t i = n; i-- > 0;) {
		least = fmin(least, r[i].p * (double)n / (double)(i + 1));
		adjusted[r[i].index] = least;
	}
	free(r);
	return 0;
}

int tb_stats_adjust_holm(const double *p, size_t n, double *adjusted)
{
	struct ranked_p *r;
	double most = 0;
	int err = rank_p(p, n, &r);

	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		most = fmax(most, fmin(1, r[i].p * (double)(n - i)));
		adjusted[r[i].index] = most;
	}
	free(r);
	return 0;
}
