// SPDX-License-Identifier: GPL-2.0-or-later
/* Which limit on processes and threads is reached. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "machine/refusal.h"

#define USER "Uid:\t1000\t1000\t1000\t1000\nThreads:\t3\nCapEff:\t0000000000000000\nSeccomp:\t0\n"

/* Where the controller of processes may be: version 2, version 2 beside 1, version 1. */
static const struct hierarchy {
	const char *cgroup, *folder[3];
} v2 = { "1:name=systemd:/x\n0::/a/b\n", { "sys/fs/cgroup/a/b/", "sys/fs/cgroup/a/" } },
  mixed = { "0::/a/b\n", { "sys/fs/cgroup/unified/a/b/", "sys/fs/cgroup/unified/a/" } },
  v1 = { "8:pids:/v1\n0::/a/b\n", { "sys/fs/cgroup/pids/v1/", "sys/fs/cgroup/pids/" } };

static const struct {
	const struct hierarchy *hierarchy;
	const char *path, *text, *reason;
} limits[] = {
	{ &v2, "sys/fs/cgroup/a/pids.max", "40", "/sys/fs/cgroup/a/pids.max is 40, 40 are used" },
	{ &mixed, "sys/fs/cgroup/unified/a/b/pids.max", "40",
	  "/sys/fs/cgroup/unified/a/b/pids.max is 40, 40 are used" },
	{ &v1, "sys/fs/cgroup/pids/v1/pids.max", "40",
	  "/sys/fs/cgroup/pids/v1/pids.max is 40, 40 are used" },
	{ &v1, "sys/fs/cgroup/pids/pids.max", "40",
	  "/sys/fs/cgroup/pids/pids.max is 40, 40 are used" },
	{ &v2, "proc/sys/kernel/threads-max", "345", "kernel.threads-max is 345, 345 are used" },
	{ &v2, "proc/sys/kernel/pid_max", "345", "kernel.pid_max is 345, 345 are used" },
	{ &v2, "proc/self/limits", "Max processes             3                    9 processes\n",
	  "ulimit -u is 3, 3 are used" },
};

static void roomy(const struct fakeroot *fake, const struct hierarchy *hierarchy)
{
	char path[128];

	fakeroot_text(fake, "proc/self/status", USER);
	fakeroot_text(fake, "proc/7/status", USER);
	fakeroot_text(fake, "proc/self/cgroup", hierarchy->cgroup);
	fakeroot_text(fake, "proc/self/limits", "Max processes             1000  1000 processes\n");
	fakeroot_text(fake, "proc/loadavg", "0.10 0.20 0.30 1/345 4");
	fakeroot_text(fake, "proc/sys/kernel/threads-max", "10000");
	fakeroot_text(fake, "proc/sys/kernel/pid_max", "32768");
	for (size_t i = 0; hierarchy->folder[i]; i++) {
		snprintf(path, sizeof(path), "%spids.max", hierarchy->folder[i]);
		fakeroot_text(fake, path, "max");
		snprintf(path, sizeof(path), "%spids.current", hierarchy->folder[i]);
		fakeroot_text(fake, path, "40");
	}
}

/* EAGAIN of clone and fork: the limit that is reached, with its figures. */
static void limits_are_named(void **state)
{
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		fakeroot_open(&fake);
		roomy(&fake, limits[i].hierarchy);
		assert_false(tb_task_limit(&fake.root, &r));
		assert_true(tb_refusal_of(&fake.root, "fork", EAGAIN, &r));
		assert_non_null(strstr(r.reason, "no limit on processes is seen"));
		fakeroot_text(&fake, limits[i].path, limits[i].text);
		assert_true(tb_refusal_of(&fake.root, "clone3", -EAGAIN, &r));
		assert_string_equal(r.code, "limit");
		if (!strstr(r.reason, limits[i].reason))
			fail_msg("%s: %s", limits[i].path, r.reason);
		assert_true(r.remedy[0]);
		/* Of a call that makes no task EAGAIN is something else. */
		assert_false(tb_refusal_of(&fake.root, "memfd_create", EAGAIN, &r));
		fakeroot_close(&fake);
	}
}

/* The last twentieth counts as reached: 380 of 400, and not 379. */
static void last_twentieth(void **state)
{
	struct tb_refusal r;
	struct fakeroot fake;

	(void)state;
	fakeroot_open(&fake);
	roomy(&fake, &v2);
	fakeroot_text(&fake, "sys/fs/cgroup/a/pids.max", "400");
	fakeroot_text(&fake, "sys/fs/cgroup/a/pids.current", "379");
	assert_false(tb_task_limit(&fake.root, &r));
	fakeroot_text(&fake, "sys/fs/cgroup/a/pids.current", "380");
	assert_true(tb_task_limit(&fake.root, &r));
	assert_non_null(strstr(r.reason, "/sys/fs/cgroup/a/pids.max is 400, 380 are used"));
	fakeroot_close(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_named),
		cmocka_unit_test(last_twentieth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
