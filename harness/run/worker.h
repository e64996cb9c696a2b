/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker: runs one launch of one variant in its own process. */
#ifndef TB_WORKER_H
#define TB_WORKER_H

#include "bench.h"

/* Reads its job from TB_SHM_FD. Returns the exit status: 0, or 2 without usable shared memory. */
int tb_worker_main(const struct tb_bench *const *benches);

#endif
