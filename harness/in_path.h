/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TB_IN_PATH_H
#define TB_IN_PATH_H

#include <stdbool.h>

/*
 * Whether execvp() would find the program `name` where PATH is `path` (NULL: not set). Absolute
 * folders are below the open directory `root`; AT_FDCWD: below /.
 */
bool tb_in_path(int root, const char *path, const char *name);

#endif
