// SPDX-License-Identifier: GPL-2.0-or-later
/* Launches of this program as a worker with chosen behaviour and given watchdog ticks. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "run/launch.h"

enum { STILL = TB_STALL_MS / 500, ALARM_S = 10 };

static struct {
	struct tb_launch_shm *shm;
	/* The action of each tick of the watch, one character each. The last one repeats. */
	const char *ticks;
	unsigned int ticked, slept;
} given;

/*
 * '.': half a second passed; 'b': so it did, and the worker made progress; 'i': interrupted; 'r': a filter
 * refuses to wait; 'T': SIGTERM; 'q': progress, and from now on the worker may end.
 */
static int given_tick(void)
{
	char what = given.ticks[given.ticked];

	usleep(50); /* a tick that takes no time would take the worker's CPU */
	given.ticked += given.ticks[given.ticked + 1] != '\0';
	if (what == 'b' || what == 'q')
		__atomic_add_fetch(&given.shm->beat, 1, __ATOMIC_RELEASE);
	if (what == 'q')
		__atomic_store_n(&given.shm->job.slot_ms, 1, __ATOMIC_RELEASE);
	errno = what == 'i' ? EINTR : what == 'r' ? EPERM : EAGAIN;
	return what == 'T' ? SIGTERM : -1;
}

static int given_sleep(void)
{
	given.slept++;
	return 0;
}

#define sigtimedwait(set, info, tick) ((void)(set), (void)(tick), given_tick())
#define nanosleep(tick, rest)	      ((void)(tick), given_sleep())
#include "run/launch.c"
#undef nanosleep

/* The worker: reports its environment as controls, then does its job. */
static void tell(struct tb_launch_shm *shm, const char *name, double value)
{
	struct tb_control *control = &shm->control[shm->n_controls++];

	snprintf(control->name, sizeof(control->name), "%s", name);
	control->value = value;
}

static void tell_surroundings(struct tb_launch_shm *shm)
{
	char text[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY | O_CLOEXEC), death = 0;
	sigset_t mask;

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
		tell(shm, "oom", atof(text));
	sigprocmask(SIG_SETMASK, NULL, &mask);
	tell(shm, "blocked", sigismember(&mask, SIGTERM) || sigismember(&mask, SIGCHLD));
	tell(shm, "own-group", getpgrp() == getpid());
	prctl(PR_GET_PDEATHSIG, &death);
	tell(shm, "death", death);
	tell(shm, "pid", getpid());
}

static void add_check(struct tb_launch_shm *shm, bool pass)
{
	struct tb_check *check = &shm->check[shm->n_checks++];

	snprintf(check->name, sizeof(check->name), "check-%u", shm->n_checks);
	check->pass = pass;
}

static int work_as_told(void)
{
	struct tb_launch_shm *shm;
	const char *way;

	alarm(ALARM_S);
	if (tb_launch_shm_open(TB_SHM_FD, &shm))
		return 9;
	way = shm->job.value[0];
	tell_surroundings(shm);
	if (!strcmp(way, "wait"))
		while (!__atomic_load_n(&shm->job.slot_ms, __ATOMIC_ACQUIRE))
			usleep(100);
	if (!strcmp(way, "status"))
		return 3;
	if (!strcmp(way, "crash")) {
		signal(SIGUSR1, SIG_DFL);
		raise(SIGUSR1);
	}
	if (!strcmp(way, "error") || !strcmp(way, "silent"))
		shm->err = -EPROTO;
	if (!strcmp(way, "error"))
		snprintf(shm->why, sizeof(shm->why), "it went wrong");
	if (!strcmp(way, "rubbish"))
		shm->n_checks = TB_CHECKS_MAX + 1;
	if (strstr(way, "disturbed"))
		shm->noise.migrated = 1;
	for (const char *check = way + strcspn(way, ":"); *check && check[1]; check++)
		add_check(shm, check[1] == 'p');
	return 0;
}

static struct tb_launch launch_of(const char *way, const char *ticks)
{
	struct tb_launcher launcher;
	struct tb_launch launch;
	int fd;

	assert_int_equal(tb_launch_shm_create(1, 4, &fd, &given.shm), 0);
	snprintf(given.shm->job.value[0], TB_VALUE, "%s", way);
	given.ticks = ticks;
	given.ticked = given.slept = 0;
	alarm(ALARM_S); /* a launch that is never over ends here; its worker dies with it */
	assert_int_equal(tb_launcher_open(&launcher), 0);
	assert_int_equal(tb_launch(&launcher, fd, given.shm, &launch), 0);
	tb_launcher_close(&launcher);
	close(fd);
	/* No process of the worker is left. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return launch;
}

static void done(void)
{
	tb_launch_shm_unmap(given.shm);
}

static void assert_exit(const char *way, enum tb_exit exit, const char *reason)
{
	struct tb_launch launch = launch_of(way, "b");

	done();
	if (launch.exit != exit || strcmp(launch.reason, reason) != 0)
		fail_msg("%s: %s (%s), not %s (%s)", way, tb_exit_name(launch.exit), launch.reason,
			 tb_exit_name(exit), reason);
}

static void exits(void **state)
{
	(void)state;
	assert_exit("steady", TB_EXIT_OK, "");
	assert_exit("checks:ppp", TB_EXIT_OK, "");
	assert_exit("checks:fpp", TB_EXIT_CHECK, "a check failed");
	assert_exit("checks:pfp", TB_EXIT_CHECK, "a check failed");
	assert_exit("checks:ppf", TB_EXIT_CHECK, "a check failed");
	assert_exit("status", TB_EXIT_ERROR, "the worker left no usable result (exit status 3)");
	assert_exit("rubbish", TB_EXIT_ERROR, "the worker left no usable result (exit status 0)");
	assert_exit("error", TB_EXIT_ERROR, "it went wrong (Protocol error)");
	assert_exit("silent", TB_EXIT_ERROR, "the benchmark failed (Protocol error)");
}

/* A check that failed on a disturbed core says nothing of the benchmark. */
static void disturbed(void **state)
{
	static const char reason[] = "the launch migrated: it ended on another CPU";

	(void)state;
	assert_exit("disturbed", TB_EXIT_DISTURBED, reason);
	assert_exit("disturbed:f", TB_EXIT_DISTURBED, reason);
	assert_exit("error", TB_EXIT_ERROR, "it went wrong (Protocol error)");
}

static void crashes(void **state)
{
	struct tb_launch launch = launch_of("crash", "b");

	(void)state;
	done();
	assert_int_equal(launch.exit, TB_EXIT_SIGNAL);
	assert_int_equal(launch.signal, SIGUSR1);
	assert_non_null(strstr(launch.reason, "the worker was ended by signal 10"));
}

/* `n` ticks of one kind before the others. */
static const char *ticks_of(char kind, size_t n, const char *then)
{
	static char text[512];

	assert_true(n + strlen(then) < sizeof(text));
	memset(text, kind, n);
	strcpy(text + n, then);
	return text;
}

/* 30 s without progress end the worker; half a second less does not. */
static void hangs(void **state)
{
	struct tb_launch launch = launch_of("wait", ".");

	(void)state;
	assert_int_equal(launch.exit, TB_EXIT_TIMEOUT);
	assert_string_equal(launch.reason, "no sample for 30 s: the worker was killed");
	done();
	launch = launch_of("wait", ticks_of('.', STILL - 1, "q"));
	assert_int_equal(launch.exit, TB_EXIT_OK);
	assert_int_equal(launch.signal, 0);
	done();
	launch = launch_of("wait", ticks_of('.', STILL + 1, "q"));
	assert_int_equal(launch.exit, TB_EXIT_TIMEOUT);
	done();
}

/* A beat within them begins them anew. */
static void makes_progress(void **state)
{
	struct tb_launch launch = launch_of("wait", ticks_of('b', 3 * STILL, "q"));
	char ticks[2 * STILL + 1] = "";

	(void)state;
	assert_int_equal(launch.exit, TB_EXIT_OK);
	done();
	memset(ticks, '.', sizeof(ticks) - 1);
	ticks[STILL - 1] = 'b';
	ticks[2 * STILL - 1] = 'q';
	launch = launch_of("wait", ticks);
	assert_int_equal(launch.exit, TB_EXIT_OK);
	done();
}

/* Signals may come as often as they like: no time passed. A filter that refuses to wait stops no clock. */
static void ticks_are_time(void **state)
{
	struct tb_launch launch = launch_of("wait", ticks_of('i', 3 * STILL, "q"));

	(void)state;
	assert_int_equal(launch.exit, TB_EXIT_OK);
	assert_int_equal(given.slept, 0);
	done();
	launch = launch_of("wait", "r");
	assert_int_equal(launch.exit, TB_EXIT_TIMEOUT);
	assert_true(given.slept >= STILL);
	done();
}

/* The worker would wait until its alarm: it is killed. */
static void stopped(void **state)
{
	struct tb_launch launch = launch_of("wait", "b.T.");

	(void)state;
	assert_int_equal(launch.exit, TB_EXIT_STOPPED);
	assert_int_equal(launch.signal, SIGTERM);
	assert_string_equal(launch.reason, "the run was stopped");
	done();
}

static double told(const char *name)
{
	for (unsigned int i = 0; i < given.shm->n_controls; i++)
		if (!strcmp(given.shm->control[i].name, name))
			return given.shm->control[i].value;
	fail_msg("the worker does not tell %s", name);
	return 0;
}

/* A worker is another process, in a group of its own, and gets the signals that the harness holds back. */
static void environment_of_the_worker(void **state)
{
	struct tb_launch launch = launch_of("steady", "b");
	struct timespec now;

	(void)state;
	assert_int_equal(launch.exit, TB_EXIT_OK);
	assert_int_equal((int)told("blocked"), 0);
	assert_int_equal((int)told("own-group"), 1);
	assert_int_equal((int)told("death"), SIGKILL);
	assert_int_equal((int)told("oom"), 1000);
	assert_int_not_equal((int)told("pid"), getpid());
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_true(launch.ns_fork > 0);
	assert_true(launch.ns_reap > launch.ns_fork);
	assert_true(launch.ns_reap <= (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
	done();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exits),	  cmocka_unit_test(disturbed),
		cmocka_unit_test(crashes),	  cmocka_unit_test(hangs),
		cmocka_unit_test(makes_progress), cmocka_unit_test(ticks_are_time),
		cmocka_unit_test(stopped),	  cmocka_unit_test(environment_of_the_worker),
	};

	if (argc > 1 && !strcmp(argv[1], "worker"))
		return work_as_told();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
