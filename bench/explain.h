/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `tollbooth explain` says of each benchmark: a family's texts stand in its explain.c. */
#ifndef TB_EXPLAIN_H
#define TB_EXPLAIN_H

#include "bench.h"

extern const struct tb_explanation l1d_flush_user_explained, l1d_flush_kernel_explained;
extern const struct tb_explanation apf_wake_uffd_explained, apf_wake_futex_explained,
	apf_wake_kernel_explained, apf_wake_kvm_explained, apf_contract_kvm_explained;
extern const struct tb_explanation thread_create_explained, thread_call_explained,
	thread_switch_explained, thread_signal_explained, thread_sibling_fault_explained,
	thread_footprint_explained, thread_shadow_map_explained;

#endif
