// SPDX-License-Identifier: GPL-2.0-or-later
#include "stops.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

int tb_stops_block(struct tb_stops *stops)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	sigset_t blocked;

	sigemptyset(&stops->stops);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct sigaction action;

		/* nohup: a signal that the parent ignored stays ignored. */
		if (!sigaction(signals[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(&stops->stops, signals[i]);
	}
	blocked = stops->stops;
	sigaddset(&blocked, SIGCHLD);
	return sigprocmask(SIG_BLOCK, &blocked, &stops->inherited) ? -errno : 0;
}

void tb_stops_release(const struct tb_stops *stops)
{
	sigprocmask(SIG_SETMASK, &stops->inherited, NULL);
}

int tb_stops_take(const struct tb_stops *stops)
{
	const struct timespec now = { 0 };
	int signal = sigtimedwait(&stops->stops, NULL, &now);

	return signal > 0 ? signal : 0;
}
