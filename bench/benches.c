// SPDX-License-Identifier: GPL-2.0-or-later
#include "benches.h"

#include <stddef.h>

const struct tb_bench *const tb_benches[] = {
	&l1d_flush_user,       &l1d_flush_kernel,

	&apf_wake_uffd,	       &apf_wake_futex,	  &apf_wake_kernel,   &apf_wake_kvm,
	&apf_contract_kvm,

	&thread_create,	       &thread_call,	  &thread_switch,     &thread_signal,
	&thread_sibling_fault, &thread_footprint, &thread_shadow_map, NULL,
};
