// SPDX-License-Identifier: GPL-2.0-or-later
/* Each limit of the doctor: no finding at the limit, a finding beyond it. */
#include "doctor_help.h"

/* The changes that a case makes to the two snapshots. */
static void all_idle(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 10100 0 0 0 0 0 0");
}

static void busy_5(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("105", "195", "105 0 0 10095 0 0 0 0 0 0");
}

static void busy_6(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("106", "194", "106 0 0 10094 0 0 0 0 0 0");
}

static void busy_25(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("125", "175", "125 0 0 10075 0 0 0 0 0 0");
}

static void busy_26(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("126", "174", "126 0 0 10074 0 0 0 0 0 0");
}

/* Of 100 ticks: nice, system, softirq and irq are work; idle and waiting for a disk are none. */
static void kinds_of_time(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("130", "170", "100 10 8 10050 20 7 5 0 0 0");
}

static void waits_only(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 10050 50 0 0 0 0 0");
}

static void stolen_5(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 10095 0 0 0 5 0 0");
}

static void stolen_6(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 10094 0 0 0 6 0 0");
}

static void before_01(struct tb_snapshot *p)
{
	p->stat[0] = STAT_ALL("100", "0", "100 0 0 9890 0 0 0 10 0 0");
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 9990 0 0 0 10 0 0");
}

static void before_02(struct tb_snapshot *p)
{
	p->stat[0] = STAT_ALL("100", "0", "100 0 0 9889 0 0 0 11 0 0");
	p->stat[1] = STAT_ALL("100", "200", "100 0 0 9989 0 0 0 11 0 0");
}

/* Of 100 ticks each: the other three CPUs did the work of 0.5 and of 0.51 CPUs. */
static void others_50(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("150", "350", "100 0 0 10100 0 0 0 0 0 0");
}

static void others_51(struct tb_snapshot *p)
{
	p->stat[1] = STAT_ALL("151", "349", "100 0 0 10100 0 0 0 0 0 0");
}

/* In half a second. */
static void thousand(struct tb_snapshot *p)
{
	p->interrupts[1] = INTERRUPTS("1500");
}

static void more_than_thousand(struct tb_snapshot *p)
{
	p->interrupts[1] = INTERRUPTS("1501");
}

static void many_before(struct tb_snapshot *p)
{
	p->interrupts[0] = INTERRUPTS("1000000");
	p->interrupts[1] = INTERRUPTS("1000100");
}

static void disk_enough(struct tb_snapshot *p)
{
	p->free_bytes = 256 << 20;
}

static void disk_less(struct tb_snapshot *p)
{
	p->free_bytes = (256 << 20) - 1;
}

static void disk_unknown(struct tb_snapshot *p)
{
	p->free_bytes = -1;
}

static void two_cpus(struct tb_snapshot *p)
{
	p->cpus = 2;
}

#define LIMITS(locked, priority)                                             \
	"Max locked memory         " locked "            unlimited  bytes\n" \
	"Max realtime priority     " priority "                   99\n"
#define CLAIM(cpu)                                                  \
	"Num       RefCount Protocol Flags    Type St Inode Path\n" \
	"0000000000000000: 00000002 00000000 00010000 0001 01 54321 @tollbooth-cpu" cpu "-0\n"

static const struct {
	const char *id; /* NULL: nothing is found */
	void (*change)(struct tb_snapshot *snapshot);
	const char *path, *text, *seen;
} cases[] = {
	{ NULL, all_idle, NULL, NULL, NULL },
	{ NULL, busy_5, NULL, NULL, NULL },
	{ "cpu-busy-some", busy_6, NULL, NULL, "busy 6 % of 0.5 s" },
	{ "cpu-busy-some", busy_25, NULL, NULL, "busy 25 %" },
	{ "cpu-busy", busy_26, NULL, NULL, "busy 26 %" },
	{ "cpu-busy", kinds_of_time, NULL, NULL, "busy 30 %" },
	{ NULL, waits_only, NULL, NULL, NULL },
	{ "steal-some", stolen_5, NULL, NULL, "5.0 % of CPU 3" },
	{ "steal", stolen_6, NULL, NULL, "6.0 % of CPU 3" },
	{ NULL, before_01, NULL, NULL, NULL },
	{ "stolen-before", before_02, NULL, NULL, "0.11 % of CPU 3" },
	{ NULL, others_50, NULL, NULL, NULL },
	{ "others-busy", others_51, NULL, NULL, "was 0.5 CPUs for 0.5 s" },
	{ NULL, thousand, NULL, NULL, NULL },
	{ "interrupts", more_than_thousand, NULL, NULL, "1002 per second" },
	{ NULL, many_before, NULL, NULL, NULL },
	{ NULL, disk_enough, NULL, NULL, NULL },
	{ "disk", disk_less, NULL, NULL, "256 MiB free" },
	{ NULL, disk_unknown, NULL, NULL, NULL },
	{ NULL, two_cpus, NULL, NULL, NULL },
	{ NULL, NULL, "proc/self/limits", LIMITS("8388608", "10"), NULL },
	{ "no-memlock", NULL, "proc/self/limits", LIMITS("8388607", "10"), "8388607" },
	{ "no-realtime", NULL, "proc/self/limits", LIMITS("8388608", "9"), "priority 9" },
	{ NULL, NULL, "proc/sys/kernel/perf_event_paranoid", "1", NULL },
	{ "perf-paranoid", NULL, "proc/sys/kernel/perf_event_paranoid", "2", "paranoid: 2" },
	{ NULL, NULL, CPUS "cpu3/cpuidle/state1/latency", "10", NULL },
	{ "deep-idle", NULL, CPUS "cpu3/cpuidle/state1/latency", "11", "exit latency 11 us" },
	{ NULL, NULL, "proc/sys/kernel/osrelease", "5.11.0", NULL },
	{ "userfaultfd", NULL, "proc/sys/kernel/osrelease", "5.10.99",
	  "unprivileged_userfaultfd: 0" },
	{ "userfaultfd", NULL, "proc/sys/kernel/osrelease", "4.19.1",
	  "unprivileged_userfaultfd: 0" },
	{ NULL, NULL, "proc/net/unix", CLAIM("1"), NULL },
	{ NULL, NULL, "proc/net/unix", CLAIM("30"), NULL },
	{ NULL, NULL, "proc/net/unix", CLAIM("13"), NULL },
	{ "other-run", NULL, "proc/net/unix", CLAIM("3"), "on CPU 3" },
	{ NULL, NULL, "sys/fs/cgroup/a/memory.max", "536870912", NULL },
	{ "memory-limit", NULL, "sys/fs/cgroup/a/memory.max", "536866816",
	  "memory.max: 536866816" },
	{ NULL, NULL, "sys/fs/cgroup/a/b/pids.max", "2000", NULL },
	{ "pids-limit", NULL, "sys/fs/cgroup/a/b/pids.max", "1999", "pids.max: 1999" },
	{ NULL, NULL, "proc/loadavg", "0.50 0.20 0.30 1/100 4", NULL },
	{ "load", NULL, "proc/loadavg", "0.51 0.20 0.30 1/100 4", "0.51" },
	{ NULL, NULL, CPUS "intel_pstate/no_turbo", "1", NULL },
	{ "turbo", NULL, CPUS "intel_pstate/no_turbo", "0", "no_turbo: 0" },
	{ NULL, NULL, CLOCKS "available_clocksource", "hpet tsc", NULL },
	{ "tsc-unstable", NULL, CLOCKS "available_clocksource", "hpet tsc-early", "not available" },
	{ NULL, NULL, CLOCKS "current_clocksource", "hpet", NULL }, /* the user's choice */
	{ NULL, NULL, "proc/cmdline", "quiet tsc=unstabler", NULL },
};

/* The file as a healthy machine has it, or gone. */
static void put_back(const struct fakeroot *fake, const char *path)
{
	for (size_t i = 0; i < sizeof(healthy) / sizeof(healthy[0]); i++)
		if (!strcmp(healthy[i].path, path)) {
			fakeroot_text(fake, path, healthy[i].text);
			return;
		}
	assert_int_equal(unlinkat(fake->root.fd, path, 0), 0);
}

static void at_the_limits(void **state)
{
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put_healthy(&fake);
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		size_t n;

		if (cases[c].path)
			fakeroot_text(&fake, cases[c].path, cases[c].text);
		n = visit(&fake, cases[c].change, finding);
		if (n != (cases[c].id ? 1 : 0) ||
		    (n && (strcmp(finding[0].id, cases[c].id) != 0 ||
			   !strstr(finding[0].seen, cases[c].seen)))) {
			say_all(cases[c].id ? cases[c].id : "nothing", finding, n);
			fail_msg("case %zu", c);
		}
		if (cases[c].path)
			put_back(&fake, cases[c].path);
	}
	fakeroot_close(&fake);
}

/* An idle state that is switched off is not entered, however deep it is. */
static void idle_switched_off(void **state)
{
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put_healthy(&fake);
	fakeroot_text(&fake, CPUS "cpu3/cpuidle/state1/latency", "133");
	assert_int_equal(visit(&fake, NULL, finding), 1);
	fakeroot_text(&fake, CPUS "cpu3/cpuidle/state1/disable", "1");
	assert_int_equal(visit(&fake, NULL, finding), 0);
	/* The states after it are examined, too. */
	fakeroot_text(&fake, CPUS "cpu3/cpuidle/state2/latency", "200");
	assert_int_equal(visit(&fake, NULL, finding), 1);
	assert_non_null(strstr(finding[0].seen, "state2"));
	fakeroot_close(&fake);
}

/* Root needs no sudo, and a container has none. */
static void root(void **state)
{
	struct tb_finding finding[TB_FINDINGS_MAX];
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	put_healthy(&fake);
	fakeroot_text(&fake, "proc/sys/kernel/randomize_va_space", "0");
	assert_int_equal(visit(&fake, NULL, finding), 1);
	assert_memory_equal(finding[0].remedy, "sudo sysctl kernel.randomize_va_space=2", 39);
	fakeroot_text(&fake, "proc/self/status",
		      "Name:\tx\nUid:\t0\t0\t0\t0\nCapEff:\t0000000000000000\n");
	assert_int_equal(visit(&fake, NULL, finding), 1);
	assert_memory_equal(finding[0].remedy, "sysctl kernel.randomize_va_space=2", 34);
	fakeroot_close(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_the_limits),
		cmocka_unit_test(idle_switched_off),
		cmocka_unit_test(root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
