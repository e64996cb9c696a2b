/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headline figures of one record against another's, as `compare` judges them. */
#ifndef TB_RATIO_H
#define TB_RATIO_H

#include "compare/versus.h"
#include "report/subject.h"

struct tb_ratio {
	const json_t *row;		/* the first record's */
	const json_t *metric;		/* of that row */
	const struct tb_subject *other; /* whose figure is above the line */
	size_t line;			/* from 1, the same for all records; 0: none has a ratio */
	char why[1280];			/* there is no ratio; "" where there is */
	/* No unit; below 1 is better: of a higher-is-better metric it is the inverse. */
	double estimate;
	struct tb_interval ci;	 /* absent below some launches */
	enum tb_verdict verdict; /* of the whole table, all metrics of all rows in it */
};

struct tb_ratios {
	struct tb_ratio *at;
	size_t n, lines;
};

/*
 * Every row and headline metric that the group's first record and another have
 * in common. 0, -ENOMEM, or -ERANGE as of tb_versus(); freed by the caller.
 */
int tb_ratios_gather(const struct tb_group *group, struct tb_ratios *out);
void tb_ratios_free(struct tb_ratios *ratios);

#endif
