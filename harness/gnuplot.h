/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether gnuplot is installed, and the message where it is not. */
#ifndef TB_GNUPLOT_H
#define TB_GNUPLOT_H

#include <stdbool.h>

/* The same words in run, report, export and doctor. */
extern const char tb_no_gnuplot[];

/*
 * Whether execvp() would find gnuplot where PATH is `path` (NULL: not set). Absolute folders are
 * below the open directory `root`; AT_FDCWD: below /.
 */
bool tb_gnuplot_in(int root, const char *path);

/* The same of this process. */
bool tb_gnuplot_installed(void);

#endif
