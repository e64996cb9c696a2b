/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When the kernel switched away from a thread and back to it: perf's records, without privilege. */
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
	bool out;    /* away from the thread, else to it */
};

/*
 * A thread of this process. 0 or -errno of perf_event_open or mmap; switch_trace_close()
 * either way.
 */
int switch_trace_open(struct switch_trace *trace, int tid);
void switch_trace_close(struct switch_trace *trace);
void switch_trace_begin(struct switch_trace *trace);
/* Ends it. The switches since then, n at most: how many, or -EOVERFLOW where some are missing. */
int switch_trace_end(struct switch_trace *trace, struct thread_switch *switches, size_t n);

#endif
