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

	tb_rights_read(root, &rights);
	if (tb_refusal_of(root, "sched_setscheduler", err, r))
		return;
	if (tb_rights_capable(&rights, CAP_SYS_NICE))
		/* sched(7): group scheduling of real-time tasks gives a new group nothing. */
		say(r, "the cgroup grants no real-time share",
		    "set cpu.rt_runtime_us of the cgroup, or run it in another");
	else if (rights.root)
		say(r, "root has no CAP_SYS_NICE here",
		    "start the container with --cap-add SYS_NICE");
	else
		say(r, "CAP_SYS_NICE is missing and ulimit -r is below 10",
		    "run it as root, or with ulimit -r 10");
}

/* A soft limit on locked memory of 0 bytes makes mlock() answer EPERM. */
static bool may_lock(const struct tb_sysroot *root, const struct tb_rights *rights)
{
	struct tb_sysroot here = { .fd = -1 };
	char text[4096], *limit = NULL;

	if (tb_rights_capable(rights, CAP_IPC_LOCK))
		return true;
	if (!root && tb_sysroot_open(NULL, &here))
		return false;
	if (tb_sysroot_text(root ? root : &here, text, sizeof(text), "proc/self/limits") > 0)
		limit = tb_line_of(text, "Max locked memory");
	tb_sysroot_close(&here);
	return limit && (!strncmp(limit, "unlimited", 9) || strtoull(limit, NULL, 10));
}

void tb_explain_locking(const struct tb_sysroot *root, int err, struct tb_refusal *r)
{
	struct tb_rights rights;
	bool short_of = abs(err) == ENOMEM || abs(err) == EAGAIN;

	tb_rights_read(root, &rights);
	if (!short_of && may_lock(root, &rights) && tb_refusal_of(root, "mlock", err, r))
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
