/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The number of files or threads of this process: a difference is a leak. */
#ifndef TB_TEST_ENTRIES_H
#define TB_TEST_ENTRIES_H

#include <dirent.h>

/* Names in a folder, "." and ".." among them. */
static inline int entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

#endif
