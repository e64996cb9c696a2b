/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apf/wake-kvm is a folder: its explanation is a file of its own. */
#ifndef TB_WAKE_KVM_H
#define TB_WAKE_KVM_H

#include "bench.h"

extern const struct tb_explanation apf_wake_kvm_explanation;

#endif
