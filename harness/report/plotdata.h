/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record's figures as gnuplot reads them: what the scripts in plots/ work on. */
#ifndef TB_PLOTDATA_H
#define TB_PLOTDATA_H

#include <stdio.h>

#include "record/record.h"

enum { TB_PLOTS = 3 };

struct tb_plot {
	const char *name;    /* "lines-left": NAME.gp reads NAME.dat */
	const char *caption; /* how to read it */
	const char *script;
	/* Writes the data; returns the number of series, 0: nothing to plot. */
	int (*write)(FILE *out, const struct tb_record *record);
};

extern const struct tb_plot tb_plots[TB_PLOTS];

/* machine.gp, with the number of series of each plot in the order of tb_plots. */
void tb_plot_machine(FILE *out, const struct tb_record *record, const int *series);
/*
 * Writes scripts, data and machine.gp into the folder. series: as above, written.
 * 0 or -errno.
 */
int tb_plot_export(const struct tb_record *record, int dir, int series[TB_PLOTS]);

#endif
