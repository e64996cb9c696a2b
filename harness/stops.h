/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals that stop a command, held back while it has something to clean up. */
#ifndef TB_STOPS_H
#define TB_STOPS_H

#include <signal.h>

struct tb_stops {
	sigset_t stops;	    /* SIGINT, SIGTERM and SIGHUP, where they are not ignored */
	sigset_t inherited; /* the mask before, for children */
};

/* Blocks these signals, and SIGCHLD. 0 or -errno. */
int tb_stops_block(struct tb_stops *stops);
/* Back to the mask before: a signal that came meanwhile has its effect. */
void tb_stops_release(const struct tb_stops *stops);
/* Takes a signal that is waiting, or 0. */
int tb_stops_take(const struct tb_stops *stops);

#endif
