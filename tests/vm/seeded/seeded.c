// SPDX-License-Identifier: GPL-2.0-or-later
/* Ten bugs, one a load: a debug kernel that does not see them proves nothing by its silence. */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static int bug;
module_param(bug, int, 0400);
MODULE_PARM_DESC(bug, "which one, from 1 to 10");

static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static DEFINE_SPINLOCK(spin);
static DEFINE_RAW_SPINLOCK(raw);

static void locks_in_both_orders(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

static void sleeps_with_interrupts_off(void)
{
	unsigned long flags;

	local_irq_save(flags);
	might_sleep();
	local_irq_restore(flags);
}

static void schedules_while_atomic(void)
{
	spin_lock(&spin);
	msleep(20);
	spin_unlock(&spin);
}

/* Where the compiler can't see that it is wrong. */
static noinline void touch(char *at)
{
	WRITE_ONCE(*at, 1);
}

static void writes_behind(void)
{
	char *memory = kmalloc(64, GFP_KERNEL);

	if (!memory)
		return;
	OPTIMIZER_HIDE_VAR(memory);
	touch(memory + 64);
	kfree(memory);
}

static void uses_freed(void)
{
	char *memory = kmalloc(64, GFP_KERNEL);
	char *kept = memory;

	OPTIMIZER_HIDE_VAR(kept);
	kfree(memory);
	touch(kept);
}

static void leaks(void)
{
	char *memory = kmalloc(96, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(memory);
}

static void shifts_too_far(void)
{
	int by = 32;

	OPTIMIZER_HIDE_VAR(by);
	pr_info("%d\n", 1 << by);
}

static void rings(struct timer_list *timer)
{
}

static void frees_active(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, rings, 0);
	mod_timer(timer, jiffies + 100 * HZ);
	kfree(timer);
}

/* With PREEMPT_RT the inner one sleeps. */
static void lock_below_a_raw_one(void)
{
	raw_spin_lock(&raw);
	spin_lock(&spin);
	spin_unlock(&spin);
	raw_spin_unlock(&raw);
}

/* So many that the allocator takes its locks, which sleep with PREEMPT_RT. */
static void frees_below_a_raw_lock(void)
{
	static void *kept[1024];
	int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		kept[i] = kmalloc(64, GFP_KERNEL);
	raw_spin_lock(&raw);
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		kfree(kept[i]);
	raw_spin_unlock(&raw);
}

static int __init seeded_init(void)
{
	static void (*const bugs[])(void) = { locks_in_both_orders,
					      sleeps_with_interrupts_off,
					      schedules_while_atomic,
					      writes_behind,
					      uses_freed,
					      leaks,
					      shifts_too_far,
					      frees_active,
					      lock_below_a_raw_one,
					      frees_below_a_raw_lock };

	if (bug < 1 || bug > ARRAY_SIZE(bugs))
		return -EINVAL;
	bugs[bug - 1]();
	/* Nothing stays: the next one is loaded by the same name. */
	return -EAGAIN;
}
module_init(seeded_init);

MODULE_DESCRIPTION("bugs that a debug kernel must find");
MODULE_LICENSE("GPL");
