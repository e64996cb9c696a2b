/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of a record against another row of the same record. */
#ifndef TB_ROW_RATIOS_H
#define TB_ROW_RATIOS_H

#include <stdio.h>

#include "report/plot.h"

/*
 * Below a plot whose source says `against` (parameters and their values): each of
 * its rows against the row that has those and is the same otherwise, launches as
 * `compare` judges them. Nothing where no row has its like. 0 or -errno of tb_versus().
 */
int tb_row_ratios_table(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot);

#endif
