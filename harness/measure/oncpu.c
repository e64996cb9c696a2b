// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/oncpu.h"

#include <pthread.h>
#include <stddef.h>

#include "measure/place.h"

struct order {
	int cpu, err;
	void (*work)(void *arg);
	void *arg;
};

static void *obey(void *arg)
{
	struct order *order = arg;

	order->err = tb_place_pin_self(order->cpu);
	if (!order->err)
		order->work(order->arg);
	return NULL;
}

int tb_on_cpu(int cpu, void (*work)(void *arg), void *arg)
{
	struct order order = { .cpu = cpu, .work = work, .arg = arg };
	pthread_t thread;
	int err = pthread_create(&thread, NULL, obey, &order);

	if (err)
		return -err;
	pthread_join(thread, NULL);
	return order.err;
}
