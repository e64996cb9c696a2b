// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits on processes and threads: which of them is reached. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/cgroup.h"
#include "machine/refusal.h"
#include "machine/rights.h"

/* A task may have ended since the call failed: the last twentieth counts as reached. */
static bool is_reached(uint64_t used, uint64_t most)
{
	return used + most / 20 >= most;
}

static bool pids_reached(const struct tb_sysroot *root, const struct tb_cgroup_limit *limit,
			 void *arg)
{
	int folder = (int)(strrchr(limit->path, '/') - limit->path);
	uint64_t most = (uint64_t)limit->value, used;
	struct tb_refusal *r = arg;

	if (tb_sysroot_u64(root, &used, "%.*s/pids.current", folder, limit->path) ||
	    !is_reached(used, most))
		return false;
	snprintf(r->reason, sizeof(r->reason),
		 "the cgroup's limit on processes and threads is reached: /%.160s is %" PRIu64
		 ", %" PRIu64 " are used",
		 limit->path, most, used);
	snprintf(r->remedy, sizeof(r->remedy),
		 "raise pids.max, or start the container with --pids-limit -1");
	return true;
}

/* Of any group: those above ours count the tasks of others, too. */
static bool group_reached(const struct tb_sysroot *root, struct tb_refusal *r)
{
	return !tb_cgroup_walk(root, TB_CGROUP_PIDS, pids_reached, r);
}

/* All tasks of the machine: /proc/loadavg is "0.1 0.2 0.3 2/345 678". */
static bool kernel_reached(const struct tb_sysroot *root, const char *name, struct tb_refusal *r)
{
	char text[128], *slash;
	uint64_t most, used;

	if (tb_sysroot_text(root, text, sizeof(text), "proc/loadavg") <= 0 ||
	    tb_sysroot_u64(root, &most, "proc/sys/kernel/%s", name))
		return false;
	slash = strchr(text, '/');
	used = slash ? strtoull(slash + 1, NULL, 10) : 0;
	if (!is_reached(used, most))
		return false;
	snprintf(r->reason, sizeof(r->reason),
		 "the kernel's limit on processes and threads is reached: kernel.%s is %" PRIu64
		 ", %" PRIu64 " are used",
		 name, most, used);
	snprintf(r->remedy, sizeof(r->remedy), "sysctl kernel.%s=%" PRIu64, name, 2 * most);
	return true;
}

/* Threads of all processes of a real user that are seen from here. */
static uint64_t tasks_of(const struct tb_sysroot *root, uint64_t user)
{
	char **names, text[TB_STATUS_ROOM];
	const char *uid, *threads;
	uint64_t tasks = 0;
	size_t n;

	if (tb_sysroot_names(root, &names, &n, "proc"))
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (strspn(names[i], "0123456789") != strlen(names[i]) ||
		    tb_sysroot_text(root, text, sizeof(text), "proc/%s/status", names[i]) <= 0)
			continue;
		uid = tb_line_at(text, "Uid:");
		threads = tb_line_at(text, "Threads:");
		if (uid && threads && strtoull(uid, NULL, 10) == user)
			tasks += strtoull(threads, NULL, 10);
	}
	tb_sysroot_names_free(names, n);
	return tasks;
}

static bool user_reached(const struct tb_sysroot *root, struct tb_refusal *r)
{
	struct tb_rights rights;
	uint64_t most, used;

	tb_rights_read(root, &rights);
	if (tb_rights_capable(&rights, CAP_SYS_RESOURCE) ||
	    tb_rights_capable(&rights, CAP_SYS_ADMIN) ||
	    tb_rights_limit(root, "Max processes", &most) || most == UINT64_MAX)
		return false;
	used = tasks_of(root, rights.user);
	if (!is_reached(used, most))
		return false;
	snprintf(r->reason, sizeof(r->reason),
		 "this user's limit on processes and threads is reached: ulimit -u is %" PRIu64
		 ", %" PRIu64 " are used",
		 most, used);
	snprintf(r->remedy, sizeof(r->remedy), "raise ulimit -u");
	return true;
}

bool tb_task_limit(const struct tb_sysroot *root, struct tb_refusal *r)
{
	r->code = "limit";
	return group_reached(root, r) || kernel_reached(root, "threads-max", r) ||
	       kernel_reached(root, "pid_max", r) || user_reached(root, r);
}
