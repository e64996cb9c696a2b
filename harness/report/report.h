/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTML report: one file, nothing fetched from anywhere. */
#ifndef TB_REPORT_H
#define TB_REPORT_H

#include "record/record.h"
#include "steps.h"

/*
 * Publishes the report of n records, 1 to TB_SUBJECTS_MAX, as `name` in dir.
 * Records of different classes get plots of their own. steps: the plots of a class. A file of that name is
 * replaced: a report follows from its records. 0; -errno with the error
 * said: no gnuplot (-ENOENT), no room.
 */
int tb_report_publish(const struct tb_record *records, size_t n, const struct tb_steps *steps,
		      int dir, const char *name, struct tb_error *why);

#endif
