// SPDX-License-Identifier: GPL-2.0-or-later
#include "stats/series.h"

#include <errno.h>
#include <math.h>

#include "stats/describe.h"
#include "stats/interval.h"

int tb_stats_precision(const double *x, size_t n, double confidence, struct tb_precision *out)
{
	struct tb_estimate e;
	double half, centre;
	int err;

	err = tb_stats_estimate(x, n, confidence, &e);
	if (err)
		return err;
	*out = (struct tb_precision){ 0 };
	if (!e.has_interval)
		return 0;
	centre = fabs(e.estimate);
	half = fmax(e.hi - e.estimate, e.estimate - e.lo);
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
