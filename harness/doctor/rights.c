// SPDX-License-Identifier: GPL-2.0-or-later
/* Looks at what this process may do, and at what it will need. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/look.h"
#include "measure/cgroup.h"
#include "measure/realtime.h"
#include "measure/refusal.h"
#include "measure/rights.h"
#include "gnuplot.h"

enum { LOCKED_BYTES = 8 << 20 };    /* that the largest launch of the suites locks, about */
enum { RECORDS_BYTES = 256 << 20 }; /* of a full run: its journal holds all samples */
enum { NO_RANDOMIZE = 0x0040000 };  /* ADDR_NO_RANDOMIZE of sys/personality.h */

static bool capable(const struct exam *exam, int capability)
{
	return tb_rights_capable(&exam->rights, capability);
}

/* A soft limit of this process is below the number. false, too, where it cannot be read. */
static bool limit_below(const struct exam *exam, const char *name, uint64_t wanted,
			struct seen *seen)
{
	uint64_t limit;

	if (tb_rights_limit(exam->patient->root, name, &limit))
		return false;
	look_saw(seen, "/proc/self/limits: %s %" PRIu64, name, limit);
	return limit < wanted;
}

bool look_realtime(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	if (exam->rights.filtered && exam->patient->root->real &&
	    tb_call_try("sched_setscheduler")) {
		look_saw(seen, "sched_setscheduler is refused by a seccomp filter "
			       "(/proc/self/status: Seccomp: 2)");
		seen->mend = "run it with --security-opt seccomp=unconfined";
		return true;
	}
	if (exam->rights.root)
		seen->mend = "start the container with --cap-add SYS_NICE, or ulimit -r 10";
	return !capable(exam, CAP_SYS_NICE) &&
	       limit_below(exam, "Max realtime priority", TB_FIFO_PRIORITY, seen);
}

bool look_seccomp(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	look_saw(seen, "/proc/self/status: Seccomp: 2");
	return exam->rights.filtered;
}

bool look_memlock(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	if (exam->rights.root)
		seen->mend = "start the container with --cap-add IPC_LOCK, or ulimit -l unlimited";
	return !capable(exam, CAP_IPC_LOCK) &&
	       limit_below(exam, "Max locked memory", LOCKED_BYTES, seen);
}

bool look_paranoid(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	if (exam->rights.root)
		seen->mend = "start the container with --cap-add PERFMON";
	return !capable(exam, CAP_PERFMON) && !capable(exam, CAP_SYS_ADMIN) &&
	       look_above(exam, rule, seen);
}

/* Since Linux 5.11 anybody may take faults of user mode, whatever the file says. */
bool look_userfaultfd(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	char release[128];
	int major = 0, minor = 0;

	if (tb_sysroot_text(exam->patient->root, release, sizeof(release),
			    "proc/sys/kernel/osrelease") <= 0 ||
	    sscanf(release, "%d.%d", &major, &minor) != 2)
		return false;
	if (exam->rights.root)
		seen->mend = "start the container with --cap-add SYS_PTRACE";
	return (major < 5 || (major == 5 && minor < 11)) && !capable(exam, CAP_SYS_PTRACE) &&
	       look_is(exam, rule, seen);
}

bool look_not_writable(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	const struct tb_sysroot *root = exam->patient->root;
	bool there = tb_sysroot_has(root, "%s", rule->path);

	look_saw(seen, "/%s %s", rule->path, there ? "is not ours to write" : "is not there");
	if (exam->rights.root)
		seen->mend = "in a container: --device /dev/cpu_dma_latency";
	return tb_sysroot_has(root, "dev") && faccessat(root->fd, rule->path, W_OK, 0);
}

bool look_one_cpu(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	look_saw(seen, "only CPU %d may be used", exam->patient->cpu);
	return exam->patient->cpus == 1;
}

bool look_layout(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	char text[32];

	if (look_is(exam, rule, seen))
		return true;
	if (tb_sysroot_text(exam->patient->root, text, sizeof(text), "proc/self/personality") <= 0)
		return false;
	look_saw(seen, "/proc/self/personality: %s (ADDR_NO_RANDOMIZE)", text);
	return strtoul(text, NULL, 16) & NO_RANDOMIZE;
}

bool look_quota(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	struct tb_cgroup_limit limit;

	(void)rule;
	if (tb_cgroup_limit(exam->patient->root, TB_CGROUP_CPU, &limit))
		return false;
	look_saw(seen, "/%s: %s (%.3g CPUs)", limit.path, limit.text, limit.value);
	return true;
}

static bool group_limit_below(const struct exam *exam, enum tb_cgroup_kind kind, double needed,
			      struct seen *seen)
{
	struct tb_cgroup_limit limit;

	if (tb_cgroup_limit(exam->patient->root, kind, &limit))
		return false;
	look_saw(seen, "/%s: %s", limit.path, limit.text);
	return limit.value < needed;
}

bool look_group_memory(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	return group_limit_below(exam, TB_CGROUP_MEMORY, strtod(rule->value, NULL), seen);
}

bool look_group_pids(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	return group_limit_below(exam, TB_CGROUP_PIDS, strtod(rule->value, NULL), seen);
}

bool look_gnuplot(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	(void)rule;
	look_saw(seen, "%s", tb_no_gnuplot);
	return !tb_gnuplot_in(exam->patient->root->fd, exam->patient->path);
}

bool look_disk(const struct exam *exam, const struct rule *rule, struct seen *seen)
{
	double free = exam->patient->free_bytes;

	(void)rule;
	look_saw(seen, "%s: %.0f MiB free", exam->patient->folder ? exam->patient->folder : "?",
		 free / (1 << 20));
	return free >= 0 && free < RECORDS_BYTES;
}
