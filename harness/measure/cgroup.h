/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits that control groups, of version 1 or 2, set for this process. */
#ifndef TB_CGROUP_H
#define TB_CGROUP_H

#include "measure/sysroot.h"

enum tb_cgroup_kind { TB_CGROUP_CPU, TB_CGROUP_MEMORY, TB_CGROUP_PIDS };

struct tb_cgroup_limit {
	double value;	/* CPUs, bytes, or tasks */
	char path[512]; /* the file that sets it, below the root */
	char text[64];	/* what stands there */
};

/*
 * The tightest limit of this process's groups, from its own up to where the hierarchy is
 * mounted: proc/self/mountinfo tells where, else the usual places are tried. Returns 0;
 * -ENODATA where no group sets a limit; -ENOENT where no hierarchy with this controller can
 * be read; or another -errno of proc/self/cgroup.
 */
int tb_cgroup_limit(const struct tb_sysroot *root, enum tb_cgroup_kind kind,
		    struct tb_cgroup_limit *limit);

#endif
