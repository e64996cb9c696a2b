/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A headline figure of one record against another's. */
#ifndef TB_RATIO_H
#define TB_RATIO_H

#include "stats/compare.h"
#include "report/subject.h"

/* Of the effects that matter: the equivalence band is [1/1.02, 1.02]. */
#define TB_MIN_EFFECT 0.02

struct tb_ratio {
	const json_t *row;		/* the first record's */
	const json_t *metric;		/* of that row */
	const struct tb_subject *other; /* whose figure is above the line */
	size_t line;			/* from 1, the same for all records; 0: none has a ratio */
	/* NULL, or why there is no ratio. */
	const char *why;
	/* No unit; below 1 is better: of a higher-is-better metric it is the inverse. */
	double estimate;
	struct tb_interval ci; /* absent below some launches */
	enum tb_verdict verdict;
};

struct tb_ratios {
	struct tb_ratio *at;
	size_t n, lines;
};

/*
 * Every row and headline metric that the group's first record and another have
 * in common: same name, version, parameters, metric and unit. Launches that
 * count are compared by their own centres. 0 or -ENOMEM; freed by the caller.
 */
int tb_ratios_gather(const struct tb_group *group, struct tb_ratios *out);
void tb_ratios_free(struct tb_ratios *ratios);

#endif
