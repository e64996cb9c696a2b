/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a launch had its CPUs for itself. Decided by noise counters, never by its values. */
#ifndef TB_DISTURBANCE_H
#define TB_DISTURBANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "run/launch_shm.h"

/* Returns true if the launch was disturbed, with the cause in reason. */
bool tb_disturbance(const struct tb_launch_shm *shm, char *reason, size_t bytes);

/* Disturbed if other tasks ran for a larger share of the launch. Kernel threads take below 1 %. */
#define TB_OTHERS_SHARE 0.2

#endif
