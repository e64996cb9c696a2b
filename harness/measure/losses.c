// SPDX-License-Identifier: GPL-2.0-or-later
#include "measure/losses.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/idle.h"
#include "measure/rights.h"

static void say(struct tb_refusal *r, const char *reason, const char *remedy)
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
		say(r, "the cgroup grants no real-time share",
		    "set cpu.rt_runtime_us of the cgroup, or run it in another");
	else {
		tb_rights_remedy(&rights, "SYS_NICE", remedy, sizeof(remedy));
		n = strlen(remedy);
		snprintf(remedy + n, sizeof(remedy) - n, ", or with ulimit -r 10");
		say(r, "CAP_SYS_NICE is missing and ulimit -r is below 10", remedy);
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
	say(r, "the limit on locked memory is too low",
	    rights.root ? "start the container with --cap-add IPC_LOCK, or raise ulimit -l"
			: "raise ulimit -l, or run it as root");
}

void tb_explain_idle(const struct tb_sysroot *root, int err, struct tb_refusal *r)
{
	struct tb_rights rights;

	tb_rights_read(root, &rights);
	if (abs(err) == ENOENT)
		say(r, "there is no " TB_IDLE_DEVICE,
		    "in a container: --device " TB_IDLE_DEVICE
		    "; else use a kernel with CONFIG_CPU_IDLE");
	else if (rights.root)
		say(r, TB_IDLE_DEVICE " cannot be written",
		    "start the container with --device " TB_IDLE_DEVICE);
	else
		say(r, TB_IDLE_DEVICE " cannot be written",
		    "run it as root, or give write access to " TB_IDLE_DEVICE);
}
