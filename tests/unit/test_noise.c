// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's counts for a CPU, from real and hostile texts; rates of the TSC. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "measure/clock.h"
#include "measure/noise.h"
#include "stats/random.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* CPUs 1 and 3 are offline. */
static const char interrupts[] =
	"            CPU0       CPU2       CPU10      \n"
	"   0:         36          7          1   IO-APIC   2-edge      timer\n"
	"   8:          0          1          0   IO-APIC   8-edge      rtc0\n"
	" 130:        100       2000      30000   PCI-MSI 16384-edge      nvme0q1: 7\n"
	" NMI:          1          2          3   Non-maskable interrupts\n"
	" LOC:      10000      20000      30000   Local timer interrupts\n"
	" ERR:     500000\n"
	" MIS:     700000\n"
	" PIN:          5          6          7   Posted-interrupt notification event\n";

static void counts_a_column(void **state)
{
	(void)state;
	assert_int_equal(tb_noise_interrupts(interrupts, 0), 36 + 100 + 1 + 10000 + 5);
	assert_int_equal(tb_noise_interrupts(interrupts, 2), 7 + 1 + 2000 + 2 + 20000 + 6);
	assert_int_equal(tb_noise_interrupts(interrupts, 10), 1 + 30000 + 3 + 30000 + 7);
}

static void offline_cpus(void **state)
{
	static const int absent[] = { 1, 3, 4, 11, 100, -1 };

	(void)state;
	for (size_t i = 0; i < COUNT(absent); i++)
		assert_int_equal(tb_noise_interrupts(interrupts, absent[i]), -1);
}

/* With one CPU the count of ERR is in the CPU's column. */
static void errors_are_no_column(void **state)
{
	(void)state;
	assert_int_equal(tb_noise_interrupts("  CPU0\n  0: 5 timer\nERR: 1000\nMIS: 1000\n", 0), 5);
	assert_int_equal(tb_noise_interrupts("  CPU0\n  ERR: 1000\n 7: 2", 0), 2);
}

static void missing_columns(void **state)
{
	(void)state;
	/* A line that ends before the column counts for nothing, and its neighbour is not read. */
	assert_int_equal(tb_noise_interrupts("CPU0 CPU1\n 0: 1\n 1: 2 3\n", 1), 3);
	assert_int_equal(tb_noise_interrupts("CPU0 CPU1\n 0:\n 7 9: 5 6\n 1: 2 3\n", 1), 6 + 3);
	assert_int_equal(tb_noise_interrupts("CPU0 CPU1\n 0: 1 name 7\n 1: 2 3\n", 1), 3);
	assert_int_equal(tb_noise_interrupts("CPU0 CPU1\n no colon 1 2\n 1: 2 3", 1), 3);
	assert_int_equal(tb_noise_interrupts("CPU0\n\n\n 1: 2\n\n", 0), 2);
	assert_int_equal(tb_noise_interrupts("CPU0\n", 0), 0);
	assert_int_equal(tb_noise_interrupts("CPU0", 0), 0);
}

static void hostile_interrupts(void **state)
{
	static const char *const none[] = {
		"",
		"\n",
		"\n\n\n",
		"   \n 0: 1 2\n",
		"0: 1 2\n",
		"CPUx CPU1\n 0: 1 2\n",
		"CPU\n  1: 5\n",
		"CPU",
		"XPU1 CPU1\n 0: 1 2\n",
		"cpu1\n 0: 1\n",
		"CPU99999999999999999999 CPU4294967297\n 0: 1 2\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		if (tb_noise_interrupts(none[i], 1) != -1)
			fail_msg("text %zu has CPU 1", i);
	assert_int_equal(tb_noise_interrupts("CPU\n 0: 1\n", 0), -1);
	assert_int_equal(tb_noise_interrupts("CPUx\n 0: 1\n", 0), -1);
	/* More than a sum can hold is no count. */
	assert_int_equal(tb_noise_interrupts("CPU0\n 0: 9223372036854775807\n 1: 1\n", 0), -1);
	assert_int_equal(tb_noise_interrupts("CPU0\n 0: 99999999999999999999\n 1: 9\n", 0), -1);
	assert_int_equal(tb_noise_interrupts("CPU0\n 0: -5\n 1: 1\n", 0), 1);
}

static const char stat_text[] = "cpu  1 2 3 4 5 6 7 888 9 10\n"
				"cpu0 10 20 30 40 50 60 70 80 90 100\n"
				"cpu2 11 21 31 41 51 61 71 18446744073709551615 91 101\n"
				"cpu3 12 22 32 42 52 62 72\n"
				"cpu12 13 23 33 43 53 63 73 83 0 0\n"
				"intr 99 cpu4 1 2 3 4 5 6 7 8\n";

static void steal(void **state)
{
	(void)state;
	assert_int_equal(tb_noise_steal(stat_text, 0), 80);
	assert_int_equal(tb_noise_steal(stat_text, 12), 83);
	/* Not the line of the sum, an offline CPU, or a CPU whose number begins the same. */
	assert_int_equal(tb_noise_steal(stat_text, 1), -1);
	assert_int_equal(tb_noise_steal(stat_text, 4), -1);
	assert_int_equal(tb_noise_steal(stat_text, -1), -1);
	/* A kernel that counts no steal, and one that never could have counted so much. */
	assert_int_equal(tb_noise_steal(stat_text, 3), -1);
	assert_true(tb_noise_steal(stat_text, 2) < 0);
	assert_int_equal(tb_noise_steal("cpu 1\ncpu0 ", 0), -1);
	assert_int_equal(tb_noise_steal("cpu 1\ncpu0 1 2 3 4 5 6 7 x\n", 0), -1);
	assert_int_equal(tb_noise_steal("cpu 1\ncpu0 1 2 3 4 5 6 7 8", 0), 8);
	assert_int_equal(tb_noise_steal("", 0), -1);
}

/* No text is read beyond its end. ASan would report it. */
static void damaged(void **state)
{
	static const char bytes[] = "0123456789:CPU \n-cpuERRMIS\t\xff";
	struct tb_random random;

	(void)state;
	tb_random_seed(&random, 7, 0);
	for (int round = 0; round < 2000; round++) {
		const char *whole = round % 2 ? interrupts : stat_text;
		size_t length = strlen(whole);
		char *text = malloc(length + 1);

		assert_non_null(text);
		memcpy(text, whole, length + 1);
		for (int i = 0; i < 8; i++)
			text[tb_random_below(&random, length)] =
				bytes[tb_random_below(&random, sizeof(bytes) - 1)];
		text[tb_random_below(&random, length + 1)] = '\0';
		for (int cpu = -1; cpu < 13; cpu++)
			assert_true(tb_noise_interrupts(text, cpu) >= -1 &&
				    tb_noise_steal(text, cpu) >= -1);
		free(text);
	}
}

static void labelled(void **state)
{
	(void)state;
	assert_int_equal(tb_noise_interrupt(interrupts, 2, "NMI"), 2);
	assert_int_equal(tb_noise_interrupt(interrupts, 10, "PIN"), 7);
	/* Neither a part of a label, nor another line's label, nor a machine's own number. */
	assert_int_equal(tb_noise_interrupt(interrupts, 0, "PI"), -1);
	assert_int_equal(tb_noise_interrupt(interrupts, 0, "HYP"), -1);
	assert_int_equal(tb_noise_interrupt(interrupts, 0, "ERR"), -1);
	assert_int_equal(tb_noise_interrupt(interrupts, 1, "NMI"), -1);
}

static const char schedstat[] = "version 17\ntimestamp 4295\n"
				"cpu0 0 0 9 8 7 6 123456789 5 4\ndomain0 MC 3 0 0 0\n"
				"cpu10 0 0 9 8 7 6 42 5 4\ncpu11 1 2 3\n";

static void running_time(void **state)
{
	(void)state;
	assert_int_equal(tb_noise_run_ns(schedstat, 0), 123456789);
	assert_int_equal(tb_noise_run_ns(schedstat, 10), 42);
	assert_int_equal(tb_noise_run_ns(schedstat, 1), -1);
	assert_int_equal(tb_noise_run_ns(schedstat, 11), -1);
	assert_int_equal(tb_noise_run_ns("", 0), -1);
}

static void stalls(void **state)
{
	(void)state;
	assert_int_equal(tb_noise_stalls("pswpin 1\npswpout 20\nallocstall_dma 300\n"
					 "allocstall_normal 4000\npgscan_kswapd 7\n"
					 "compact_stall 50000\ncompact_stall_not 6"),
			 54321);
	assert_int_equal(tb_noise_stalls("pswpin 0\n"), 0);
	/* More than 32 bits: 16 TiB of pages. */
	assert_int_equal(tb_noise_stalls("pswpin 4294967297\n"), 4294967297);
	assert_int_equal(tb_noise_stalls("pswpin 9223372036854775807\npswpout 1\n"), -1);
	assert_int_equal(tb_noise_stalls("nr_free_pages 7\n"), -1);
	assert_int_equal(tb_noise_stalls("pswpin"), -1);
	assert_int_equal(tb_noise_stalls(""), -1);
}

static void marks(void **state)
{
	const int32_t cpus[] = { 10, 12, 10 };
	struct tb_noise_mark mark;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	tb_noise_mark(&fake.root, cpus, 3, &mark);
	/* Each CPU once. */
	assert_int_equal(mark.cpus, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(mark.cpu[i].interrupts, -1);
		assert_int_equal(mark.cpu[i].hypervisor, -1);
		assert_int_equal(mark.cpu[i].steal_ticks, -1);
		assert_int_equal(mark.cpu[i].run_ns, -1);
	}
	assert_int_equal(mark.smi, -1);
	assert_int_equal(mark.stalls, -1);
	assert_int_equal(mark.wait_ns, -1);
	fakeroot_text(&fake, "proc/interrupts", interrupts);
	fakeroot_text(&fake, "proc/stat", stat_text);
	fakeroot_text(&fake, "proc/schedstat", schedstat);
	fakeroot_text(&fake, "proc/vmstat", "pswpin 5\n");
	fakeroot_text(&fake, "proc/thread-self/schedstat", "100 77 3\n");
	tb_noise_mark(&fake.root, cpus, 3, &mark);
	assert_int_equal(mark.cpu[0].cpu, 10);
	assert_int_equal(mark.cpu[0].interrupts, 1 + 30000 + 3 + 30000 + 7);
	assert_int_equal(mark.cpu[0].steal_ticks, -1);
	assert_int_equal(mark.cpu[0].run_ns, 42);
	assert_int_equal(mark.cpu[1].cpu, 12);
	assert_int_equal(mark.cpu[1].interrupts, -1);
	assert_int_equal(mark.cpu[1].steal_ticks, 83);
	assert_int_equal(mark.stalls, 5);
	assert_int_equal(mark.wait_ns, 77);
	assert_true(mark.on_cpu >= 0);
	assert_true(mark.max_rss_kib > 0);
	fakeroot_close(&fake);
}

static void rates(void **state)
{
	const struct tb_clock_mark from = { 1000, 5000 };
	struct tb_clock_rate rate = tb_clock_rate(from, (struct tb_clock_mark){ 3000, 6000 });

	(void)state;
	assert_true(rate.hz == 2e9);
	assert_string_equal(rate.source, "clock_monotonic_raw");
	/* 2^60 cycles in 2^58 ns: nothing overflows. */
	rate = tb_clock_rate((struct tb_clock_mark){ 0, 0 },
			     (struct tb_clock_mark){ 1ull << 60, 1ull << 58 });
	assert_true(rate.hz == 4e9);
	rate = tb_clock_rate((struct tb_clock_mark){ 0, 0 },
			     (struct tb_clock_mark){ UINT64_MAX, UINT64_MAX });
	assert_true(rate.hz == 1e9);
}

/* A clock that stood still or went back, as on a TSC that a hypervisor sets. */
static void no_rate(void **state)
{
	static const struct tb_clock_mark from = { 1000, 5000 };
	static const struct tb_clock_mark to[] = {
		{ 1000, 5000 }, { 1000, 6000 }, { 999, 6000 }, { 2000, 5000 }, { 2000, 4999 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(to); i++) {
		struct tb_clock_rate rate = tb_clock_rate(from, to[i]);

		assert_true(rate.hz == 0);
		assert_string_equal(rate.source, "unknown");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_a_column),
		cmocka_unit_test(offline_cpus),
		cmocka_unit_test(errors_are_no_column),
		cmocka_unit_test(missing_columns),
		cmocka_unit_test(hostile_interrupts),
		cmocka_unit_test(steal),
		cmocka_unit_test(damaged),
		cmocka_unit_test(labelled),
		cmocka_unit_test(running_time),
		cmocka_unit_test(stalls),
		cmocka_unit_test(marks),
		cmocka_unit_test(rates),
		cmocka_unit_test(no_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
