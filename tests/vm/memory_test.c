// SPDX-License-Identifier: GPL-2.0-or-later
/* Memory of the module: the limit of an open file, and that closing frees it. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "ktap.h"

struct memory {
	long available, slab; /* KiB; slab: what the kernel can't give back */
};

static struct memory memory_now(void)
{
	struct memory now = { -1, -1 };
	char line[128];
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "MemAvailable: %ld", &now.available);
		sscanf(line, "SUnreclaim: %ld", &now.slab);
	}
	if (f)
		fclose(f);
	return now;
}

/* Opened, filled in every way, and closed. */
static void fill_and_close(unsigned int times)
{
	struct tb_apf_wake wake = { 0 };
	struct tb_flush_setup setup = small;

	setup.buffer = L1D_IN_L3;
	setup.l2_bytes = 256 << 10;
	for (unsigned int i = 0; i < times; i++) {
		int fd = device();

		expect_call(fd, TB_IOC_FLUSH_SETUP, &setup, 0, "setup");
		expect_call(fd, TB_IOC_FLUSH_SETUP, &setup, 0, "setup again");
		for (wake.token = 0; wake.token < TB_APF_DUMMIES; wake.token++)
			call(fd, TB_IOC_APF_WAKE, &wake);
		close(fd);
		alive("opened and closed", i);
	}
}

/* Bounds: 200 times the dummies are 13 MiB of slab, 200 times the smallest area 100 MiB. */
static void freed(void)
{
	struct memory before, after;
	long areas, slab;

	fill_and_close(20);
	before = memory_now();
	fill_and_close(200);
	after = memory_now();
	areas = before.available - after.available;
	slab = after.slab - before.slab;
	expect(before.slab > 0 && areas < 30000 && slab < 6000,
	       "%ld KiB are gone, of slab %ld more are used", areas, slab);
	say("%ld KiB less available, %ld more of slab", areas, slab);
}

/* How often the kernel killed a process for want of memory. */
static long oom_kills(void)
{
	char line[128];
	long kills = -1;
	FILE *f = fopen("/proc/vmstat", "r");

	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "oom_kill %ld", &kills);
	if (f)
		fclose(f);
	return kills;
}

/* The documented limit of an open file, and how close the largest one gets. */
static void bounded(void)
{
	enum { MOST_KIB = 72 << 10, LEAST_KIB = 64 << 10, OTHERS_KIB = 4 << 10 };
	struct tb_flush_setup setup = small;
	long before, used;
	int fd = device();

	setup.buffer = L1D_IN_L3;
	setup.l2_bytes = TB_L2_MAX;
	setup.flush_bytes = 4096;
	before = memory_now().available;
	expect_call(fd, TB_IOC_FLUSH_SETUP, &setup, 0, "the largest");
	used = before - memory_now().available;
	expect(used > LEAST_KIB - OTHERS_KIB && used < MOST_KIB + OTHERS_KIB,
	       "the largest setup takes %ld KiB", used);
	close(fd);
}

/* Open files until memory is exhausted: the caller gets ENOMEM, and no process is killed. */
static void exhausted(void)
{
	enum { FILES = 64 };
	struct tb_flush_setup setup = small;
	int fd[FILES], n = 0, err = 0, open_files;
	long kills = oom_kills();

	setup.buffer = L1D_IN_L3;
	setup.l2_bytes = TB_L2_MAX;
	setup.flush_bytes = 4096;
	while (n < FILES && !err) {
		fd[n] = device();
		err = call(fd[n++], TB_IOC_FLUSH_SETUP, &setup);
		alive("open files", (uint64_t)n);
	}
	open_files = n;
	while (n)
		close(fd[--n]);
	expect(err == -ENOMEM, "the last of %d setups says %d", open_files, err);
	/* Where they are not counted, the kernel's log has a trace of each, which the host finds. */
	expect(oom_kills() == kills, "%ld processes were killed", oom_kills() - kills);
}

const struct test memory_tests[] = { { "freed at the close", freed },
				     { "bounded memory", bounded },
				     { "memory used up", exhausted },
				     { 0 } };
