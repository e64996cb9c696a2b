/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plot: its question, and the figures of records that answer it. plots/plots.json defines the
 * benchmark, metric and parameters of each plot. This code knows no benchmark by name.
 */
#ifndef TB_PLOT_H
#define TB_PLOT_H

#include "steps.h"
#include "report/ratio.h"
#include "report/subject.h"

enum { TB_NAMES_ROOM = 64, TB_POINTS_MAX = 4096 };

/* The values of a dimension, in order of appearance; x values that are numbers ascend. */
struct tb_names {
	size_t n;
	struct {
		char text[64]; /* inert */
		double value;  /* of a number, else NaN */
	} at[TB_NAMES_ROOM];
};

struct tb_point {
	size_t subject, panel, series, x; /* index of each in its names */
	size_t order;			  /* order of appearance in the records */
	const json_t *source, *row;
};

struct tb_plot {
	const json_t *spec; /* an element of plots.json */
	const char *name;   /* NAME.gp draws NAME.dat with the texts in NAME.names */
	struct tb_names panel, series, x;
	struct tb_point *point;	    /* by panel, series, subject and x */
	size_t points, points_lost; /* lost: beyond the capacity of the plot */
	/* Rows that are not drawn, or are drawn and doubtful; one list for each subject. */
	json_t *doubtful[TB_SUBJECTS_MAX];
};

enum { TB_PLOTS_MAX = 16 };

/* All plots of a group of records that have a figure. */
struct tb_plots {
	json_t *specs;
	const struct tb_group *group;
	struct tb_steps steps;
	struct tb_ratios ratios;
	struct tb_plot at[TB_PLOTS_MAX];
	size_t n;
};

/* 0 or -ENOMEM. The group must outlive the plots. The caller closes them, after an error too. */
int tb_plots_open(const struct tb_group *group, struct tb_plots *plots);
void tb_plots_close(struct tb_plots *plots);

/* NAME.dat and NAME.names, as plots/README.md describes them. */
void tb_plot_data(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot);
void tb_plot_words(FILE *out, const struct tb_plots *plots, const struct tb_plot *plot);
/*
 * Writes common.gp, and the script, data and names of each plot, into the folder. An existing file
 * is -EEXIST. 0 or -errno.
 */
int tb_plots_export(const struct tb_plots *plots, int dir);

#endif
