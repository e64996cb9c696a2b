// SPDX-License-Identifier: GPL-2.0-or-later
#include "gnuplot.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char tb_no_gnuplot[] =
	"gnuplot is not installed; install the package gnuplot-nox (Debian, Ubuntu) or gnuplot";

bool tb_gnuplot_in(int root, const char *path)
{
	size_t n;

	if (!path)
		path = "/bin:/usr/bin"; /* as execvp() has it */
	for (;; path += n + 1) {
		bool absolute = *path == '/';
		char program[4096];

		n = strcspn(path, ":");
		snprintf(program, sizeof(program), "%.*s%sgnuplot", (int)n, path, n ? "/" : "");
		if (!faccessat(absolute ? root : AT_FDCWD, program + (absolute && root != AT_FDCWD),
			       X_OK, 0))
			return true;
		if (!path[n])
			return false;
	}
}

bool tb_gnuplot_installed(void)
{
	return tb_gnuplot_in(AT_FDCWD, getenv("PATH"));
}
