/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report's plots, and the table of ratios. */
#ifndef TB_FIGURES_H
#define TB_FIGURES_H

#include <stdio.h>

#include "error.h"
#include "report/plot.h"

/* Draws every plot that the group has figures for, with gnuplot. 0, or -errno with *why set. */
int tb_figures(FILE *out, const struct tb_plots *plots, struct tb_error *why);
/* Writes the ratios to the first record and their verdicts; nothing for a single record. */
void tb_ratios_table(FILE *out, const struct tb_plots *plots);

#endif
