/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reasons why a launch runs without SCHED_FIFO, locked memory or shallow idle states. */
#ifndef TB_LOSSES_H
#define TB_LOSSES_H

#include "measure/refusal.h"

/* Why SCHED_FIFO was refused, mlock() failed, or TB_IDLE_DEVICE cannot be opened, with errno err. */
void tb_explain_realtime(const struct tb_sysroot *root, int err, struct tb_refusal *refusal);
void tb_explain_locking(const struct tb_sysroot *root, int err, struct tb_refusal *refusal);
void tb_explain_idle(const struct tb_sysroot *root, int err, struct tb_refusal *refusal);

#endif
