/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record's figures as gnuplot reads them: what the scripts in plots/ work on. */
#ifndef TB_PLOTDATA_H
#define TB_PLOTDATA_H

#include <stdio.h>

#include "record/record.h"

enum { TB_PLOTS = 3, TB_SERIES_MAX = 64 };

/* What a plot's data holds: a block a series, and the line type each is drawn with. */
struct tb_series {
	int n, line_type[TB_SERIES_MAX];
};

struct tb_plot {
	const char *name;	/* "lines-left": NAME.gp reads NAME.dat */
	const char *line_types; /* "LT_LINES_LEFT": its array in machine.gp */
	const char *caption;	/* how to read it */
	const char *script;
	/* Writes the data; no series: nothing to plot. */
	void (*write)(FILE *out, const struct tb_record *record, struct tb_series *series);
};

extern const struct tb_plot tb_plots[TB_PLOTS];

/* machine.gp, with the line types of each plot in the order of tb_plots. */
void tb_plot_machine(FILE *out, const struct tb_record *record, const struct tb_series *series);
/*
 * Writes scripts, data and machine.gp into the folder. series: as found.
 * 0 or -errno.
 */
int tb_plot_export(const struct tb_record *record, int dir, struct tb_series series[TB_PLOTS]);

#endif
