/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How deeply CPUs may idle: the one setting that no journal has to restore, as it ends with its file. */
#ifndef TB_IDLE_H
#define TB_IDLE_H

#include <stdbool.h>

#define TB_IDLE_DEVICE "/dev/cpu_dma_latency"

bool tb_idle_allowed(void);
/*
 * Asks for no idle state with an exit latency, until the returned file is
 * closed, be it by the end of the process (Documentation/power/pm_qos_interface).
 * -errno when it can't.
 */
int tb_idle_hold_shallow(void);

#endif
