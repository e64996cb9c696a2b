/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record in Google Benchmark's JSON, for programs such as its tools/compare.py. */
#ifndef TB_GBENCH_H
#define TB_GBENCH_H

#include <stddef.h>

#include "record/record.h"

/*
 * Each metric that is a time (ns, or TSC cycles at the record's rate) is a benchmark
 * "NAME/PARAM:VALUE/.../METRIC", in ns. Each launch is a repetition. Its figure is real_time, and
 * also cpu_time, because one clock times a window. The row's other metrics are counters. mean,
 * median, stddev and cv are over launches. Launches that do not count are omitted. The label of a
 * row holds its status unless it is ok.
 *
 * The format cannot hold a skipped row or a row without a time: *left_out counts them. A new
 * reference; NULL: out of memory.
 */
json_t *tb_gbench(const struct tb_record *record, size_t *left_out);

#endif
