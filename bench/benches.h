/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that tollbooth measures. */
#ifndef TB_BENCHES_H
#define TB_BENCHES_H

#include "bench.h"

extern const struct tb_bench l1d_flush_user, l1d_flush_kernel;
extern const struct tb_bench apf_wake_uffd, apf_wake_futex, apf_wake_kernel, apf_wake_kvm;
extern const struct tb_bench apf_contract_kvm;
extern const struct tb_bench thread_create, thread_call, thread_switch, thread_signal;
extern const struct tb_bench thread_sibling_fault, thread_footprint, thread_shadow_map;

/* In the order of `tollbooth list` and of a suite; NULL at the end. */
extern const struct tb_bench *const tb_benches[];

#endif
