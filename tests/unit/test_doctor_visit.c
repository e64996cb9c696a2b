// SPDX-License-Identifier: GPL-2.0-or-later
/* The doctor command with findings, clock and pause given by the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "doctor/doctor.h"
#include "measure/clock.h"

static size_t given_doctor(const struct tb_snapshot *snapshot, struct tb_finding *finding,
			   size_t *looked);
static int given_pause(const struct timespec *pause);
static uint64_t given_ns(void);

#define tb_doctor	       given_doctor
#define nanosleep(pause, rest) given_pause(pause)
#define tb_clock_ns	       given_ns
#include "cli/doctor.c"
#undef tb_doctor
#undef nanosleep
#undef tb_clock_ns

static struct {
	size_t n;
	enum tb_severity severity[2];
	struct tb_snapshot seen;
	bool texts; /* both looks have what they read */
	uint64_t ns;
} world;

static uint64_t given_ns(void)
{
	return world.ns;
}

static int given_pause(const struct timespec *pause)
{
	/* The second look takes its time, too. */
	world.ns += (uint64_t)pause->tv_sec * 1000000000 + (uint64_t)pause->tv_nsec + 250000000;
	return 0;
}

static size_t given_doctor(const struct tb_snapshot *snapshot, struct tb_finding *finding,
			   size_t *looked)
{
	world.seen = *snapshot;
	world.texts = snapshot->stat[0] && snapshot->stat[1] &&
		      snapshot->stat[0] != snapshot->stat[1] && strstr(snapshot->stat[1], "cpu") &&
		      (!snapshot->interrupts[1] || strstr(snapshot->interrupts[1], "CPU"));
	*looked = 17;
	for (size_t i = 0; i < world.n; i++)
		finding[i] = (struct tb_finding){ .id = "made-up",
						  .severity = world.severity[i],
						  .seen = "seen",
						  .families = "l1d",
						  .effect = "none",
						  .remedy = "mend" };
	return world.n;
}

/* Its exit code; *json: what it printed. */
static int visited(bool strict, json_t **json)
{
	char name[] = "doctor", *argv[] = { name, NULL };
	const struct tb_cli cli = { .argc = 1, .argv = argv };
	struct tb_args args = { .names = 0 };
	FILE *file = tmpfile();
	int held = dup(STDOUT_FILENO), status;

	assert_non_null(file);
	args.value[TB_OPT_JSON] = "";
	args.value[TB_OPT_STRICT_DOCTOR] = strict ? "" : NULL;
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	status = tb_command_doctor.run(&cli, &args);
	fflush(stdout);
	dup2(held, STDOUT_FILENO);
	close(held);
	rewind(file);
	*json = json_loadf(file, 0, NULL);
	fclose(file);
	assert_non_null(*json);
	return status;
}

/* The finding that stands first is the worst; only what spoils fails, and only if that was asked. */
static void exits(void **state)
{
	static const struct {
		bool strict;
		size_t n;
		enum tb_severity severity[2];
		int status;
	} cases[] = {
		{ true, 0, { TB_NOTE, TB_NOTE }, TB_OK },
		{ true, 1, { TB_NOTE, TB_NOTE }, TB_OK },
		{ true, 2, { TB_WIDENS, TB_LIMITS }, TB_OK },
		{ true, 2, { TB_SPOILS, TB_NOTE }, TB_BENCH_FAILED },
		{ false, 2, { TB_SPOILS, TB_NOTE }, TB_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json;

		world.n = cases[i].n;
		memcpy(world.severity, cases[i].severity, sizeof(world.severity));
		assert_int_equal(visited(cases[i].strict, &json), cases[i].status);
		assert_int_equal(json_array_size(json_object_get(json, "findings")), world.n);
		assert_int_equal(json_integer_value(json_object_get(json, "looked_at")), 17);
		for (size_t k = 0; k < world.n; k++)
			assert_string_equal(
				json_string_value(json_object_get(
					json_array_get(json_object_get(json, "findings"), k),
					"severity")),
				tb_severity_name(world.severity[k]));
		json_decref(json);
	}
}

/* Half a second lies between the looks, and the time is what the clock says, in seconds. */
static void snapshot(void **state)
{
	json_t *json;

	(void)state;
	world.n = 0;
	world.ns = 5000000000;
	visited(false, &json);
	assert_true(world.seen.seconds > 0.749 && world.seen.seconds < 0.751);
	assert_true(world.texts);
	assert_true(world.seen.cpus >= 1);
	assert_int_equal(world.seen.cpu, json_integer_value(json_object_get(json, "cpu")));
	/* A disk has more than a megabyte, and less than 2^60. */
	assert_true(world.seen.free_bytes < 0 ||
		    (world.seen.free_bytes > 1 << 20 && world.seen.free_bytes < 0x1p60));
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exits),
		cmocka_unit_test(snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
