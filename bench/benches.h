/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that tollbooth measures: the build finds the descriptors (cmake/benches.cmake). */
#ifndef TB_BENCHES_H
#define TB_BENCHES_H

#include "benches_found.h"

/* In the order of `tollbooth list` and of a suite: by file name. NULL at the end. */
extern const struct tb_bench *const tb_benches[];
extern const struct tb_tune *const tb_tunes[];

#endif
