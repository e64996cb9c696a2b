/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One launch, seen from the harness: starts a worker process and watches it until it is reaped. */
#ifndef TB_LAUNCH_H
#define TB_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "run/launch_shm.h"
#include "stops.h"

enum tb_exit {
	TB_EXIT_OK,
	TB_EXIT_CHECK,
	TB_EXIT_DISTURBED, /* the worker ended normally up to here, and its samples are kept */
	TB_EXIT_ERROR,
	TB_EXIT_SIGNAL,
	TB_EXIT_TIMEOUT,
	TB_EXIT_STOPPED
};

struct tb_launch {
	enum tb_exit exit;
	int signal;		   /* the signal that ended the worker or stopped the harness */
	char reason[TB_TEXT + 64]; /* empty for TB_EXIT_OK */
	uint64_t ns_fork, ns_reap;
};

struct tb_launcher {
	bool open;
	struct tb_stops stops; /* blocked signals, and the mask that workers restore */
};

/* Blocks SIGCHLD, and those of SIGINT, SIGTERM and SIGHUP that are not ignored. 0 or -errno. */
int tb_launcher_open(struct tb_launcher *launcher);
void tb_launcher_close(struct tb_launcher *launcher);
/* Removes a pending signal and returns it; 0: none. */
int tb_launcher_signal(struct tb_launcher *launcher);

/*
 * Runs the job in shm. Kills the worker after TB_STALL_MS without a sample, or if a signal arrives.
 * Returns 0 however the worker ended (see launch->exit), or -errno if no worker could be started.
 */
int tb_launch(struct tb_launcher *launcher, int shm_fd, struct tb_launch_shm *shm,
	      struct tb_launch *launch);

const char *tb_exit_name(enum tb_exit exit);

enum { TB_STALL_MS = 30000 };

#endif
