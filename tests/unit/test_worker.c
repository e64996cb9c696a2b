// SPDX-License-Identifier: GPL-2.0-or-later
/* A launch from its first call to its last: the order of calls, and those skipped on error. */
#include "worker_help.h"

#define WARM "wwwwwwwwwwwwwwww"

static void assert_did(const char *want)
{
	if (strcmp(given.did, want) != 0)
		fail_msg("did  %s\nnot  %s", given.did, want);
}

static void gated(void **state)
{
	struct worker *w = *state;
	struct tb_launch_shm *shm = w->trial.shm;

	given.looks[1] = '-';
	assert_int_equal(launch(&w->trial), 0);
	assert_did("pin3  watch setup  begin " WARM
		   " calibrate1.5  open u-gu-du-g close  end  verify  teardown  unwatch ");
	assert_int_equal(shm->rounds, WORKER_ROUNDS);
	assert_int_equal(shm->warm_ups, TB_WARM_UPS);
	assert_int_equal(shm->phase, TB_VERIFYING);
	assert_int_equal(w->trial.taken, TB_WARM_UPS + 2 * WORKER_ROUNDS);
}

/* No witness between samples: it runs before the first and after the last one. */
static void ungated(void **state)
{
	struct worker *w = *state;

	w->bench.ungated = true;
	assert_int_equal(launch(&w->trial), 0);
	assert_did("pin3  watch setup  begin  calibrate1.5  survey " WARM
		   " open uuu survey  close  end  verify  teardown  unwatch ");
	assert_int_equal(w->trial.shm->gate.looks, 128);
	assert_int_equal(w->trial.shm->gate.disturbed, 8);
}

/* Without times the gate is not used. */
static void untimed(void **state)
{
	struct worker *w = *state;

	w->bench.untimed = true;
	assert_int_equal(launch(&w->trial), 0);
	assert_did("pin3  watch setup  begin " WARM
		   " open ugugug close  end  verify  teardown  unwatch ");
	w->bench.ungated = true;
	given.did[0] = '\0';
	assert_int_equal(launch(&w->trial), 0);
	assert_did("pin3  watch setup  begin " WARM
		   " open uuu close  end  verify  teardown  unwatch ");
}

static void readings_of_the_gate(void **state)
{
	struct worker *w = *state;
	const struct tb_launch_shm *shm = w->trial.shm;

	given.looks[0] = '-';
	assert_int_equal(launch(&w->trial), 0);
	assert_true(shm->gate.floor == 1.5);
	assert_true(shm->gate.own_floor == 2.5);
	assert_true(shm->gate.l2_rate == 3.5);
	assert_int_equal(shm->gate.looks, 30);
	assert_int_equal(shm->gate.quiet, 2);
	assert_int_equal(shm->gate.disturbed, 1);
	assert_int_equal(shm->gate.wait_ns, 3000);
}

/* The harness kills a launch without a beat: each sample is one, and each phase. */
static void progress_counter(void **state)
{
	struct worker *w = *state;

	assert_int_equal(launch(&w->trial), 0);
	assert_int_equal(w->trial.shm->beat, 3 + TB_WARM_UPS + 2 * WORKER_ROUNDS);
	assert_int_equal(given.beat, 2 + TB_WARM_UPS + 2 * WORKER_ROUNDS - 1);
}

static void times(void **state)
{
	struct worker *w = *state;

	given.ns = 5000;
	given.step = 100;
	assert_int_equal(launch(&w->trial), 0);
	assert_int_equal(w->trial.shm->ns_warm, 5000);
	assert_int_equal(w->trial.shm->ns_sampled, 5000 + 100 * (TB_WARM_UPS + 2 * WORKER_ROUNDS));
}

/* After the slot no round begins, but the least that a launch needs are made. */
static void slots(void **state)
{
	static const struct {
		uint32_t rounds, slot_ms;
		uint64_t step;
		uint32_t made;
	} slots[] = {
		/* A sample of 50 us, two a round: 11 rounds begin in the first ms. */
		{ 30, 1, 50000, 11 },  { 30, 2, 50000, 21 },
		{ 30, 1, 51000, 10 },  { 30, 1, 10000000, TB_ROUNDS_MIN },
		{ 5, 1, 10000000, 5 }, { 30, 1, 1, 30 },
	};
	struct worker *w = *state;

	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++) {
		struct tb_job *job = &w->trial.shm->job;

		job->rounds = slots[i].rounds;
		job->slot_ms = slots[i].slot_ms;
		given.step = slots[i].step;
		given.sampled = 0;
		given.waits = 0;
		memset(given.looks, 'q', sizeof(given.looks));
		memset(w->trial.shm->count, 0, sizeof(w->trial.shm->count));
		assert_int_equal(launch(&w->trial), 0);
		assert_int_equal(w->trial.shm->rounds, slots[i].made);
		assert_int_equal(w->trial.shm->count[0][TB_UNGATED], slots[i].made);
	}
}

static void setup_fails(void **state)
{
	struct worker *w = *state;

	given.setup_err = -EIO;
	assert_int_equal(launch(&w->trial), -EIO);
	assert_did("pin3  watch setup  teardown ");
}

static void sample_fails(void **state)
{
	struct worker *w = *state;

	given.sample_err = -EPROTO;
	assert_int_equal(launch(&w->trial), -EPROTO);
	assert_did("pin3  watch setup  begin " WARM
		   " calibrate1.5  open u close  end  teardown  unwatch ");
	assert_int_equal(w->trial.shm->count[0][TB_UNGATED], 0);
	assert_int_equal(w->trial.taken, TB_WARM_UPS);
}

static void verify_fails(void **state)
{
	struct worker *w = *state;

	given.verify_err = -EPROTO;
	assert_int_equal(launch(&w->trial), -EPROTO);
	assert_non_null(strstr(given.did, " verify  teardown  unwatch "));
}

static void cpu_is_gone(void **state)
{
	struct worker *w = *state;

	given.pin_err = -EINVAL;
	assert_int_equal(launch(&w->trial), -EINVAL);
	assert_did("pin3 ");
	assert_non_null(strstr(w->trial.shm->why, "the launch can no longer use its CPU"));
}

static void launch_of(struct worker *w, const char *policy, const char *idle, int want)
{
	snprintf(w->trial.shm->job.value[0], TB_VALUE, "%s", policy);
	snprintf(w->trial.shm->job.value[1], TB_VALUE, "%s", idle);
	memset(given.did, 0, sizeof(given.did));
	given.sampled = given.waits = 0;
	w->trial.shm->why[0] = '\0';
	assert_int_equal(launch(&w->trial), want);
}

/* A row whose identity is a policy has that one or fails. */
static void policies(void **state)
{
	struct worker *w = *state;
	struct tb_launch_shm *shm = w->trial.shm;

	launch_of(w, "other", "default", 0);
	assert_null(strstr(given.did, "fifo"));
	assert_int_equal(shm->fifo, 0);
	assert_int_equal(shm->locked, 1);
	launch_of(w, "fifo", "default", 0);
	assert_ptr_equal(strstr(given.did, "pin3 fifo  watch "), given.did);
	assert_int_equal(shm->fifo, 1);
	given.fifo_err = -EPERM;
	launch_of(w, "fifo", "default", -EPERM);
	assert_int_equal(shm->fifo, 0);
	assert_int_equal(shm->fifo_err, -EPERM);
	assert_non_null(strstr(shm->why, "the launch cannot enter SCHED_FIFO"));
	assert_null(strstr(given.did, "setup"));
}

/* Without the parameter: the real-time class where it can be had. */
static void no_policy(void **state)
{
	struct worker *w = *state;
	struct tb_param none[] = { { 0 } };

	w->bench.params = none;
	given.fifo_err = -EPERM;
	assert_int_equal(launch(&w->trial), 0);
	assert_non_null(strstr(given.did, "fifo"));
	assert_int_equal(w->trial.shm->fifo, 0);
	assert_string_equal(w->trial.shm->why, "");
}

static void idles(void **state)
{
	struct worker *w = *state;

	launch_of(w, "other", "default", 0);
	assert_null(strstr(given.did, "shallow"));
	launch_of(w, "other", "shallow", 0);
	assert_ptr_equal(strstr(given.did, "pin3  watch shallow setup "), given.did);
	given.idle_err = -EACCES;
	launch_of(w, "other", "shallow", -EACCES);
	assert_non_null(strstr(w->trial.shm->why, "deep idle states cannot be disabled"));
	assert_null(strstr(given.did, "setup"));
}

/* Each launch of a run draws numbers of its own, and the same ones when it is made again. */
static void random_numbers(void **state)
{
	struct worker *w = *state;
	double first, second;

	assert_int_equal(launch(&w->trial), 0);
	first = given.random;
	w->trial.shm->job.stream = 2;
	w->trial.taken = 0;
	assert_int_equal(launch(&w->trial), 0);
	second = given.random;
	assert_true(first != second);
	w->trial.shm->job.seed = 2;
	w->trial.taken = 0;
	assert_int_equal(launch(&w->trial), 0);
	assert_true(given.random != second);
	w->trial.shm->job.seed = w->trial.shm->job.stream = 1;
	w->trial.taken = 0;
	assert_int_equal(launch(&w->trial), 0);
	assert_true(given.random == first);
}

static int finish_with(struct worker *w, int err)
{
	w->trial.shm->err = 77;
	w->trial.shm->why[0] = '\0';
	if (!setjmp(given.finished))
		finish(&w->trial, err);
	assert_int_equal(w->trial.shm->phase, TB_DONE);
	return w->trial.shm->err;
}

static void finishes(void **state)
{
	struct worker *w = *state;

	assert_non_null(tb_trial_alloc(&w->trial, 4096));
	assert_int_equal(finish_with(w, 0), 0);
	assert_did(" exit0");
	assert_int_equal(w->trial.areas, 0);
	assert_int_equal(finish_with(w, -EIO), -EIO);
	/* A thread that measured on any CPU is an error of the launch. */
	given.late_err = -EINVAL;
	assert_int_equal(finish_with(w, 0), -EINVAL);
	assert_non_null(strstr(w->trial.shm->why, "a thread of the launch is not on its CPU"));
	assert_int_equal(finish_with(w, -EIO), -EIO);
}

#define worker_test(name) cmocka_unit_test_setup_teardown(name, worker_open, worker_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		worker_test(gated),
		worker_test(ungated),
		worker_test(untimed),
		worker_test(readings_of_the_gate),
		worker_test(progress_counter),
		worker_test(times),
		worker_test(slots),
		worker_test(setup_fails),
		worker_test(sample_fails),
		worker_test(verify_fails),
		worker_test(cpu_is_gone),
		worker_test(policies),
		worker_test(no_policy),
		worker_test(idles),
		worker_test(random_numbers),
		worker_test(finishes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
