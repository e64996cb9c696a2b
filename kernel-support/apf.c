// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A replica of the table in which a KVM guest's tasks wait for their page: see
 * kvm_async_pf_task_wait_schedule() and kvm_async_pf_task_wake() in
 * arch/x86/kernel/kvm.c. It does not call the kernel's own functions: they cause an
 * oops when a token is used twice, and wake every real sleeper.
 *
 * Differences to the kernel:
 * - A waiter's node is in the table, not on the waiter's stack. The kernel's waker
 *   unlinks a node and then touches its queue. A waiter that does not sleep yet finds
 *   itself unlinked, without the lock, and leaves. In a guest both run on one CPU with
 *   interrupts off, so this race is impossible; here the waker may be on another CPU.
 * - A waiter therefore takes and releases its bucket's lock before it leaves, outside
 *   the timed window. A test with the knob `unfenced` proves the need: without the lock,
 *   wakers touch nodes whose waiter has left (the node's turn shows it); with it, never.
 * - A signal ends the sleep, so that a program can be stopped and the machine suspended:
 *   the freezer wakes a task as if by a signal.
 * - A token used twice is refused; dummies have a flag and a limit.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "apf_table.h"
#include "window.h"

struct tb_apf *tb_apf_create(void)
{
	struct tb_apf *apf;
	int i;

	/* kzalloc(GFP_ATOMIC) is not allowed there with interrupts off. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return NULL;
	apf = kzalloc(sizeof(*apf), GFP_KERNEL_ACCOUNT);
	if (!apf)
		return NULL;
	for (i = 0; i < TB_APF_BUCKETS; i++)
		raw_spin_lock_init(&apf->bucket[i].lock);
	for (i = 0; i < TB_APF_WAITERS; i++)
		init_swait_queue_head(&apf->waiter[i].wq);
	return apf;
}

/* At the last close no task waits, since a wait holds the file. */
void tb_apf_free(struct tb_apf *apf)
{
	struct tb_apf_node *n;
	struct hlist_node *next;
	int i;

	for (i = 0; apf && i < TB_APF_BUCKETS; i++) {
		hlist_for_each_entry_safe(n, next, &apf->bucket[i].list, link) {
			if (!WARN_ON_ONCE(!n->dummy))
				kfree(n);
		}
	}
	kfree(apf);
}

static struct tb_apf_node *tb_apf_take_waiter(struct tb_apf *apf)
{
	int i;

	for (i = 0; i < TB_APF_WAITERS; i++)
		if (!test_and_set_bit(i, apf->taken))
			return &apf->waiter[i];
	return NULL;
}

static void tb_apf_put_waiter(struct tb_apf *apf, struct tb_apf_node *n)
{
	clear_bit_unlock(n - apf->waiter, apf->taken);
}

/* Interrupts are off. 0: queued; 1: the wake came first; -EEXIST: the token waits already. */
static int tb_apf_queue(struct tb_apf *apf, u32 token, struct tb_apf_node *n)
{
	struct tb_apf_bucket *b = tb_apf_bucket(apf, token);
	struct tb_apf_node *other;

	raw_spin_lock(&b->lock);
	other = tb_apf_find(b, token);
	if (!other) {
		n->token = token;
		n->cpu = smp_processor_id();
		hlist_add_head(&n->link, &b->list);
		atomic_inc(&apf->waiting);
	} else if (other->dummy) {
		hlist_del(&other->link);
		atomic_dec(&apf->dummies);
	}
	raw_spin_unlock(&b->lock);
	if (!other)
		return 0;
	if (!other->dummy)
		return -EEXIST;
	kfree(other);
	return 1;
}

/* An interrupted waiter unlinks itself, unless a waker has just done so. */
static bool tb_apf_unhook(struct tb_apf *apf, struct tb_apf_node *n)
{
	struct tb_apf_bucket *b = tb_apf_bucket(apf, n->token);
	bool mine;

	raw_spin_lock(&b->lock);
	mine = !hlist_unhashed(&n->link);
	if (mine) {
		hlist_del_init(&n->link);
		atomic_dec(&apf->waiting);
	}
	raw_spin_unlock(&b->lock);
	return mine;
}

/* Interrupts are off since *off_since, and are on only during the sleep. 0 or -ERESTARTSYS. */
static int tb_apf_sleep(struct tb_apf *apf, struct tb_apf_node *n, u64 *off_since, u64 *longest)
{
	DECLARE_SWAITQUEUE(wait);
	int err = 0;

	for (;;) {
		prepare_to_swait_exclusive(&n->wq, &wait, TASK_INTERRUPTIBLE);
		if (hlist_unhashed_lockless(&n->link))
			break;
		if (signal_pending(current)) {
			err = tb_apf_unhook(apf, n) ? -ERESTARTSYS : 0;
			break;
		}
		*longest = max(*longest, (u64)tb_clock_end() - *off_since);
		local_irq_enable();
		schedule();
		local_irq_disable();
		/* No lock here: this is the path of the timed wake. */
		*off_since = rdtsc();
	}
	finish_swait(&n->wq, &wait);
	return err;
}

static void tb_apf_leave(struct tb_apf *apf, struct tb_apf_node *n, bool fenced)
{
	struct tb_apf_bucket *b = tb_apf_bucket(apf, n->token);

	if (fenced) {
		/* The waker that unlinked the node holds this lock until the wake is complete. */
		raw_spin_lock(&b->lock);
		raw_spin_unlock(&b->lock);
	}
	WRITE_ONCE(n->turn, n->turn + 1);
}

static int tb_apf_wait_at(struct tb_apf *apf, struct tb_apf_wait *w, struct tb_apf_node *n)
{
	u64 off_since, longest = 0;
	int found, err = 0;

	local_irq_disable();
	w->entered = tb_clock_begin();
	off_since = w->entered;
	w->cpu = smp_processor_id();
	found = tb_apf_queue(apf, w->token, n);
	if (found == 0) {
		if (tb_knobs.widen_us)
			udelay(tb_knobs.widen_us);
		err = tb_apf_sleep(apf, n, &off_since, &longest);
	}
	w->ran = tb_clock_end();
	if (found == 0)
		tb_apf_leave(apf, n, !tb_knobs.unfenced);
	w->irqs_off = max(longest, (u64)tb_clock_end() - off_since);
	local_irq_enable();
	w->early = found == 1;
	return found < 0 ? found : err;
}

int tb_apf_wait(struct tb_open *open, void *arg)
{
	struct tb_apf_wait *w = arg;
	struct tb_apf *apf = open->apf;
	struct tb_apf_node *n;
	int err;

	if (w->reserved || w->token == TB_APF_NO_TOKEN)
		return -EINVAL;
	if (!apf)
		return -EOPNOTSUPP;
	n = tb_apf_take_waiter(apf);
	if (!n)
		return -ENOSPC;
	err = tb_apf_wait_at(apf, w, n);
	tb_apf_put_waiter(apf, n);
	return err;
}

int tb_apf_stat(struct tb_open *open, void *arg)
{
	struct tb_apf_stat *stat = arg;

	if (!open->apf)
		return -EOPNOTSUPP;
	stat->waiting = atomic_read(&open->apf->waiting);
	stat->dummies = atomic_read(&open->apf->dummies);
	stat->stale = atomic64_read(&open->apf->stale);
	return 0;
}
