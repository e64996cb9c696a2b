// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * apf/wake-uffd: how fast tasks that fault on absent memory run again, when a
 * handler in user space supplies it.
 *
 * A sample is a lap: every faulting thread touches its pages once, one after the
 * other; the handler reads events, resolves each and so wakes its thread. With
 * way=sigbus nobody wakes anybody: the fault is a signal to the thread itself,
 * whose handler resolves it.
 */
#include "bench.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "apf/uffd.h"
#include "measure/asleep.h"
#include "measure/clock.h"
#include "measure/place.h"
#include "stats/describe.h"

enum { HANDLER, FAULTER }; /* roles */
enum { RATE, LATENCY, FAULT_TO_READ, IOCTL, IOCTL_TO_RUN };
enum { THREADS_MAX = 64, LAP = 32, BATCH_MAX = 64 }; /* LAP: pages of a thread in a sample */

struct faulter {
	struct wake_uffd *run;
	pthread_t thread;
	atomic_int tid;
	int asleep;
	char *pages; /* LAP of them */
	uint64_t before[LAP], after[LAP];
	uint64_t touches;
};

/* What the handler saw of a lap, event by event. */
struct event {
	uint64_t page, read, entered, returned;
};

struct wake_uffd {
	struct uffd uffd;
	struct faulter faulter[THREADS_MAX];
	unsigned int threads, batch;
	int cpu;
	atomic_uint lap; /* raised to begin one; UINT_MAX: quit */
	atomic_uint done;
	struct event event[THREADS_MAX * LAP];
	size_t slot; /* of the lap's next event, with way=sigbus */
	uint64_t events, resolved, wrong_pages;
};

static void futex(atomic_uint *word, int op, unsigned int val)
{
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL, NULL, 0);
}

static void run_lap(struct faulter *f)
{
	for (int i = 0; i < LAP; i++) {
		f->before[i] = tb_clock_begin();
		uffd_touch(&f->run->uffd, f->pages + (size_t)i * UFFD_PAGE);
		f->after[i] = tb_clock_end();
		f->touches++;
	}
}

static void *fault_until_quit(void *arg)
{
	struct faulter *f = arg;
	struct wake_uffd *w = f->run;
	unsigned int lap = 0;

	tb_place_pin_self(w->cpu);
	atomic_store(&f->tid, (int)syscall(SYS_gettid));
	for (;;) {
		while (atomic_load(&w->lap) == lap)
			futex(&w->lap, FUTEX_WAIT, lap);
		lap = atomic_load(&w->lap);
		if (lap == UINT32_MAX)
			return NULL;
		run_lap(f);
		atomic_fetch_add(&w->done, 1);
		futex(&w->done, FUTEX_WAKE, 1);
	}
}

/* One read() of up to a batch of events, each resolved in its order. Returns how many, or -errno. */
static int handle(struct wake_uffd *w, size_t have)
{
	struct uffd_msg msg[BATCH_MAX];
	size_t left = (size_t)w->threads * LAP - have;
	ssize_t n = read(w->uffd.fd, msg, (w->batch < left ? w->batch : left) * sizeof(msg[0]));
	uint64_t read_at = tb_clock_end();

	if (n < (ssize_t)sizeof(msg[0]))
		return n < 0 ? -errno : -EPROTO;
	for (size_t i = 0; i < (size_t)n / sizeof(msg[0]); i++) {
		struct event *e = &w->event[have + i];
		int err;

		e->page = msg[i].arg.pagefault.address;
		e->read = read_at;
		e->entered = tb_clock_begin();
		err = uffd_resolve(&w->uffd, e->page);
		e->returned = tb_clock_end();
		if (err)
			return err;
		w->resolved++;
	}
	return (int)((size_t)n / sizeof(msg[0]));
}

/* way=sigbus: the faulting thread is its own handler. A signal brings no pointer of ours along. */
static struct wake_uffd *sigbus_run;

static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	struct wake_uffd *w = sigbus_run;
	struct event *e = &w->event[w->slot++ % LAP];

	(void)sig;
	(void)context;
	e->page = (uintptr_t)info->si_addr;
	e->read = tb_clock_end();
	e->entered = tb_clock_begin();
	if (!uffd_resolve(&w->uffd, e->page))
		w->resolved++;
	e->returned = tb_clock_end();
	w->events++;
}

static int install_sigbus(struct wake_uffd *w)
{
	struct sigaction action = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };

	sigbus_run = w;
	return sigaction(SIGBUS, &action, NULL) ? -errno : 0;
}

static int start_faulters(struct tb_trial *trial, struct wake_uffd *w)
{
	for (unsigned int i = 0; i < w->threads; i++) {
		struct faulter *f = &w->faulter[i];
		int err;

		f->run = w;
		f->pages = w->uffd.region + (size_t)i * LAP * UFFD_PAGE;
		err = pthread_create(&f->thread, NULL, fault_until_quit, f);
		if (err)
			return tb_trial_fail(trial, -err, "no thread to fault: see ulimit -u");
		while (!atomic_load(&f->tid))
			sched_yield();
		f->asleep = tb_asleep_open(atomic_load(&f->tid));
		if (f->asleep < 0)
			return tb_trial_fail(trial, f->asleep,
					     "no file to watch a thread: see ulimit -n");
	}
	return 0;
}

static int wake_probe(struct tb_probe *probe)
{
	static const char *const names[] = { "copy", "zeropage", "continue", "wp", "sigbus" };
	const char *way = tb_probe_choice(probe, "way"), *why = "";
	struct uffd uffd;
	int i = 0, err;

	while (strcmp(names[i], way))
		i++;
	if (i == UFFD_SIGBUS && tb_probe_number(probe, "threads") > 1)
		return tb_probe_lack(probe, "not-applicable",
				     "a signal goes to the faulting thread itself",
				     "use threads=1 with way=sigbus");
	err = uffd_open(&uffd, (enum uffd_way)i, UFFD_PAGE, &why);
	uffd_close(&uffd);
	if (err)
		return tb_probe_lack(
			probe, "no-userfaultfd", why,
			"a kernel with it, or root; Linux 5.11 lets anybody take user-mode faults");
	return 0;
}

static int wake_setup(struct tb_trial *trial)
{
	struct wake_uffd *w = tb_trial_alloc(trial, sizeof(*w));
	const char *why = "";
	int err;

	if (!w)
		return -ENOMEM;
	tb_trial_set_priv(trial, w);
	w->threads = (unsigned int)tb_trial_number(trial, "threads");
	w->batch = (unsigned int)tb_trial_number(trial, "batch");
	w->cpu = tb_trial_cpu(trial, FAULTER);
	err = uffd_open(&w->uffd, (enum uffd_way)tb_trial_choice_index(trial, "way"),
			(size_t)w->threads * LAP * UFFD_PAGE, &why);
	if (err)
		return tb_trial_fail(trial, err, why);
	if (w->uffd.way == UFFD_SIGBUS)
		err = install_sigbus(w);
	if (err)
		return tb_trial_fail(trial, err, "no handler for SIGBUS");
	return start_faulters(trial, w);
}

/* Lets everybody run one lap and resolves its faults. -errno. */
static int lap(struct wake_uffd *w)
{
	size_t faults = (size_t)w->threads * LAP, have = 0;
	unsigned int done;

	atomic_store(&w->done, 0);
	atomic_fetch_add(&w->lap, 1);
	futex(&w->lap, FUTEX_WAKE, INT32_MAX);
	while (w->uffd.way != UFFD_SIGBUS && have < faults) {
		int n = handle(w, have);

		if (n < 0)
			return n;
		have += (size_t)n;
		w->events += (uint64_t)n;
	}
	while ((done = atomic_load(&w->done)) < w->threads)
		futex(&w->done, FUTEX_WAIT, done);
	return 0;
}

/* When the lap's first touch began and its last ended. */
static double lap_span(const struct wake_uffd *w)
{
	uint64_t first = UINT64_MAX, last = 0;

	for (unsigned int t = 0; t < w->threads; t++) {
		if (w->faulter[t].before[0] < first)
			first = w->faulter[t].before[0];
		if (w->faulter[t].after[LAP - 1] > last)
			last = w->faulter[t].after[LAP - 1];
	}
	return (double)(last - first);
}

enum part { WHOLE, TO_READ, IN_IOCTL, TO_RUN };

/* The lap's median of one part over the events, TSC cycles. */
static double median_of(const struct wake_uffd *w, enum part part)
{
	double x[THREADS_MAX * LAP], median = 0;
	size_t n = (size_t)w->threads * LAP;

	for (size_t i = 0; i < n; i++) {
		const struct event *e = &w->event[i];
		size_t page = (e->page - (uintptr_t)w->uffd.region) / UFFD_PAGE;
		const struct faulter *f = &w->faulter[page / LAP];
		uint64_t before = f->before[page % LAP], after = f->after[page % LAP];

		x[i] = part == WHOLE	  ? (double)(after - before)
		       : part == TO_READ  ? (double)(e->read - before)
		       : part == IN_IOCTL ? (double)(e->returned - e->entered)
					  : (double)(after - e->returned);
	}
	tb_stats_median(x, n, &median);
	return median;
}

static int wake_sample(struct tb_trial *trial, double *value)
{
	struct wake_uffd *w = tb_trial_priv(trial);
	int err = 0;

	for (unsigned int t = 0; t < w->threads && !err; t++)
		err = tb_asleep_wait(w->faulter[t].asleep);
	if (err)
		return tb_trial_fail(trial, err, "a faulting thread did not come to rest");
	w->slot = 0;
	err = uffd_reset(&w->uffd);
	if (!err)
		err = lap(w);
	if (err)
		return tb_trial_fail(trial, err, "the handler could not resolve a fault");

	for (size_t i = 0; i < (size_t)w->threads * LAP; i++)
		w->wrong_pages += !uffd_page_right(&w->uffd, i);
	value[RATE] = w->threads * LAP * 1e9 / tb_trial_ns(trial, lap_span(w));
	value[LATENCY] = tb_trial_ns(trial, median_of(w, WHOLE));
	value[FAULT_TO_READ] = tb_trial_ns(trial, median_of(w, TO_READ));
	value[IOCTL] = tb_trial_ns(trial, median_of(w, IN_IOCTL));
	value[IOCTL_TO_RUN] = tb_trial_ns(trial, median_of(w, TO_RUN));
	return 0;
}

static int wake_verify(struct tb_trial *trial)
{
	const struct wake_uffd *w = tb_trial_priv(trial);
	long long faults = (long long)tb_trial_samples(trial) * w->threads * LAP, touches = 0;

	for (unsigned int t = 0; t < w->threads; t++)
		touches += (long long)w->faulter[t].touches;
	tb_trial_check_count(trial, "touches", faults, touches);
	tb_trial_check_count(trial, "events", faults, (long long)w->events);
	tb_trial_check_count(trial, "wakes", faults, (long long)w->resolved);
	tb_trial_check_count(trial, "wrong-pages", 0, (long long)w->wrong_pages);
	return 0;
}

static void wake_teardown(struct tb_trial *trial)
{
	struct wake_uffd *w = tb_trial_priv(trial);

	/* A lap that failed left faults behind: without their handler the kernel resolves them. */
	uffd_let_go(&w->uffd);
	atomic_store(&w->lap, UINT32_MAX);
	futex(&w->lap, FUTEX_WAKE, INT32_MAX);
	for (unsigned int t = 0; t < w->threads; t++) {
		pthread_join(w->faulter[t].thread, NULL);
		close(w->faulter[t].asleep);
	}
	uffd_close(&w->uffd);
}

static const struct tb_metric wake_metrics[] = {
	[RATE] = { .name = "rate",
		   .unit = TB_OPS_PER_S,
		   .better = TB_HIGHER,
		   .shown = true,
		   .help = "faults of a lap over the time from its first touch to its last" },
	[LATENCY] = { .name = "latency",
		      .unit = TB_NS,
		      .headline = true,
		      .help = "before the touch to after it; a lap's median" },
	[FAULT_TO_READ] = { .name = "fault-to-read",
			    .unit = TB_NS,
			    .shown = true,
			    .help = "before the touch to the handler's return from read(), or into the signal" },
	[IOCTL] = { .name = "ioctl",
		    .unit = TB_NS,
		    .shown = true,
		    .help = "the resolving ioctl, wake included" },
	[IOCTL_TO_RUN] = { .name = "ioctl-to-run",
			   .unit = TB_NS,
			   .shown = true,
			   .help = "the ioctl's return to after the touch" },
	{ 0 }
};

static const struct tb_param wake_params[] = {
	{ "way", "copy|zeropage|continue|wp|sigbus", "copy", "how a fault is resolved" },
	{ "threads", "1..64", "1", "threads that fault" },
	{ TB_PLACEMENT_PARAM, TB_PLACEMENTS, "same-cpu", "where they run, seen from the handler" },
	{ "batch", "1..64", "1", "events that one read() may return" },
	{ TB_IDLE_PARAM, TB_IDLES, "default", "how deeply CPUs may idle meanwhile" },
	{ 0 }
};

static const char *const wake_quick[] = { "way=copy,zeropage,continue,wp,sigbus",
					  "way=copy threads=16 batch=1,16",
					  "way=copy placement=same-l3 idle=default,shallow", NULL };

static const char *const wake_full[] = {
	"way=copy,zeropage,continue,wp,sigbus", "way=copy,continue,wp threads=1,4,16,64 batch=1,16",
	"way=copy,continue placement=smt-sibling,same-l2,same-l3,cross-l3,cross-package threads=1,4,16 "
	"idle=default,shallow",
	NULL
};

const struct tb_bench apf_wake_uffd = {
	.name = "apf/wake-uffd",
	.summary = "wake tasks that faulted, by userfaultfd",
	.realm = "user",
	.version = 1,
	.cpus = 2,
	.metrics = wake_metrics,
	.params = wake_params,
	.quick = wake_quick,
	.full = wake_full,
	.rounds = 512,
	.ungated = true,
	.probe = wake_probe,
	.setup = wake_setup,
	.sample = wake_sample,
	.verify = wake_verify,
	.teardown = wake_teardown,
};
