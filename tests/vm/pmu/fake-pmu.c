// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A PMU for a machine that has none, so that counters inside the module's windows
 * have exact values to be judged by: a counter goes on by 1 + its number at each
 * RDPMC, and begins a little below the end of its 48 bits. An emulator raises #UD
 * on RDPMC; a die notifier sees that before any fixup, and answers.
 */
#include <linux/kdebug.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <asm/trapnr.h>

enum {
	COUNTERS = 4,
	NO_ROOM = 4,
	NO_COUNT = 5
}; /* of cycles, instructions, two of caches; then one without room, and one as Intel's topdown metrics are */

static atomic64_t counter[COUNTERS];

static int fake_init(struct perf_event *event)
{
	bool mine = event->attr.type == PERF_TYPE_RAW || event->attr.type == PERF_TYPE_HARDWARE;

	return mine && event->attr.config <= NO_COUNT ? 0 : -ENOENT;
}

static int fake_add(struct perf_event *event, int flags)
{
	if (event->attr.config == NO_ROOM)
		return -EAGAIN;
	event->hw.idx = event->attr.config == NO_COUNT ? 48 : 0;
	event->hw.event_base_rdpmc = (int)event->attr.config;
	return 0;
}

static void fake_del(struct perf_event *event, int flags)
{
	event->hw.idx = -1;
}

static void fake_start_or_stop(struct perf_event *event, int flags)
{
}

static void fake_read(struct perf_event *event)
{
}

static struct pmu fake = {
	.module = THIS_MODULE,
	.task_ctx_nr = perf_invalid_context, /* a CPU's events alone, as the module's are */
	.capabilities = PERF_PMU_CAP_NO_INTERRUPT,
	.event_init = fake_init,
	.add = fake_add,
	.del = fake_del,
	.start = fake_start_or_stop,
	.stop = fake_start_or_stop,
	.read = fake_read,
};

static int fake_rdpmc(struct notifier_block *self, unsigned long reason, void *data)
{
	const struct die_args *args = data;
	struct pt_regs *regs = args->regs;
	u64 value;

	if (reason != DIE_TRAP || args->trapnr != X86_TRAP_UD || user_mode(regs) ||
	    *(const u16 *)regs->ip != 0x330f || regs->cx >= COUNTERS)
		return NOTIFY_DONE;
	value = atomic64_add_return((s64)regs->cx + 1, &counter[regs->cx]) & GENMASK_ULL(47, 0);
	regs->ax = (u32)value;
	regs->dx = value >> 32;
	regs->ip += 2;
	return NOTIFY_STOP;
}

static struct notifier_block fake_rdpmc_block = { .notifier_call = fake_rdpmc };

static int __init fake_load(void)
{
	int i, err = perf_pmu_register(&fake, "cpu", PERF_TYPE_RAW);

	for (i = 0; i < COUNTERS; i++)
		atomic64_set(&counter[i], (1ll << 48) - 100);
	return err ? err : register_die_notifier(&fake_rdpmc_block);
}

static void __exit fake_unload(void)
{
	unregister_die_notifier(&fake_rdpmc_block);
	perf_pmu_unregister(&fake);
}
module_init(fake_load);
module_exit(fake_unload);

MODULE_DESCRIPTION("a PMU for a machine that has none");
MODULE_LICENSE("GPL");
