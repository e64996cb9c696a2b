/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report's plots, and the table of ratios. */
#ifndef TB_FIGURES_H
#define TB_FIGURES_H

#include <stdio.h>

#include "error.h"
#include "report/plot.h"

/* Every plot that the group has figures for, drawn by gnuplot. 0, or -errno with the error said. */
int tb_figures(FILE *out, const struct tb_plots *plots, struct tb_error *why);
/* The ratios to the first record with their verdicts; nothing for one record. */
void tb_ratios_table(FILE *out, const struct tb_plots *plots);

#endif
