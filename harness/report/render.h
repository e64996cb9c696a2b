/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs gnuplot on exported data. */
#ifndef TB_RENDER_H
#define TB_RENDER_H

#include <stdbool.h>

#include "error.h"
#include "report/plot.h"
#include "stops.h"

/*
 * A temporary folder with scripts and data, removed by tb_render_close(). Until then SIGINT,
 * SIGTERM and SIGHUP are blocked.
 */
struct tb_render {
	char folder[4096];
	int dir;
	bool blocked, hung; /* hung: gnuplot exceeded its time and was killed */
	int signal;	    /* the signal that arrived, or 0 */
	struct tb_stops stops;
};

/* Exports the plots into a new temporary folder. 0, or -errno with *why set. */
int tb_render_open(const struct tb_plots *plots, struct tb_render *render, struct tb_error *why);
/*
 * NAME.gp -> NAME.svg. 0; -ENOENT: gnuplot is not installed; -EIO: it failed; -EINTR: a signal
 * arrived.
 */
int tb_render_plot(struct tb_render *render, const char *name, struct tb_error *why);
/*
 * Reads a whole file of the folder; the caller frees it. NULL: no such file, or it cannot be read.
 */
unsigned char *tb_render_file(const struct tb_render *render, const char *name, size_t *bytes);
/* Raises a signal that arrived again, and then does not return unless the caller blocks signals. */
void tb_render_close(struct tb_render *render);

#endif
