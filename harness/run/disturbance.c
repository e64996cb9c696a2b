// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/disturbance.h"

#include <stdio.h>

#include "measure/contention.h"

/*
 * A launch whose gated samples mostly went to the disturbed column saw a busy
 * core throughout: the few that passed the gate slipped through it.
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

/* A task that never leaves its CPU is not in /proc/schedstat yet; one that comes and goes escapes the yields. */
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
		snprintf(reason, bytes, "the launch ended on another CPU than it began on");
	else if (noise->timed && shared_cpu(noise, reason, bytes))
		return true;
	else if (noise->timed && noise->stalls > 0)
		snprintf(reason, bytes,
			 "the kernel reclaimed, compacted or swapped memory meanwhile (%lld times)",
			 (long long)noise->stalls);
	else if (mostly_disturbed(shm))
		snprintf(reason, bytes, "the core was disturbed in most of the launch");
	else
		return false;
	return true;
}
