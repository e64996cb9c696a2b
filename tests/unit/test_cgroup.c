// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits of control groups: both versions, any mount point, the tightest limit of all groups. */
#define _GNU_SOURCE 1 // NOLINT(bugprone-reserved-identifier): nftw
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fakeroot.h"
#include "machine/cgroup.h"

enum { FILES = 6 };

/* 100 bytes */
#define LONG \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *name;
	enum tb_cgroup_kind kind;
	const char *file[FILES][2];
	int err;
	double value;
	const char *path; /* of the file that sets it */
} cases[] = {
	/* Without mountinfo: the usual places. */
	{ "v2",
	  TB_CGROUP_CPU,
	  { { "proc/self/cgroup", "0::/a/b\n" },
	    { "sys/fs/cgroup/a/b/cpu.max", "max 100000\n" },
	    { "sys/fs/cgroup/a/cpu.max", "50000 100000\n" } },
	  0,
	  0.5,
	  "sys/fs/cgroup/a/cpu.max" },
	{ "v1, cpu,cpuacct",
	  TB_CGROUP_CPU,
	  { { "proc/self/cgroup",
	      "5:cpuset:/x\n4:cpu,cpuacct:/box/one\n1:name=systemd:/box\n0::/\n" },
	    { "sys/fs/cgroup/cpu,cpuacct/box/one/cpu.cfs_quota_us", "50000\n" },
	    { "sys/fs/cgroup/cpu,cpuacct/box/one/cpu.cfs_period_us", "100000\n" },
	    { "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "-1\n" } },
	  0,
	  0.5,
	  "sys/fs/cgroup/cpu,cpuacct/box/one/cpu.cfs_quota_us" },
	{ "v1, cpu alone",
	  TB_CGROUP_CPU,
	  { { "proc/self/cgroup", "2:cpuacct:/\n1:cpu:/box\n" },
	    { "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "150000" },
	    { "sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000" } },
	  0,
	  1.5,
	  "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us" },
	{ "v2 beside v1",
	  TB_CGROUP_PIDS,
	  { { "proc/self/cgroup", "1:cpu:/box\n0::/a\n" },
	    { "sys/fs/cgroup/unified/a/pids.max", "100\n" } },
	  0,
	  100,
	  "sys/fs/cgroup/unified/a/pids.max" },
	/* The mount tells. */
	{ "v2 elsewhere, a blank in the path",
	  TB_CGROUP_MEMORY,
	  { { "proc/self/cgroup", "0::/a\n" },
	    { "proc/self/mountinfo",
	      "22 1 8:1 / / rw - ext4 /dev/root rw\n"
	      "30 22 0:27 / /my\\040groups rw,nosuid shared:4 master:1 - cgroup2 cgroup2 rw\n" },
	    { "my groups/a/memory.max", "1048576\n" } },
	  0,
	  1048576,
	  "my groups/a/memory.max" },
	{ "a container's own part of a v1 hierarchy",
	  TB_CGROUP_MEMORY,
	  { { "proc/self/cgroup", "4:memory:/docker/0123/in\n" },
	    { "proc/self/mountinfo",
	      "31 30 0:28 /docker/0123 /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
	      "32 30 0:29 /docker/0123 /sys/fs/cgroup/mem rw - cgroup cgroup rw,memory\n" },
	    { "sys/fs/cgroup/cpu/in/memory.limit_in_bytes", "1\n" },
	    { "sys/fs/cgroup/mem/memory.limit_in_bytes", "4096\n" },
	    { "sys/fs/cgroup/mem/in/memory.limit_in_bytes", "9223372036854771712\n" } },
	  0,
	  4096,
	  "sys/fs/cgroup/mem/memory.limit_in_bytes" },
	{ "a group outside of the mounted part",
	  TB_CGROUP_PIDS,
	  { { "proc/self/cgroup", "0::/other\n" },
	    { "proc/self/mountinfo", "31 30 0:28 /docker/0123 /g rw - cgroup2 none rw\n" },
	    { "g/pids.max", "7\n" } },
	  0,
	  7,
	  "g/pids.max" },
	{ "a group outside of the namespace",
	  TB_CGROUP_PIDS,
	  { { "proc/self/cgroup", "0::/../other\n" }, { "sys/fs/cgroup/pids.max", "8\n" } },
	  0,
	  8,
	  "sys/fs/cgroup/pids.max" },
	/* The tightest, whichever group it is of. */
	{ "the middle",
	  TB_CGROUP_PIDS,
	  { { "proc/self/cgroup", "0::/a/b/c\n" },
	    { "sys/fs/cgroup/a/b/c/pids.max", "300\n" },
	    { "sys/fs/cgroup/a/b/pids.max", "100\n" },
	    { "sys/fs/cgroup/a/pids.max", "200\n" } },
	  0,
	  100,
	  "sys/fs/cgroup/a/b/pids.max" },
	/* No limit, and nothing known. */
	{ "unlimited",
	  TB_CGROUP_CPU,
	  { { "proc/self/cgroup", "0::/a\n" }, { "sys/fs/cgroup/a/cpu.max", "max 100000\n" } },
	  -ENODATA,
	  0,
	  NULL },
	{ "no file",
	  TB_CGROUP_MEMORY,
	  { { "proc/self/cgroup", "0::/\n" }, { "sys/fs/cgroup/cgroup.procs", "" } },
	  -ENODATA,
	  0,
	  NULL },
	{ "no hierarchy with it",
	  TB_CGROUP_MEMORY,
	  { { "proc/self/cgroup", "1:cpu:/\n" }, { "sys/fs/cgroup/cpu/x", "" } },
	  -ENOENT,
	  0,
	  NULL },
	{ "not mounted", TB_CGROUP_CPU, { { "proc/self/cgroup", "0::/a\n" } }, -ENOENT, 0, NULL },
	{ "no /proc", TB_CGROUP_CPU, { { "x", "" } }, -ENOENT, 0, NULL },
	{ "a long name",
	  TB_CGROUP_CPU,
	  { { "proc/self/cgroup", "0::/" LONG LONG LONG LONG "\n" },
	    { "sys/fs/cgroup/cpu.max", "max 100000\n" } },
	  -ENAMETOOLONG,
	  0,
	  NULL },
	/* What no kernel writes. */
	{ "an escape that ends early",
	  TB_CGROUP_PIDS,
	  { { "proc/self/cgroup", "0::/a\n" },
	    { "proc/self/mountinfo", "31 30 0:28 / /g\\04 rw - cgroup2 none rw\n" },
	    { "g\\04/a/pids.max", "7\n" } },
	  0,
	  7,
	  "g\\04/a/pids.max" },
	{ "no period",
	  TB_CGROUP_CPU,
	  { { "proc/self/cgroup", "0::/\n" }, { "sys/fs/cgroup/cpu.max", "50000\n" } },
	  -ENODATA,
	  0,
	  NULL },
	{ "rubbish",
	  TB_CGROUP_CPU,
	  { { "proc/self/cgroup", "\n:\n::\n0:\n4\n0::/a\n" },
	    { "proc/self/mountinfo",
	      "\n- cgroup2\n1 2 3 4 5 6 - cgroup2\n1 2 3 / /a\\9 6 - cgroup2 x y" },
	    { "sys/fs/cgroup/a/cpu.max", "nan 1\n" } },
	  -ENODATA,
	  0,
	  NULL },
};

static void limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tb_cgroup_limit limit;
		struct fakeroot fake = { .path = "" };

		print_message("%s\n", cases[i].name);
		fakeroot_open(&fake);
		for (size_t f = 0; f < FILES && cases[i].file[f][0]; f++)
			fakeroot_text(&fake, cases[i].file[f][0], cases[i].file[f][1]);
		assert_int_equal(tb_cgroup_limit(&fake.root, cases[i].kind, &limit), cases[i].err);
		if (!cases[i].err) {
			assert_string_equal(limit.path, cases[i].path);
			assert_true(limit.value == cases[i].value);
		}
		fakeroot_close(&fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(limits) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
