// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/series.h"

#include <errno.h>
#include <math.h>

#include "stats/describe.h"
#include "stats/interval.h"

int tb_stats_precision(const double *x, size_t n, double confidence, double resolution,
		       struct tb_precision *out)
{
	struct tb_estimate e;
	double half, centre;
	int err;

	if (!(resolution >= 0))
		return -EINVAL;
	err = tb_stats_estimate(x, n, confidence, &e);
	if (err)
		return err;
	*out = (struct tb_precision){ 0 };
	if (!e.has_interval)
		return 0;
	centre = fabs(e.estimate);
	half = fmax(fmax(e.hi - e.estimate, e.estimate - e.lo), resolution / 2);
	if (half > 0 && !isfinite(half / centre))
		return 0;
	out->present = true;
	out->relative = half > 0 ? half / centre : 0;
	return 0;
}

size_t tb_stats_next_look(size_t n)
{
	double look = 10;

	while ((size_t)look <= n)
		look *= 1.5;
	return (size_t)look;
}

static int look_at(const double *x, size_t n, const struct tb_stop_rule *rule, struct tb_stop *out)
{
	int err = tb_stats_precision(x, n, rule->confidence, rule->resolution, &out->precision);

	out->n = n;
	out->precise = !err && out->precision.present && out->precision.relative <= rule->target;
	return err;
}

int tb_stats_sequential(const double *x, size_t n, const struct tb_stop_rule *rule,
			struct tb_stop *out)
{
	size_t last = rule->n_max < n ? rule->n_max : n;
	struct tb_stop stop = { 0 };
	int err;

	if (tb_stats_refusal(x, n) || last == 0 || !(rule->target >= 0))
		return -EINVAL;
	for (size_t i = 0; i < rule->n_looks; i++) {
		size_t look = rule->looks[i];

		if (look < rule->n_min || look == 0 || look > last)
			continue;
		err = look_at(x, look, rule, &stop);
		if (err)
			return err;
		if (stop.precise) {
			*out = stop;
			return 0;
		}
	}
	/* The end is reached, scheduled or not: state its precision, claim nothing of it. */
	err = look_at(x, last, rule, &stop);
	stop.precise = false;
	if (!err)
		*out = stop;
	return err;
}
