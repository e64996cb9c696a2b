// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/disturbance.h"

#include <stdio.h>

#include "measure/contention.h"

/*
 * If most gated samples of a launch are in the disturbed column, the core was busy throughout. The
 * few samples that passed the gate passed it by chance.
 */
static bool mostly_disturbed(const struct tb_launch_shm *shm)
{
	if (shm->gate.disturbed > shm->gate.quiet)
		return true;
	for (unsigned int m = 0; m < shm->metrics; m++)
		if (shm->count[m][TB_DISTURBED] > shm->count[m][TB_GATED])
			return true;
	return false;
}

/*
 * Two tests: /proc/schedstat does not include a task that never leaves its CPU, and the yields miss
 * a task that runs now and then.
 */
static bool shared_cpu(const struct tb_noise *noise, char *reason, size_t bytes)
{
	for (unsigned int i = 0; i < noise->cpus; i++) {
		if (noise->slow_yields[i] < TB_YIELDS_SLOW)
			continue;
		snprintf(reason, bytes,
			 "another task ran on CPU %d of the launch: %d of %d yields waited for it",
			 noise->cpu[i].cpu, noise->slow_yields[i], TB_YIELDS);
		return true;
	}
	if ((double)noise->others_ns <= TB_OTHERS_SHARE * (double)noise->span_ns)
		return false;
	snprintf(reason, bytes, "other tasks ran for %.1f of %.1f ms on the CPUs of the launch",
		 (double)noise->others_ns / 1e6, (double)noise->span_ns / 1e6);
	return true;
}

bool tb_disturbance(const struct tb_launch_shm *shm, char *reason, size_t bytes)
{
	const struct tb_noise *noise = &shm->noise;

	if (noise->migrated)
		snprintf(reason, bytes, "the launch migrated: it ended on another CPU");
	else if (noise->timed && shared_cpu(noise, reason, bytes))
		return true;
	else if (noise->timed && noise->stalls > 0)
		snprintf(
			reason, bytes,
			"the kernel reclaimed, compacted or swapped memory during the launch (%lld times)",
			(long long)noise->stalls);
	else if (mostly_disturbed(shm))
		snprintf(reason, bytes, "the core was disturbed in most of the launch");
	else
		return false;
	return true;
}
