/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TB_IN_PATH_H
#define TB_IN_PATH_H

#include <stdbool.h>

/*
 * Whether execvp() would find the program `name` if PATH were `path` (NULL: not set). Absolute
 * folders are relative to the open directory `root`; AT_FDCWD means /.
 */
bool tb_in_path(int root, const char *path, const char *name);

#endif
