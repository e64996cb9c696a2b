/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of CPUs as sysfs and taskset write them. */
#ifndef TB_CPU_LIST_H
#define TB_CPU_LIST_H

#include <stddef.h>

enum { TB_CPUS_MAX_POSSIBLE = 8192 }; /* NR_CPUS of x86 kernels is 8192 at most */

/*
 * "0-3,5": CPU numbers, sorted, each once; the caller frees *cpus. -EINVAL, and
 * *why (may be NULL) says what is wrong: a constant. -ENOMEM leaves *why alone.
 */
int tb_cpu_list_parse(const char *text, int **cpus, size_t *count, const char **why);

#endif
