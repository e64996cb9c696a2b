// SPDX-License-Identifier: GPL-2.0-or-later
/* All that tollbooth measures, listed. */
#include "cli/cli.h"

extern const struct tb_bench l1d_flush_user, l1d_flush_kernel;
extern const struct tb_bench apf_wake_uffd, apf_wake_futex, apf_wake_kernel, apf_wake_kvm,
	apf_contract_kvm;
extern const struct tb_bench thread_create, thread_call, thread_switch, thread_signal,
	thread_sibling_fault;
extern const struct tb_tune l1d_tune;

int main(int argc, char **argv)
{
	static const struct tb_bench *const benches[] = { &l1d_flush_user,
							  &l1d_flush_kernel,
							  &apf_wake_uffd,
							  &apf_wake_futex,
							  &apf_wake_kernel,
							  &apf_wake_kvm,
							  &apf_contract_kvm,
							  &thread_create,
							  &thread_call,
							  &thread_switch,
							  &thread_signal,
							  &thread_sibling_fault,
							  NULL };
	static const struct tb_tune *const tunes[] = { &l1d_tune, NULL };
	const struct tb_cli cli = { benches, tunes, argc, argv };

	return tb_main(&cli);
}
