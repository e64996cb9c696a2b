// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inject CALL N ERRNO LOG COMMAND [ARGUMENT...]: the N-th CALL of every launch fails with ERRNO.
 *
 * A seccomp filter hands the calls of all processes below COMMAND to this one, which answers the
 * N-th and lets the others pass. So it reaches calls by syscall(2), too, and those of children.
 * N 0 answers none. CALL "none" counts all of them. CALL "kvm" and "uffd" are ioctl() by the type
 * of its request.
 *
 * A launch is a child of COMMAND's that executes a program. Its calls count from the one on that
 * maps the launch's shared memory: those before are the dynamic linker's. "harness" before CALL:
 * there are no launches, and the calls of all processes count from the start.
 *
 * LOG gets "launch NUMBER CALL COUNT" for each launch and call, "hit NUMBER" where a call failed,
 * and "left PID NAME" for each process that outlives COMMAND. Exit: 126 where the kernel cannot do
 * this, 125 where inject itself failed, else COMMAND's.
 */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): sched, fopen's e
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "listener.h"

/* Newer than the headers of some distributions that can run us. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

enum { SHARED_MEMORY_FD = 3, IOCTL_ANY = 0, LEFT_MS = 2000, CLONE_ARGS_BYTES = 88 };

static const struct {
	const char *name;
	int number;
	unsigned int type; /* of an ioctl's request */
} calls[] = {
	{ "arch_prctl", SYS_arch_prctl, 0 },
	{ "clone", SYS_clone, 0 },
	{ "clone3", SYS_clone3, 0 },
	{ "eventfd2", SYS_eventfd2, 0 },
	{ "execve", SYS_execve, 0 },
	{ "fork", SYS_fork, 0 },
	{ "ioctl", SYS_ioctl, IOCTL_ANY },
	{ "kvm", SYS_ioctl, 0xae },
	{ "madvise", SYS_madvise, 0 },
	{ "memfd_create", SYS_memfd_create, 0 },
	{ "mlock", SYS_mlock, 0 },
	{ "mmap", SYS_mmap, 0 },
	{ "mprotect", SYS_mprotect, 0 },
	{ "openat", SYS_openat, 0 },
	{ "perf_event_open", SYS_perf_event_open, 0 },
	{ "pipe2", SYS_pipe2, 0 },
	{ "prctl", SYS_prctl, 0 },
	{ "sched_setaffinity", SYS_sched_setaffinity, 0 },
	{ "sched_setscheduler", SYS_sched_setscheduler, 0 },
	{ "uffd", SYS_ioctl, 0xaa },
	{ "userfaultfd", SYS_userfaultfd, 0 },
	{ "vfork", SYS_vfork, 0 },
};

enum { CALLS = sizeof(calls) / sizeof(calls[0]) };

static const struct {
	const char *name;
	int number;
} errors[] = {
	{ "EAGAIN", EAGAIN }, { "EBADF", EBADF },   { "EFAULT", EFAULT },
	{ "EINVAL", EINVAL }, { "EIO", EIO },	    { "EMFILE", EMFILE },
	{ "ENOMEM", ENOMEM }, { "ENOSYS", ENOSYS }, { "EPERM", EPERM },
};

static struct {
	pid_t command, worker;
	bool harness, counting;
	char name[32]; /* of the worker's program */
	size_t call;   /* CALLS: none fails */
	unsigned long n, count[CALLS];
	int error, launch; /* number of the launch; -1: none yet */
	FILE *log;
} plan;

/* Those that a launch begins with always. */
static bool wanted(size_t i)
{
	return plan.call == CALLS || plan.call == i || calls[i].number == SYS_mmap ||
	       calls[i].number == SYS_execve;
}

static int install(void)
{
	struct sock_filter code[2 * CALLS + 8];
	unsigned short n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, arch));
	code[n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++) {
		if (!wanted(i))
			continue;
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 (unsigned int)calls[i].number, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	struct sock_fprog program = { n, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
}

struct task {
	pid_t process, parent;
	char name[32];
};

/* false: the task is gone. */
static bool read_task(pid_t tid, struct task *task)
{
	char path[64], line[128];
	FILE *file;

	*task = (struct task){ 0 };
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file) && strncmp(line, "TracerPid:", 10)) {
		(void)sscanf(line, "Name: %31[^\n]", task->name);
		(void)sscanf(line, "Tgid: %d", &task->process);
		(void)sscanf(line, "PPid: %d", &task->parent);
	}
	fclose(file);
	return task->process;
}

static void end_launch(void)
{
	for (size_t i = 0; i < CALLS; i++)
		if (plan.launch >= 0 && plan.count[i] && (plan.call == CALLS || plan.call == i))
			fprintf(plan.log, "launch %d %s %lu\n", plan.launch, calls[i].name,
				plan.count[i]);
	memset(plan.count, 0, sizeof(plan.count));
}

/* A worker may execute itself once more: it starts anew, and is the same launch. */
static void note_execve(const struct task *task)
{
	if (task->parent != plan.command)
		return;
	end_launch();
	plan.counting = false;
	plan.launch += task->process != plan.worker;
	plan.worker = task->process;
}

static void note_mmap(const struct seccomp_data *data, const struct task *task)
{
	if (data->args[4] != SHARED_MEMORY_FD || !(data->args[3] & MAP_SHARED))
		return;
	plan.counting = true;
	snprintf(plan.name, sizeof(plan.name), "%s", task->name);
}

/* glibc reserves an arena for a thread's malloc(), and does without if that fails. */
static bool is_arena(const struct seccomp_data *data)
{
	return data->nr == SYS_mmap && data->args[2] == PROT_NONE &&
	       (data->args[3] & MAP_NORESERVE) && !(data->args[3] & MAP_STACK);
}

/* A question that every kernel refuses: struct clone_args with a field of the future. */
static bool is_question(const struct seccomp_data *data)
{
	return data->nr == SYS_clone3 && data->args[1] > CLONE_ARGS_BYTES;
}

/* Whether this call is the one. */
static bool is_due(const struct seccomp_notif *request)
{
	const struct seccomp_data *data = &request->data;
	struct task task;
	bool hit = false;

	if (!plan.harness) {
		if (!read_task((pid_t)request->pid, &task) || task.process == plan.command)
			return false;
		if (data->nr == SYS_execve)
			note_execve(&task);
		if (data->nr == SYS_mmap)
			note_mmap(data, &task);
		/* Another program that a launch starts is not under test. */
		if (strcmp(task.name, plan.name) != 0)
			return false;
	}
	if (is_arena(data) || is_question(data))
		return false;
	for (size_t i = 0; i < CALLS && plan.counting; i++) {
		if (calls[i].number != data->nr ||
		    (calls[i].type && calls[i].type != (data->args[1] >> 8 & 0xff)))
			continue;
		plan.count[i]++;
		hit = hit || (i == plan.call && plan.count[i] == plan.n);
	}
	if (hit)
		fprintf(plan.log, "hit %d\n", plan.launch);
	return hit;
}

static void answer(int listener)
{
	struct seccomp_notif request = { 0 };
	struct seccomp_notif_resp reply = { 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request))
		return;
	reply.id = request.id;
	if (is_due(&request))
		reply.error = -plan.error;
	else
		reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

/* COMMAND's orphans are inherited by this subreaper. A process that remains was forgotten. */
static void tell_left(int listener)
{
	char path[64], name[64];
	siginfo_t info;

	for (int ms = 0; ms < LEFT_MS; ms += 10) {
		struct pollfd ready = { .fd = listener, .events = POLLIN };

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && errno == ECHILD)
			return;
		if (poll(&ready, 1, 10) > 0 && ready.revents & POLLIN)
			answer(listener);
	}
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	FILE *children = fopen(path, "re");
	int pid;

	while (children && fscanf(children, "%d", &pid) == 1) {
		FILE *comm;

		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		comm = fopen(path, "re");
		if (!comm || !fgets(name, sizeof(name), comm))
			snprintf(name, sizeof(name), "?\n");
		if (comm)
			fclose(comm);
		fprintf(plan.log, "left %d %s", pid, name);
		kill(pid, SIGKILL);
	}
	if (children)
		fclose(children);
}

static int supervise(int listener)
{
	struct pollfd ready[] = { { .fd = listener, .events = POLLIN },
				  { .fd = (int)syscall(SYS_pidfd_open, plan.command, 0),
				    .events = POLLIN } };
	const struct sched_param above = { .sched_priority = 90 };
	int status;

	/* Workers at real-time priority wait for the answers, and might spin meanwhile. */
	sched_setscheduler(0, SCHED_FIFO, &above);
	for (;;) {
		if (poll(ready, 2, -1) < 0 && errno != EINTR)
			return 125;
		if (ready[0].revents & POLLIN)
			answer(listener);
		else if (ready[1].revents & POLLIN)
			break;
	}
	while (waitpid(plan.command, &status, 0) < 0 && errno == EINTR)
		;
	end_launch();
	tell_left(listener);
	fclose(plan.log);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int parse(char **argv)
{
	size_t error = 0;

	plan.launch = plan.harness ? 0 : -1;
	plan.counting = plan.harness;
	while (plan.call < CALLS && strcmp(calls[plan.call].name, argv[0]) != 0)
		plan.call++;
	plan.n = strtoul(argv[1], NULL, 10);
	while (error < sizeof(errors) / sizeof(errors[0]) &&
	       strcmp(errors[error].name, argv[2]) != 0)
		error++;
	if ((plan.call == CALLS && strcmp(argv[0], "none") != 0) ||
	    error == sizeof(errors) / sizeof(errors[0]))
		return -1;
	plan.error = errors[error].number;
	plan.log = fopen(argv[3], "we");
	return plan.log ? 0 : -1;
}

static _Noreturn void become_command(int socket, char **argv)
{
	int listener = install();

	if (listener < 0 || send_listener(socket, listener))
		_exit(126);
	close(listener);
	close(socket);
	execvp(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

int main(int argc, char **argv)
{
	int pair[2], listener;

	plan.harness = argc > 1 && !strcmp(argv[1], "harness");
	argc -= 1 + plan.harness;
	argv += 1 + plan.harness;
	if (argc < 5 || parse(argv)) {
		fputs("inject [harness] CALL N ERRNO LOG COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1))
		return 125;
	plan.command = fork();
	if (plan.command < 0)
		return 125;
	if (!plan.command)
		become_command(pair[1], argv + 4);
	close(pair[1]);
	listener = receive_listener(pair[0]);
	if (listener < 0) {
		fputs("inject: no seccomp filter with a listener here\n", stderr);
		return 126;
	}
	return supervise(listener);
}
