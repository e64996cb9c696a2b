/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ratios between rows of the same record. */
#ifndef TB_ROW_RATIOS_H
#define TB_ROW_RATIOS_H

#include <stdio.h>

#include "report/plot.h"

/*
 * Writes the table below a plot whose source has `against` (parameters and values). Each row is
 * compared with the row that has these values and equals it otherwise, as `compare` does. Writes
 * nothing if no row has such a partner. 0, or -errno from tb_versus().
 */
int tb_row_ratios_table(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot);

#endif
