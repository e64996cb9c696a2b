// SPDX-License-Identifier: GPL-2.0-or-later
/* The noise of a launch's CPUs, from two given readings. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/contention.h"
#include "run/noise_watch.h"
#include "run/trial.h"

static struct {
	struct tb_noise_mark mark[2]; /* before and after */
	unsigned int marks;
	int slow[16]; /* what each look at a CPU says */
	int32_t looked[16];
	unsigned int looks;
} given;

static void given_mark(const int32_t *cpu, unsigned int n, struct tb_noise_mark *mark)
{
	assert_int_equal(n, 3);
	assert_int_equal(cpu[0], 4);
	*mark = given.mark[given.marks++];
}

static int given_contention(int32_t cpu)
{
	given.looked[given.looks] = cpu;
	return given.slow[given.looks++];
}

#define tb_noise_mark(root, cpu, n, mark) ((void)(root), given_mark(cpu, n, mark))
#define tb_contention(cpu)		  given_contention(cpu)
#include "run/noise_watch.c"
#undef tb_noise_mark

struct rig {
	struct tb_bench bench;
	struct tb_trial trial;
	struct tb_noise_watch watch;
	int fd;
};

static struct rig rig;

/* Roles 0 and 2 are on one CPU. Each reading differs from each, so that none passes for another. */
static int open_rig(void **state)
{
	(void)state;
	memset(&given, 0, sizeof(given));
	rig = (struct rig){ .bench = { .name = "fake/one", .cpus = 3 } };
	rig.trial.bench = &rig.bench;
	if (tb_launch_shm_create(1, 4, &rig.fd, &rig.trial.shm))
		return -1;
	rig.trial.shm->job.cpu[0] = rig.trial.shm->job.cpu[2] = 4;
	rig.trial.shm->job.cpu[1] = 7;
	given.mark[0] = (struct tb_noise_mark){
		.cpus = 2,
		.cpu = { { 4, 100, 200, 300, 40000 }, { 7, 500, 600, 700, 80000 } },
		.smi = 11,
		.stalls = 22,
		.own_ns = 33000,
		.wait_ns = 44,
		.ns = 1000000,
		.involuntary = 55,
		.voluntary = 66,
		.minor_faults = 77,
		.max_rss_kib = 88,
		.on_cpu = 4,
	};
	given.mark[1] = (struct tb_noise_mark){
		.cpus = 2,
		.cpu = { { 4, 101, 202, 303, 44000 }, { 7, 505, 606, 707, 88100 } },
		.smi = 19,
		.stalls = 32,
		.own_ns = 44000,
		.wait_ns = 56,
		.ns = 1300000,
		.involuntary = 68,
		.voluntary = 80,
		.minor_faults = 92,
		.max_rss_kib = 108,
		.on_cpu = 4,
	};
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	tb_launch_shm_unmap(rig.trial.shm);
	return close(rig.fd);
}

static const struct tb_noise *watched(void)
{
	tb_noise_watch_open(&rig.watch, &rig.trial);
	tb_noise_watch_begin(&rig.watch);
	tb_noise_watch_end(&rig.watch);
	tb_noise_watch_close(&rig.watch);
	return &rig.trial.shm->noise;
}

static void differences(void **state)
{
	const struct tb_noise *noise = watched();

	(void)state;
	assert_int_equal(noise->cpus, 2);
	assert_int_equal(noise->cpu[0].cpu, 4);
	assert_int_equal(noise->cpu[0].interrupts, 1);
	assert_int_equal(noise->cpu[0].hypervisor, 2);
	assert_int_equal(noise->cpu[0].steal_ticks, 3);
	assert_int_equal(noise->cpu[0].run_ns, 4000);
	assert_int_equal(noise->cpu[1].cpu, 7);
	assert_int_equal(noise->cpu[1].interrupts, 5);
	assert_int_equal(noise->cpu[1].hypervisor, 6);
	assert_int_equal(noise->cpu[1].steal_ticks, 7);
	assert_int_equal(noise->cpu[1].run_ns, 8100);
	assert_int_equal(noise->smi, 8);
	assert_int_equal(noise->stalls, 10);
	assert_int_equal(noise->wait_ns, 12);
	assert_int_equal(noise->involuntary, 13);
	assert_int_equal(noise->voluntary, 14);
	assert_int_equal(noise->minor_faults, 15);
	assert_int_equal(noise->max_rss_kib, 108);
	assert_int_equal(noise->span_ns, 300000);
	assert_int_equal(noise->migrated, 0);
	assert_int_equal(noise->timed, 1);
	/* 12100 ns of all tasks on both CPUs, 11000 ns of them this process's. */
	assert_int_equal(noise->others_ns, 1100);
}

/* What could not be read before or after, or went back, is not known. */
static void unknown(void **state)
{
	const struct tb_noise *noise;

	(void)state;
	given.mark[0].cpu[0].interrupts = -1;
	given.mark[1].cpu[0].hypervisor = -1;
	given.mark[1].cpu[1].steal_ticks = 699;
	given.mark[0].smi = -1;
	given.mark[1].stalls = -1;
	given.mark[1].wait_ns = 43;
	noise = watched();
	assert_int_equal(noise->cpu[0].interrupts, -1);
	assert_int_equal(noise->cpu[0].hypervisor, -1);
	assert_int_equal(noise->cpu[1].steal_ticks, -1);
	assert_int_equal(noise->cpu[1].interrupts, 5);
	assert_int_equal(noise->smi, -1);
	assert_int_equal(noise->stalls, -1);
	assert_int_equal(noise->wait_ns, -1);
	assert_int_equal(noise->others_ns, 1100);
}

static void others(void **state)
{
	(void)state;
	/* This process alone, and its time is finer than the CPUs'. */
	given.mark[1].own_ns = 33000 + 12101;
	assert_int_equal(watched()->others_ns, 0);
	given.marks = 0;
	given.mark[1].own_ns = 33000 + 12100;
	assert_int_equal(watched()->others_ns, 0);
	given.marks = 0;
	given.mark[1].own_ns = 33000;
	assert_int_equal(watched()->others_ns, 12100);
}

/* One CPU that is not known, and nothing is known of the sum. */
static void unknown_others(void **state)
{
	(void)state;
	given.mark[0].cpu[1].run_ns = -1;
	assert_int_equal(watched()->others_ns, -1);
	given.marks = 0;
	given.mark[0].cpu[1].run_ns = 80000;
	given.mark[1].own_ns = -1;
	assert_int_equal(watched()->others_ns, -1);
}

static void migrated(void **state)
{
	(void)state;
	given.mark[1].on_cpu = 5;
	assert_int_equal(watched()->migrated, 1);
}

/* A look at each CPU before the setup and after the teardown: the busier of the two counts. */
static void repeated_readings(void **state)
{
	static const int slow[] = { 1, 0, 0, 5 };
	const struct tb_noise *noise;

	(void)state;
	memcpy(given.slow, slow, sizeof(slow));
	tb_noise_watch_open(&rig.watch, &rig.trial);
	assert_int_equal(given.looks, 2);
	tb_noise_watch_begin(&rig.watch);
	tb_noise_watch_end(&rig.watch);
	assert_int_equal(given.looks, 2);
	tb_noise_watch_close(&rig.watch);
	noise = &rig.trial.shm->noise;
	assert_int_equal(given.looks, 4);
	assert_int_equal(given.looked[0], 4);
	assert_int_equal(given.looked[1], 7);
	assert_int_equal(given.looked[3], 7);
	assert_int_equal(noise->slow_yields[0], 1);
	assert_int_equal(noise->slow_yields[1], 5);
}

/* A look that failed leaves the question open, whichever it was. */
static void failing_readings_give_nulls(void **state)
{
	static const int slow[] = { -EPERM, 3, 4, -EINVAL };
	const struct tb_noise *noise;

	(void)state;
	memcpy(given.slow, slow, sizeof(slow));
	noise = watched();
	assert_int_equal(noise->slow_yields[0], -EPERM);
	assert_int_equal(noise->slow_yields[1], -EINVAL);
}

static void no_times(void **state)
{
	const struct tb_noise *noise;

	(void)state;
	rig.bench.untimed = true;
	noise = watched();
	assert_int_equal(given.looks, 0);
	assert_int_equal(noise->timed, 0);
	assert_int_equal(noise->slow_yields[0], -1);
	assert_int_equal(noise->slow_yields[1], -1);
	assert_int_equal(noise->cpu[1].interrupts, 5);
}

/* A launch that breaks off between has read nothing. */
static void not_begun(void **state)
{
	const struct tb_noise *noise = &rig.trial.shm->noise;

	(void)state;
	tb_noise_watch_open(&rig.watch, &rig.trial);
	assert_int_equal(noise->cpus, 2);
	assert_int_equal(noise->cpu[0].cpu, 4);
	assert_int_equal(noise->cpu[1].run_ns, -1);
	assert_int_equal(noise->smi, -1);
	assert_int_equal(noise->stalls, -1);
	assert_int_equal(noise->wait_ns, -1);
	assert_int_equal(noise->others_ns, -1);
	tb_noise_watch_close(&rig.watch);
}

#define watch_test(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
	const struct CMUnitTest tests[] = {
		watch_test(differences),
		watch_test(unknown),
		watch_test(others),
		watch_test(unknown_others),
		watch_test(migrated),
		watch_test(repeated_readings),
		watch_test(failing_readings_give_nulls),
		watch_test(no_times),
		watch_test(not_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
