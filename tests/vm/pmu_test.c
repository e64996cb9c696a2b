// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters in the module's windows: where no PMU is, and by one whose counts are known. */
#include "pmu.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apf.h"

bool pmu_load(void)
{
	int fd = open("/fake-pmu.ko", O_RDONLY | O_CLOEXEC);
	bool loaded = !syscall(SYS_finit_module, fd, "", 0);

	expect(loaded, "the made-up PMU is not loaded: %s", strerror(errno));
	close(fd);
	return loaded;
}

void pmu_unload(void)
{
	bool unloaded = !syscall(SYS_delete_module, "fake_pmu", O_NONBLOCK);

	expect(unloaded, "events are left: %s", strerror(errno));
}

struct tb_pmu_setup pmu_setup(uint32_t cpu, uint32_t n)
{
	struct tb_pmu_setup pmu = { .cpu = cpu, .n = n };

	for (uint32_t i = 0; i < n; i++)
		pmu.event[i] = (struct tb_pmu_event){ .type = PERF_TYPE_RAW, .config = i };
	return pmu;
}

static void counters(void)
{
	struct tb_pmu_setup pmu = { .n = 1 };
	int fd = device(), got;

	pmu.event[0] = (struct tb_pmu_event){ .type = PERF_TYPE_HARDWARE,
					      .config = PERF_COUNT_HW_CPU_CYCLES };
	got = call(fd, TB_IOC_PMU_SETUP, &pmu);
	if (info_of(fd).caps & TB_CAP_RDPMC)
		say("this machine has a PMU: setup says %d", got);
	else
		expect(got == -ENOENT || got == -EOPNOTSUPP, "no PMU, and setup says %d", got);
	pmu.event[0].type = PERF_TYPE_SOFTWARE;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, -EINVAL, "a software event");
	pmu.event[0].type = PERF_TYPE_RAW;
	pmu.event[0].exclude = 8;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, -EINVAL, "an unknown exclusion");
	pmu.event[0].exclude = 0;
	pmu.cpu = 100000;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, -ENXIO, "no such CPU");
	pmu.cpu = 0;
	pmu.n = TB_PMU_EVENTS + 1;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, -EINVAL, "too many");
	pmu.n = 0;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, 0, "none");
	close(fd);
}

static void expect_counts(const __u64 *count, uint32_t n, const char *what)
{
	for (uint32_t i = 0; i < n; i++)
		expect(count[i] == i + 1, "%s: counter %u counts %llu", what, i,
		       (unsigned long long)count[i]);
}

static int shoot(int fd, struct tb_flush_sample *sample, uint32_t cpu)
{
	*sample = (struct tb_flush_sample){ .cpu = cpu,
					    .setup = L1D_DO_FLUSH,
					    .flags = TB_SAMPLE_COUNT };
	return call(fd, TB_IOC_FLUSH_SAMPLE, sample);
}

/* Often enough for each counter to pass its end. */
static void counted_samples(int fd)
{
	struct tb_flush_setup setup = { .l1d_bytes = 32 << 10, .flush_bytes = 64 << 10, .loop = 1 };
	struct tb_flush_sample sample;

	expect_call(fd, TB_IOC_FLUSH_SETUP, &setup, 0, "setup");
	for (int i = 0; i < 60; i++) {
		expect(!shoot(fd, &sample, 0), "a counted sample fails");
		expect_counts(sample.count, PMU_COUNTERS, "a sample");
	}
	pin(1);
	expect(shoot(fd, &sample, 1) == -EBUSY, "counted by another CPU's counters");
	pin(0);
}

static void counted_wakes(int fd)
{
	struct tb_apf_wait wait = { .token = 1 };
	struct tb_apf_wake wake;

	for (uint32_t n = 1; n <= PMU_COUNTERS; n++) {
		struct tb_pmu_setup pmu = pmu_setup(0, n);

		expect_call(fd, TB_IOC_PMU_SETUP, &pmu, 0, "other counters");
		expect(!apf_wake(fd, 1, TB_APF_COUNT, &wake) && wake.dummies == 1, "early wake");
		expect_counts(wake.count, n, "an early wake");
		expect_call(fd, TB_IOC_APF_WAIT, &wait, 0, "wait");
		expect(!apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL | TB_APF_COUNT, &wake), "all");
		expect_counts(wake.count, n, "a wake of all");
	}
	pin(1);
	expect(apf_wake(fd, 1, TB_APF_COUNT, NULL) == -EBUSY, "counted by another CPU's counters");
	pin(0);
	expect_empty(fd);
}

static void refused_events(int fd)
{
	struct tb_pmu_setup pmu = pmu_setup(0, 2);
	struct tb_flush_sample sample;

	pmu.event[1].config = PMU_NO_ROOM;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, -EBUSY, "an event that finds no room");
	expect(shoot(fd, &sample, 0) == -ENODATA, "half a set of counters");
	pmu.event[1].config = PMU_NO_COUNT;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, -EDOM, "an event whose RDPMC yields no count");
	pmu.event[1].config = PMU_NO_COUNT + 1;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, -ENOENT, "no such event");
	if (!has_table())
		return;
	expect(apf_wake(fd, 1, TB_APF_COUNT, NULL) == -ENODATA, "half a set of counters");
	expect_empty(fd);
}

static void counted(void)
{
	struct tb_pmu_setup pmu = pmu_setup(0, PMU_COUNTERS);
	int fd = device();

	pin(0);
	if (!pmu_load())
		return;
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, 0, "counters");
	expect_counts(pmu.null, PMU_COUNTERS, "nothing");
	counted_samples(fd);
	if (has_table())
		counted_wakes(fd);
	refused_events(fd);
	pmu = pmu_setup(1, 1);
	expect_call(fd, TB_IOC_PMU_SETUP, &pmu, 0, "counters of another CPU");
	/* Closing the file closes open events. Else the PMU would stay in use. */
	close(fd);
	pmu_unload();
}

const struct test pmu_tests[] = { { "counters without a PMU", counters },
				  { "counts of a made-up PMU", counted },
				  { 0 } };
