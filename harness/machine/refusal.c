// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine/refusal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "machine/rights.h"

/* Newer than the headers of some distributions that can run us. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
enum { MAP_SHADOW_STACK = 453, CLONE_WITHOUT_SIGHAND = 0x10000 /* CLONE_THREAD */ };

static const char userfaultfd[] = "userfaultfd";

/*
 * A call with arguments that the kernel answers with EINVAL, EBADF or ESRCH before it looks at
 * permissions. A filter answers first: the same errno from it proves the filter.
 */
static const struct call {
	const char *name;
	const char *proof;	   /* of a kernel that has it: a file; NULL: by its release */
	unsigned int major, minor; /* the first release that has it; 0: all */
	bool testable, makes_task;
	long number, a, b, c, d, e;
} calls[] = {
	{ "clone", NULL, 0, 0, true, true, SYS_clone, CLONE_WITHOUT_SIGHAND, 0, 0, 0, 0 },
	{ "clone3", NULL, 5, 3, true, true, SYS_clone3, 0, 0, 0, 0, 0 },
	{ "fork", NULL, 0, 0, true, true, SYS_clone, CLONE_WITHOUT_SIGHAND, 0, 0, 0, 0 },
	{ "vfork", NULL, 0, 0, false, true, 0, 0, 0, 0, 0, 0 },
	{ "pthread_create", NULL, 0, 0, false, true, 0, 0, 0, 0, 0, 0 },
	{ "posix_spawn", NULL, 0, 0, false, true, 0, 0, 0, 0, 0, 0 },
	{ "memfd_create", NULL, 3, 17, true, false, SYS_memfd_create, 0, ~0U, 0, 0, 0 },
	{ "sched_getaffinity", NULL, 0, 0, true, false, SYS_sched_getaffinity, 0, 0, 0, 0, 0 },
	{ "sched_setaffinity", NULL, 0, 0, true, false, SYS_sched_setaffinity, -1, 0, 0, 0, 0 },
	{ "sched_setscheduler", NULL, 0, 0, true, false, SYS_sched_setscheduler, 0, -1, 0, 0, 0 },
	{ "arch_prctl", NULL, 0, 0, true, false, SYS_arch_prctl, -1, 0, 0, 0, 0 },
	{ "ioctl", NULL, 0, 0, true, false, SYS_ioctl, -1, 0xae00, 0, 0, 0 }, /* of KVM */
	{ "mlock", NULL, 0, 0, true, false, SYS_mlock, 0, 0, 0, 0, 0 },
	{ "map_shadow_stack", NULL, 6, 6, true, false, MAP_SHADOW_STACK, 0, 4096, ~0U, 0, 0 },
	{ "perf_event_open", "proc/sys/kernel/perf_event_paranoid", 0, 0, true, false,
	  SYS_perf_event_open, 0, 0, -1, -1, ~0L },
	/* Bit 0 is UFFD_USER_MODE_ONLY, which anybody may ask for since Linux 5.11. */
	{ userfaultfd, "proc/sys/vm/unprivileged_userfaultfd", 0, 0, true, false, SYS_userfaultfd,
	  0x7fffffff, 0, 0, 0, 0 },
};

static const struct call *find(const char *name)
{
	size_t n = strcspn(name, " ");

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strlen(calls[i].name) == n && !strncmp(calls[i].name, name, n))
			return &calls[i];
	return NULL;
}

/* false, too, where the release cannot be read. */
static bool is_before(const struct tb_sysroot *root, unsigned int major, unsigned int minor)
{
	unsigned int ours, minors;
	char release[128];

	return tb_sysroot_text(root, release, sizeof(release), "proc/sys/kernel/osrelease") > 0 &&
	       sscanf(release, "%u.%u", &ours, &minors) == 2 &&
	       (ours < major || (ours == major && minors < minor));
}

static bool kernel_lacks(const struct tb_sysroot *root, const struct call *call)
{
	if (call->proof)
		return !tb_sysroot_has(root, "%s", call->proof);
	return is_before(root, call->major, call->minor);
}

/*
 * Before Linux 5.11 the kernel itself answers EPERM to every userfaultfd() of an ordinary user
 * unless vm.unprivileged_userfaultfd is 1: the call proves no filter.
 */
static bool kernel_forbids(const struct tb_sysroot *root, const struct call *call,
			   const struct tb_rights *rights)
{
	uint64_t allowed;

	return !strcmp(call->name, userfaultfd) && is_before(root, 5, 11) &&
	       !tb_rights_capable(rights, CAP_SYS_PTRACE) &&
	       !tb_sysroot_u64(root, &allowed, "%s", call->proof) && !allowed;
}

/* The errno of the call with arguments that the kernel itself answers otherwise; 0: it has none. */
static int answer_of(const struct call *call)
{
	if (!call || !call->testable)
		return 0;
	return syscall(call->number, call->a, call->b, call->c, call->d, call->e) < 0 ? errno : 0;
}

int tb_call_try(const char *name)
{
	int err = answer_of(find(name));

	return tb_is_refusal(err) ? -err : 0;
}

static bool filter_refuses(const struct tb_sysroot *root, const struct call *call, int err)
{
	struct tb_rights rights;

	/* Other causes of EACCES and EPERM are likelier where no call here tells of the filter. */
	if (!call)
		return false;
	tb_rights_read(root, &rights);
	if (!rights.filtered || kernel_lacks(root, call) ||
	    (err == EPERM && kernel_forbids(root, call, &rights)))
		return false;
	return !root->real || !call->testable || answer_of(call) == err;
}

/* glibc's own words for the call that the filter refuses: clone3, and clone where that is ENOSYS. */
static const char *name_of(const struct tb_sysroot *root, const char *name, int err)
{
	if (strcmp(name, "pthread_create") != 0 && strcmp(name, "posix_spawn") != 0)
		return name;
	if (root->real && answer_of(find("clone3")) != err)
		return "clone, which glibc makes threads and processes with,";
	return "clone3, which glibc makes threads and processes with (it falls back to clone at "
	       "ENOSYS only),";
}

static bool say(struct tb_refusal *r, const char *code, const char *remedy)
{
	r->code = code;
	snprintf(r->remedy, sizeof(r->remedy), "%s", remedy);
	return true;
}

static bool explain_refused(const struct tb_sysroot *root, const char *name, int err,
			    struct tb_refusal *r)
{
	const struct call *call = find(name);

	if (filter_refuses(root, call, err)) {
		snprintf(r->reason, sizeof(r->reason),
			 "%s is refused by a seccomp filter (/proc/self/status: Seccomp: 2), as a "
			 "container runtime installs",
			 name_of(root, name, err));
		return say(r, "seccomp", "run it with --security-opt seccomp=unconfined");
	}
	if (err != ENOSYS)
		return false;
	snprintf(r->reason, sizeof(r->reason), "this kernel has no %s", name);
	say(r, "no-kernel-feature", "use a kernel that is configured with it");
	if (call && call->major)
		snprintf(r->remedy, sizeof(r->remedy), "use Linux %u.%u or later", call->major,
			 call->minor);
	return true;
}

/* A call that makes a task. glibc says EAGAIN, too, where a thread's stack found no memory. */
static bool explain_again(const struct tb_sysroot *root, const char *name, struct tb_refusal *r)
{
	bool thread = !strcmp(name, "pthread_create");

	if (tb_task_limit(root, r))
		return true;
	snprintf(r->reason, sizeof(r->reason),
		 "%s failed: no limit on processes is seen to be reached%s", name,
		 thread ? ", and memory may be short" : "");
	return say(r, "limit",
		   thread ? "see ulimit -v and -u, vm.max_map_count and vm.overcommit_memory"
			  : "see ulimit -u, pids.max of the cgroup and kernel.threads-max");
}

static bool explain(const struct tb_sysroot *root, const char *name, int err, struct tb_refusal *r)
{
	const struct call *call = find(name);

	snprintf(r->reason, sizeof(r->reason), "%s failed: %s", name, strerror(err));
	if (tb_is_refusal(err))
		return explain_refused(root, name, err, r);
	switch (err) {
	case EAGAIN:
		return call && call->makes_task && explain_again(root, name, r);
	case EMFILE:
		snprintf(r->reason, sizeof(r->reason), "%s: this process has too many open files",
			 name);
		return say(r, "limit", "raise ulimit -n");
	case ENFILE:
		snprintf(r->reason, sizeof(r->reason), "%s: the system has too many open files",
			 name);
		return say(r, "limit", "raise fs.file-max");
	case ENOMEM:
		snprintf(r->reason, sizeof(r->reason), "%s: not enough memory", name);
		return say(r, "no-memory",
			   "see ulimit -v, vm.max_map_count and vm.overcommit_memory");
	default:
		return false;
	}
}

bool tb_refusal_of(const struct tb_sysroot *root, const char *name, int err,
		   struct tb_refusal *refusal)
{
	struct tb_sysroot here;
	bool found;

	*refusal = (struct tb_refusal){ .code = "error" };
	err = err < 0 ? -err : err;
	found = explain(tb_sysroot_or_here(root, &here), name, err, refusal);
	tb_sysroot_close(&here);
	return found;
}

void tb_refusal_text(const struct tb_refusal *refusal, const char *what, char *out, size_t bytes)
{
	snprintf(out, bytes, "%s%s%s%s%s", what ? what : "", what ? ": " : "", refusal->reason,
		 refusal->remedy[0] ? "; " : "", refusal->remedy);
}

int tb_refusal_set(struct tb_refusal *refusal, int err, const char *code, const char *reason,
		   const char *remedy)
{
	refusal->code = code;
	snprintf(refusal->reason, sizeof(refusal->reason), "%s", reason);
	snprintf(refusal->remedy, sizeof(refusal->remedy), "%s", remedy);
	return err;
}

bool tb_is_refusal(int err)
{
	err = abs(err);
	return err == EPERM || err == EACCES || err == ENOSYS;
}

static void *end_at_once(void *unused)
{
	return unused;
}

int tb_thread_try(void)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, end_at_once, NULL);

	if (!err)
		pthread_join(thread, NULL);
	return -err;
}

static void no_permission(struct tb_refusal *r, const char *reason, const char *remedy)
{
	r->code = "no-permission";
	snprintf(r->reason, sizeof(r->reason), "%s", reason);
	snprintf(r->remedy, sizeof(r->remedy), "%s", remedy);
}

void tb_explain_realtime(const struct tb_sysroot *root, int err, struct tb_refusal *r)
{
	struct tb_rights rights;
	char remedy[TB_REMEDY];
	size_t n;

	tb_rights_read(root, &rights);
	if (tb_refusal_of(root, "sched_setscheduler", err, r))
		return;
	if (tb_rights_capable(&rights, CAP_SYS_NICE))
		/* sched(7): group scheduling of real-time tasks gives a new group nothing. */
		no_permission(r, "the cgroup grants no real-time share",
			      "set cpu.rt_runtime_us of the cgroup, or run it in another");
	else {
		tb_rights_remedy(&rights, "SYS_NICE", remedy, sizeof(remedy));
		n = strlen(remedy);
		snprintf(remedy + n, sizeof(remedy) - n, ", or with ulimit -r 10");
		no_permission(r, "CAP_SYS_NICE is missing and ulimit -r is below 10", remedy);
	}
}

/* Bytes that this process may lock. UINT64_MAX: as many as it likes. 0, too, where it is unknown. */
static uint64_t lockable(const struct tb_sysroot *root, const struct tb_rights *rights)
{
	uint64_t limit = 0;

	if (tb_rights_capable(rights, CAP_IPC_LOCK))
		return UINT64_MAX;
	tb_rights_limit(root, "Max locked memory", &limit);
	return limit;
}

/* mlock(2): a limit of 0 bytes is EPERM, a higher one ENOMEM, and a lack of memory EAGAIN. */
void tb_explain_locking(const struct tb_sysroot *root, int err, struct tb_refusal *r)
{
	struct tb_rights rights;
	uint64_t limit;

	err = abs(err);
	tb_rights_read(root, &rights);
	limit = lockable(root, &rights);
	if (err == EAGAIN || (err == ENOMEM && limit == UINT64_MAX)) {
		tb_refusal_set(r, -err, "no-memory", "there is not enough memory to lock",
			       "free memory, or raise the memory limit of the cgroup");
		return;
	}
	if (err != ENOMEM && limit && tb_refusal_of(root, "mlock", err, r))
		return;
	no_permission(r, "the limit on locked memory is too low",
		      rights.root
			      ? "start the container with --cap-add IPC_LOCK, or raise ulimit -l"
			      : "raise ulimit -l, or run it as root");
}

void tb_explain_idle(const struct tb_sysroot *root, int err, struct tb_refusal *r)
{
	struct tb_rights rights;

	tb_rights_read(root, &rights);
	if (abs(err) == ENOENT)
		no_permission(r, "there is no " TB_IDLE_DEVICE,
			      "in a container: --device " TB_IDLE_DEVICE
			      "; else use a kernel with CONFIG_CPU_IDLE");
	else if (rights.root)
		no_permission(r, TB_IDLE_DEVICE " cannot be written",
			      "start the container with --device " TB_IDLE_DEVICE);
	else
		no_permission(r, TB_IDLE_DEVICE " cannot be written",
			      "run it as root, or give write access to " TB_IDLE_DEVICE);
}
