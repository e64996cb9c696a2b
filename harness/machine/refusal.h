/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cause and the remedy of a failed system call, in more detail than its errno. */
#ifndef TB_REFUSAL_H
#define TB_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>

#include "machine/refusal.h"
#include "machine/sysroot.h"

enum { TB_REASON = 320, TB_REMEDY = 160 };

struct tb_refusal {
	const char *
		code; /* a row's reason_code: "seccomp", "limit", "no-memory", "no-kernel-feature" */
	char reason[TB_REASON], remedy[TB_REMEDY]; /* remedy: empty where none is known */
};

/*
 * Explains that `call` ("clone3") failed with errno `err`, positive or negative. Returns true when
 * a cause is found: a seccomp filter, a limit, a kernel without the call. Else false, with the
 * errno's text as the reason: a caller that knows a likelier cause gives that.
 *
 * "pthread_create" and "posix_spawn" stand for the call that glibc makes. A call of a
 * device is "ioctl NAME". root NULL: this machine, where a filter is told from other causes by
 * a call that the kernel always answers.
 */
bool tb_refusal_of(const struct tb_sysroot *root, const char *call, int err,
		   struct tb_refusal *refusal);

/* Fills a refusal whose cause the caller knows. Returns err. */
int tb_refusal_set(struct tb_refusal *refusal, int err, const char *code, const char *reason,
		   const char *remedy);

/* EPERM, EACCES or ENOSYS, of either sign: the call is refused whatever it asks for. */
bool tb_is_refusal(int err);

/* "what: the reason; the remedy", or "the reason; the remedy" with what NULL. Cut to `bytes`. */
void tb_refusal_text(const struct tb_refusal *refusal, const char *what, char *out, size_t bytes);

/*
 * Makes the call with arguments that the kernel rejects, so that nothing happens. 0, or -EPERM,
 * -EACCES or -ENOSYS where the call is refused whatever it asks for. 0 for calls without such arguments.
 */
int tb_call_try(const char *call);

/*
 * Which limit on processes and threads is reached, of pids.max, kernel.threads-max, kernel.pid_max
 * and ulimit -u: what EAGAIN of fork and clone is about. false: none was found.
 */
bool tb_task_limit(const struct tb_sysroot *root, struct tb_refusal *refusal);

/* Makes a thread and joins it. 0, or -errno where glibc can make none. */
int tb_thread_try(void);

/* Reasons why a launch runs without SCHED_FIFO, locked memory or shallow idle states. */

/* Holds CPUs in shallow idle states while it is open (Documentation/power/pm_qos_interface). */
#define TB_IDLE_DEVICE "/dev/cpu_dma_latency"

/* Why SCHED_FIFO was refused, mlock() failed, or TB_IDLE_DEVICE cannot be opened, with errno err. */
void tb_explain_realtime(const struct tb_sysroot *root, int err, struct tb_refusal *refusal);
void tb_explain_locking(const struct tb_sysroot *root, int err, struct tb_refusal *refusal);
void tb_explain_idle(const struct tb_sysroot *root, int err, struct tb_refusal *refusal);

#endif
