// SPDX-License-Identifier: GPL-2.0-or-later
#include "gnuplot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char tb_no_gnuplot[] =
	"gnuplot is not installed; install the package gnuplot-nox (Debian, Ubuntu) or gnuplot";

bool tb_gnuplot_installed(void)
{
	const char *path = getenv("PATH");
	size_t n;

	if (!path)
		path = "/bin:/usr/bin"; /* as execvp() has it */
	for (;; path += n + 1) {
		char program[4096];

		n = strcspn(path, ":");
		snprintf(program, sizeof(program), "%.*s%sgnuplot", (int)n, path, n ? "/" : "");
		if (!access(program, X_OK))
			return true;
		if (!path[n])
			return false;
	}
}
