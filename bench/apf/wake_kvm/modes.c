// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/wake_kvm/wake_kvm.h"

#include <string.h>

static const struct {
	const char *name;
	unsigned int async;
} modes[] = {
	[ASYNC] = { "async", VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT },
	[HALT] = { "halt", VMM_ASYNC_ENABLED },
	[SYNC] = { "sync", VMM_ASYNC_ENABLED | VMM_ASYNC_AS_INTERRUPT },
	[NO_IRQCHIP] = { "no-irqchip", 0 },
};

const char *wake_kvm_mode_name(unsigned int i)
{
	return i < sizeof(modes) / sizeof(modes[0]) ? modes[i].name : NULL;
}

struct vmm_plan wake_kvm_plan(const struct tb_trial *trial, unsigned int mode)
{
	return (struct vmm_plan){
		.vcpus = (unsigned int)tb_trial_number(trial, "vcpus"),
		.irqchip = mode != NO_IRQCHIP,
		.halt_poll = strcmp(tb_trial_choice(trial, "halt-poll"), "0") != 0,
		.async = modes[mode].async,
		.ring = { .kernel = false, .interrupts = mode != SYNC },
	};
}
