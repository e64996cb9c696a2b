// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The benchmarks' interface to the kernel module: a wrong module is rejected, and the requested
 * counters are used.
 */
#include "module_world.h"

#include "benches.h"
#include "device/device.h"
#include "given_threads.h"
#include "planted.h"
#include "probe_world.h"

static struct tb_info info;

static int probe_device(struct tb_probe *probe)
{
	return tb_device_probe(probe, &info);
}

static void probe(struct tb_variant *variant)
{
	static const struct tb_param none[] = { { 0 } };
	static const struct tb_bench bench = { .name = "t/device",
					       .params = none,
					       .probe = probe_device };
	const struct tb_machine stage = { .cpu = { 0 } };

	*variant = (struct tb_variant){ .bench = &bench };
	tb_variant_probe(variant, &stage);
}

static void each_refusal_has_its_reason(void **state)
{
	static const struct {
		int open_err, info_err;
		unsigned int abi;
		const char *code;
	} rows[] = {
		{ 0, 0, TB_ABI, "" },
		{ ENOENT, 0, TB_ABI, "no-module" },
		{ ENODEV, 0, TB_ABI, "no-module" },
		{ ENXIO, 0, TB_ABI, "no-module" },
		{ EIO, 0, TB_ABI, "no-module" },
		{ EACCES, 0, TB_ABI, "no-permission" },
		{ EPERM, 0, TB_ABI, "no-permission" },
		{ 0, ENOTTY, TB_ABI, "module-mismatch" },
		{ 0, 0, TB_ABI + 1, "module-mismatch" },
		{ 0, 0, TB_ABI - 1, "module-mismatch" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tb_variant v;

		device_err = rows[i].open_err;
		module.info_err = rows[i].info_err;
		module.abi = rows[i].abi;
		module.caps = TB_CAP_APF | TB_CAP_RDPMC;
		probe(&v);
		assert_string_equal(v.code, rows[i].code);
		assert_true(!v.code[0] == !v.reason[0]);
		if (!v.code[0])
			assert_int_equal(info.caps, TB_CAP_APF | TB_CAP_RDPMC);
	}
	device_err = module.info_err = 0;
}

/* The table is not there in every kernel. */
static void the_wait_table_is_a_capability(void **state)
{
	struct tb_variant v;

	(void)state;
	module.abi = TB_ABI;
	module.caps = TB_CAP_APF;
	assert_string_equal(probe_code(&v, &apf_wake_kernel, ""), "");
	module.caps = ~(unsigned int)TB_CAP_APF;
	assert_string_equal(probe_code(&v, &apf_wake_kernel, ""), "no-kernel-support");
	module.abi = TB_ABI + 1;
	assert_string_equal(probe_code(&v, &apf_wake_kernel, ""), "module-mismatch");
}

static void no_device_no_launch(void **state)
{
	struct tb_trial trial;

	(void)state;
	given_open(&trial, &apf_wake_kernel, NULL);
	device_err = ENOENT;
	assert_int_equal(tb_device_open_trial(&trial), -ENOENT);
	assert_non_null(strstr(trial.shm->why, "could not be opened"));
	device_err = 0;
	given_close(&trial);
}

static struct tb_event event(uint32_t type, uint64_t config)
{
	struct tb_event e = { .encoding = "there is one" };

	snprintf(e.name, sizeof(e.name), "e%d", (int)config);
	e.attr.type = type;
	e.attr.config = config;
	e.attr.config1 = 100 + config;
	e.attr.config2 = 200 + config;
	return e;
}

static void count(struct tb_trial *trial, const struct tb_events *events,
		  struct tb_counters *counters)
{
	module.pmu_setups = 0;
	memset(counters, 0, sizeof(*counters));
	given_open(trial, &apf_wake_kernel, NULL);
	trial->shm->events = *events;
	trial->shm->job.cpu[0] = 5;
	trial->shm->job.cpu[1] = 6;
}

static const char *unavailable(const struct tb_trial *trial, unsigned int event_place)
{
	return trial->shm->unavailable[tb_bench_metrics(&apf_wake_kernel) + event_place];
}

/* The third of six is refused by the module, the sixth has no room. */
static void requested_counters_are_used(void **state)
{
	struct tb_events events = { .n = 7 };
	struct tb_counters counters;
	struct tb_trial trial;

	(void)state;
	for (unsigned int i = 0; i < events.n; i++)
		events.at[i] = event(PERF_TYPE_RAW, i + 1);
	events.at[0].attr.exclude_user = 1;
	events.at[1].attr.exclude_hv = 1;
	module.pmu_refuses = 3;
	count(&trial, &events, &counters);
	assert_int_equal(tb_device_count(&trial, 7, &events, &counters), 0);
	assert_int_equal(counters.n, 4);
	assert_true(counters.rdpmc);
	assert_int_equal(module.pmu.n, 4);
	assert_int_equal(module.pmu.cpu, 5);
	for (unsigned int k = 0; k < 4; k++) {
		uint64_t config = k < 2 ? k + 1 : k + 2;
		char name[48];

		assert_int_equal(counters.at[k].event, config - 1);
		assert_int_equal(counters.at[k].fd, -1);
		assert_int_equal(module.pmu.event[k].type, PERF_TYPE_RAW);
		assert_int_equal(module.pmu.event[k].config, config);
		assert_int_equal(module.pmu.event[k].config1, 100 + config);
		assert_int_equal(module.pmu.event[k].config2, 200 + config);
		assert_int_equal(module.pmu.event[k].exclude, k == 0   ? TB_PMU_NOT_USER
							      : k == 1 ? TB_PMU_NOT_HYPERVISOR
								       : 0);
		snprintf(name, sizeof(name), "overhead-event/e%d", (int)config);
		assert_true(given_control(&trial, name) == (double)config * 7);
		assert_string_equal(unavailable(&trial, (unsigned int)config - 1), "");
	}
	assert_string_not_equal(unavailable(&trial, 2), "");
	assert_non_null(strstr(unavailable(&trial, 5), "no more than four"));
	assert_non_null(strstr(unavailable(&trial, 6), "no more than four"));
	module.pmu_refuses = 0;
	given_close(&trial);
}

/* Each is refused without a call of the module, with its own reason. */
static void uncountable_events_have_a_reason(void **state)
{
	struct tb_events events = { .n = 4 };
	struct tb_counters counters;
	struct tb_trial trial;

	(void)state;
	events.at[0] = event(PERF_TYPE_SOFTWARE, 1);
	events.at[1] = event(PERF_TYPE_RAW, 2);
	events.at[1].attr.exclude_kernel = 1;
	events.at[2] = event(PERF_TYPE_RAW, 3);
	events.at[2].encoding[0] = '\0';
	snprintf(events.at[2].why, sizeof(events.at[2].why), "no such event");
	events.at[3] = event(PERF_TYPE_HW_CACHE, 4);
	count(&trial, &events, &counters);
	assert_int_equal(tb_device_count(&trial, 7, &events, &counters), 0);
	assert_int_equal(counters.n, 1);
	assert_int_equal(counters.at[0].event, 3);
	assert_int_equal(module.pmu_setups, 2); /* tried, and opened once more */
	assert_non_null(strstr(unavailable(&trial, 0), "the core's own PMU"));
	assert_non_null(strstr(unavailable(&trial, 1), "kernel's share is excluded"));
	assert_string_equal(unavailable(&trial, 2), "no such event");
	given_close(&trial);
}

static void counters_that_cannot_be_opened_again(void **state)
{
	struct tb_events events = { .n = 1 };
	struct tb_counters counters;
	struct tb_trial trial;

	(void)state;
	events.at[0] = event(PERF_TYPE_HARDWARE, 1);
	count(&trial, &events, &counters);
	module.pmu_fails = 2;
	assert_int_equal(tb_device_count(&trial, 7, &events, &counters), -EBUSY);
	assert_non_null(strstr(trial.shm->why, "opened again"));
	module.pmu_fails = 0;
	given_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_refusal_has_its_reason),
		cmocka_unit_test(the_wait_table_is_a_capability),
		cmocka_unit_test(no_device_no_launch),
		cmocka_unit_test(requested_counters_are_used),
		cmocka_unit_test(uncountable_events_have_a_reason),
		cmocka_unit_test(counters_that_cannot_be_opened_again),
	};

	alarm(TEST_SECONDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
