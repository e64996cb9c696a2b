/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HTML report: one file, nothing fetched from anywhere. */
#ifndef TB_REPORT_H
#define TB_REPORT_H

#include "record/record.h"

/*
 * Publishes the report of a record as `name` in dir. -EEXIST is not an error
 * here: a report follows from its record and is replaced. -errno with the
 * complaint said: no gnuplot, no room.
 */
int tb_report_publish(const struct tb_record *record, int dir, const char *name,
		      struct tb_complaint *why);

#endif
