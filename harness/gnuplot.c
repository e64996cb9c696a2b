// SPDX-License-Identifier: GPL-2.0-or-later
#include "gnuplot.h"

#include <fcntl.h>
#include <stdlib.h>

#include "in_path.h"

const char tb_no_gnuplot[] =
	"gnuplot is not installed; install the package gnuplot-nox (Debian, Ubuntu) or gnuplot";

bool tb_gnuplot_in(int root, const char *path)
{
	return tb_in_path(root, path, "gnuplot");
}

bool tb_gnuplot_installed(void)
{
	return tb_gnuplot_in(AT_FDCWD, getenv("PATH"));
}
