/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiters and wakers, for the tests of the table. */
#ifndef TB_TEST_APF_H
#define TB_TEST_APF_H

#include <pthread.h>

#include "ktap.h"

struct waiter {
	pthread_t thread;
	int fd, cpu, err;
	struct tb_apf_wait wait;
};

void waiter_start(struct waiter *w, int fd, uint32_t token, int cpu); /* cpu < 0: any */
void waiter_join(struct waiter *w, int want);
int apf_wake(int fd, uint32_t token, uint32_t flags, struct tb_apf_wake *out); /* out may be NULL */
struct tb_apf_stat apf_stat(int fd);
void await_waiting(int fd, uint32_t n);
void expect_empty(int fd);

#endif
