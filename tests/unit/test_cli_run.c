// SPDX-License-Identifier: GPL-2.0-or-later
/* How `run` ends: exit codes, messages and saved files. */
#include "run_help.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void statuses(void **state)
{
	json_t *record;

	(void)state;
	ends("100", "--launches 1 -p way=plain,wrong -o both", TB_BENCH_FAILED);
	ends("100", "--launches 1 -p way=absent -o absent", TB_SKIPPED);
	ends("100", "--launches 1 -p way=plain,absent -o some", TB_OK);
	/* A launch takes some 100 ms: of fifty the time is not enough, and some are saved. */
	ends("100", "--launches 50 -p way=slow --time-budget 0.1 -o late", TB_OUT_OF_TIME);
	record = json_load_file("late.json", 0, NULL);
	assert_true(json_is_false(json_object_get(record, "complete")));
	assert_true(json_array_size(json_path(record, "benchmarks.0.launches")) < 10);
	json_decref(record);
}

/* A signal ends the run: finished launches are saved, and the exit code names the signal. */
static void stopped(void **state)
{
	json_t *record;

	(void)state;
	ends("100", "--launches 50 -p way=signal -o early", TB_SIGNALLED + SIGTERM);
	record = json_load_file("early.json", 0, NULL);
	assert_true(json_is_false(json_object_get(record, "complete")));
	json_decref(record);
}

/* In a process without permission for SCHED_FIFO, which must be reported. */
static void without_fifo(void **state)
{
	const struct rlimit none = { 0, 0 };
	const char *policy;
	json_t *record;
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		prctl(PR_CAPBSET_DROP, CAP_SYS_NICE);
		setrlimit(RLIMIT_RTPRIO, &none);
		_exit(run("100", "--launches 1 -o poor"));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	read_printed();
	record = json_load_file("poor.json", 0, NULL);
	policy = json_string_value(json_path(record, "benchmarks.0.launches.0.policy"));
	assert_non_null(policy);
	assert_int_equal(!strstr(out, "without SCHED_FIFO: "), !strcmp(policy, "fifo"));
	json_decref(record);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { TEST(statuses), TEST(stopped), TEST(without_fifo) };
	int status;

	if (is_worker(argc, argv, &status))
		return status;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
