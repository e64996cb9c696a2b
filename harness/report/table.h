/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as text for people. */
#ifndef TB_TABLE_H
#define TB_TABLE_H

#include <stdio.h>

#include "record/record.h"

/* Machine, then a table a benchmark, then what was skipped and what to doubt. */
void tb_table_print(FILE *out, const struct tb_record *record);

/* Text of a record, safe for a terminal and cut to the room: control characters become '?'. */
const char *tb_inert(const char *text, char *out, size_t bytes);
/* A figure with as many digits as help: "1035", "12.40", "0.0310"; "-" for none. */
void tb_figure(double x, char *out, size_t bytes);
/* Estimate and interval; of a mixture its two modes: the median of one is nobody's figure. */
void tb_estimate_text(const json_t *metric, char *out, size_t bytes);
/* A row's verdict: "yes", "no", "n too small" (or withheld), "-" for none. */
const char *tb_empty_text(const json_t *row);
/* "Intel Emerald Rapids, 06_CF stepping 2, microcode 0x1, 48 KiB L1D, vm (kvm)" */
void tb_machine_text(const struct tb_record *record, char *out, size_t bytes);

#endif
