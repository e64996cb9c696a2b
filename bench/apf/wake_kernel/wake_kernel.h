/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The explanation of apf/wake-kernel, in a file of its own. */
#ifndef TB_WAKE_KERNEL_H
#define TB_WAKE_KERNEL_H

#include "bench.h"

extern const struct tb_explanation apf_wake_kernel_explanation;

#endif
