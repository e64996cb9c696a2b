/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ratios of headline figures between records, with the verdicts of `compare`. */
#ifndef TB_RATIO_H
#define TB_RATIO_H

#include "compare/versus.h"
#include "report/subject.h"

struct tb_ratio {
	const json_t *row;		/* the first record's */
	const json_t *metric;		/* of that row */
	const struct tb_subject *other; /* the record in the numerator */
	size_t line;	/* from 1, the same for all records; 0: no record has a ratio */
	char why[1280]; /* why there is no ratio; "" if there is one */
	/* No unit; below 1 is better. For a higher-is-better metric it is the inverse. */
	double estimate;
	struct tb_interval ci;	 /* absent with too few launches */
	enum tb_verdict verdict; /* adjusted over all metrics of all rows */
};

struct tb_ratios {
	struct tb_ratio *at;
	size_t n, lines;
};

/*
 * Collects every row and headline metric that the group's first record shares with another one. 0,
 * -ENOMEM, or -ERANGE from tb_versus(). The caller frees *out.
 */
int tb_ratios_gather(const struct tb_group *group, struct tb_ratios *out);
void tb_ratios_free(struct tb_ratios *ratios);

#endif
