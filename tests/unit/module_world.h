/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The played kernel module: a table in which threads wait for a token, with given stamps. Token t
 * waits from waited[t], the n-th wake of a sample begins at WAKE_BEGIN + n * WAKE_PITCH.
 */
#ifndef TB_TEST_MODULE_WORLD_H
#define TB_TEST_MODULE_WORLD_H

#include "given.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "played.h"
#include "uapi/tollbooth.h"

/* TSC cycles. */
enum { WAKE_BEGIN = 100000, WAKE_PITCH = 2000, WAKE_CALLS = 300, WAKE_GROWS = 20 };
enum { RUN_AFTER = 5000, RUN_GROWS = 60, WAIT_BEGIN = 40, EARLY_TAKES = 90, EARLY_GROWS = 10 };
enum { WAKE_IRQS_OFF = 400, WAIT_IRQS_OFF = 30 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t woken;
	bool waiting[TB_APF_WAITERS], dummy[TB_APF_WAITERS], runs[TB_APF_WAITERS];
	uint64_t ran[TB_APF_WAITERS];
	unsigned int wakes; /* of this sample */
	unsigned int early; /* waits of this sample that found their wake */
	uint32_t flags;	    /* of all wakes of the sample */
	struct timespec first_wake;
	unsigned int abi, caps; /* TB_IOC_INFO */
	int info_err;
	/* What goes wrong, once. */
	int woken_more, dummies_more, wait_early_as, wait_err, stale, dummies_left;
	atomic_bool slow, asleep; /* threads spin, or sleep, before they are in the table */
	struct tb_pmu_setup pmu;
	unsigned int pmu_setups, pmu_refuses; /* the event of this number, from 1 */
	unsigned int pmu_fails;		      /* the setup of this number, from 1 */
} module = { .lock = PTHREAD_MUTEX_INITIALIZER, .woken = PTHREAD_COND_INITIALIZER };

static inline int refuse(int err)
{
	errno = err;
	return -1;
}

static inline void spin_before_wait(void)
{
	struct timespec begin, now;

	if (module.asleep)
		usleep(2000);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (module.slow &&
	       (now.tv_sec - begin.tv_sec) * 1000000000 + now.tv_nsec - begin.tv_nsec < 1000000);
}

static inline int play_wait(struct tb_apf_wait *wait)
{
	uint32_t token = wait->token;

	spin_before_wait();
	pthread_mutex_lock(&module.lock);
	wait->entered = WAIT_BEGIN;
	wait->irqs_off = WAIT_IRQS_OFF + token;
	if (module.dummy[token]) {
		module.dummy[token] = false;
		wait->early = (uint32_t)(1 + module.wait_early_as);
		module.wait_early_as = 0;
		wait->ran = WAIT_BEGIN + EARLY_TAKES + module.early++ * EARLY_GROWS;
		pthread_mutex_unlock(&module.lock);
		return 0;
	}
	module.waiting[token] = true;
	while (!module.runs[token])
		pthread_cond_wait(&module.woken, &module.lock);
	module.runs[token] = module.waiting[token] = false;
	wait->ran = module.ran[token];
	wait->early = (uint32_t)module.wait_early_as;
	module.wait_early_as = 0;
	pthread_mutex_unlock(&module.lock);
	return module.wait_err ? refuse(module.wait_err) : 0;
}

/* Waiters run in another order than they were woken: the first of them last. */
static inline void run(uint32_t token, struct tb_apf_wake *wake)
{
	module.runs[token] = true;
	module.ran[token] = WAKE_BEGIN + RUN_AFTER + (TB_APF_WAITERS - token) * RUN_GROWS;
	wake->woken++;
}

static inline void wake_waiters(struct tb_apf_wake *wake)
{
	bool all = wake->token == TB_APF_NO_TOKEN;

	for (uint32_t t = 0; t < TB_APF_WAITERS; t++)
		if (module.waiting[t] && !module.runs[t] && (all || t == wake->token))
			run(t, wake);
	if (!all && !wake->woken) {
		module.dummy[wake->token] = true;
		wake->dummies = (uint32_t)(1 + module.dummies_more);
		module.dummies_more = 0;
	}
}

static inline int play_wake(struct tb_apf_wake *wake)
{
	unsigned int n;

	pthread_mutex_lock(&module.lock);
	n = module.wakes++;
	if (!n)
		clock_gettime(CLOCK_MONOTONIC, &module.first_wake);
	wake->entered = WAKE_BEGIN + (uint64_t)n * WAKE_PITCH;
	wake->returned = wake->entered + WAKE_CALLS + (uint64_t)n * WAKE_GROWS;
	wake->irqs_off = WAKE_IRQS_OFF / (n + 1);
	wake->woken = wake->dummies = 0;
	module.flags |= wake->flags;
	for (uint64_t i = 0; i < TB_PMU_EVENTS && wake->flags & TB_APF_COUNT; i++)
		wake->count[i] = 10 * (i + 1) + n;
	wake_waiters(wake);
	wake->woken += (uint32_t)module.woken_more;
	module.woken_more = 0;
	pthread_cond_broadcast(&module.woken);
	pthread_mutex_unlock(&module.lock);
	return 0;
}

static inline int play_stat(struct tb_apf_stat *stat)
{
	pthread_mutex_lock(&module.lock);
	*stat = (struct tb_apf_stat){ .stale = (uint64_t)module.stale,
				      .dummies = (uint32_t)module.dummies_left };
	for (uint32_t t = 0; t < TB_APF_WAITERS; t++) {
		stat->waiting += module.waiting[t] && !module.runs[t];
		stat->dummies += module.dummy[t];
	}
	pthread_mutex_unlock(&module.lock);
	return 0;
}

static inline int play_pmu(struct tb_pmu_setup *setup)
{
	module.pmu_setups++;
	module.pmu = *setup;
	for (unsigned int i = 0; i < setup->n; i++) {
		if (module.pmu_refuses && setup->event[i].config == module.pmu_refuses)
			return refuse(EOPNOTSUPP);
		setup->null[i] = setup->event[i].config * 7;
	}
	return module.pmu_setups == module.pmu_fails ? refuse(EBUSY) : 0;
}

static inline int play_info(struct tb_info *info)
{
	*info = (struct tb_info){ .abi = module.abi, .caps = module.caps };
	return module.info_err ? refuse(module.info_err) : 0;
}

static inline int play_module(unsigned long request, void *at)
{
	switch (request) {
	case TB_IOC_INFO:
		return play_info(at);
	case TB_IOC_APF_WAIT:
		return play_wait(at);
	case TB_IOC_APF_WAKE:
		return play_wake(at);
	case TB_IOC_APF_STAT:
		return play_stat(at);
	case TB_IOC_PMU_SETUP:
		return play_pmu(at);
	default:
		return refuse(ENOTTY);
	}
}

static int device_err; /* of opening it */

int open(const char *path, int flags, ...)
{
	long word[6];

	PLAYED_WORDS(word, flags, 1);
	if (!strcmp(path, TB_DEVICE)) {
		if (device_err)
			return refuse(device_err);
		path = "/dev/null";
	}
	return (int)real_call(SYS_openat, AT_FDCWD, (long)path, flags, word[0], 0, 0);
}

int ioctl(int fd, unsigned long request, ...)
{
	long word[6];

	PLAYED_WORDS(word, request, 1);
	if (_IOC_TYPE(request) == TB_IOC_LETTER)
		return play_module(request, (void *)word[0]);
	return (int)real_call(SYS_ioctl, fd, (long)request, word[0], 0, 0, 0);
}

#endif
