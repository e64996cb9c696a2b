// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/contention.h"

#include <errno.h>
#include <sched.h>

#include "measure/clock.h"
#include "machine/affinity.h"

static void count_slow_yields(void *arg)
{
	const struct sched_param normal = { 0 };
	int *slow = arg;

	/* A thread inherits SCHED_FIFO, and would never see a task of the normal class. */
	if (sched_setscheduler(0, SCHED_OTHER, &normal))
		return;
	*slow = 0;
	for (int i = 0; i < TB_YIELDS; i++) {
		uint64_t begin = tb_clock_ns();

		sched_yield();
		*slow += tb_clock_ns() - begin > TB_YIELD_SLOW_NS;
	}
}

int tb_contention(int32_t cpu)
{
	int slow = -EPERM;
	int err = tb_on_cpu(cpu, count_slow_yields, &slow);

	return err ? err : slow;
}
