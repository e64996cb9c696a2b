/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sides from what was named: records, and folders of them. */
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
 * One side a name. A folder's records are the *.json in it and in its folders, each
 * of which is a machine; one folder alone makes each of its records and folders a
 * side. Names are read by as many threads as there are CPUs. confidence: of the
 * estimates' intervals. 0, -EINVAL with the error said, or -errno.
 */
int tb_gather(const char *const *names, size_t n, double confidence, struct tb_sides *out,
	      struct tb_error *why);
void tb_sides_free(struct tb_sides *sides);

#endif
