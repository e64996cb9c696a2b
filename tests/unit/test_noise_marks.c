// SPDX-License-Identifier: GPL-2.0-or-later
/* One reading of a CPU's noise: each count from its source, after the task left the CPU. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "measure/clock.h"
#include "measure/noise.h"

static struct {
	struct rusage self, children;
	struct timespec cpu_time;
	char did[64];
	int usage_err;
} given;

static void did(char what)
{
	given.did[strlen(given.did)] = what;
}

static int given_usage(int who, struct rusage *use)
{
	*use = who == RUSAGE_SELF ? given.self : given.children;
	return given.usage_err;
}

static int given_time(clockid_t id, struct timespec *now)
{
	assert_int_equal(id, CLOCK_PROCESS_CPUTIME_ID);
	did('o');
	*now = given.cpu_time;
	return 0;
}

static int given_sleep(const struct timespec *time)
{
	assert_true(!time->tv_sec && time->tv_nsec > 0);
	did('z');
	return 0;
}

static int given_slurp(const struct tb_sysroot *root, char **text, size_t *length, const char *path)
{
	did(strstr(path, "vmstat")	 ? 'v'
	    : strstr(path, "schedstat")	 ? 's'
	    : strstr(path, "interrupts") ? 'i'
					 : 't');
	return tb_sysroot_slurp(root, TB_SYSROOT_FILE_MAX, text, length, "%s", path);
}

#define getrusage(who, use)				    given_usage(who, use)
#define clock_gettime(id, now)				    given_time(id, now)
#define nanosleep(time, rest)				    given_sleep(time)
#define sched_getcpu()					    12
#define tb_clock_ns()					    123456789
#define tb_sysroot_slurp(root, most, text, length, f, path) given_slurp(root, text, length, path)
#include "measure/noise.c"
#undef tb_sysroot_slurp

static struct fakeroot fake;

static int open_root(void **state)
{
	static const unsigned char smi[8] = { 0x21, 0x43, 0, 0x80, 9, 9, 9, 9 };
	unsigned char msr[0x34 + sizeof(smi) + 8];

	(void)state;
	memset(&given, 0, sizeof(given));
	fakeroot_open(&fake);
	/* At 34H of the first CPU's registers; the upper half is not the counter's. */
	memset(msr, 0x11, sizeof(msr));
	memcpy(msr + 0x34, smi, sizeof(smi));
	fakeroot_put(&fake, "dev/cpu/10/msr", msr, sizeof(msr));
	fakeroot_text(&fake, "proc/interrupts",
		      "  CPU10 CPU12\n 1: 3 40\n HYP: 5 60 Hypervisor callback interrupts\n");
	fakeroot_text(&fake, "proc/stat",
		      "cpu 1\ncpu10 1 2 3 4 5 6 7 88 9 10\ncpu12 1 2 3 4 5 6 7 99 9 10\n");
	fakeroot_text(&fake, "proc/schedstat",
		      "version 15\ncpu10 1 2 3 4 5 6 7000 8 9\ncpu12 1 2 3 4 5 6 9000 8 9\n");
	fakeroot_text(&fake, "proc/vmstat", "pswpin 5\npswpout 60\nallocstall_dma 700\n");
	fakeroot_text(&fake, "proc/thread-self/schedstat", "100 77 3\n");
	return 0;
}

static int close_root(void **state)
{
	(void)state;
	fakeroot_close(&fake);
	return 0;
}

static struct tb_noise_mark marked(void)
{
	static const int32_t cpus[] = { 10, 12, 10 };
	struct tb_noise_mark mark;

	tb_noise_mark(&fake.root, cpus, 3, &mark);
	return mark;
}

static void of_cpus(void **state)
{
	struct tb_noise_mark mark = marked();

	(void)state;
	assert_int_equal(mark.cpus, 2);
	assert_int_equal(mark.cpu[0].cpu, 10);
	assert_int_equal(mark.cpu[0].interrupts, 8);
	assert_int_equal(mark.cpu[0].hypervisor, 5);
	assert_int_equal(mark.cpu[0].steal_ticks, 88);
	assert_int_equal(mark.cpu[0].run_ns, 7000);
	assert_int_equal(mark.cpu[1].cpu, 12);
	assert_int_equal(mark.cpu[1].interrupts, 100);
	assert_int_equal(mark.cpu[1].hypervisor, 60);
	assert_int_equal(mark.cpu[1].steal_ticks, 99);
	assert_int_equal(mark.cpu[1].run_ns, 9000);
	assert_int_equal(mark.smi, 0x80004321);
	assert_int_equal(mark.stalls, 765);
	assert_int_equal(mark.wait_ns, 77);
	assert_int_equal(mark.on_cpu, 12);
	assert_int_equal(mark.ns, 123456789);
}

/* The running time is in /proc/schedstat when the task has left its CPU. */
static void after_a_sleep(void **state)
{
	(void)state;
	marked();
	assert_string_equal(given.did, "vzitso");
}

static void of_the_process(void **state)
{
	struct tb_noise_mark mark;

	(void)state;
	given.cpu_time = (struct timespec){ 2, 3 };
	given.children.ru_utime = (struct timeval){ 10, 400 };
	given.children.ru_stime = (struct timeval){ 20, 50 };
	given.self.ru_nvcsw = 11;
	given.self.ru_nivcsw = 22;
	given.self.ru_minflt = 33;
	given.self.ru_majflt = 44;
	given.self.ru_maxrss = 55;
	mark = marked();
	/* Its own time to the nanosecond, its children's to the microsecond. */
	assert_int_equal(mark.own_ns, 32000000003 + 450000);
	assert_int_equal(mark.voluntary, 11);
	assert_int_equal(mark.involuntary, 22);
	assert_int_equal(mark.minor_faults, 33);
	assert_int_equal(mark.max_rss_kib, 55);
	given.usage_err = -1;
	assert_int_equal(marked().own_ns, -1);
}

/* A CPU whose SMI count cannot be read has none, as with no CPU at all. */
static void no_smi(void **state)
{
	static const int32_t other[] = { 12 };
	static const char shorter[0x34 + 4];
	struct tb_noise_mark mark;

	(void)state;
	tb_noise_mark(&fake.root, other, 1, &mark);
	assert_int_equal(mark.smi, -1);
	/* Half of the register. */
	fakeroot_put(&fake, "dev/cpu/12/msr", shorter, sizeof(shorter));
	tb_noise_mark(&fake.root, other, 1, &mark);
	assert_int_equal(mark.smi, -1);
	tb_noise_mark(&fake.root, other, 0, &mark);
	assert_int_equal(mark.smi, -1);
	assert_int_equal(mark.cpus, 0);
}

#define noise_test(name) cmocka_unit_test_setup_teardown(name, open_root, close_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		noise_test(of_cpus),
		noise_test(after_a_sleep),
		noise_test(of_the_process),
		noise_test(no_smi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
