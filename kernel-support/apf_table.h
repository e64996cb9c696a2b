/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of waiting tasks, for those who wait (apf.c) and those who wake (apf_wake.c). */
#ifndef TB_APF_TABLE_H
#define TB_APF_TABLE_H

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/swait.h>

#include "tollbooth.h"

enum { TB_APF_HASH_BITS = 8, TB_APF_BUCKETS = 1 << TB_APF_HASH_BITS };

struct tb_apf_node {
	struct hlist_node link;
	/* Initialised once: a late waker of an earlier turn may still hold it. */
	struct swait_queue_head wq;
	u32 token;
	int cpu;
	bool dummy;
	u32 turn; /* number of waiters that have left it */
};

struct tb_apf_bucket {
	raw_spinlock_t lock;
	struct hlist_head list;
};

struct tb_apf {
	struct tb_apf_bucket bucket[TB_APF_BUCKETS];
	struct tb_apf_node waiter[TB_APF_WAITERS];
	DECLARE_BITMAP(taken, TB_APF_WAITERS);
	atomic_t waiting, dummies;
	atomic64_t stale;
};

static inline struct tb_apf_bucket *tb_apf_bucket(struct tb_apf *apf, u32 token)
{
	return &apf->bucket[hash_32(token, TB_APF_HASH_BITS)];
}

static inline struct tb_apf_node *tb_apf_find(const struct tb_apf_bucket *b, u32 token)
{
	struct tb_apf_node *n;

	hlist_for_each_entry(n, &b->list, link) {
		if (n->token == token)
			return n;
	}
	return NULL;
}

#endif
