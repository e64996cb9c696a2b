// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiters and signals: killed, stopped, interrupted, frozen. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apf.h"

#define CGROUPS "/tmp/cgroups"
#define GROUP	CGROUPS "/frozen"

/* A child that waits for a token in the parent's table. */
static pid_t child_waits(int fd, uint32_t token)
{
	pid_t child = fork();

	if (child == 0) {
		struct tb_apf_wait wait = { .token = token };

		_exit(-call(fd, TB_IOC_APF_WAIT, &wait));
	}
	return child;
}

/* The status of a child that ends or stops within 20 s; else it is killed, and the status says so. */
static int await_child(pid_t child)
{
	int status = 0;

	for (int i = 0; i < 2000; i++) {
		if (waitpid(child, &status, WUNTRACED | WNOHANG) == child)
			return status;
		usleep(10000);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return status;
}

static void killed(void)
{
	int fd = device(), status;
	unsigned int kills = 0;

	for (unsigned int i = 0; i < 50 * effort(); i++) {
		pid_t child = child_waits(fd, i);

		alive("kills", i);
		await_waiting(fd, 1);
		kill(child, SIGKILL);
		/* Every other time a wake races with it; a late one leaves a dummy. */
		if (i & 1)
			apf_wake(fd, i, 0, NULL);
		waitpid(child, &status, 0);
		kills += WIFSIGNALED(status);
		/* Without a wake it took itself out. */
		if (!(i & 1))
			expect_empty(fd);
		apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, NULL);
	}
	expect(kills, "nobody died");
	expect_empty(fd);
	close(fd);
}

static void stopped(void)
{
	int fd = device(), status;
	pid_t child = child_waits(fd, 1);

	await_waiting(fd, 1);
	kill(child, SIGSTOP);
	status = await_child(child);
	expect(WIFSTOPPED(status), "it does not stop while it waits");
	kill(child, SIGCONT);
	kill(child, SIGWINCH);
	/* The kernel makes the call again. */
	await_waiting(fd, 1);
	apf_wake(fd, 1, 0, NULL);
	status = await_child(child);
	expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the wait says status 0x%x", status);
	expect_empty(fd);
	close(fd);
}

static void handle(int sig)
{
	(void)sig;
}

/* A handled signal ends the wait; with SA_RESTART the kernel makes the call again. */
static void interrupted(void)
{
	int fd = device(), status;

	for (int restart = 0; restart < 2; restart++) {
		const struct sigaction action = { .sa_handler = handle,
						  .sa_flags = restart ? SA_RESTART : 0 };
		pid_t child;

		sigaction(SIGUSR1, &action, NULL);
		child = child_waits(fd, 1);
		await_waiting(fd, 1);
		kill(child, SIGUSR1);
		if (restart) {
			await_waiting(fd, 1);
			apf_wake(fd, 1, 0, NULL);
		}
		status = await_child(child);
		expect(WIFEXITED(status) && WEXITSTATUS(status) == (restart ? 0 : EINTR),
		       "with SA_RESTART %d: status 0x%x", restart, status);
		/* If the signal came after the wake, the wake's token is left over. */
		apf_wake(fd, TB_APF_NO_TOKEN, TB_APF_ALL_CPUS, NULL);
		expect_empty(fd);
	}
	close(fd);
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

static bool group_is_frozen(void)
{
	char text[128] = "";
	int fd = open(GROUP "/cgroup.events", O_RDONLY | O_CLOEXEC);
	bool frozen = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 && strstr(text, "frozen 1");

	if (fd >= 0)
		close(fd);
	return frozen;
}

/*
 * A group of tasks is frozen by the same signal to each as all tasks are before a suspend: a
 * waiter that sleeps through it would refuse both.
 */
static void frozen(void)
{
	int fd = device(), status;
	char pid[16];
	pid_t child;

	mkdir(CGROUPS, 0700);
	if (mount("cgroup2", CGROUPS, "cgroup2", 0, NULL)) {
		expect(errno == ENODEV, "no cgroup2: %s", strerror(errno));
		say("this kernel has no cgroups: nobody was frozen");
		close(fd);
		return;
	}
	expect(!mkdir(GROUP, 0700), "no group: %s", strerror(errno));
	child = child_waits(fd, 1);
	await_waiting(fd, 1);
	snprintf(pid, sizeof(pid), "%d", child);
	expect(write_text(GROUP "/cgroup.procs", pid) && write_text(GROUP "/cgroup.freeze", "1"),
	       "the waiter can't be frozen: %s", strerror(errno));
	for (int i = 0; i < 200 && !group_is_frozen(); i++)
		usleep(50000);
	expect(group_is_frozen(), "the waiter refuses to freeze");
	write_text(GROUP "/cgroup.freeze", "0");
	await_waiting(fd, 1);
	apf_wake(fd, 1, 0, NULL);
	status = await_child(child);
	expect(WIFEXITED(status) && !WEXITSTATUS(status), "the wait says status 0x%x", status);
	rmdir(GROUP);
	umount(CGROUPS);
	expect_empty(fd);
	close(fd);
}

const struct test signal_tests[] = { { "killed while waiting", killed },
				     { "stopped while waiting", stopped },
				     { "interrupted while waiting", interrupted },
				     { "frozen while waiting", frozen },
				     { 0 } };
