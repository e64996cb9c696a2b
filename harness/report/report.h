/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTML report: one self-contained file. */
#ifndef TB_REPORT_H
#define TB_REPORT_H

#include "record/record.h"
#include "steps.h"

/*
 * Publishes the report of n records, 1..TB_SUBJECTS_MAX, as `name` in dir. Records of different
 * classes have separate plots. steps counts the plots of a class. An existing file of that name is
 * replaced. 0, or -errno with *why set: -ENOENT without gnuplot, -ENOSPC.
 */
int tb_report_publish(const struct tb_record *records, size_t n, const struct tb_steps *steps,
		      int dir, const char *name, struct tb_error *why);

#endif
