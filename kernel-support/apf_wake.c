// SPDX-License-Identifier: GPL-2.0-or-later
/* Wakes of the replica in apf.c: a token, or all tasks that wait. */
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "apf_table.h"
#include "window.h"

/* The bucket's lock is held. */
static void tb_apf_wake_one(struct tb_apf *apf, struct tb_apf_node *n)
{
	u32 turn = READ_ONCE(n->turn);

	hlist_del_init(&n->link);
	atomic_dec(&apf->waiting);
	if (tb_knobs.widen_us)
		udelay(tb_knobs.widen_us);
	if (swq_has_sleeper(&n->wq))
		swake_up_one(&n->wq);
	if (READ_ONCE(n->turn) != turn)
		atomic64_inc(&apf->stale);
}

static int tb_apf_wake_token(struct tb_apf *apf, struct tb_apf_wake *w)
{
	struct tb_apf_bucket *b = tb_apf_bucket(apf, w->token);
	struct tb_apf_node *n, *dummy = NULL;
	int err = 0;

	/* Allocated without the lock, then the search is repeated, as the guest does since 5.19. */
again:
	raw_spin_lock(&b->lock);
	n = tb_apf_find(b, w->token);
	if (!n && !dummy) {
		raw_spin_unlock(&b->lock);
		if (atomic_read(&apf->dummies) >= TB_APF_DUMMIES)
			return -ENOSPC;
		dummy = kzalloc(sizeof(*dummy), GFP_ATOMIC | __GFP_NOWARN);
		if (!dummy)
			return -ENOMEM;
		goto again;
	}
	if (!n) {
		dummy->token = w->token;
		dummy->cpu = smp_processor_id();
		dummy->dummy = true;
		init_swait_queue_head(&dummy->wq);
		hlist_add_head(&dummy->link, &b->list);
		atomic_inc(&apf->dummies);
		dummy = NULL;
		w->dummies = 1;
	} else if (n->dummy) {
		err = -EALREADY;
	} else {
		tb_apf_wake_one(apf, n);
		w->woken = 1;
	}
	raw_spin_unlock(&b->lock);
	kfree(dummy);
	return err;
}

/*
 * The guest wakes the tasks queued on this CPU, and leaks dummies. Here dummies go to
 * `dropped`, and the caller frees them: kfree() may not run under a raw lock.
 */
static void tb_apf_wake_all(struct tb_apf *apf, struct tb_apf_wake *w, struct hlist_head *dropped)
{
	struct tb_apf_node *n;
	struct hlist_node *next;
	int i;

	for (i = 0; i < TB_APF_BUCKETS; i++) {
		struct tb_apf_bucket *b = &apf->bucket[i];

		raw_spin_lock(&b->lock);
		hlist_for_each_entry_safe(n, next, &b->list, link) {
			if (!(w->flags & TB_APF_ALL_CPUS) && n->cpu != smp_processor_id())
				continue;
			if (n->dummy) {
				hlist_del(&n->link);
				hlist_add_head(&n->link, dropped);
				atomic_dec(&apf->dummies);
				w->dummies++;
			} else {
				tb_apf_wake_one(apf, n);
				w->woken++;
			}
		}
		raw_spin_unlock(&b->lock);
	}
}

static int tb_apf_wake_timed(struct tb_apf *apf, struct tb_apf_wake *w, struct hlist_head *dropped)
{
	int err = 0;

	w->entered = tb_clock_begin();
	if (w->token == TB_APF_NO_TOKEN)
		tb_apf_wake_all(apf, w, dropped);
	else
		err = tb_apf_wake_token(apf, w);
	w->returned = tb_clock_end();
	return err;
}

/* open->lock is held, interrupts are off. */
static int tb_apf_wake_counted(struct tb_open *open, struct tb_apf_wake *w,
			       struct hlist_head *dropped)
{
	int err;

	tb_pmu_begin(&open->pmu);
	/* A wake cannot be undone, so a counter error must come before the first wake. */
	if (open->pmu.err)
		return open->pmu.err;
	err = tb_apf_wake_timed(open->apf, w, dropped);
	tb_pmu_end(&open->pmu);
	tb_pmu_counts(&open->pmu, w->count);
	return err;
}

static void tb_apf_free_nodes(struct hlist_head *nodes)
{
	struct tb_apf_node *n;
	struct hlist_node *next;

	hlist_for_each_entry_safe(n, next, nodes, link)
		kfree(n);
}

int tb_apf_wake(struct tb_open *open, void *arg)
{
	struct tb_apf_wake *w = arg;
	bool all = w->flags & (TB_APF_ALL | TB_APF_ALL_CPUS);
	bool none = w->token == TB_APF_NO_TOKEN, count = w->flags & TB_APF_COUNT;
	HLIST_HEAD(dropped);
	unsigned long flags;
	u64 begin;
	int err;

	if ((w->flags & ~(TB_APF_ALL | TB_APF_ALL_CPUS | TB_APF_COUNT)) || all != none)
		return -EINVAL;
	if (!open->apf)
		return -EOPNOTSUPP;
	w->woken = 0;
	w->dummies = 0;
	if (count && mutex_lock_killable(&open->lock))
		return -EINTR;
	local_irq_save(flags);
	begin = tb_clock_begin();
	if (!count)
		err = tb_apf_wake_timed(open->apf, w, &dropped);
	else
		err = open->pmu.n ? tb_apf_wake_counted(open, w, &dropped) : -ENODATA;
	w->irqs_off = tb_clock_end() - begin;
	local_irq_restore(flags);
	if (count)
		mutex_unlock(&open->lock);
	tb_apf_free_nodes(&dropped);
	return err;
}
