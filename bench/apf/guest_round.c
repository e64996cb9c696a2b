// SPDX-License-Identifier: GPL-2.0-or-later
#include "apf/guest_round.h"
#include "apf/futex.h"

#include <errno.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "measure/clock.h"
#include "machine/affinity.h"
#include "machine/place.h"

/* Voluntary switches of the calling thread since its start. */
static long voluntary_switches(void)
{
	struct rusage use;

	getrusage(RUSAGE_THREAD, &use);
	return use.ru_nvcsw;
}

static void *run_vcpu(void *arg)
{
	const struct sched_param none = { 0 };
	struct guest_vcpu *v = arg;
	struct guest_rounds *l = v->rounds;
	unsigned int round = 0;

	sched_setscheduler(0, SCHED_OTHER, &none);
	tb_affinity_pin_self(v->cpu);
	atomic_store(&v->tid, (int)syscall(SYS_gettid));
	for (;;) {
		while (atomic_load(&l->round) == round && !atomic_load(&l->quit))
			futex(&l->round, FUTEX_WAIT, round);
		if (atomic_load(&l->quit))
			return NULL;
		round = atomic_load(&l->round);
		v->waits = -voluntary_switches();
		v->entered = tb_clock_begin();
		v->err = vmm_run(&l->vmm.vcpu[v->id], &v->why);
		v->left = tb_clock_end();
		v->waits += voluntary_switches();
		atomic_fetch_add(&l->done, 1);
		futex(&l->done, FUTEX_WAKE, 1);
	}
}

static bool of_vcpu(const struct guest_rounds *l, uint32_t tid)
{
	for (unsigned int i = 0; i < l->started; i++)
		if ((uint32_t)l->vcpu[i].tid == tid)
			return true;
	return false;
}

static void wait_as_told(const struct guest_rounds *l)
{
	const struct timespec delay = { .tv_sec = (time_t)(l->delay_ns / 1000000000),
					.tv_nsec = (long)(l->delay_ns % 1000000000) };

	if (l->delay_ns)
		nanosleep(&delay, NULL);
}

/*
 * Counts a fault before it resolves it: the guest's touch ends later, so all are counted
 * at a round's end. A fault reported twice is resolved already: it only wakes the waiter.
 */
static int resolve(struct guest_rounds *l, const struct uffd_msg *msg)
{
	uint64_t address = msg->arg.pagefault.address;
	int err;

	if (l->delay_each)
		wait_as_told(l);
	atomic_fetch_add(&l->events, 1);
	atomic_fetch_add(&l->own, of_vcpu(l, msg->arg.pagefault.feat.ptid));
	do
		err = uffd_resolve(&l->uffd, address);
	while (err == -EAGAIN && !atomic_load(&l->quit));
	return err == -EEXIST ? uffd_wake(&l->uffd, address) : err;
}

static void *handle(void *arg)
{
	struct guest_rounds *l = arg;
	struct uffd_msg msg[GUEST_ROUND_BATCH];

	prctl(PR_SET_TIMERSLACK, 1ul); /* makes a delay precise */
	tb_affinity_pin_self(l->handler_cpu);
	while (!atomic_load(&l->quit) && !l->handler_err) {
		ssize_t n = read(l->uffd.fd, msg, sizeof(msg));

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			l->handler_err = -errno;
		if (n > 0 && !l->delay_each)
			wait_as_told(l);
		for (ssize_t i = 0; i < n / (ssize_t)sizeof(msg[0]) && !l->handler_err; i++)
			l->handler_err = resolve(l, &msg[i]);
	}
	return NULL;
}

static void on_kick(int sig)
{
	(void)sig;
}

/* *why is valid as long as *l. Returns -err. */
static int refuse_thread(struct guest_rounds *l, int err, const char **why)
{
	struct tb_refusal refusal;

	tb_refusal_of(NULL, "pthread_create", err, &refusal);
	tb_refusal_text(&refusal, "no thread for the guest", l->state, sizeof(l->state));
	*why = l->state;
	return -err;
}

static int start_threads(struct guest_rounds *l, const char **why)
{
	/* Without SA_RESTART, a kick ends read() and KVM_RUN. */
	const struct sigaction kick = { .sa_handler = on_kick };
	int err;

	*why = "no handler for the signal that ends KVM_RUN";
	l->kicking = !sigaction(SIGUSR1, &kick, &l->unkicked);
	if (!l->kicking)
		return -errno;
	for (unsigned int i = 0; i < l->vmm.vcpus; i++) {
		struct guest_vcpu *v = &l->vcpu[i];

		*v = (struct guest_vcpu){ .rounds = l, .id = i, .clock = GUEST_CLOCK_UNKNOWN };
		/* Every second vCPU shares the handler's CPU, with any placement. */
		v->cpu = i % 2 ? l->handler_cpu : l->vcpu_cpu;
		err = pthread_create(&v->thread, NULL, run_vcpu, v);
		if (err)
			return refuse_thread(l, err, why);
		l->started++;
		while (!atomic_load(&v->tid))
			usleep(100);
	}
	err = pthread_create(&l->handler, NULL, handle, l);
	l->handling = !err;
	return err ? refuse_thread(l, err, why) : 0;
}

int guest_rounds_probe(struct tb_probe *probe, bool async, enum uffd_way way, size_t page,
		       size_t pages)
{
	struct tb_refusal unavailable;
	const char *why = "";
	struct uffd uffd;
	int err;

	if (vmm_probe(async, &unavailable))
		return tb_probe_unavailable(probe, unavailable.code, unavailable.reason,
					    unavailable.remedy);
	if (pages * page > GUEST_DATA_MAX)
		return tb_probe_unavailable(probe, "not-applicable",
					    "the guest has 1 GiB of memory that faults",
					    "use fewer threads or vcpus with huge pages");
	/* Small pages are allocated at the touch; huge ones must be reserved before. */
	err = uffd_open(&uffd, UFFD_EVERYBODYS, way, page, page > 4096 ? pages : 1, &why);
	uffd_close(&uffd);
	if (err == -ENOMEM && page > 4096)
		return tb_probe_unavailable(
			probe, "no-huge-pages", why,
			"sysctl vm.nr_hugepages=64 (16 or more a vCPU, twice with continue)");
	if (err)
		return tb_probe_unavailable(probe, uffd.refusal.code, why, uffd.refusal.remedy);
	return tb_probe_threads(probe);
}

size_t guest_round_pages(unsigned int threads)
{
	size_t pages = (size_t)threads * GUEST_ROUND_PAGES;

	return pages < GUEST_ROUND_PAGES_MIN ? GUEST_ROUND_PAGES_MIN : pages;
}

int guest_rounds_open(struct guest_rounds *l, struct vmm_plan *plan, enum uffd_way way, size_t page,
		      const char **why)
{
	int err;

	l->vmm = (struct vmm){ .kvm = -1, .vm = -1 };
	l->pages = guest_round_pages(l->threads);
	err = uffd_open(&l->uffd, UFFD_EVERYBODYS, way, page, l->pages * plan->vcpus, why);
	if (err) {
		tb_refusal_text(&l->uffd.refusal, NULL, l->state, sizeof(l->state));
		*why = l->state;
		return err;
	}
	plan->data = l->uffd.region;
	plan->data_bytes = l->uffd.bytes;
	err = vmm_open(&l->vmm, plan, why);
	return err ? err : start_threads(l, why);
}

/* A signal before the call does not end it, so signals are sent until the thread has ended. */
static void end_thread(pthread_t thread)
{
	while (pthread_tryjoin_np(thread, NULL)) {
		pthread_kill(thread, SIGUSR1);
		usleep(1000);
	}
}

void guest_rounds_close(struct guest_rounds *l)
{
	atomic_store(&l->quit, true);
	futex(&l->round, FUTEX_WAKE, INT32_MAX);
	for (unsigned int i = 0; i < l->vmm.vcpus; i++)
		vmm_kick(&l->vmm.vcpu[i]);
	if (l->handling)
		end_thread(l->handler);
	/* A vCPU in a fault, and KVM's workers, go on after the userfaultfd is closed. */
	uffd_let_go(&l->uffd);
	for (unsigned int i = 0; i < l->started; i++)
		end_thread(l->vcpu[i].thread);
	if (l->kicking)
		sigaction(SIGUSR1, &l->unkicked, NULL);
	l->handling = l->kicking = false;
	l->started = 0;
	vmm_close(&l->vmm);
	uffd_close(&l->uffd);
}

static uint64_t progress(struct guest_rounds *l)
{
	uint64_t made = atomic_load(&l->events);

	/* Excludes the guest's page faults: a page that is refused repeatedly causes many, and no touch. */
	for (unsigned int i = 0; i < l->vmm.vcpus; i++)
		made += *(volatile uint64_t *)&guest_shared_page(l->vmm.vcpu[i].block)->touches;
	return made;
}

/* Waits until all vCPUs ended their round. The timeout needs a lack of progress: a starved CPU is slow, not stuck. */
static int wait_for_round(struct guest_rounds *l)
{
	int timeout_s = l->timeout_s ? l->timeout_s : GUEST_ROUND_TIMEOUT, still = 0;
	uint64_t before = progress(l);
	unsigned int done;

	while ((done = atomic_load(&l->done)) < l->vmm.vcpus) {
		const struct timespec second = { .tv_sec = 1 };
		uint64_t now;

		if (!futex_for(&l->done, FUTEX_WAIT, done, &second) || errno != ETIMEDOUT)
			continue;
		now = progress(l);
		still = now == before ? still + 1 : 0;
		before = now;
		if (still >= timeout_s || l->handler_err)
			return -ETIMEDOUT;
	}
	return 0;
}

/*
 * Describes the state of a stuck guest. If threads are parked and no token is in the ring
 * or in the area, a wake was lost. Otherwise a thread was starved.
 */
static const char *state_of(struct guest_rounds *l)
{
	int n = snprintf(l->state, sizeof(l->state), "inconclusive: no progress, events %llu;",
			 (unsigned long long)(atomic_load(&l->events) - l->counts.events));

	for (unsigned int i = 0; i < l->vmm.vcpus && n < (int)sizeof(l->state); i++) {
		const struct guest_shared_page *shared = guest_shared_page(l->vmm.vcpu[i].block);
		const struct guest_area *area = guest_area(l->vmm.vcpu[i].block);

		n += snprintf(l->state + n, sizeof(l->state) - (size_t)n,
			      " touches %llu of %u, absent %llu, ready %llu, ring %u, area %x %x",
			      (unsigned long long)shared->touches, shared->limit,
			      (unsigned long long)shared->absent, (unsigned long long)shared->ready,
			      (uint8_t)(shared->tail - shared->head), area->flags, area->token);
	}
	return l->state;
}

static void prepare_shared_page(struct guest_rounds *l, unsigned int vcpu)
{
	struct guest_shared_page *shared = guest_shared_page(l->vmm.vcpu[vcpu].block);
	size_t first = vcpu * l->pages * l->uffd.page;

	/* The area belongs to KVM: it may hold a token that a late interrupt will fetch. */
	*shared = (struct guest_shared_page){ .limit = (uint32_t)l->pages,
					      .threads = l->threads,
					      .live = l->threads,
					      .first = GUEST_DATA + first,
					      .stride = l->uffd.page,
					      .contents = UFFD_CONTENTS - GUEST_DATA };
	memset(guest_log(l->vmm.vcpu[vcpu].block), 0, l->pages * sizeof(struct guest_touch));
}

static void count_shared_page(struct guest_counts *c, const struct guest_shared_page *shared)
{
	c->touches += shared->touches;
	c->absent += shared->absent;
	c->ready += shared->ready;
	c->broadcasts += shared->broadcasts;
	c->spurious += shared->spurious;
	c->unknown += shared->unknown;
	c->collisions += shared->collisions;
	c->wrong += shared->wrong;
	c->idles += shared->idles;
	if (shared->parked_max > c->parked_max)
		c->parked_max = shared->parked_max;
}

static void narrow_clock(struct guest_vcpu *v, const struct guest_shared_page *shared)
{
	const struct guest_exchange exchange = { .host_entered = v->entered,
						 .host_left = v->left,
						 .guest_entered = shared->entered,
						 .guest_left = shared->left };

	guest_clock_narrow(&v->clock, &exchange);
}

static int count_round(struct guest_rounds *l, const char **why)
{
	struct guest_counts *c = &l->counts;
	int err = l->handler_err;

	*why = "the handler could not resolve a fault";
	for (unsigned int i = 0; i < l->vmm.vcpus; i++) {
		count_shared_page(c, guest_shared_page(l->vmm.vcpu[i].block));
		c->waits += (uint64_t)l->vcpu[i].waits;
		if (!l->vcpu[i].err)
			narrow_clock(&l->vcpu[i], guest_shared_page(l->vmm.vcpu[i].block));
		if (!err && l->vcpu[i].err) {
			err = l->vcpu[i].err;
			*why = l->vcpu[i].why;
		}
	}
	c->events = atomic_load(&l->events);
	c->own = atomic_load(&l->own);
	for (size_t i = 0; i < l->pages * l->vmm.vcpus && !err; i++)
		c->wrong_pages += !uffd_page_right(&l->uffd, i);
	return err;
}

int guest_rounds_enter(struct guest_rounds *l, const char **why)
{
	int err;

	atomic_store(&l->done, 0);
	atomic_fetch_add(&l->round, 1);
	futex(&l->round, FUTEX_WAKE, INT32_MAX);
	err = wait_for_round(l);
	if (err)
		*why = l->handler_err ? "the handler could not resolve a fault" : state_of(l);
	return err;
}

int guest_rounds_run(struct guest_rounds *l, const char **why)
{
	int err = uffd_reset(&l->uffd);

	*why = "the guest's pages could not be dropped";
	if (err)
		return err;
	for (unsigned int i = 0; i < l->vmm.vcpus; i++)
		prepare_shared_page(l, i);
	err = guest_rounds_enter(l, why);
	return err ? err : count_round(l, why);
}
