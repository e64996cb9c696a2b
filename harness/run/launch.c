// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "measure/clock.h"
#include "run/disturbance.h"

enum { TICK_MS = 500 };

int tb_launcher_open(struct tb_launcher *launcher)
{
	int err = tb_stops_block(&launcher->stops);

	launcher->open = !err;
	return err;
}

void tb_launcher_close(struct tb_launcher *launcher)
{
	if (launcher->open)
		tb_stops_release(&launcher->stops);
	launcher->open = false;
}

int tb_launcher_signal(struct tb_launcher *launcher)
{
	return tb_stops_take(&launcher->stops);
}

/*
 * If memory runs out in the machine or in a cgroup, the kernel must kill the worker: the harness
 * holds the results of all launches. Raising the score needs no privilege.
 */
static void prefer_for_oom_kill(void)
{
	static const char most[] = "1000";
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, most, sizeof(most) - 1);
	close(fd);
}

/* Runs between fork and exec, so it must not take a lock. */
static _Noreturn void become_worker(const struct tb_launcher *launcher, int shm_fd, pid_t harness)
{
	char *argv[] = { "tollbooth", "worker", NULL };

	/* The worker repeats this: exec() of a file with capabilities clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != harness)
		_exit(127);
	prefer_for_oom_kill();
	/* Leave the terminal's process group: only the harness handles Ctrl-C. */
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &launcher->stops.inherited, NULL);
	if (shm_fd == TB_SHM_FD) {
		/* the file is close-on-exec; dup2 onto itself would keep the flag */
		shm_fd = dup(shm_fd);
	}
	if (dup2(shm_fd, TB_SHM_FD) == TB_SHM_FD)
		execv("/proc/self/exe", argv);
	_exit(127);
}

static void kill_worker(pid_t pid, struct tb_launch *launch, enum tb_exit exit, const char *reason)
{
	kill(pid, SIGKILL);
	launch->exit = exit;
	snprintf(launch->reason, sizeof(launch->reason), "%s", reason);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == pid;
}

/*
 * Returns when the worker has ended. Counts ticks instead of time: a machine that was suspended is
 * not a stall. SIGCHLD may come from an earlier or a stopped worker, so waitid() decides.
 */
static void watch(struct tb_launcher *launcher, pid_t pid, struct tb_launch_shm *shm,
		  struct tb_launch *launch)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000 };
	sigset_t awaited = launcher->stops.stops;
	uint32_t beat = 0;
	int still = 0;

	sigaddset(&awaited, SIGCHLD);
	while (!has_ended(pid)) {
		int signal = sigtimedwait(&awaited, NULL, &tick);
		uint32_t now = __atomic_load_n(&shm->beat, __ATOMIC_ACQUIRE);
		bool late = signal < 0 && errno != EINTR;

		/* A seccomp filter may refuse the call: keep the ticks without it. */
		if (late && errno != EAGAIN)
			nanosleep(&tick, NULL);

		if (signal > 0 && signal != SIGCHLD && launch->exit != TB_EXIT_STOPPED) {
			launch->signal = signal;
			kill_worker(pid, launch, TB_EXIT_STOPPED, "the run was stopped");
		}
		still = now == beat ? still + late : 0;
		beat = now;
		if (still >= TB_STALL_MS / TICK_MS && launch->exit == TB_EXIT_OK)
			kill_worker(pid, launch, TB_EXIT_TIMEOUT,
				    "no sample for 30 s: the worker was killed");
	}
}

static bool check_failed(const struct tb_launch_shm *shm)
{
	for (unsigned int i = 0; i < shm->n_checks; i++)
		if (!shm->check[i].pass)
			return true;
	return false;
}

static void judge(int status, struct tb_launch_shm *shm, struct tb_launch *launch)
{
	if (launch->exit != TB_EXIT_OK)
		return;
	if (WIFSIGNALED(status)) {
		launch->exit = TB_EXIT_SIGNAL;
		launch->signal = WTERMSIG(status);
		snprintf(launch->reason, sizeof(launch->reason),
			 "the worker was ended by signal %d (%s)", launch->signal,
			 strsignal(launch->signal));
	} else if (WEXITSTATUS(status) || tb_launch_shm_check(shm)) {
		launch->exit = TB_EXIT_ERROR;
		snprintf(launch->reason, sizeof(launch->reason),
			 "the worker left no usable result (exit status %d)", WEXITSTATUS(status));
	} else if (shm->err) {
		launch->exit = TB_EXIT_ERROR;
		snprintf(launch->reason, sizeof(launch->reason), "%s (%s)",
			 shm->why[0] ? shm->why : "the benchmark failed", strerror(-shm->err));
	} else if (tb_disturbance(shm, launch->reason, sizeof(launch->reason))) {
		launch->exit = TB_EXIT_DISTURBED;
	} else if (check_failed(shm)) {
		launch->exit = TB_EXIT_CHECK;
		snprintf(launch->reason, sizeof(launch->reason), "a check failed");
	}
}

int tb_launch(struct tb_launcher *launcher, int shm_fd, struct tb_launch_shm *shm,
	      struct tb_launch *launch)
{
	pid_t pid, harness = getpid();
	int status = 0;

	*launch = (struct tb_launch){ .ns_fork = tb_clock_ns() };
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		become_worker(launcher, shm_fd, harness);
	watch(launcher, pid, shm, launch);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	launch->ns_reap = tb_clock_ns();
	judge(status, shm, launch);
	return 0;
}

const char *tb_exit_name(enum tb_exit exit)
{
	static const char *const names[] = {
		[TB_EXIT_OK] = "ok",
		[TB_EXIT_CHECK] = "check-failed",
		[TB_EXIT_DISTURBED] = "disturbed",
		[TB_EXIT_ERROR] = "error",
		[TB_EXIT_SIGNAL] = "signal",
		[TB_EXIT_TIMEOUT] = "timeout",
		[TB_EXIT_STOPPED] = "stopped",
	};

	return names[exit];
}
