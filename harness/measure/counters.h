/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters of the calling thread: one group, so that all of its events count over
 * the same time or not at all.
 */
#ifndef TB_COUNTERS_H
#define TB_COUNTERS_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>

#include "machine/sysroot.h"

enum { TB_EVENTS_MAX = 8, TB_EVENT_NAME = 48, TB_EVENT_WHY = 640 };

struct tb_event {
	char name
		[TB_EVENT_NAME]; /* as asked for, in lower case: "instructions", "spr::l1d.replacement" */
	char encoding[64];	 /* libpfm4's full name of it; empty: the CPU has none */
	struct perf_event_attr attr;
	char why[TB_EVENT_WHY]; /* why it cannot be counted here; empty: it can */
};

struct tb_events {
	unsigned int n;
	struct tb_event at[TB_EVENTS_MAX];
};

struct tb_counter {
	int fd;
	unsigned int event;		   /* its place in what tb_counters_open() was given */
	struct perf_event_mmap_page *page; /* NULL: no RDPMC */
	uint64_t begin, end;
};

struct tb_counters {
	unsigned int n;
	struct tb_counter at[TB_EVENTS_MAX];
	bool rdpmc;	/* of all of them; else read(2), which costs a system call in the window */
	bool elsewhere; /* a benchmark has them in its own window: nothing of this thread's is open */
};

/*
 * Finds out, for each event that has an encoding, whether this thread may count
 * it, all of them together; fills `why` of those it may not. Where only the
 * kernel's share is refused, user space alone is counted and the name gets ":u".
 */
void tb_counters_probe(struct tb_events *events);
/* Writes to event->why what this -errno of perf_event_open() means. */
void tb_counters_explain(struct tb_event *event, int err);
void tb_counters_explain_on(const struct tb_sysroot *root, struct tb_event *event, int err);
/* Opens those without a `why`, disabled. 0 or -errno; nothing is open after an error. */
int tb_counters_open(struct tb_counters *counters, const struct tb_events *events);
void tb_counters_close(struct tb_counters *counters);

/* Start and stop counting. Keep it off elsewhere: a counted breakpoint costs time at each hit. */
void tb_counters_on(struct tb_counters *counters);
/* Returns false if the group was not on the PMU all the time: the counts are then invalid. */
bool tb_counters_off(struct tb_counters *counters);

/* Read all at the begin and at the end of a window; may be repeated, the last counts. */
void tb_counters_begin(struct tb_counters *counters);
void tb_counters_end(struct tb_counters *counters);

#endif
