/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks the signals that stop a command while it has something to clean up. */
#ifndef TB_STOPS_H
#define TB_STOPS_H

#include <signal.h>

struct tb_stops {
	sigset_t stops;	    /* those of SIGINT, SIGTERM and SIGHUP that are not ignored */
	sigset_t inherited; /* the previous mask, for children */
};

/* Blocks these signals, and SIGCHLD. 0 or -errno. */
int tb_stops_block(struct tb_stops *stops);
/* Restores the previous mask: a pending signal takes effect. */
void tb_stops_release(const struct tb_stops *stops);
/* Removes a pending signal and returns it; 0: none. */
int tb_stops_take(const struct tb_stops *stops);

#endif
