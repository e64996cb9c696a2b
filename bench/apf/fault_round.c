// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/fault_round.h"
#include "apf/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "measure/sched.h"
#include "measure/clock.h"
#include "machine/affinity.h"
#include "machine/place.h"

static void run_round(struct faulter *f)
{
	for (unsigned int i = 0; i < f->rounds->touches; i++) {
		f->before[i] = tb_clock_begin();
		uffd_touch(&f->rounds->uffd, f->pages + (size_t)i * f->rounds->uffd.page);
		f->after[i] = tb_clock_end();
		f->touches++;
	}
	for (unsigned int i = 0; i < f->rounds->yields; i++)
		sched_yield();
}

static void *fault_until_quit(void *arg)
{
	struct faulter *f = arg;
	struct rounds *l = f->rounds;
	unsigned int round = 0;

	tb_affinity_pin_self(l->cpu);
	atomic_store(&f->tid, (int)syscall(SYS_gettid));
	for (;;) {
		while (atomic_load(&l->round) == round)
			futex(&l->round, FUTEX_WAIT, round);
		round = atomic_load(&l->round);
		if (round == UINT32_MAX)
			return NULL;
		run_round(f);
		atomic_fetch_add(&l->done, 1);
		futex(&l->done, FUTEX_WAKE, 1);
	}
}

int fault_rounds_resolve(struct rounds *l, struct fault_event *e)
{
	int err;

	e->entered = tb_clock_begin();
	err = uffd_resolve(&l->uffd, e->page);
	e->returned = tb_clock_end();
	l->resolved += !err;
	return err;
}

/* Reads up to a batch of events and resolves them in order. Returns how many, or -errno. */
static int handle(struct rounds *l, size_t have, size_t faults)
{
	struct uffd_msg msg[FAULT_ROUND_BATCH_MAX];
	size_t left = faults - have;
	ssize_t n = read(l->uffd.fd, msg, (l->batch < left ? l->batch : left) * sizeof(msg[0]));
	uint64_t read_at = tb_clock_end();

	if (n < (ssize_t)sizeof(msg[0]))
		return n < 0 ? -errno : -EPROTO;
	n /= (ssize_t)sizeof(msg[0]);
	for (ssize_t i = 0; i < n; i++) {
		struct fault_event *e = &l->event[have + (size_t)i];
		int err;

		e->page = msg[i].arg.pagefault.address;
		e->read = read_at;
		err = fault_rounds_resolve(l, e);
		if (err)
			return err;
	}
	l->events += (uint64_t)n;
	return (int)n;
}

/* way=sigbus: the faulting thread is its own handler. A signal handler gets no argument of ours. */
static struct rounds *sigbus_rounds;

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	struct rounds *l = sigbus_rounds;
	struct fault_event *e = &l->event[l->slot++ % FAULT_ROUND_PAGES];

	(void)sig;
	(void)context;
	e->page = (uintptr_t)info->si_addr;
	e->read = tb_clock_end();
	fault_rounds_resolve(l, e);
	l->events++;
}

static int start_faulter(struct tb_trial *trial, struct rounds *l, unsigned int i)
{
	struct faulter *f = &l->faulter[i];
	int err;

	f->rounds = l;
	f->pages = l->uffd.region + (size_t)i * FAULT_ROUND_PAGES * l->uffd.page;
	f->asleep = -1;
	err = pthread_create(&f->thread, NULL, fault_until_quit, f);
	if (err)
		return tb_trial_refused(trial, -err, "pthread_create", "no faulting thread");
	while (!atomic_load(&f->tid))
		sched_yield();
	f->asleep = tb_asleep_open(atomic_load(&f->tid));
	if (f->asleep < 0)
		return tb_trial_refused(trial, f->asleep, "open",
					"no file to read a thread's state");
	return 0;
}

int fault_rounds_start(struct tb_trial *trial, struct rounds *l)
{
	struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };
	int err = 0;

	if (l->uffd.way == UFFD_SIGBUS) {
		sigbus_rounds = l;
		if (sigaction(SIGBUS, &action, NULL))
			return tb_trial_fail(trial, -errno, "no handler for SIGBUS");
	}
	for (unsigned int i = 0; i < l->threads && !err; i++)
		err = start_faulter(trial, l, i);
	return err;
}

void fault_rounds_end(struct rounds *l)
{
	/* A failed round leaves faults pending; without a handler the kernel resolves them. */
	uffd_let_go(&l->uffd);
	atomic_store(&l->round, UINT32_MAX);
	futex(&l->round, FUTEX_WAKE, INT32_MAX);
	for (unsigned int t = 0; t < l->threads && l->faulter[t].rounds; t++) {
		if (!atomic_load(&l->faulter[t].tid))
			break;
		pthread_join(l->faulter[t].thread, NULL);
		close(l->faulter[t].asleep);
	}
	uffd_close(&l->uffd);
}

int fault_rounds_rest(struct rounds *l)
{
	int err = 0;

	for (unsigned int t = 0; t < l->threads && !err; t++)
		err = tb_asleep_wait(l->faulter[t].asleep);
	return err;
}

void fault_rounds_begin(struct rounds *l, unsigned int touches, unsigned int yields)
{
	l->touches = touches;
	l->yields = yields;
	l->expected += touches * l->threads;
	l->slot = 0;
	atomic_store(&l->done, 0);
	atomic_fetch_add(&l->round, 1);
	futex(&l->round, FUTEX_WAKE, INT32_MAX);
}

void fault_rounds_wait(struct rounds *l)
{
	unsigned int done;

	while ((done = atomic_load(&l->done)) < l->threads)
		futex(&l->done, FUTEX_WAIT, done);
}

void fault_rounds_check_pages(struct rounds *l)
{
	for (size_t i = 0; i < (size_t)l->threads * FAULT_ROUND_PAGES; i++)
		l->wrong_pages += !uffd_page_right(&l->uffd, i);
}

int fault_rounds_run(struct rounds *l)
{
	size_t faults = (size_t)l->threads * FAULT_ROUND_PAGES, have = 0;
	int err = uffd_reset(&l->uffd);

	if (err)
		return err;
	fault_rounds_begin(l, FAULT_ROUND_PAGES, 0);
	while (l->uffd.way != UFFD_SIGBUS && have < faults) {
		int n = handle(l, have, faults);

		if (n < 0)
			return n;
		have += (size_t)n;
	}
	fault_rounds_wait(l);
	fault_rounds_check_pages(l);
	return 0;
}
