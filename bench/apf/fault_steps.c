// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/fault_steps.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "stats/describe.h"

/* Two per fault, one to begin, one to end, and some more for preemptions. */
enum { SWITCHES_MAX = 4 * FAULT_ROUND_PAGES };

static long switches(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return use.ru_nvcsw + use.ru_nivcsw;
}

/* TSC cycles of a switch: both threads yield in turn; the kernel counts the switches. */
static double switch_alone(struct rounds *l)
{
	long before, made;
	uint64_t begin, end;

	fault_rounds_begin(l, 0, FAULT_ROUND_YIELDS);
	sched_yield();
	before = switches();
	begin = tb_clock_begin();
	for (int i = 0; i < FAULT_ROUND_YIELDS / 2; i++)
		sched_yield();
	end = tb_clock_end();
	made = switches() - before;
	fault_rounds_wait(l);
	return made >= FAULT_ROUND_YIELDS / 2 ? (double)(end - begin) / (double)made : 0;
}

/* Reads an event that has arrived already. -EAGAIN: none has. */
static int read_waiting(struct rounds *l, struct fault_event *e, double *cycles)
{
	struct uffd_msg msg;
	uint64_t begin = tb_clock_begin();
	ssize_t n = read(l->uffd.fd, &msg, sizeof(msg));

	e->read = tb_clock_end();
	*cycles = (double)(e->read - begin);
	if (n != sizeof(msg))
		return n < 0 ? -errno : -EPROTO;
	l->events++;
	e->page = msg.arg.pagefault.address;
	return 0;
}

/* *late: an event had not arrived when the handler ran again. */
static int take_turns(struct rounds *l, struct fault_step_stamps *s, bool *late)
{
	int err;

	for (int i = 0; i < FAULT_ROUND_PAGES; i++) {
		s->came[i] = tb_clock_end();
		while ((err = read_waiting(l, &l->event[i], &s->read[i])) == -EAGAIN) {
			*late = true;
			sched_yield();
		}
		if (!err)
			err = fault_rounds_resolve(l, &l->event[i]);
		if (err)
			return err;
		s->ioctl[i] = (double)(l->event[i].returned - l->event[i].entered);
		s->gave[i] = tb_clock_begin();
		sched_yield();
	}
	return 0;
}

/* Converts a time of the trace to TSC. */
static double tsc_at(const struct tb_clock_mark mark[2], uint64_t ns)
{
	return (double)(int64_t)(ns - mark[0].ns) * (double)(mark[1].tsc - mark[0].tsc) /
	       (double)(mark[1].ns - mark[0].ns);
}

/*
 * The fault of a page without the switches. Its thread must be switched away from and to once each;
 * otherwise -EAGAIN. A shift between the two clocks cancels.
 */
static int fault_alone(const struct fault_step_stamps *s, int page, const struct thread_switch *sw,
		       size_t n, const struct tb_clock_mark mark[2], double *cycles)
{
	double before = (double)(int64_t)(s->before[page] - mark[0].tsc);
	double after = (double)(int64_t)(s->after[page] - mark[0].tsc), out = 0, in = 0;
	int outs = 0, ins = 0;

	for (size_t i = 0; i < n; i++) {
		double at = tsc_at(mark, sw[i].ns);

		if (at < before || at > after)
			continue;
		*(sw[i].out ? &out : &in) = at;
		*(sw[i].out ? &outs : &ins) += 1;
	}
	*cycles = (out - before) + (after - in);
	return outs == 1 && ins == 1 && out < in ? 0 : -EAGAIN;
}

int fault_steps_of(const struct fault_step_stamps *s, const struct thread_switch *sw, size_t n,
		   const struct tb_clock_mark mark[2], double one_switch, struct fault_steps *steps)
{
	double fault[FAULT_ROUND_PAGES];

	if (!(one_switch > 0) || mark[1].ns <= mark[0].ns)
		return -EAGAIN;
	for (int i = 0; i < FAULT_ROUND_PAGES; i++) {
		/* Without SCHED_FIFO the woken thread preempts the ioctl, so the parts cannot be separated. */
		if (s->before[i] > s->came[i] || s->after[i] < s->gave[i])
			return -EAGAIN;
		if (fault_alone(s, i, sw, n, mark, &fault[i]))
			return -EAGAIN;
	}
	tb_stats_median(fault, FAULT_ROUND_PAGES, &steps->fault);
	tb_stats_median(s->read, FAULT_ROUND_PAGES, &steps->read);
	tb_stats_median(s->ioctl, FAULT_ROUND_PAGES, &steps->ioctl);
	steps->switches = 2 * one_switch;
	return 0;
}

double fault_steps_sum(const struct fault_steps *steps, double whole)
{
	return (steps->fault + steps->switches + steps->read + steps->ioctl) / whole;
}

bool fault_steps_add_up(double sum)
{
	return sum > 0.75 && sum < 1.3;
}

static int run_in_steps(struct rounds *l, struct fault_step_stamps *s, bool *late)
{
	int err;

	fcntl(l->uffd.fd, F_SETFL, O_NONBLOCK);
	fault_rounds_begin(l, FAULT_ROUND_PAGES, 0);
	/* The thread touches and waits in its fault; then this thread runs again. */
	sched_yield();
	err = take_turns(l, s, late);
	fcntl(l->uffd.fd, F_SETFL, 0);
	if (err)
		return err;
	fault_rounds_wait(l);
	fault_rounds_check_pages(l);
	for (int i = 0; i < FAULT_ROUND_PAGES; i++) {
		s->before[i] = l->faulter[0].before[i];
		s->after[i] = l->faulter[0].after[i];
	}
	return 0;
}

/* Traces in this round only, since the trace makes the thread's switches slower. */
static int run_traced(struct rounds *l, struct fault_step_stamps *s, struct thread_switch *sw,
		      struct tb_clock_mark mark[2], bool *late)
{
	struct switch_trace trace;
	int n, err = switch_trace_open(&trace, atomic_load(&l->faulter[0].tid));

	if (err) {
		switch_trace_close(&trace);
		return err;
	}
	mark[0] = tb_clock_mark();
	switch_trace_begin(&trace);
	err = run_in_steps(l, s, late);
	n = switch_trace_end(&trace, sw, SWITCHES_MAX);
	mark[1] = tb_clock_mark();
	switch_trace_close(&trace);
	return err ? err : n;
}

int fault_rounds_steps(struct rounds *l, struct fault_steps *steps)
{
	struct thread_switch sw[SWITCHES_MAX];
	struct tb_clock_mark mark[2] = { { 0 } };
	struct fault_step_stamps s = { .before = { 0 } };
	double one_switch = switch_alone(l);
	bool late = false;
	int n, err = fault_rounds_rest(l);

	if (!err)
		err = uffd_reset(&l->uffd);
	if (err)
		return err;
	n = run_traced(l, &s, sw, mark, &late);
	if (n < 0)
		return n == -EOVERFLOW ? -EAGAIN : n;
	return late ? -EAGAIN : fault_steps_of(&s, sw, (size_t)n, mark, one_switch, steps);
}
