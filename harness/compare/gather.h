/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes sides from the named records and folders. */
#ifndef TB_GATHER_H
#define TB_GATHER_H

#include <stddef.h>

#include "compare/side.h"
#include "error.h"

struct tb_sides {
	struct tb_side *at;
	size_t n;
};

/*
 * Each name is a side. The records of a folder are the *.json files in it and in its folders, each
 * of which is a machine. A single folder makes each of its records and folders a side. As many
 * threads as CPUs read the files. confidence is that of the estimates' intervals. 0, -EINVAL with
 * *why set, or -errno. *out is empty after an error.
 */
int tb_gather(const char *const *names, size_t n, double confidence, struct tb_sides *out,
	      struct tb_error *why);
void tb_sides_free(struct tb_sides *sides);

#endif
