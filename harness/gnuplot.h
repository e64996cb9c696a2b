/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether gnuplot is installed, and the message if it is not. */
#ifndef TB_GNUPLOT_H
#define TB_GNUPLOT_H

#include <stdbool.h>

/* The message of run, report, export and doctor. */
extern const char tb_no_gnuplot[];

/*
 * Whether execvp() would find gnuplot if PATH were `path` (NULL: not set). Absolute folders are
 * relative to the open directory `root`; AT_FDCWD means /.
 */
bool tb_gnuplot_in(int root, const char *path);

/* The same with the PATH of this process. */
bool tb_gnuplot_installed(void);

#endif
