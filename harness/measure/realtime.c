// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/realtime.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

int tb_realtime_enter(void)
{
	const struct sched_param param = { .sched_priority = TB_FIFO_PRIORITY };

	return sched_setscheduler(0, SCHED_FIFO, &param) ? -errno : 0;
}

static void *enter(void *err)
{
	*(int *)err = tb_realtime_enter();
	return NULL;
}

int tb_realtime_try(void)
{
	pthread_t thread;
	int result, err = pthread_create(&thread, NULL, enter, &result);

	if (err)
		return -err;
	pthread_join(thread, NULL);
	return result;
}
