/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM's tracepoints of async page faults, read by perf events. The mount of tracefs is
 * private, and nothing in tracefs is written.
 */
#ifndef TB_KVM_TRACE_H
#define TB_KVM_TRACE_H

#include <stddef.h>
#include <stdint.h>

enum kvm_trace_point {
	KVM_TRACE_ABSENT, /* kvm_async_pf_not_present: work is queued, the guest is notified or halted */
	KVM_TRACE_COMPLETED, /* kvm_async_pf_completed: a worker has the page */
	KVM_TRACE_READY, /* kvm_async_pf_ready: the vCPU takes the page, the guest is notified */
	KVM_TRACE_POINTS
};

enum { KVM_TRACE_FAULTS = 64 };

struct kvm_trace {
	int fd[KVM_TRACE_POINTS];
	uint64_t id[KVM_TRACE_POINTS];
	void *ring;
};

/* The trace of a CPU since kvm_trace_begin(). */
struct kvm_traced {
	uint64_t absent, ready; /* of the requested thread */
	/* Faults in order, CLOCK_MONOTONIC_RAW ns; none if faults overlapped. */
	size_t faults;
	struct {
		uint64_t at[KVM_TRACE_POINTS];
	} fault[KVM_TRACE_FAULTS];
};

/* Traces one CPU. 0, or -errno with a constant *why and nothing open. */
int kvm_trace_open(struct kvm_trace *trace, int cpu, const char **why);
/* Also valid for a zeroed trace, and repeatedly. */
void kvm_trace_close(struct kvm_trace *trace);
void kvm_trace_begin(struct kvm_trace *trace);
/* Ends the trace; -EOVERFLOW if records were lost. tid: the vCPU's thread. */
int kvm_trace_end(struct kvm_trace *trace, int tid, struct kvm_traced *traced);

#endif
