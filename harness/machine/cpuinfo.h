/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/cpuinfo: the paragraph of one processor. */
#ifndef TB_CPUINFO_H
#define TB_CPUINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/sysroot.h"

struct tb_cpuinfo {
	char *text; /* lines, each ended by a NUL; NULL where nothing could be read */
	size_t len;
};

/*
 * Reads the first paragraph, or that of the processor with this number: cores of a
 * hybrid machine differ in microcode, model name and flags. Where the file has no such
 * number (LXCFS renumbers) it is the first paragraph again. Returns 0 or -errno; in
 * either case the functions below may be called.
 */
int tb_cpuinfo_open(const struct tb_sysroot *root, struct tb_cpuinfo *info);
int tb_cpuinfo_open_of(const struct tb_sysroot *root, int cpu, struct tb_cpuinfo *info);
void tb_cpuinfo_close(struct tb_cpuinfo *info);

/* The value of "key : value", or NULL. Never holds a NUL or a newline. */
const char *tb_cpuinfo_get(const struct tb_cpuinfo *info, const char *key);

/* Is the word in the line "flags"? False too where there is no such line. */
bool tb_cpuinfo_flag(const struct tb_cpuinfo *info, const char *flag);

#endif
