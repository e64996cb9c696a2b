/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times of the switches away from a thread and back to it, by perf records; needs no privilege. */
#ifndef TB_SWITCH_TRACE_H
#define TB_SWITCH_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct switch_trace {
	int fd;
	void *ring;
};

struct thread_switch {
	uint64_t ns; /* CLOCK_MONOTONIC_RAW */
	bool out;    /* away from the thread, otherwise back to it */
};

/*
 * Traces a thread of this process. 0, or -errno of perf_event_open or mmap. Call
 * switch_trace_close() in both cases.
 */
int switch_trace_open(struct switch_trace *trace, int tid);
void switch_trace_close(struct switch_trace *trace);
void switch_trace_begin(struct switch_trace *trace);
/* Ends the trace and stores at most n switches. Returns how many, or -EOVERFLOW if records are missing. */
int switch_trace_end(struct switch_trace *trace, struct thread_switch *switches, size_t n);

#endif
