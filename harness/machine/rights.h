/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this process may do, by /proc/self/status. */
#ifndef TB_RIGHTS_H
#define TB_RIGHTS_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/sysroot.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38 /* Linux 5.8 */
#endif

struct tb_rights {
	bool root;	    /* the effective user is root, perhaps of a user namespace only */
	bool filtered;	    /* a seccomp filter is active */
	uint64_t effective; /* capabilities */
	uint64_t user;	    /* the real one */
};

/* root NULL: this machine. A member that /proc/self/status does not show is 0. */
void tb_rights_read(const struct tb_sysroot *root, struct tb_rights *rights);

/*
 * The soft limit `name` of /proc/self/limits ("Max locked memory"), in the file's unit; unlimited
 * is UINT64_MAX. root NULL: this machine. Returns 0 or -errno: -ENOENT where there is no such line.
 */
int tb_rights_limit(const struct tb_sysroot *root, const char *name, uint64_t *soft);
bool tb_rights_capable(const struct tb_rights *rights, int capability);

/*
 * How to get a capability, for whoever asks: an ordinary user becomes root; root that lacks it
 * runs in a container. `name` is the capability's without CAP_: "SYS_NICE".
 */
void tb_rights_remedy(const struct tb_rights *rights, const char *name, char *out, size_t bytes);

/* /proc/PID/status lists the CPUs: 20 KiB where every second of 8192 is allowed. */
enum { TB_STATUS_ROOM = 64 << 10 };

/*
 * What stands behind `name` at the begin of a line of a file such as /proc/self/status; NULL: no
 * such line. tb_line_of() cuts it out of the text at the line's end.
 */
const char *tb_line_at(const char *text, const char *name);
char *tb_line_of(char *text, const char *name);

#endif
