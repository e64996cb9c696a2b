/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work that has to run on one CPU, by a caller that stays where it is. */
#ifndef TB_ONCPU_H
#define TB_ONCPU_H

/*
 * Calls work(arg) in a thread bound to this CPU and waits for it. The caller keeps its
 * own affinity. 0; -errno when there is no thread or the CPU may not be used, and then
 * work() did not run.
 */
int tb_on_cpu(int cpu, void (*work)(void *arg), void *arg);

#endif
