/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running gnuplot on exported data. */
#ifndef TB_RENDER_H
#define TB_RENDER_H

#include <stdbool.h>

#include "error.h"
#include "report/plot.h"
#include "stops.h"

/*
 * A folder of our own with scripts and data, removed by tb_render_close(). Until then SIGINT,
 * SIGTERM and SIGHUP are held back.
 */
struct tb_render {
	char folder[4096];
	int dir;
	bool blocked, hung; /* hung: gnuplot was killed for it */
	int signal;	    /* that stopped us, or 0 */
	struct tb_stops stops;
};

/* Exports the plots into a new temporary folder. 0, or -errno with the error said. */
int tb_render_open(const struct tb_plots *plots, struct tb_render *render, struct tb_error *why);
/* NAME.gp -> NAME.svg. -ENOENT: gnuplot is not installed; -EIO: it failed, and why; -EINTR: a signal came. */
int tb_render_plot(struct tb_render *render, const char *name, struct tb_error *why);
/* A file of the folder, whole; the caller frees it. NULL when it is not there. */
unsigned char *tb_render_file(const struct tb_render *render, const char *name, size_t *bytes);
/* After a signal it is raised again: where nobody else blocks it, this does not return. */
void tb_render_close(struct tb_render *render);

#endif
