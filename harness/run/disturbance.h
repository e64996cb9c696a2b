/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a launch had its CPUs for itself: decided by what else happened, never by its figures. */
#ifndef TB_DISTURBANCE_H
#define TB_DISTURBANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "run/launch_shm.h"

/* true: something disturbed the launch, named in reason. */
bool tb_disturbance(const struct tb_launch_shm *shm, char *reason, size_t bytes);

/* Of the launch's time: other tasks ran longer on its CPUs. Kernel threads take below a per cent. */
#define TB_OTHERS_SHARE 0.2

#endif
