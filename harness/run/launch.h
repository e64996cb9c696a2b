/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One launch from the harness's side: a fresh worker process, watched until it is reaped. */
#ifndef TB_LAUNCH_H
#define TB_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "run/launch_shm.h"
#include "stops.h"

enum tb_exit {
	TB_EXIT_OK,
	TB_EXIT_CHECK,
	TB_EXIT_DISTURBED, /* up to here the worker ended well, and its numbers are kept */
	TB_EXIT_ERROR,
	TB_EXIT_SIGNAL,
	TB_EXIT_TIMEOUT,
	TB_EXIT_STOPPED
};

struct tb_launch {
	enum tb_exit exit;
	int signal;		   /* that ended the worker, or that stopped the harness */
	char reason[TB_TEXT + 64]; /* empty when ok */
	uint64_t ns_fork, ns_reap;
};

struct tb_launcher {
	bool open;
	struct tb_stops stops; /* what stops the run, and the signal mask that workers get back */
};

/* Blocks SIGINT, SIGTERM and SIGHUP where they are not ignored, and SIGCHLD. 0 or -errno. */
int tb_launcher_open(struct tb_launcher *launcher);
void tb_launcher_close(struct tb_launcher *launcher);
/* A signal that is waiting, or 0. */
int tb_launcher_signal(struct tb_launcher *launcher);

/*
 * Runs the shm's job to its end, or kills it: after TB_STALL_MS without a
 * sample, or when a signal arrives. Returns 0 however the worker ended (see
 * launch->exit), -errno when no worker could be started.
 */
int tb_launch(struct tb_launcher *launcher, int shm_fd, struct tb_launch_shm *shm,
	      struct tb_launch *launch);

const char *tb_exit_name(enum tb_exit exit);

enum { TB_STALL_MS = 30000 };

#endif
