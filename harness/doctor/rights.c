// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks of the permissions and resources of this process. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/check.h"
#include "machine/cgroup.h"
#include "measure/sched.h"
#include "machine/refusal.h"
#include "machine/rights.h"
#include "gnuplot.h"

enum { LOCKED_BYTES = 8 << 20 };    /* about the most that a launch of the suites locks */
enum { RECORDS_BYTES = 256 << 20 }; /* of a full run, whose journal holds all samples */
enum { NO_RANDOMIZE = 0x0040000 };  /* ADDR_NO_RANDOMIZE of sys/personality.h */

static bool capable(const struct check *check, int capability)
{
	return tb_rights_capable(&check->rights, capability);
}

/* Whether a soft limit of this process is below the number; false if it cannot be read. */
static bool limit_below(const struct check *check, const char *name, uint64_t wanted,
			struct seen *seen)
{
	uint64_t limit;

	if (tb_rights_limit(check->snapshot->root, name, &limit))
		return false;
	check_saw(seen, "/proc/self/limits: %s %" PRIu64, name, limit);
	return limit < wanted;
}

bool check_realtime(const struct check *check, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	if (check->rights.filtered && check->snapshot->root->real &&
	    tb_call_try("sched_setscheduler")) {
		check_saw(seen, "sched_setscheduler is refused by a seccomp filter "
				"(/proc/self/status: Seccomp: 2)");
		seen->remedy = "run it with --security-opt seccomp=unconfined";
		return true;
	}
	if (check->rights.root)
		seen->remedy = "start the container with --cap-add SYS_NICE, or ulimit -r 10";
	return !capable(check, CAP_SYS_NICE) &&
	       limit_below(check, "Max realtime priority", TB_FIFO_PRIORITY, seen);
}

bool check_seccomp(const struct check *check, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	check_saw(seen, "/proc/self/status: Seccomp: 2");
	return check->rights.filtered;
}

bool check_memlock(const struct check *check, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	if (check->rights.root)
		seen->remedy =
			"start the container with --cap-add IPC_LOCK, or ulimit -l unlimited";
	return !capable(check, CAP_IPC_LOCK) &&
	       limit_below(check, "Max locked memory", LOCKED_BYTES, seen);
}

bool check_paranoid(const struct check *check, const struct rule *rule, struct seen *seen)
{
	if (check->rights.root)
		seen->remedy = "start the container with --cap-add PERFMON";
	return !capable(check, CAP_PERFMON) && !capable(check, CAP_SYS_ADMIN) &&
	       check_above(check, rule, seen);
}

/* Since Linux 5.11 each user may handle faults of user mode, whatever the file says. */
bool check_userfaultfd(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char release[128];
	int major = 0, minor = 0;

	if (tb_sysroot_text(check->snapshot->root, release, sizeof(release),
			    "proc/sys/kernel/osrelease") <= 0 ||
	    sscanf(release, "%d.%d", &major, &minor) != 2)
		return false;
	if (check->rights.root)
		seen->remedy = "start the container with --cap-add SYS_PTRACE";
	return (major < 5 || (major == 5 && minor < 11)) && !capable(check, CAP_SYS_PTRACE) &&
	       check_is(check, rule, seen);
}

bool check_not_writable(const struct check *check, const struct rule *rule, struct seen *seen)
{
	const struct tb_sysroot *root = check->snapshot->root;
	bool there = tb_sysroot_has(root, "%s", rule->path);

	check_saw(seen, "/%s %s", rule->path, there ? "is not writable" : "does not exist");
	if (check->rights.root)
		seen->remedy = "in a container: --device /dev/cpu_dma_latency";
	return tb_sysroot_has(root, "dev") && faccessat(root->fd, rule->path, W_OK, 0);
}

bool check_one_cpu(const struct check *check, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	check_saw(seen, "this process may use only CPU %d", check->snapshot->cpu);
	return check->snapshot->cpus == 1;
}

bool check_layout(const struct check *check, const struct rule *rule, struct seen *seen)
{
	char text[32];

	if (check_is(check, rule, seen))
		return true;
	if (tb_sysroot_text(check->snapshot->root, text, sizeof(text), "proc/self/personality") <=
	    0)
		return false;
	check_saw(seen, "/proc/self/personality: %s (ADDR_NO_RANDOMIZE)", text);
	return strtoul(text, NULL, 16) & NO_RANDOMIZE;
}

bool check_quota(const struct check *check, const struct rule *rule, struct seen *seen)
{
	struct tb_cgroup_limit limit;

	(void)rule;
	if (tb_cgroup_limit(check->snapshot->root, TB_CGROUP_CPU, &limit))
		return false;
	check_saw(seen, "/%s: %s (%.3g CPUs)", limit.path, limit.text, limit.value);
	return true;
}

static bool group_limit_below(const struct check *check, enum tb_cgroup_kind kind, double needed,
			      struct seen *seen)
{
	struct tb_cgroup_limit limit;

	if (tb_cgroup_limit(check->snapshot->root, kind, &limit))
		return false;
	check_saw(seen, "/%s: %s", limit.path, limit.text);
	return limit.value < needed;
}

bool check_group_memory(const struct check *check, const struct rule *rule, struct seen *seen)
{
	return group_limit_below(check, TB_CGROUP_MEMORY, strtod(rule->value, NULL), seen);
}

bool check_group_pids(const struct check *check, const struct rule *rule, struct seen *seen)
{
	return group_limit_below(check, TB_CGROUP_PIDS, strtod(rule->value, NULL), seen);
}

bool check_gnuplot(const struct check *check, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	check_saw(seen, "%s", tb_no_gnuplot);
	return !tb_gnuplot_in(check->snapshot->root->fd, check->snapshot->path);
}

bool check_disk(const struct check *check, const struct rule *rule, struct seen *seen)
{
	double free = check->snapshot->free_bytes;

	(void)rule;
	check_saw(seen, "%s: %.0f MiB free",
		  check->snapshot->folder ? check->snapshot->folder : "?", free / (1 << 20));
	return free >= 0 && free < RECORDS_BYTES;
}
