/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits that control groups, of version 1 or 2, set for this process. */
#ifndef TB_CGROUP_H
#define TB_CGROUP_H

#include "machine/sysroot.h"

enum tb_cgroup_kind { TB_CGROUP_CPU, TB_CGROUP_MEMORY, TB_CGROUP_PIDS };

struct tb_cgroup_limit {
	double value;	 /* CPUs, bytes, or tasks */
	char path[1024]; /* the file that sets it, below the root */
	char text[64];	 /* what stands there */
};

/* Sees one limit; true ends the walk. */
typedef bool (*tb_cgroup_visit)(const struct tb_sysroot *root, const struct tb_cgroup_limit *limit,
				void *arg);

/*
 * Visits the limits of this process's groups, from its own up to where the hierarchy is
 * mounted: proc/self/mountinfo tells where, else the usual places are tried. Returns 0 where
 * visit() ended the walk; -ENODATA where the walk reached its end; -ENOENT where no hierarchy
 * with this controller can be read; -ENAMETOOLONG; or another -errno of proc/self/cgroup.
 */
int tb_cgroup_walk(const struct tb_sysroot *root, enum tb_cgroup_kind kind, tb_cgroup_visit visit,
		   void *arg);

/* The tightest of these limits. Returns 0, or as above; -ENODATA where no group sets a limit. */
int tb_cgroup_limit(const struct tb_sysroot *root, enum tb_cgroup_kind kind,
		    struct tb_cgroup_limit *limit);

#endif
