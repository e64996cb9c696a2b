/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record in the words of Google Benchmark, for what reads its JSON: its tools/compare.py. */
#ifndef TB_GBENCH_H
#define TB_GBENCH_H

#include <stddef.h>

#include "record/record.h"

/*
 * Each metric of a row that is a time (ns, or TSC cycles at the record's rate) is
 * a benchmark "NAME/PARAM:VALUE/.../METRIC", in ns; each launch is a repetition of
 * it, with the launch's figure as real_time, and as cpu_time too: a window is timed
 * by one clock. The row's other metrics stand beside it as counters. mean, median,
 * stddev and cv are over launches. Launches that do not count are left out; the
 * label of a row that is not ok says so.
 *
 * The format has no word for a row without a time, or that was skipped: *left_out
 * counts those. A new reference; NULL when short of memory.
 */
json_t *tb_gbench(const struct tb_record *record, size_t *left_out);

#endif
