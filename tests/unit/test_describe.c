// SPDX-License-Identifier: GPL-2.0-or-later
/* A launch in the record: each value in its field and unit, each null with its reason. */
#include "book.h"

#include "measure/gate.h"

static struct tb_launch launch;
static struct tb_launch_shm *shm;
static json_t *json;

static int open_launch(void **state)
{
	int fd;

	(void)state;
	launch = (struct tb_launch){ .exit = TB_EXIT_OK, .ns_fork = 1000000, .ns_reap = 16500000 };
	if (tb_launch_shm_create(BOOK_METRICS + 1, BOOK_ROOM, &fd, &shm))
		return -1;
	close(fd);
	shm->job.cpu[0] = 4;
	shm->ns_warm = 3500000;
	shm->ns_sampled = 11500000;
	shm->rounds = 64;
	shm->warm_ups = 16;
	shm->fifo = shm->locked = 1;
	shm->gate.floor = 1.25;
	shm->gate.own_floor = 1.5;
	shm->gate.l2_rate = 1.75;
	shm->gate.looks = 90;
	shm->gate.quiet = 50;
	shm->gate.disturbed = 14;
	shm->gate.wait_ns = 2500000;
	shm->noise = (struct tb_noise){ .involuntary = 1,
					.voluntary = 2,
					.minor_faults = 3,
					.max_rss_kib = 4,
					.cpu = { { 4, 5, 6, 7, 8 }, { 9, 10, 11, 12, 13 } },
					.slow_yields = { 14, 15 },
					.cpus = 2,
					.smi = 16,
					.stalls = 17,
					.wait_ns = 18500000,
					.others_ns = 19500000,
					.span_ns = 20000000,
					.timed = 1 };
	return 0;
}

static int close_launch(void **state)
{
	(void)state;
	json_decref(json);
	json = NULL;
	tb_launch_shm_unmap(shm);
	return 0;
}

static void describe(void)
{
	json_decref(json);
	json = tb_describe_launch(&launch, shm, 7, 30);
	assert_non_null(json);
}

static json_t *at(const char *path)
{
	json_t *found = json_path(json, path);

	if (!found)
		fail_msg("no %s", path);
	return found;
}

static void assert_is(const char *path, double want)
{
	const json_t *found = at(path);

	if (!json_is_number(found) || json_number_value(found) != want)
		fail_msg("%s is %g, not %g", path, json_number_value(found), want);
}

static void assert_says(const char *path, const char *want)
{
	const char *got = json_string_value(at(path));

	if (!got || strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", path, got ? got : "no text", want);
}

static void figures(void **state)
{
	(void)state;
	describe();
	assert_is("index", 7);
	assert_is("seq", 30);
	assert_is("cpu", 4);
	assert_says("exit", "ok");
	assert_true(json_is_null(at("reason")));
	assert_says("policy", "fifo");
	assert_true(json_is_null(at("policy_reason")));
	assert_true(json_is_true(at("locked")));
	assert_true(json_is_null(at("locked_reason")));
	assert_is("rounds", 64);
	assert_is("warm_ups", 16);
	/* Milliseconds: from the fork to the first warm-up, to the last sample, to the end. */
	assert_is("cost.start_ms", 2.5);
	assert_is("cost.window_ms", 8);
	assert_is("cost.finish_ms", 5);
	assert_is("rusage.minor_faults", 3);
	assert_is("rusage.max_rss_kib", 4);
}

static void gates(void **state)
{
	(void)state;
	describe();
	assert_is("gate.floor", 1.25);
	assert_is("gate.own_floor", 1.5);
	assert_is("gate.l2_cycles_per_line", 1.75);
	assert_is("gate.tolerance", 1.05);
	assert_is("gate.looks", 90);
	assert_is("gate.quiet", 50);
	assert_is("gate.disturbed", 14);
	assert_is("gate.wait_ms", 2.5);
	shm->gate.looks = 0;
	describe();
	assert_true(json_is_null(at("gate")));
}

static void noises(void **state)
{
	(void)state;
	describe();
	assert_is("noise.interrupts", 5);
	assert_is("noise.steal_ticks", 7);
	assert_is("noise.involuntary_switches", 1);
	assert_is("noise.voluntary_switches", 2);
	assert_true(json_is_false(at("noise.migrated")));
	assert_is("noise.smi", 16);
	assert_is("noise.memory_stalls", 17);
	assert_is("noise.wait_ms", 18.5);
	assert_is("noise.others_ms", 19.5);
	assert_int_equal(json_array_size(at("noise.cpus")), 2);
	assert_is("noise.cpus.0.cpu", 4);
	assert_is("noise.cpus.0.interrupts", 5);
	assert_is("noise.cpus.0.hypervisor_interrupts", 6);
	assert_is("noise.cpus.0.steal_ticks", 7);
	assert_is("noise.cpus.0.slow_yields", 14);
	assert_is("noise.cpus.1.cpu", 9);
	assert_is("noise.cpus.1.interrupts", 10);
	assert_is("noise.cpus.1.hypervisor_interrupts", 11);
	assert_is("noise.cpus.1.steal_ticks", 12);
	assert_is("noise.cpus.1.slow_yields", 15);
	assert_int_equal(json_array_size(at("noise.nulls")), 0);
	shm->noise.migrated = 1;
	describe();
	assert_true(json_is_true(at("noise.migrated")));
}

/* The one null with this reason. */
static void assert_null_because(const char *field, const char *reason)
{
	char path[64];

	describe();
	snprintf(path, sizeof(path), "noise.%s", field);
	if (json_path(json, path) && !json_is_null(at(path)))
		fail_msg("%s is not null", path);
	assert_int_equal(json_array_size(at("noise.nulls")), 1);
	assert_says("noise.nulls.0.field", field);
	if (!strstr(json_string_value(at("noise.nulls.0.reason")), reason))
		fail_msg("%s is null: %s", field, json_string_value(at("noise.nulls.0.reason")));
}

static void reasons_of_nulls(void **state)
{
	struct tb_noise *noise = &shm->noise;
	const struct tb_noise whole = *noise;

	(void)state;
	noise->cpu[0].steal_ticks = -1;
	assert_null_because("steal_ticks", "/proc/stat has no such field");
	*noise = whole;
	noise->cpu[0].interrupts = -1;
	assert_null_because("interrupts", "/proc/interrupts has no column");
	*noise = whole;
	noise->cpu[0].hypervisor = -1;
	assert_null_because("hypervisor_interrupts", "no line HYP");
	*noise = whole;
	noise->smi = -1;
	assert_null_because("smi", "MSR_SMI_COUNT");
	*noise = whole;
	noise->stalls = -1;
	assert_null_because("memory_stalls", "/proc/vmstat");
	*noise = whole;
	noise->wait_ns = -1;
	assert_null_because("wait_ms", "/proc/thread-self/schedstat");
	*noise = whole;
	noise->others_ns = -1;
	assert_null_because("others_ms", "/proc/schedstat");
	*noise = whole;
	noise->slow_yields[0] = -EPERM;
	assert_null_because("slow_yields", "no thread could run there at normal priority");
	assert_true(json_is_null(at("noise.cpus.0.slow_yields")));
	noise->timed = 0;
	assert_null_because("slow_yields", "the benchmark has no timed metric");
}

/* A launch that ended before its last sample has no differences. */
static void no_second_mark(void **state)
{
	static const char *const fields[] = { "smi", "memory_stalls", "wait_ms", "others_ms" };

	(void)state;
	shm->noise.span_ns = 0;
	describe();
	assert_true(json_is_null(at("noise.smi")));
	assert_true(json_is_null(at("noise.memory_stalls")));
	assert_true(json_is_null(at("noise.wait_ms")));
	assert_true(json_is_null(at("noise.others_ms")));
	assert_int_equal(json_array_size(at("noise.nulls")), COUNT(fields));
	for (size_t i = 0; i < COUNT(fields); i++) {
		char path[64];

		snprintf(path, sizeof(path), "noise.nulls.%zu.field", i);
		assert_says(path, fields[i]);
		snprintf(path, sizeof(path), "noise.nulls.%zu.reason", i);
		assert_says(path, "the launch ended before its last sample");
	}
	shm->ns_sampled = 0;
	describe();
	assert_true(json_is_null(at("cost.window_ms")));
	assert_true(json_is_null(at("cost.finish_ms")));
	assert_is("cost.start_ms", 2.5);
}

static void checks_and_controls(void **state)
{
	(void)state;
	shm->n_checks = 2;
	shm->check[0] = (struct tb_check){ "children", "5", "5", 1 };
	shm->check[1] = (struct tb_check){ "pages", "6", "7", 0 };
	shm->n_controls = 2;
	shm->control[0] = (struct tb_control){ "slope", 1.5 };
	shm->control[1] = (struct tb_control){ "scale", NAN };
	launch.exit = TB_EXIT_CHECK;
	snprintf(launch.reason, sizeof(launch.reason), "a check failed");
	describe();
	assert_says("exit", "check-failed");
	assert_says("reason", "a check failed");
	assert_int_equal(json_array_size(at("checks")), 2);
	assert_says("checks.0.name", "children");
	assert_says("checks.0.want", "5");
	assert_true(json_is_true(at("checks.0.pass")));
	assert_says("checks.1.name", "pages");
	assert_says("checks.1.want", "6");
	assert_says("checks.1.got", "7");
	assert_true(json_is_false(at("checks.1.pass")));
	assert_is("controls.slope", 1.5);
	assert_true(json_is_null(at("controls.scale")));
}

static void classes(void **state)
{
	(void)state;
	shm->fifo = shm->locked = 0;
	shm->fifo_err = -EPERM;
	shm->lock_err = -ENOMEM;
	describe();
	assert_says("policy", "other");
	assert_true(json_is_string(at("policy_reason")));
	assert_true(json_is_false(at("locked")));
	assert_true(json_is_string(at("locked_reason")));
}

static void counters(void **state)
{
	(void)state;
	describe();
	assert_true(json_is_null(at("pmu")));
	assert_says("pmu_reason", "no events were requested");
	shm->events.n = 1;
	snprintf(shm->unavailable[0], TB_TEXT, "the metric's reason");
	describe();
	assert_says("pmu_reason", "the launch ended before it counted");
	snprintf(shm->unavailable[BOOK_METRICS], TB_TEXT, "no PMU");
	describe();
	assert_says("pmu_reason", "no PMU");
	shm->pmu.counted = 1;
	shm->pmu.operations = 4;
	describe();
	assert_true(json_is_null(at("pmu_reason")));
	assert_says("pmu.read", "syscall");
	assert_says("pmu.scope", "sample");
	assert_is("pmu.operations", 4);
	shm->pmu.rdpmc = shm->pmu.windowed = 1;
	describe();
	assert_says("pmu.read", "rdpmc");
	assert_says("pmu.scope", "window");
}

/* What a metric is, before anything is measured. */
static void metrics(void **state)
{
	static const struct tb_metric some[] = {
		{ .name = "cycles", .unit = TB_TSC, .headline = true },
		{ .name = "rate", .unit = TB_OPS_PER_S, .better = TB_HIGHER, .shown = true },
		{ .name = "share", .unit = TB_RATIO, .within = TB_MEAN, .trials = 32 },
		{ 0 }
	};
	const struct tb_bench bench = { .name = "fake/two",
					.realm = TB_REALM_USER,
					.version = 3,
					.metrics = some,
					.params = book_params };
	struct tb_variant v = { .bench = &bench, .value = { "a", "65536" } };
	struct tb_events events = { .n = 1 };

	(void)state;
	snprintf(events.at[0].name, TB_EVENT_NAME, "page-faults");
	json = tb_describe_row(&v, 21, &events);
	assert_is("version", 3);
	assert_says("params.loop", "a");
	assert_is("params.size", 65536);
	assert_says("metrics.0.unit", tb_unit_name(TB_TSC));
	assert_says("metrics.0.direction", "lower");
	assert_says("metrics.0.within", "median");
	assert_is("metrics.0.resolution", 21);
	assert_true(json_is_true(at("metrics.0.headline")));
	assert_true(json_is_true(at("metrics.0.shown")));
	assert_says("metrics.1.direction", "higher");
	assert_true(json_is_null(at("metrics.1.resolution")));
	assert_true(json_is_true(at("metrics.1.shown")));
	assert_true(json_is_false(at("metrics.1.headline")));
	assert_says("metrics.2.within", "mean");
	assert_is("metrics.2.trials", 32);
	assert_true(json_is_false(at("metrics.2.shown")));
	assert_says("metrics.3.name", "event/page-faults");
	assert_true(json_is_true(at("metrics.3.shown")));
	json_decref(json);
	json = tb_describe_row(&v, 0, NULL);
	assert_true(json_is_null(at("metrics.0.resolution")));
	assert_int_equal(json_array_size(at("metrics")), 3);
}

#define describe_test(name) cmocka_unit_test_setup_teardown(name, open_launch, close_launch)

int main(void)
{
	const struct CMUnitTest tests[] = {
		describe_test(figures),	       describe_test(gates),
		describe_test(noises),	       describe_test(reasons_of_nulls),
		describe_test(no_second_mark), describe_test(checks_and_controls),
		describe_test(classes),	       describe_test(counters),
		describe_test(metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
