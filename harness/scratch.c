// SPDX-License-Identifier: GPL-2.0-or-later
#include "scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *tb_scratch_parent(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp && tmp[0] == '/' ? tmp : "/tmp";
}

int tb_scratch_folder(const char *name, char *out, size_t bytes, struct tb_error *why)
{
	const char *tmp = tb_scratch_parent();
	int err;

	if ((size_t)snprintf(out, bytes, "%s/%s.XXXXXX", tmp, name) >= bytes)
		err = -ENAMETOOLONG;
	else
		err = mkdtemp(out) ? 0 : -errno;
	if (!err)
		return 0;
	return tb_error(why, err,
			"no temporary folder in %s: %s; set TMPDIR to a folder that can be written",
			tmp, strerror(-err));
}
