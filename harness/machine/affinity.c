// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/affinity.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

enum { SET_MIN = 1024, SET_MAX = 1 << 20 }; /* bits tried; x86 kernels have 8192 CPUs at most */

/* The kernel answers EINVAL while the set has fewer bits than it has possible CPUs. */
static int get_set(cpu_set_t **set, size_t *bits)
{
	for (*bits = SET_MIN; *bits <= SET_MAX; *bits *= 2) {
		int err;

		*set = CPU_ALLOC(*bits);
		if (!*set)
			return -ENOMEM;
		if (!sched_getaffinity(0, CPU_ALLOC_SIZE(*bits), *set))
			return 0;
		err = -errno;
		CPU_FREE(*set);
		if (err != -EINVAL)
			return err;
	}
	return -EINVAL;
}

int tb_affinity_get(int **cpus, size_t *count)
{
	cpu_set_t *set;
	size_t bits, bytes;
	int err;

	*cpus = NULL;
	*count = 0;
	err = get_set(&set, &bits);
	if (err)
		return err;
	bytes = CPU_ALLOC_SIZE(bits);
	*cpus = calloc((size_t)CPU_COUNT_S(bytes, set) + 1, sizeof(**cpus));
	for (size_t cpu = 0; *cpus && cpu < bits; cpu++)
		if (CPU_ISSET_S(cpu, bytes, set))
			(*cpus)[(*count)++] = (int)cpu;
	CPU_FREE(set);
	return *cpus ? 0 : -ENOMEM;
}

int tb_affinity_set(const int *cpus, size_t count)
{
	int last = 0, err;
	cpu_set_t *set;
	size_t bytes;

	for (size_t i = 0; i < count; i++) {
		if (cpus[i] < 0 || cpus[i] >= SET_MAX)
			return -EINVAL;
		if (cpus[i] > last)
			last = cpus[i];
	}
	set = CPU_ALLOC((size_t)last + 1);
	if (!set)
		return -ENOMEM;
	bytes = CPU_ALLOC_SIZE((size_t)last + 1);
	CPU_ZERO_S(bytes, set);
	for (size_t i = 0; i < count; i++)
		CPU_SET_S((size_t)cpus[i], bytes, set);
	err = sched_setaffinity(0, bytes, set) ? -errno : 0;
	CPU_FREE(set);
	return err;
}

int tb_affinity_leave(int cpu)
{
	size_t count, kept = 0;
	int *cpus, err = tb_affinity_get(&cpus, &count);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		if (cpus[i] != cpu)
			cpus[kept++] = cpus[i];
	if (kept && kept < count)
		err = tb_affinity_set(cpus, kept);
	free(cpus);
	return err;
}

static atomic_int pin_error;

int tb_affinity_pin_self(int cpu)
{
	int err = tb_affinity_set(&cpu, 1);

	if (err)
		atomic_store(&pin_error, err);
	return err;
}

int tb_affinity_pin_error(void)
{
	return atomic_load(&pin_error);
}

struct pinned_call {
	int cpu, err;
	void (*work)(void *arg);
	void *arg;
};

static void *run_pinned(void *arg)
{
	struct pinned_call *call = arg;

	call->err = tb_affinity_pin_self(call->cpu);
	if (!call->err)
		call->work(call->arg);
	return NULL;
}

int tb_on_cpu(int cpu, void (*work)(void *arg), void *arg)
{
	struct pinned_call call = { .cpu = cpu, .work = work, .arg = arg };
	pthread_t thread;
	int err = pthread_create(&thread, NULL, run_pinned, &call);

	if (err)
		return -err;
	pthread_join(thread, NULL);
	return call.err;
}
