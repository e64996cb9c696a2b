// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/verdict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

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
	r = reallocarray(NULL, n + 1, sizeof(*r)); /* + 1: n = 0 is no error */
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
