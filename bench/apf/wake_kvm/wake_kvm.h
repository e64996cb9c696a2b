/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The explanation and the modes of apf/wake-kvm, in files of their own. */
#ifndef TB_WAKE_KVM_H
#define TB_WAKE_KVM_H

#include "bench.h"
#include "guest/vmm.h"

extern const struct tb_explanation apf_wake_kvm_explanation;

enum { ASYNC, HALT, SYNC, NO_IRQCHIP }; /* modes */
/* The name of a mode, NULL after the last; and the machine that a mode needs. */
const char *wake_kvm_mode_name(unsigned int mode);
struct vmm_plan wake_kvm_plan(const struct tb_trial *trial, unsigned int mode);

#endif
