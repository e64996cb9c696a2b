/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The worker: one launch of one variant, in a process of its own. */
#ifndef TB_WORKER_H
#define TB_WORKER_H

#include "bench.h"

/* Takes its job from the shm on TB_SHM_FD. Returns the exit status: 0, or 2 for no usable shm. */
int tb_worker_main(const struct tb_bench *const *benches);

#endif
