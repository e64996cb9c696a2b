// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/guest_parts.h"

#include "stats/describe.h"

double guest_span(const struct guest_rounds *l)
{
	uint64_t first = UINT64_MAX, last = 0;

	for (unsigned int v = 0; v < l->vmm.vcpus; v++) {
		const struct guest_touch *log = guest_log(l->vmm.vcpu[v].block);

		for (size_t i = 0; i < l->pages; i++) {
			first = log[i].before < first ? log[i].before : first;
			last = log[i].after > last ? log[i].after : last;
		}
	}
	return (double)(last - first);
}

bool guest_clocks_agree(const struct guest_rounds *l, double *uncertain)
{
	bool agree = true;

	*uncertain = 0;
	for (unsigned int v = 0; v < l->vmm.vcpus; v++) {
		double one = guest_clock_uncertainty(&l->vcpu[v].clock);

		agree &= guest_clock_agrees(&l->vcpu[v].clock);
		*uncertain = one > *uncertain ? one : *uncertain;
	}
	return agree;
}

static double part_of(const struct guest_touch *t, enum guest_part part)
{
	switch (part) {
	case GUEST_TO_ABSENT:
		return (double)(t->absent - t->before);
	case GUEST_TO_READY:
		return (double)(t->ready - t->absent);
	case GUEST_TO_RUN:
		return (double)(t->after - t->ready);
	case GUEST_WHOLE:
		break;
	}
	return (double)(t->after - t->before);
}

double guest_median(const struct guest_rounds *l, enum guest_part part)
{
	const struct guest_touch *log = guest_log(l->vmm.vcpu[0].block);
	double x[GUEST_ROUND_PAGES_MIN], median = 0;

	for (size_t i = 0; i < GUEST_ROUND_PAGES_MIN; i++)
		x[i] = part_of(&log[i], part);
	tb_stats_median(x, GUEST_ROUND_PAGES_MIN, &median);
	return median;
}

/* Converts a TSC to ns of the trace's clock, by two marks of both clocks. */
static double trace_clock(const struct tb_clock_mark mark[2], uint64_t tsc)
{
	return (double)mark[0].ns + (double)(int64_t)(tsc - mark[0].tsc) *
					    (double)(mark[1].ns - mark[0].ns) /
					    (double)(mark[1].tsc - mark[0].tsc);
}

double guest_parts(const struct guest_rounds *l, const struct kvm_traced *traced,
		   const struct tb_clock_mark mark[2], double median[4])
{
	const struct guest_touch *log = guest_log(l->vmm.vcpu[0].block);
	double x[4][GUEST_ROUND_PAGES_MIN], sum = 0;

	for (size_t i = 0; i < GUEST_ROUND_PAGES_MIN; i++) {
		const uint64_t *at = traced->fault[i].at;

		x[0][i] = (double)at[KVM_TRACE_ABSENT] - trace_clock(mark, log[i].before);
		x[1][i] = (double)(at[KVM_TRACE_COMPLETED] - at[KVM_TRACE_ABSENT]);
		x[2][i] = (double)(at[KVM_TRACE_READY] - at[KVM_TRACE_COMPLETED]);
		x[3][i] = trace_clock(mark, log[i].after) - (double)at[KVM_TRACE_READY];
	}
	for (unsigned int part = 0; part < 4; part++) {
		tb_stats_median(x[part], GUEST_ROUND_PAGES_MIN, &median[part]);
		sum += median[part];
	}
	return sum;
}
