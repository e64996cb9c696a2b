// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/oncpu.h"

#include <pthread.h>
#include <stddef.h>

#include "measure/place.h"

struct pinned_call {
	int cpu, err;
	void (*work)(void *arg);
	void *arg;
};

static void *run_pinned(void *arg)
{
	struct pinned_call *call = arg;

	call->err = tb_place_pin_self(call->cpu);
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
