// SPDX-License-Identifier: GPL-2.0-or-later
#include "in_path.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool tb_in_path(int root, const char *path, const char *name)
{
	size_t n;

	if (!path)
		path = "/bin:/usr/bin"; /* as execvp() has it */
	for (;; path += n + 1) {
		bool absolute = *path == '/';
		char program[4096];

		n = strcspn(path, ":");
		snprintf(program, sizeof(program), "%.*s%s%s", (int)n, path, n ? "/" : "", name);
		if (!faccessat(absolute ? root : AT_FDCWD, program + (absolute && root != AT_FDCWD),
			       X_OK, 0))
			return true;
		if (!path[n])
			return false;
	}
}
